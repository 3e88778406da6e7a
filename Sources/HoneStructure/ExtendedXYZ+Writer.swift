public import HoneNumerics

extension ExtendedXYZ {
  /// Replaces a file by frames.
  ///
  /// - Parameters:
  ///   - frames: The frames.
  ///   - path: Where to write.
  /// - Throws: `.io` when the file cannot be written; `.invalidArgument`, as `bytes(of:)`.
  public static func write(_ frames: [Frame], path: String) throws(HoneError) {
    var bytes: [UInt8] = []
    for frame in frames { bytes += try ExtendedXYZ.bytes(of: frame) }
    try writeFile(bytes, to: path)
  }

  /// The text of a frame.
  ///
  /// Numbers have the fewest digits from which they can be read back exactly. Text that would be read
  /// back as something else is written as a JSON string, which ASE understands too. Empty arrays come
  /// back as arrays of real numbers.
  ///
  /// - Throws: `.invalidArgument` for what the format cannot hold: atomic numbers outside 1 to 118,
  ///   columns of another length, names and words with blanks, keys that have a meaning of their own.
  public static func bytes(of frame: Frame) throws(HoneError) -> [UInt8] {
    let symbols = try symbols(frame.structure)
    var text = "\(frame.structure.atomCount)\n"
    text += try commentLine(frame)
    text += "\n"
    for atom in 0..<frame.structure.atomCount {
      text += symbols[atom]
      for component in 0..<3 { text += " \(frame.structure.positions[3 * atom + component])" }
      for column in frame.columns {
        for index in column.width * atom..<column.width * (atom + 1) {
          text += " "
          text += try word(column, index)
        }
      }
      text += "\n"
    }
    return Array(text.utf8)
  }

  private static func symbols(_ structure: Structure) throws(HoneError) -> [String] {
    var symbols: [String] = []
    symbols.reserveCapacity(structure.atomCount)
    for number in structure.atomicNumbers {
      guard let symbol = ElementSymbols.symbol(of: number) else {
        throw HoneError(
          .invalidArgument, "an atomic number must be from 1 to 118 to be written, got \(number)")
      }
      symbols.append(symbol)
    }
    return symbols
  }

  private static func commentLine(_ frame: Frame) throws(HoneError) -> String {
    var words: [String] = []
    if let cell = frame.structure.cell {
      words.append("Lattice=\"\(joined(cell.rows.elements))\"")
    }
    words.append("Properties=species:S:1:pos:R:3" + (try properties(frame)))
    for entry in frame.info.entries {
      guard !["Lattice", "pbc", "Properties"].contains(entry.key) else {
        throw HoneError(
          .invalidArgument, "the key '\(entry.key)' is written from the structure, not from info")
      }
      guard !entry.key.isEmpty, !entry.key.utf8.contains(where: { $0 < 0x20 }) else {
        throw HoneError(
          .invalidArgument, "a key must be text without control characters, got '\(entry.key)'")
      }
      words.append(quotedIfNeeded(entry.key) + "=" + text(entry.value))
    }
    let periodicity = frame.structure.cell?.periodicity ?? []
    let flags = (0..<3).map { periodicity[$0] ? "T" : "F" }
    words.append("pbc=\"\(flags.joined(separator: " "))\"")
    return words.joined(separator: " ")
  }

  private static func properties(_ frame: Frame) throws(HoneError) -> String {
    var text = ""
    var names: Set<String> = ["species", "pos", "Z"]
    for column in frame.columns {
      let isWord = column.name.utf8.allSatisfy { $0 > 0x20 && !":\"'\\[]{}=".utf8.contains($0) }
      guard !column.name.isEmpty, isWord, names.insert(column.name).inserted else {
        throw HoneError(
          .invalidArgument,
          "the name of a column must be a word of its own that is neither species, pos nor Z, got "
            + "'\(column.name)'")
      }
      let (expected, overflow) = column.width.multipliedReportingOverflow(
        by: frame.structure.atomCount)
      guard column.width > 0, !overflow, column.values.count == expected else {
        throw HoneError(
          .invalidArgument,
          "the column '\(column.name)' must hold \(column.width) values for each of "
            + "\(frame.structure.atomCount) atoms, got \(column.values.count)")
      }
      let type =
        switch column.values {
        case .reals: "R"
        case .integers: "I"
        case .strings: "S"
        case .logicals: "L"
        }
      text += ":\(column.name):\(type):\(column.width)"
    }
    return text
  }

  private static func word(_ column: Column, _ index: Int) throws(HoneError) -> String {
    switch column.values {
    case .reals(let values): return "\(values[index])"
    case .integers(let values): return "\(values[index])"
    case .logicals(let values): return values[index] ? "T" : "F"
    case .strings(let values):
      let value = values[index]
      guard !value.isEmpty, !value.utf8.contains(where: { $0 <= 0x20 }) else {
        throw HoneError(
          .invalidArgument,
          "a word of the column '\(column.name)' must not be empty or contain blanks, got '\(value)'"
        )
      }
      return value
    }
  }

  private static func text(_ value: InfoValue) -> String {
    switch value {
    case .real(let value): return "\(value)"
    case .integer(let value): return "\(value)"
    case .logical(let value): return value ? "T" : "F"
    case .reals(let values): return array(values.map { "\($0)" })
    case .integers(let values): return array(values.map { "\($0)" })
    case .logicals(let values): return array(values.map { $0 ? "T" : "F" })
    case .string(let string):
      let plain = quotedIfNeeded(string)
      // Read back by the parser itself: no list of exceptions to keep in step with it.
      // ASE takes what follows an empty value for the value.
      let isSafe = !string.isEmpty && !string.utf8.contains { $0 < 0x20 }
      let back = isSafe ? try? CommentLine.parse(Array("x=\(plain)".utf8)) : nil
      return back?["x"] == value && back?.entries.count == 1
        ? plain : quotedIfNeeded("_JSON " + JSONText.encoded(string))
    }
  }

  /// Brackets tell an array of one element from a number, JSON one of none from no value.
  private static func array(_ words: [String]) -> String {
    guard !words.isEmpty else { return "\"_JSON []\"" }
    let text = words.joined(separator: " ")
    return words.count > 1 ? "\"\(text)\"" : "[\(text)]"
  }

  private static func joined(_ numbers: [Double]) -> String {
    numbers.map { "\($0)" }.joined(separator: " ")
  }

  /// The text, in quotation marks where anything in it could end or split it.
  private static func quotedIfNeeded(_ text: String) -> String {
    let special = " \"'=\\[]{},"
    let isSpecial = { (byte: UInt8) in
      byte <= 0x20 || byte >= 0x7F || special.utf8.contains(byte)
    }
    guard text.isEmpty || text.utf8.contains(where: isSpecial) else { return text }
    var result = "\""
    for character in text.unicodeScalars {
      if character == "\"" || character == "\\" { result += "\\" }
      result.unicodeScalars.append(character)
    }
    return result + "\""
  }
}
