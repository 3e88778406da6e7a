public import HoneNumerics

/// Reads an object in which a person describes something, such as a new model or a run of training: every
/// key may be left out, none may be misspelt.
public struct DescriptionFields {
  private let object: JSONValue
  /// Where the object stands, for messages.
  public let path: String

  /// Takes an object.
  ///
  /// - Parameters:
  ///   - value: The object.
  ///   - path: Where it stands, for messages; empty, or with a dot at its end.
  ///   - what: What it describes, for messages where it stands alone.
  ///   - known: The keys it may have.
  /// - Throws: `.format` for anything but an object, and for other keys.
  public init(
    _ value: JSONValue, path: String = "", what: String = "the model", known: [String]
  ) throws(HoneError) {
    guard let members = value.members else {
      throw HoneError(
        .format,
        "expected an object as \(path.isEmpty ? what : "'\(path.dropLast())'"), got "
          + Self.shown(value))
    }
    for member in members where !known.contains(member.key) {
      throw HoneError(
        .format,
        "expected one of the keys \(known.joined(separator: ", ")), got "
          + "'\(path)\(String(member.key.prefix(60)))'")
    }
    object = value
    self.path = path
  }

  /// The value of a key; none where there is none and where it is null.
  public func value(_ key: String) -> JSONValue? {
    guard let value = object[key], value != .null else { return nil }
    return value
  }

  /// The error of a value that is not what was expected.
  public func failure(_ key: String, _ expected: String) -> HoneError {
    HoneError(
      .format,
      "expected \(expected) as '\(path)\(key)', got "
        + (object[key].map(Self.shown) ?? "nothing"))
  }

  private static func shown(_ value: JSONValue) -> String {
    let text = (try? value.text()) ?? "a number beyond all bounds"
    return text.count > 60 ? text.prefix(60) + "…" : text
  }

  /// True or false.
  public func bool(_ key: String, _ standard: Bool) throws(HoneError) -> Bool {
    guard let value = value(key) else { return standard }
    guard let bool = value.bool else { throw failure(key, "true or false") }
    return bool
  }

  /// An integer in a range.
  public func int(_ key: String, in range: ClosedRange<Int>, _ standard: Int) throws(HoneError)
    -> Int
  {
    guard let value = value(key) else { return standard }
    guard let int = value.int, range.contains(int) else {
      throw failure(key, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return int
  }

  /// A finite number.
  public func double(_ key: String, _ standard: Double) throws(HoneError) -> Double {
    guard let value = value(key) else { return standard }
    guard let double = value.double, double.isFinite else { throw failure(key, "a number") }
    return double
  }

  /// A text.
  public func string(_ key: String, _ standard: String) throws(HoneError) -> String {
    guard let value = value(key) else { return standard }
    guard let text = value.string else { throw failure(key, "a text") }
    return text
  }

  /// One text, or a list of them.
  public func strings(_ key: String, _ standard: [String]) throws(HoneError) -> [String] {
    guard let value = value(key) else { return standard }
    let values = (value.array ?? [value]).map(\.string)
    let texts = values.compactMap { $0 }
    guard texts.count == values.count, texts.count <= 4096 else {
      throw failure(key, "a text or a list of texts")
    }
    return texts
  }

  /// One integer, or a list of them.
  public func ints(_ key: String, in range: ClosedRange<Int>, _ standard: [Int]) throws(HoneError)
    -> [Int]
  {
    guard let value = value(key) else { return standard }
    let values = (value.array ?? [value]).map(\.int)
    let ints = values.compactMap { $0 }
    guard ints.count == values.count, ints.count <= 4096, ints.allSatisfy(range.contains) else {
      throw failure(key, "integers from \(range.lowerBound) to \(range.upperBound)")
    }
    return ints
  }

  /// One number, or a list of them.
  public func doubles(_ key: String, _ standard: [Double]) throws(HoneError) -> [Double] {
    guard let value = value(key) else { return standard }
    let values = (value.array ?? [value]).map(\.double)
    let doubles = values.compactMap { $0 }
    guard doubles.count == values.count, doubles.count <= 4096, doubles.allSatisfy(\.isFinite)
    else { throw failure(key, "a number or a list of numbers") }
    return doubles
  }

  /// One of the names of an enumeration.
  public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ standard: Choice)
    throws(HoneError) -> Choice where Choice.RawValue == String
  {
    try value(key).map { value throws(HoneError) in try choice(key, of: value) } ?? standard
  }

  /// One of the names of an enumeration, or a list of them.
  public func choices<Choice: RawRepresentable & CaseIterable>(_ key: String, _ standard: [Choice])
    throws(HoneError) -> [Choice] where Choice.RawValue == String
  {
    guard let value = value(key) else { return standard }
    var result: [Choice] = []
    for entry in value.array ?? [value] { result.append(try choice(key, of: entry)) }
    return result
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, of value: JSONValue)
    throws(HoneError) -> Choice where Choice.RawValue == String
  {
    guard let choice = value.string.flatMap(Choice.init(rawValue:)) else {
      throw failure(key, Self.names(of: Choice.self))
    }
    return choice
  }

  private static func names<Choice: RawRepresentable & CaseIterable>(of: Choice.Type) -> String
  where Choice.RawValue == String {
    "one of " + Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
  }
}
