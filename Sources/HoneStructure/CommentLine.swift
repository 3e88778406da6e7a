/// Takes the comment line of an extended XYZ frame apart.
///
/// The syntax is that of ASE: keys and values around `=`, blanks between pairs and allowed around
/// `=`, values in quotation marks, brackets or braces where they contain blanks, a backslash before a
/// character that shall mean nothing else, and keys alone for true.
struct CommentLine {
  private let bytes: [UInt8]
  private var place = 0

  /// The most keys of a line; those of real files number a few dozen.
  private static let keyLimit = 1000

  /// Parses a line.
  ///
  /// - Throws: What is wrong with the line.
  static func parse(_ bytes: [UInt8]) throws(Malformed) -> Info {
    var line = CommentLine(bytes: bytes)
    var info = Info()
    while let key = try line.key() {
      guard info.entries.count < keyLimit else {
        throw Malformed("expected at most \(keyLimit) keys in the comment line, got more")
      }
      info[key] = line.skip(UInt8(ascii: "=")) ? try line.value() : .logical(true)
    }
    return info
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private mutating func skipSpaces() {
    while place < bytes.count, NumberText.isSpace(bytes[place]) { place += 1 }
  }

  /// Skips blanks, and a byte where it comes next, with the blanks after it.
  private mutating func skip(_ byte: UInt8) -> Bool {
    skipSpaces()
    guard place < bytes.count, bytes[place] == byte else { return false }
    place += 1
    skipSpaces()
    return true
  }

  private mutating func key() throws(Malformed) -> String? {
    skipSpaces()
    guard place < bytes.count else { return nil }
    let first = bytes[place]
    if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
      return String(decoding: try quoted(first), as: UTF8.self)
    }
    let key = word { NumberText.isSpace($0) || $0 == UInt8(ascii: "=") }
    guard !key.isEmpty else {
      throw Malformed("expected a key before '=' at byte \(place + 1) of the comment line")
    }
    return String(decoding: key, as: UTF8.self)
  }

  private mutating func value() throws(Malformed) -> InfoValue {
    guard place < bytes.count else { return .string("") }
    let first = bytes[place]
    switch first {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      return CommentLine.value(of: try quoted(first), isArray: false)
    case UInt8(ascii: "["):
      return CommentLine.value(of: try bracketed(first, UInt8(ascii: "]")), isArray: true)
    case UInt8(ascii: "{"):
      return CommentLine.value(of: try bracketed(first, UInt8(ascii: "}")), isArray: true)
    default:
      return CommentLine.value(of: word { NumberText.isSpace($0) }, isArray: false)
    }
  }

  /// The bytes up to one that ends a word, without the backslashes that protect others.
  private mutating func word(endsAt isEnd: (UInt8) -> Bool) -> [UInt8] {
    var result: [UInt8] = []
    while place < bytes.count, !isEnd(bytes[place]) {
      if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count { place += 1 }
      result.append(bytes[place])
      place += 1
    }
    return result
  }

  /// The bytes between two equal marks; the first one comes next.
  private mutating func quoted(_ mark: UInt8) throws(Malformed) -> [UInt8] {
    let start = place
    place += 1
    let result = word { $0 == mark }
    guard place < bytes.count else { throw unterminated(mark, start) }
    place += 1
    return result
  }

  /// The bytes between brackets; brackets of the same kind inside become blanks.
  private mutating func bracketed(_ open: UInt8, _ close: UInt8) throws(Malformed) -> [UInt8] {
    let start = place
    place += 1
    var result: [UInt8] = []
    var depth = 1
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      if byte == open { depth += 1 }
      if byte == close { depth -= 1 }
      if depth == 0 { return result }
      result.append(byte == open || byte == close ? UInt8(ascii: " ") : byte)
    }
    throw unterminated(open, start)
  }

  private func unterminated(_ mark: UInt8, _ start: Int) -> Malformed {
    Malformed(
      "expected an end of what '\(Character(Unicode.Scalar(mark)))' opens at byte \(start + 1) of "
        + "the comment line, got none")
  }

  /// The value of a text: integers before reals before logicals before text.
  ///
  /// Blanks and commas separate the elements of an array; only brackets make an array of one element.
  private static func value(of text: [UInt8], isArray: Bool) -> InfoValue {
    let words = text.split { NumberText.isSpace($0) || $0 == UInt8(ascii: ",") }
    if isArray && words.isEmpty { return .reals([]) }
    if let values = all(words, NumberText.integer) {
      return values.count == 1 && !isArray ? .integer(values[0]) : .integers(values)
    }
    if let values = all(words, NumberText.real) {
      return values.count == 1 && !isArray ? .real(values[0]) : .reals(values)
    }
    if let values = all(words, NumberText.logical) {
      return values.count == 1 && !isArray ? .logical(values[0]) : .logicals(values)
    }
    let string = String(decoding: text, as: UTF8.self)
    if string == "_JSON []" { return .reals([]) }
    if string.hasPrefix("_JSON "), let decoded = JSONText.decoded(string.dropFirst(6)) {
      return .string(decoded)
    }
    return .string(string)
  }

  /// The values of all words, or nil when one of them has none or there are no words.
  private static func all<Value>(
    _ words: [ArraySlice<UInt8>], _ value: (ArraySlice<UInt8>) -> Value?
  ) -> [Value]? {
    var values: [Value] = []
    for word in words {
      guard let value = value(word) else { return nil }
      values.append(value)
    }
    return values.isEmpty ? nil : values
  }
}

/// What is wrong with a line, before the reader adds where it is.
struct Malformed: Error {
  let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}
