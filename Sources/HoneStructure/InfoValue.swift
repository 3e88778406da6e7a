/// A value of the comment line of an extended XYZ frame.
public enum InfoValue: Sendable, Equatable {
  /// Text.
  case string(String)
  /// A real number.
  case real(Double)
  /// An integer.
  case integer(Int)
  /// A logical; also the value of a key that stands alone, which is true.
  case logical(Bool)
  /// Real numbers.
  case reals([Double])
  /// Integers.
  case integers([Int])
  /// Logicals.
  case logicals([Bool])

  /// The numbers of the value in their order, or nil for text that is no JSON array and for logicals.
  public var numbers: [Double]? {
    switch self {
    case .real(let value): [value]
    case .integer(let value): [Double(value)]
    case .reals(let values): values
    case .integers(let values): values.map(Double.init)
    case .string(let text):
      text.hasPrefix("_JSON ") ? JSONText.numbers(text.dropFirst(6)) : nil
    case .logical, .logicals: nil
    }
  }
}

/// Keys and values of a comment line, in the order in which they were written.
public struct Info: Sendable, Equatable {
  /// The keys and values; no key occurs twice.
  public private(set) var entries: [Entry] = []

  /// A key and its value.
  public struct Entry: Sendable, Equatable {
    /// The key.
    public let key: String
    /// The value.
    public let value: InfoValue
  }

  /// Makes an empty dictionary.
  public init() {}

  /// The value of a key; nil where there is none, and to remove it.
  ///
  /// - Complexity: O(keys).
  public subscript(key: String) -> InfoValue? {
    get { entries.first { $0.key == key }?.value }
    set {
      let index = entries.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (.some(let index), .some(let value)): entries[index] = Entry(key: key, value: value)
      case (.some(let index), nil): entries.remove(at: index)
      case (nil, .some(let value)): entries.append(Entry(key: key, value: value))
      case (nil, nil): break
      }
    }
  }
}
