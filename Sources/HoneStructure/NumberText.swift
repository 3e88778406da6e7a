/// Numbers and logicals as they are written in extended XYZ files.
enum NumberText {
  /// Whether a byte separates words: blank, tab, and the other white space of ASCII.
  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
  }

  /// The value of a decimal number, or nil for what is none.
  ///
  /// Fortran's exponent `D` is an `E`. Hexadecimal numbers and numbers too large for double precision
  /// are refused; `nan`, `inf` and `infinity` are numbers.
  static func real(_ bytes: ArraySlice<UInt8>) -> Double? {
    if let value = shortReal(bytes) { return value }
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var hasDigit = false
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        hasDigit = true
        text.append(byte)
      case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"),
        UInt8(ascii: "E"):
        text.append(byte)
      case UInt8(ascii: "d"), UInt8(ascii: "D"):
        text.append(UInt8(ascii: "e"))
      default:
        return special(bytes)
      }
    }
    guard hasDigit, let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
      return nil
    }
    return value
  }

  /// The value of an integer, or nil for what is none or does not fit.
  static func integer(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count <= 20 else { return nil }
    return Int(String(decoding: bytes, as: UTF8.self))
  }

  /// The value of a logical, or nil for what is none.
  static func logical(_ bytes: ArraySlice<UInt8>) -> Bool? {
    switch String(decoding: bytes, as: UTF8.self) {
    case "T", "true", "True", "TRUE": true
    case "F", "false", "False", "FALSE": false
    default: nil
    }
  }

  /// The value of a number without exponent and with at most 15 digits, or nil for any other.
  ///
  /// Both the digits and the power of ten are exact then, and their quotient is rounded once
  /// (Clinger, PLDI 1990). Nearly all numbers of a file are of this kind.
  private static func shortReal(_ bytes: ArraySlice<UInt8>) -> Double? {
    guard bytes.count <= 17, let first = bytes.first else { return nil }
    var digits = 0
    var digitCount = 0
    var power = 1.0
    var hasPoint = false
    let signed = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
    for byte in signed ? bytes.dropFirst() : bytes {
      if byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") {
        digits = digits * 10 + Int(byte - UInt8(ascii: "0"))
        digitCount += 1
        if hasPoint { power *= 10 }
      } else if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else {
        return nil
      }
    }
    guard digitCount >= 1, digitCount <= 15 else { return nil }
    let value = Double(digits) / power
    return first == UInt8(ascii: "-") ? -value : value
  }

  private static func special(_ bytes: ArraySlice<UInt8>) -> Double? {
    guard bytes.count <= 9 else { return nil }
    switch String(decoding: bytes, as: UTF8.self).lowercased() {
    case "nan", "+nan", "-nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return nil
    }
  }
}

/// Strings as JSON writes them, which is how extended XYZ files carry what their own syntax cannot.
enum JSONText {
  /// The string in quotation marks, all but printable ASCII escaped.
  static func encoded(_ string: String) -> String {
    var result = "\""
    for unit in string.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x20..<0x7F: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result + "\""
  }

  /// The string of a text in quotation marks, or nil for what is no JSON string.
  static func decoded(_ text: Substring) -> String? {
    let units = Array(text.utf16)
    guard units.count >= 2, units.first == 0x22, units.last == 0x22 else { return nil }
    var result: [UInt16] = []
    var index = 1
    while index < units.count - 1 {
      let unit = units[index]
      index += 1
      guard unit == 0x5C else {
        if unit == 0x22 { return nil }
        result.append(unit)
        continue
      }
      guard index < units.count - 1 else { return nil }
      let escape = units[index]
      index += 1
      if escape == UInt16(UInt8(ascii: "u")) {
        guard index + 4 <= units.count - 1,
          let code = hexadecimal(units[index..<index + 4])
        else { return nil }
        result.append(code)
        index += 4
      } else {
        guard let code = simpleEscapes[escape] else { return nil }
        result.append(code)
      }
    }
    return String(decoding: result, as: UTF16.self)
  }

  /// The numbers of a nested JSON array in their order, or nil where anything else is in it.
  static func numbers(_ text: Substring) -> [Double]? {
    let bytes = Array(text.utf8)
    guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return nil }
    var result: [Double] = []
    let separators: [UInt8] = Array("[], \t".utf8)
    for word in bytes.split(whereSeparator: { separators.contains($0) }) {
      guard let value = NumberText.real(word) else { return nil }
      result.append(value)
    }
    return result
  }

  private static let simpleEscapes: [UInt16: UInt16] = [
    0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
  ]

  private static func hexadecimal(_ units: ArraySlice<UInt16>) -> UInt16? {
    var code: UInt16 = 0
    for unit in units {
      guard let scalar = Unicode.Scalar(unit), scalar.isASCII,
        let digit = Character(scalar).hexDigitValue
      else { return nil }
      code = code << 4 | UInt16(digit)
    }
    return code
  }
}
