internal import HoneNumerics

/// The spellings of text in the older pickle protocols.
enum PickleText {
  /// Text of one byte per character, as Python 2 wrote it.
  static func latin1(_ bytes: Bytes) throws(HoneError) -> String {
    try text(bytes) { _, _ in nil }
  }

  /// Latin-1 in which `\uXXXX` and `\UXXXXXXXX` stand for other characters.
  static func rawUnicodeEscape(_ bytes: Bytes) throws(HoneError) -> String {
    try text(bytes) { bytes, index in
      guard let kind = bytes.byte(at: index + 1) else { return nil }
      let length = kind == UInt8(ascii: "u") ? 4 : kind == UInt8(ascii: "U") ? 8 : 0
      guard length > 0, let value = number(bytes, at: index + 2, digits: length, radix: 16) else {
        return nil
      }
      return (value, length + 2)
    }
  }

  /// Text as Python's `repr` shows it, in single or double quotes; `nil` without quotes.
  static func quoted(_ bytes: Bytes) throws(HoneError) -> String? {
    guard bytes.count >= 2, let quote = bytes.byte(at: 0), quote == 0x22 || quote == 0x27,
      bytes.byte(at: bytes.count - 1) == quote,
      let body = bytes.slice(at: 1, count: bytes.count - 2)
    else { return nil }
    return try text(body, escape)
  }

  private static func escape(_ bytes: Bytes, _ index: Int) -> (value: UInt32, length: Int)? {
    guard let kind = bytes.byte(at: index + 1) else { return nil }
    switch kind {
    case UInt8(ascii: "n"): return (0x0A, 2)
    case UInt8(ascii: "r"): return (0x0D, 2)
    case UInt8(ascii: "t"): return (0x09, 2)
    case UInt8(ascii: "\\"), 0x22, 0x27: return (UInt32(kind), 2)
    case UInt8(ascii: "x"):
      return number(bytes, at: index + 2, digits: 2, radix: 16).map { ($0, 4) }
    default: return number(bytes, at: index + 1, digits: 3, radix: 8).map { ($0, 4) }
    }
  }

  private static func number(_ bytes: Bytes, at index: Int, digits: Int, radix: Int) -> UInt32? {
    guard let part = bytes.slice(at: index, count: digits), let text = part.utf8Text,
      text.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D })
    else { return nil }
    return UInt32(text, radix: radix)
  }

  /// Turns bytes into characters; `decode` may replace what follows a backslash.
  private static func text(
    _ bytes: Bytes, _ decode: (Bytes, Int) -> (value: UInt32, length: Int)?
  ) throws(HoneError) -> String {
    try ByteStorage.requireMemory(elements: bytes.count, of: 4)
    var text = String.UnicodeScalarView()
    var index = 0
    while let byte = bytes.byte(at: index) {
      if byte == UInt8(ascii: "\\"), let (value, length) = decode(bytes, index) {
        text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
        index += length
      } else {
        text.append(Unicode.Scalar(byte))
        index += 1
      }
    }
    return String(text)
  }
}
