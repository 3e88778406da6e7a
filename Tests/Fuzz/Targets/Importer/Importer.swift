import FuzzSupport
import HoneFormats
import HoneNumerics

private let fixtures = [
  "mace/reduced-l0.model", "mace/strided.model", "mace/nonlinear-heads.model",
  "mace/chebyshev-zbl.model", "sevennet/readout-network.pth", "sevennet/modal-output.pth",
  "sevennet/fixed-bessel.pth", "sevennet/l1-xplor.pth", "sevennet/universal.pth",
].map { TorchFixture($0) }

/// The length of what stands before the pickle.
private let headerLength = 12

/// Models of MACE and SevenNet: a byte that chooses the storages, a storage and a place in it, eight
/// bytes to put there (none if the storage is 255), then the pickle.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard size > headerLength else { return 0 }
  let bytes = input(data, size)
  let patch = (Int(bytes[1]), Int(bytes[2]) | Int(bytes[3]) << 8, Array(bytes[4..<headerLength]))
  let file = fixtures[Int(bytes[0]) % fixtures.count].archive(
    pickle: bytes[headerLength...], patch: bytes[1] == 255 ? nil : patch)
  guard let file = try? Bytes(file) else { return 0 }
  load(file)
  return 0
}

private let seeds = fixtures.enumerated().map {
  [UInt8($0.offset), 255] + [UInt8](repeating: 0, count: headerLength - 2) + $0.element.pickle
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

/// Mutates three inputs in four by their structure, the fourth by its bytes.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32
) -> Int {
  if seed % 4 == 0 { return mutateBytes(data, size, maximum) }
  let mutated = PickleMutator.mutate(data, size, maximum: maximum, seed: seed, from: headerLength)
  return mutated > 0 ? mutated : mutateBytes(data, size, maximum)
}
