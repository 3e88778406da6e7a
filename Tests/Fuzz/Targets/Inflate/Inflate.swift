import FuzzSupport
import HoneFormats
import HoneNumerics

/// Deflated data: two bytes of declared size, then the stream, inside a sound archive.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard size > 2 else { return 0 }
  let bytes = input(data, size)
  var builder = ArchiveBuilder()
  builder.add(
    "x", Array(bytes[2...]), method: 8, size: Int(bytes[0]) | Int(bytes[1]) << 8, checksum: 0)
  guard let file = try? Bytes(builder.build()), let archive = try? ZipArchive(bytes: file) else {
    preconditionFailure("the archive around the stream is sound")
  }
  use((try? archive.contents(of: "x"))?.count)
  return 0
}

/// A stored block, one with fixed codes (text and a long match) and one with codes of its own.
private let seeds: [[UInt8]] = [
  [3, 0, 1, 3, 0, 0xFC, 0xFF, 0x61, 0x62, 0x63],
  [6, 0, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xE7, 0x02, 0x00],
  [0x2C, 1, 0x4B, 0x4C, 0x1C, 0x05, 0xA3, 0x60, 0x14, 0x0C, 0x77, 0x00, 0x00],
  [
    0x00, 4, 0xED, 0xC1, 0x01, 0x01, 0x00, 0x00, 0x00, 0x80, 0x90, 0xFE, 0xAF, 0xEE, 0x08, 0x0A,
  ],
]

/// Writes the first inputs if asked to.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _: UnsafeMutablePointer<Int32>?,
  _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> Int32 {
  writeSeedsIfAsked { seeds }
  return 0
}
