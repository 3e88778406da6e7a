public import HoneNumerics

/// Collects named tensors and texts and writes them as a safetensors file.
///
/// The same content gives the same bytes, in whatever order it was added.
public struct SafetensorsWriter: Sendable {
  /// The texts of the header's `__metadata__`.
  public var metadata: [String: String] = [:]
  private var tensors: [String: StoredTensor] = [:]

  /// Makes a writer without tensors.
  public init() {}

  /// Adds a tensor, in the number format it has.
  ///
  /// - Throws: `.invalidArgument` if the name is taken or reserved.
  public mutating func add(_ name: String, _ tensor: StoredTensor) throws(HoneError) {
    guard name != "__metadata__", tensors[name] == nil else {
      throw HoneError(.invalidArgument, "expected a new name of a tensor, got '\(name)'")
    }
    tensors[name] = tensor
  }

  /// Adds a tensor of doubles, in row-major order.
  ///
  /// - Throws: `.invalidArgument` if the name is taken or values and shape disagree.
  public mutating func add(
    _ name: String, _ values: [Double], shape: [Int]
  ) throws(HoneError) {
    try add(name, StoredTensor(values, shape: shape))
  }

  /// Adds a tensor of single-precision numbers, in row-major order.
  ///
  /// - Throws: `.invalidArgument` if the name is taken or values and shape disagree.
  public mutating func add(
    _ name: String, _ values: [Float], shape: [Int]
  ) throws(HoneError) {
    try add(name, StoredTensor(values, shape: shape))
  }

  /// Adds a tensor of 64-bit integers, in row-major order.
  ///
  /// - Throws: `.invalidArgument` if the name is taken or values and shape disagree.
  public mutating func add(_ name: String, _ values: [Int], shape: [Int]) throws(HoneError) {
    try add(name, StoredTensor(values, shape: shape))
  }

  /// Writes the file, atomically.
  ///
  /// - Throws: `.io` if that fails; the old file is then still there.
  public func write(to path: String) throws(HoneError) {
    try AtomicFile.write(to: path) { sink throws(HoneError) in
      let (header, parts) = try layout()
      try sink.write(header)
      for part in parts { try sink.write(part) }
    }
  }

  /// The bytes of the file.
  public func bytes() throws(HoneError) -> Bytes {
    let (header, parts) = try layout()
    let storage = try ByteStorage(count: parts.reduce(header.count) { $0 + $1.count })
    var end = 0
    for part in [try Bytes(header)] + parts {
      part.withUnsafeBytes { source in
        if let from = source.baseAddress {
          (storage.base + end).copyMemory(from: from, byteCount: source.count)
        }
      }
      end += part.count
    }
    return Bytes(storage: storage, start: 0, count: end)
  }

  /// The length field with the header, and the bytes of the tensors behind it.
  private func layout() throws(HoneError) -> (header: [UInt8], parts: [Bytes]) {
    // By bytes: the order of characters depends on the version of Unicode.
    let names = tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var members: [JSONValue.Member] = []
    if !metadata.isEmpty {
      let keys = metadata.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      let texts = keys.map { JSONValue.Member($0, .string(metadata[$0] ?? "")) }
      members.append(.init("__metadata__", .object(texts)))
    }
    var parts: [Bytes] = []
    var end = 0
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let part = try tensor.denseBytes()
      members.append(
        .init(
          name,
          .object([
            .init("dtype", .string(tensor.dtype.safetensorsName)),
            .init("shape", .array(tensor.shape.map { .integer(Int64($0)) })),
            .init(
              "data_offsets", .array([.integer(Int64(end)), .integer(Int64(end + part.count))])),
          ])))
      parts.append(part)
      end += part.count
    }
    var header = Array(try JSONValue.object(members).text().utf8)
    // Padding aligns the tensors for readers that map the file into memory.
    header += repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    guard header.count <= SafetensorsFile.maximumHeaderLength else {
      throw HoneError(
        .invalidArgument,
        "expected a safetensors header of at most \(SafetensorsFile.maximumHeaderLength) bytes, "
          + "got \(header.count)")
    }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return (length + header, parts)
  }
}
