/// The checksum of zip archives: CRC-32 with the reflected polynomial 0xEDB88320.
enum CRC32 {
  /// Tables for four bytes at a time; `tables[k][b]` is byte `b` followed by `k` zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 4 * 256)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = (value >> 1) ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
      tables[byte] = value
    }
    for index in 256..<4 * 256 {
      let previous = tables[index - 256]
      tables[index] = (previous >> 8) ^ tables[Int(previous & 0xFF)]
    }
    return tables
  }()

  /// The checksum of a run of bytes.
  static func checksum(of bytes: Bytes) -> UInt32 {
    bytes.withUnsafeBytes { bytes in
      tables.withUnsafeBufferPointer { tables in
        var value = UInt32.max
        var index = 0
        while index &+ 4 <= bytes.count {
          let word = UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
          value ^= word
          value =
            tables[768 &+ Int(value & 0xFF)] ^ tables[512 &+ Int((value >> 8) & 0xFF)]
            ^ tables[256 &+ Int((value >> 16) & 0xFF)] ^ tables[Int(value >> 24)]
          index &+= 4
        }
        while index < bytes.count {
          value = (value >> 8) ^ tables[Int((value ^ UInt32(bytes[index])) & 0xFF)]
          index &+= 1
        }
        return ~value
      }
    }
  }
}
