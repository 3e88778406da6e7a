/// The container formats a model file can have, told apart by their first bytes.
public enum ModelFileKind: Sendable, Equatable {
  /// A zip archive, as current versions of PyTorch write.
  case zip
  /// A safetensors file.
  case safetensors
  /// A file of PyTorch before 1.6: bare pickles or a tar archive.
  case legacyTorch
  /// None of these.
  case unknown

  /// Says what a file looks like; opening it is what shows whether it is sound.
  public static func detect(_ bytes: Bytes) -> ModelFileKind {
    if bytes.matches([0x50, 0x4B, 0x03, 0x04]) || bytes.matches([0x50, 0x4B, 0x05, 0x06]) {
      return .zip
    }
    // PROTO 2, then the pickled integer 0x1950A86A20F9469CFC6C by which the old format is known.
    let magic: [UInt8] = [
      0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]
    if bytes.matches(magic) || bytes.matches(Array("ustar".utf8), at: 257) { return .legacyTorch }
    if let length: UInt64 = bytes.integer(at: 0), length >= 2,
      length <= UInt64(SafetensorsFile.maximumHeaderLength),
      length <= UInt64(max(0, bytes.count - 8)), bytes.byte(at: 8) == UInt8(ascii: "{")
    {
      return .safetensors
    }
    return .unknown
  }
}
