import FuzzSupport
import HoneFormats
import HoneNumerics

private let fixtures = ["attributes.pt", "module.pt", "tensors.pt"].map {
  TorchFixture("torch/" + $0)
}

/// PyTorch archives: a byte that chooses the storages, then the pickle that refers to them.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard size > 1 else { return 0 }
  let bytes = input(data, size)
  let file = fixtures[Int(bytes[0]) % fixtures.count].archive(pickle: bytes[1...])
  guard let archive = try? PyTorchArchive(bytes: Bytes(file)) else { return 0 }
  walk(archive.root)
  return 0
}

private let seeds = fixtures.enumerated().map { [UInt8($0.offset)] + $0.element.pickle }

/// Writes the first inputs if asked to.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _: UnsafeMutablePointer<Int32>?,
  _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> Int32 {
  writeSeedsIfAsked { seeds }
  return 0
}

/// Mutates three inputs in four by their structure, the fourth by its bytes.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32
) -> Int {
  if seed % 4 == 0 { return mutateBytes(data, size, maximum) }
  let mutated = PickleMutator.mutate(data, size, maximum: maximum, seed: seed, from: 1)
  return mutated > 0 ? mutated : mutateBytes(data, size, maximum)
}
