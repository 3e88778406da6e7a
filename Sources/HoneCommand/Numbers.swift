internal import Foundation
internal import HoneFormats

extension Double {
  /// The number with a fixed number of decimals.
  func formatted(_ decimals: Int) -> String {
    String(format: "%.\(decimals)f", self)
  }

  /// The number with a number of significant digits.
  func significant(_ digits: Int) -> String {
    String(format: "%.\(digits)g", self)
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
