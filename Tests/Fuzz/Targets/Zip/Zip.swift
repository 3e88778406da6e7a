import FuzzSupport
import HoneFormats
import HoneNumerics

/// Zip archives as they come: every entry that is declared small enough is read.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard let bytes = try? Bytes(input(data, size)) else { return 0 }
  if let archive = try? ZipArchive(bytes: bytes) {
    for entry in archive.entries.prefix(64) {
      use((try? archive.contents(of: entry.name))?.count)
    }
  }
  if let archive = try? PyTorchArchive(bytes: bytes) { walk(archive.root) }
  use(ModelFileKind.detect(bytes))
  return 0
}

private let seeds =
  ["arrays.npz", "attributes.pt", "module.pt", "script.pt", "tensors.pt", "legacy.pt"].map {
    golden("torch/" + $0)
  }

/// Writes the first inputs if asked to.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _: UnsafeMutablePointer<Int32>?,
  _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> Int32 {
  writeSeedsIfAsked { seeds }
  return 0
}
