extension ExtendedXYZ {
  /// The names, types and widths of the columns of a frame.
  struct Properties {
    /// A column as the comment line announces it.
    struct Property {
      let name: String
      let type: UInt8
      let width: Int
    }

    /// The columns in the order of the file.
    let list: [Property]
    /// The words of a line.
    let wordCount: Int

    /// The most words of a line.
    private static let wordLimit = 4096

    /// What a file without the key `Properties` contains.
    static let standard = "species:S:1:pos:R:3"

    /// Parses the value of `Properties`: triples of name, type and width between colons.
    ///
    /// - Throws: What is wrong with it.
    init(_ text: String) throws(Malformed) {
      let fields = text.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count % 3 == 0 else {
        throw Malformed(
          "Properties must be triples of name, type and width between colons, got '\(excerpt(text.utf8))'"
        )
      }
      guard fields.count <= 3 * Properties.wordLimit else {
        throw Malformed("expected at most \(Properties.wordLimit) columns, got more")
      }
      var list: [Property] = []
      var names: Set<String> = []
      var wordCount = 0
      for index in stride(from: 0, to: fields.count, by: 3) {
        let property = try Properties.property(fields[index], fields[index + 1], fields[index + 2])
        guard names.insert(property.name).inserted else {
          throw Malformed("Properties must not name '\(excerpt(property.name.utf8))' twice")
        }
        list.append(property)
        wordCount += property.width
        guard wordCount <= Properties.wordLimit else {
          throw Malformed("expected at most \(Properties.wordLimit) columns, got more")
        }
      }
      self.list = list
      self.wordCount = wordCount
      try require("pos", UInt8(ascii: "R"), 3)
      if names.contains("Z") {
        try require("Z", UInt8(ascii: "I"), 1)
      } else {
        try require("species", UInt8(ascii: "S"), 1)
      }
    }

    private static func property(
      _ name: Substring, _ type: Substring, _ width: Substring
    ) throws(Malformed) -> Property {
      guard !name.isEmpty else { throw Malformed("Properties must name every column") }
      guard ["R", "I", "S", "L"].contains(type), let letter = type.utf8.first else {
        throw Malformed(
          "the type of the column '\(excerpt(name.utf8))' must be R, I, S or L, got '\(excerpt(type.utf8))'"
        )
      }
      guard let number = Int(width), number > 0 else {
        throw Malformed(
          "the width of the column '\(excerpt(name.utf8))' must be positive, got "
            + "'\(excerpt(width.utf8))'")
      }
      guard number <= wordLimit else {
        throw Malformed(
          "the width of the column '\(excerpt(name.utf8))' must be at most \(wordLimit), got "
            + "'\(excerpt(width.utf8))'")
      }
      return Property(name: String(name), type: letter, width: number)
    }

    private func require(_ name: String, _ type: UInt8, _ width: Int) throws(Malformed) {
      guard let property = list.first(where: { $0.name == name }) else {
        throw Malformed("Properties must have a column '\(excerpt(name.utf8))'")
      }
      guard property.type == type, property.width == width else {
        throw Malformed(
          "the column '\(excerpt(name.utf8))' must be \(name):\(Unicode.Scalar(type)):\(width), got "
            + "\(name):\(Unicode.Scalar(property.type)):\(property.width)")
      }
    }
  }

  /// The values of a column as they are read, line by line.
  struct ColumnBuilder {
    let property: Properties.Property
    private(set) var values: Values

    init(_ property: Properties.Property) {
      self.property = property
      switch property.type {
      case UInt8(ascii: "R"): values = .reals([])
      case UInt8(ascii: "I"): values = .integers([])
      case UInt8(ascii: "L"): values = .logicals([])
      default: values = .strings([])
      }
    }

    /// Adds the value of a word.
    ///
    /// - Throws: What is wrong with the word.
    mutating func append(_ word: ArraySlice<UInt8>) throws(Malformed) {
      // The array is moved out and back, for an enumeration that shares it would copy it.
      switch values {
      case .reals(var array):
        values = .logicals([])
        array.append(try required(NumberText.real(word), word, "a number"))
        values = .reals(array)
      case .integers(var array):
        values = .logicals([])
        array.append(try required(NumberText.integer(word), word, "an integer"))
        values = .integers(array)
      case .strings(var array):
        values = .logicals([])
        array.append(String(decoding: word, as: UTF8.self))
        values = .strings(array)
      case .logicals(var array):
        values = .integers([])
        array.append(try required(NumberText.logical(word), word, "T or F"))
        values = .logicals(array)
      }
    }

    private func required<Value>(
      _ value: Value?, _ word: ArraySlice<UInt8>, _ kind: String
    ) throws(Malformed) -> Value {
      guard let value else {
        throw Malformed(
          "expected \(kind) in the column '\(excerpt(property.name.utf8))', got '\(excerpt(word))'")
      }
      return value
    }
  }
}

/// The beginning of a text from a file, short enough for a message and without control characters.
func excerpt(_ bytes: some Collection<UInt8>) -> String {
  let start = bytes.prefix(40).map { $0 < 0x20 ? UInt8(ascii: "?") : $0 }
  let text = String(decoding: start, as: UTF8.self)
  return bytes.count > 40 ? text + "…" : text
}

/// The beginning of a value from a file, short enough for a message.
func excerpt(_ value: InfoValue) -> String {
  excerpt("\(value)".utf8)
}
