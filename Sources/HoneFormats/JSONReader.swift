internal import HoneNumerics

/// Reads JSON from bytes; strict, and limited in depth because it recurses.
struct JSONReader {
  private let bytes: Bytes
  private let duplicateKeys: JSONValue.DuplicateKeys
  private var position = 0

  init(_ bytes: Bytes, duplicateKeys: JSONValue.DuplicateKeys) {
    self.bytes = bytes
    self.duplicateKeys = duplicateKeys
  }

  mutating func document() throws(HoneError) -> JSONValue {
    // A value of two bytes, its comma included, makes a node of 17 bytes in an array that doubles.
    try Headroom.require(bytes.count, of: 48)
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw damage("nothing behind the document") }
    return value
  }

  private func damage(_ what: String) -> HoneError {
    HoneError(.format, "expected \(what) at byte \(position) of JSON")
  }

  private var next: UInt8? { bytes.byte(at: position) }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(HoneError) -> JSONValue {
    guard depth <= JSONValue.maximumDepth else {
      throw damage("at most \(JSONValue.maximumDepth) levels of nesting")
    }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(HoneError) -> JSONValue {
    guard bytes.matches(Array(word.utf8), at: position) else { throw damage("a value") }
    position += word.utf8.count
    return value
  }

  private mutating func array(depth: Int) throws(HoneError) -> JSONValue {
    position += 1
    var values: [JSONValue] = []
    skipSpace()
    if take("]") { return .array(values) }
    while true {
      try values.appendChecked(value(depth: depth + 1))
      skipSpace()
      if take("]") { return .array(values) }
      guard take(",") else { throw damage("',' or ']'") }
    }
  }

  private mutating func object(depth: Int) throws(HoneError) -> JSONValue {
    position += 1
    var members: [JSONValue.Member] = []
    var places: [String: Int] = [:]
    skipSpace()
    if take("}") { return .object(members) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw damage("a name in quotes") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw damage("':'") }
      let value = try value(depth: depth + 1)
      if let place = places[key] {
        guard duplicateKeys == .keepLast else { throw damage("distinct names in an object") }
        members[place].value = value
      } else {
        places[key] = members.count
        try members.appendChecked(JSONValue.Member(key, value))
      }
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw damage("',' or '}'") }
    }
  }

  // MARK: Numbers

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = next, byte >= 0x30, byte <= 0x39 { position += 1 }
    return position - start
  }

  private mutating func number() throws(HoneError) -> JSONValue {
    let start = position
    _ = take("-")
    let hasLeadingZero = next == UInt8(ascii: "0")
    let digits = skipDigits()
    guard digits > 0, digits == 1 || !hasLeadingZero else { throw damage("a value") }
    var isInteger = true
    if take(".") {
      isInteger = false
      guard skipDigits() > 0 else { throw damage("a digit") }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      guard skipDigits() > 0 else { throw damage("a digit") }
    }
    guard let text = bytes.slice(at: start, count: position - start)?.utf8Text else {
      throw damage("a number")
    }
    // Minus zero keeps its sign only as a double.
    if isInteger, text != "-0", let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw damage("a number within the range of a double")
    }
    return .number(value)
  }

  // MARK: Text

  private mutating func string() throws(HoneError) -> String {
    position += 1
    var text = ""
    var start = position
    while let byte = next {
      guard byte >= 0x20 else { throw damage("no control character in a text") }
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        guard let run = bytes.slice(at: start, count: position - start)?.utf8Text else {
          throw damage("valid UTF-8 before the end of a text")
        }
        try ByteStorage.requireMemory(elements: run.utf8.count, of: 2)
        text += run
        position += 1
        if byte == UInt8(ascii: "\"") { return text }
        text.unicodeScalars.append(try escape())
        start = position
      } else {
        position += 1
      }
    }
    throw damage("the end of a text")
  }

  private mutating func escape() throws(HoneError) -> Unicode.Scalar {
    guard let kind = next else { throw damage("an escaped character") }
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw damage("one of the characters that can be escaped")
    }
  }

  /// Four hexadecimal digits, or two such groups that together name one character.
  private mutating func unicodeEscape() throws(HoneError) -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, take("\\"), take("u") else { throw damage("the second half of a pair") }
    let second = try codeUnit()
    guard second >= 0xDC00, second <= 0xDFFF,
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw damage("the second half of a pair") }
    return scalar
  }

  private mutating func codeUnit() throws(HoneError) -> UInt32 {
    guard let digits = bytes.slice(at: position, count: 4)?.utf8Text,
      digits.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }), let value = UInt32(digits, radix: 16)
    else { throw damage("four hexadecimal digits") }
    position += 4
    return value
  }
}
