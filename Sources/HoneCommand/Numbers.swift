internal import Glibc
internal import HoneFormats

extension Double {
  /// The number with a fixed number of decimals.
  func formatted(_ decimals: Int) -> String {
    printed("%.*f", decimals)
  }

  /// The number with a number of significant digits.
  func significant(_ digits: Int) -> String {
    printed("%.*g", digits)
  }

  private func printed(_ format: String, _ digits: Int) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      let count = withVaList([CInt(clamping: digits), self]) {
        vsnprintf(buffer.baseAddress, buffer.count, format, $0)
      }
      let bytes = buffer.prefix(max(0, min(Int(count), buffer.count - 1)))
      return String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}

extension JSONValue {
  /// A number; null where there is none or JSON cannot write it.
  static func optional(_ value: Double?) -> JSONValue {
    guard let value, value.isFinite else { return .null }
    return .number(value)
  }

  /// An integer.
  static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}
