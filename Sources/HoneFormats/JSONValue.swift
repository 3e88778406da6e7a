public import HoneNumerics

/// A JSON document as a tree of values.
///
/// - SeeAlso: RFC 8259.
public enum JSONValue: Sendable, Equatable {
  /// The value `null`.
  case null
  /// A truth value.
  case bool(Bool)
  /// A number written without fraction and exponent, exact within 64 bits.
  case integer(Int64)
  /// Any other number; always finite in what has been read.
  case number(Double)
  /// Text.
  case string(String)
  /// Values in order.
  case array([JSONValue])
  /// Named values in order.
  case object([Member])

  /// A name and its value in an object.
  public struct Member: Sendable, Equatable {
    /// The name.
    public var key: String
    /// The value.
    public var value: JSONValue

    /// Makes a member of an object.
    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// What to do with a name that an object has twice.
  public enum DuplicateKeys: Sendable {
    /// The last value counts, in the place of the first.
    case keepLast
    /// The document is refused.
    case reject
  }

  /// How deep arrays and objects may be nested.
  public static let maximumDepth = 64

  /// Reads a document.
  ///
  /// - Throws: `.format` for anything that RFC 8259 does not allow, numbers beyond the range of a
  ///   double and nesting beyond `maximumDepth`.
  public init(
    parsing bytes: Bytes, duplicateKeys: DuplicateKeys = .keepLast
  ) throws(HoneError) {
    var reader = JSONReader(bytes, duplicateKeys: duplicateKeys)
    self = try reader.document()
  }

  /// Reads a document from text.
  ///
  /// - Throws: As `init(parsing:duplicateKeys:)` for bytes.
  public init(
    parsing text: String, duplicateKeys: DuplicateKeys = .keepLast
  ) throws(HoneError) {
    try self.init(parsing: Bytes(Array(text.utf8)), duplicateKeys: duplicateKeys)
  }

  /// The truth value.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The integer; other numbers are none, even where their value is whole.
  public var int: Int? { if case .integer(let value) = self { Int(value) } else { nil } }

  /// The number, integer or not.
  public var double: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  /// The text.
  public var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The values of an array.
  public var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  /// The members of an object.
  public var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  /// The value of a name in an object; linear in the number of members.
  public subscript(key: String) -> JSONValue? {
    members?.last { $0.key == key }?.value
  }

  /// The document as text, without spaces, the members of objects in their order.
  ///
  /// Doubles get the fewest digits that read back to the same value, so equal trees give equal
  /// bytes and a round trip changes nothing.
  ///
  /// - Throws: `.invalidArgument` for numbers that are not finite, which JSON cannot write.
  public func text() throws(HoneError) -> String {
    var writer = JSONWriter()
    try writer.write(self, depth: 0)
    return String(decoding: writer.output, as: UTF8.self)
  }
}
