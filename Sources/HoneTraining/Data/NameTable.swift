internal import HoneNumerics

/// Different names in the order in which they came, with their numbers.
struct NameTable {
  /// The names.
  private(set) var names: [String] = []
  private var numbers: [String: Int32] = [:]

  /// The most names; the kinds of a real data set are a few dozen.
  static let limit = 65_536

  /// The number of a name, a new one where it is new, or nil where there are too many.
  mutating func number(of name: String) -> Int32? {
    if let number = numbers[name] { return number }
    guard names.count < NameTable.limit else { return nil }
    let number = Int32(names.count)
    numbers[name] = number
    names.append(name)
    return number
  }
}
