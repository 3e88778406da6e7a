import FuzzSupport
import HoneFormats
import HoneNumerics

/// Bare pickles of every protocol.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard let bytes = try? Bytes(input(data, size)),
    let document = try? PickleDocument(bytes: bytes)
  else { return 0 }
  walk(document.root)
  return 0
}

private let seeds = (0...5).map { golden("torch/values\($0).pkl") }

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
  let mutated = PickleMutator.mutate(data, size, maximum: maximum, seed: seed, from: 0)
  return mutated > 0 ? mutated : mutateBytes(data, size, maximum)
}
