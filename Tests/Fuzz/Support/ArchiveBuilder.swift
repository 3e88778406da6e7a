/// Builds zip archives around mutated contents, so that mutations are not caught by a checksum
/// before they reach the parser they are meant for.
public struct ArchiveBuilder {
  private var file: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0

  /// Makes an empty archive.
  public init() {}

  /// Adds an entry.
  ///
  /// - Parameters:
  ///   - data: As it stands in the file.
  ///   - method: 0 stored, 8 deflated.
  ///   - size: The size after expansion.
  ///   - checksum: The CRC-32, computed here where it is nil.
  public mutating func add(
    _ name: String, _ data: [UInt8], method: UInt16 = 0, size: Int? = nil, checksum: UInt32? = nil
  ) {
    let text = Array(name.utf8)
    let fields =
      littleEndian(checksum ?? Self.checksum(data)) + littleEndian(UInt32(data.count))
      + littleEndian(UInt32(size ?? data.count)) + littleEndian(UInt16(text.count)) + [0, 0]
    let offset = UInt32(file.count)
    file += littleEndian(UInt32(0x0403_4B50)) + [20, 0, 0, 0] + littleEndian(method)
    file += [0, 0, 0, 0] + fields + text + data
    directory += littleEndian(UInt32(0x0201_4B50)) + [20, 0, 20, 0, 0, 0] + littleEndian(method)
    directory += [0, 0, 0, 0] + fields + [UInt8](repeating: 0, count: 10)
    directory += littleEndian(offset) + text
    count += 1
  }

  /// The bytes of the archive.
  public func build() -> [UInt8] {
    file + directory + littleEndian(UInt32(0x0605_4B50)) + [0, 0, 0, 0] + littleEndian(count)
      + littleEndian(count) + littleEndian(UInt32(directory.count))
      + littleEndian(UInt32(file.count)) + [0, 0]
  }

  /// The CRC-32 of the PNG specification's appendix.
  public static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var value = UInt32.max
    for byte in bytes { value = table[Int((value ^ UInt32(byte)) & 255)] ^ (value >> 8) }
    return ~value
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1
    }
  }
}
