public import HoneNumerics

/// A safetensors file: named tensors behind a JSON header.
///
/// The file is eight bytes with the header's length, the header, and the tensors' bytes one behind
/// the other. Everything the header says is checked when the file is opened.
///
/// - SeeAlso: The format's description in the repository huggingface/safetensors.
public struct SafetensorsFile: Sendable {
  /// The longest header that is read, in bytes.
  public static let maximumHeaderLength = 100_000_000

  /// The names of the tensors in the order of their bytes.
  public let names: [String]
  /// The texts of the header's `__metadata__`.
  public let metadata: [String: String]
  private let tensors: [String: StoredTensor]

  /// Opens a file.
  ///
  /// - Throws: `.io` if the file cannot be read, otherwise as `init(bytes:)`.
  public init(path: String) throws(HoneError) {
    try self.init(bytes: Bytes(contentsOfFile: path))
  }

  /// Opens a file in memory.
  ///
  /// - Throws: `.format` if it is damaged, `.unsupported` for number formats that are not in
  ///   `ElementType`.
  public init(bytes: Bytes) throws(HoneError) {
    guard let length: UInt64 = bytes.integer(at: 0), length <= UInt64(Self.maximumHeaderLength),
      let header = bytes.slice(at: 8, count: Int(length)),
      let data = bytes.slice(at: 8 + header.count, count: bytes.count - 8 - header.count)
    else { throw Self.damage("a header inside the file") }
    guard header.byte(at: 0) == UInt8(ascii: "{"),
      case .object(let members) = try JSONValue(parsing: header, duplicateKeys: .reject)
    else { throw Self.damage("a JSON object as the header") }

    var metadata: [String: String] = [:]
    var found: [(name: String, range: Range<Int>, tensor: StoredTensor)] = []
    for member in members {
      if member.key == "__metadata__" {
        for entry in member.value.members ?? [] { metadata[entry.key] = entry.value.string }
        guard let entries = member.value.members, entries.count == metadata.count else {
          throw Self.damage("texts as metadata")
        }
      } else {
        let (tensor, range) = try Self.tensor(member.key, member.value, in: data)
        try found.appendChecked((member.key, range, tensor))
      }
    }
    found.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    // Gaps and overlaps would let one file carry what its header does not show.
    var end = 0
    for (name, range, _) in found {
      guard range.lowerBound == end else {
        throw Self.damage("tensor '\(name.prefix(100))' at byte \(end), got \(range.lowerBound)")
      }
      end = range.upperBound
    }
    guard end == data.count else {
      throw Self.damage("\(end) bytes of tensors, got \(data.count)")
    }
    self.metadata = metadata
    names = found.map(\.name)
    tensors = Dictionary(found.map { ($0.name, $0.tensor) }) { first, _ in first }
  }

  /// The tensor of a name, `nil` if there is none.
  public func tensor(_ name: String) -> StoredTensor? { tensors[name] }

  /// The tensor of a name.
  ///
  /// - Throws: `.format` if there is none.
  public func requiredTensor(_ name: String) throws(HoneError) -> StoredTensor {
    guard let tensor = tensors[name] else { throw Self.damage("a tensor '\(name)'") }
    return tensor
  }

  private static func tensor(
    _ name: String, _ entry: JSONValue, in data: Bytes
  ) throws(HoneError) -> (StoredTensor, Range<Int>) {
    let shown = name.prefix(100)
    guard let members = entry.members, members.count == 3, let type = entry["dtype"]?.string,
      let lengths = entry["shape"]?.array, let offsets = entry["data_offsets"]?.array,
      offsets.count == 2, let start = offsets[0].int, let end = offsets[1].int, start >= 0,
      start <= end
    else { throw damage("dtype, shape and data_offsets of tensor '\(shown)'") }
    guard let dtype = ElementType(safetensorsName: type) else {
      throw HoneError(
        .unsupported,
        "expected a number format such as F64 or F32 of tensor '\(shown)', got "
          + "'\(type.prefix(20))'")
    }
    var shape: [Int] = []
    for length in lengths {
      guard let length = length.int else { throw damage("integers as shape of '\(shown)'") }
      shape.append(length)
    }
    guard let storage = data.slice(at: start, count: end - start) else {
      throw damage("tensor '\(shown)' inside the file")
    }
    let tensor = try StoredTensor(dtype: dtype, shape: shape, storage: storage)
    guard tensor.count * dtype.byteCount == storage.count else {
      throw damage(
        "\(tensor.count) elements of \(type) in tensor '\(shown)', got \(storage.count) bytes")
    }
    return (tensor, start..<end)
  }

  private static func damage(_ what: String) -> HoneError {
    HoneError(.format, "expected \(what) in a safetensors file")
  }
}
