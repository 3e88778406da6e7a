import FuzzSupport
import HoneDiagnosis
import HoneFormats
import HoneNumerics

/// What a model file says of its training data: whatever that is, a structure is compared with it, and
/// it is written and read again to the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard let bytes = try? Bytes(input(data, size)), let json = try? JSONValue(parsing: bytes),
    let statistics = try? TrainingStatistics(json: json)
  else { return 0 }
  guard let again = try? TrainingStatistics(json: statistics.json) else {
    preconditionFailure("what was read can be written and read")
  }
  precondition(again == statistics, "a round trip changes nothing")
  // Radii without bounds ask for neighbors without number of a crystal, none of a molecule.
  for atoms in [[6], [6, 1, 8]] as [[Int32]] {
    let positions: [Double] = atoms.indices.flatMap { [1.1 * Double($0), 0.2 * Double($0), 0] }
    use(
      try? ShiftDiagnosis(
        statistics, atomicNumbers: atoms, positions: positions, cell: nil,
        forces: positions.map { 0.1 * $0 }
      ).verdict)
  }
  return 0
}

private let seeds: [[UInt8]] = {
  guard let collector = try? StatisticsCollector(radius: 3) else { return [] }
  for spacing in [1.0, 1.2, 1.5] {
    try? collector.add(
      atomicNumbers: [6, 1, 8], positions: [0, 0, 0, spacing, 0, 0, 2 * spacing, 0.3, 0],
      cell: nil, forces: [0.1, 0, 0, 0, 0.2, 0, 0, 0, -0.3])
  }
  guard let text = try? collector.statistics().json.text() else { return [] }
  return [Array(text.utf8)]
}()

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
  let mutated = JSONMutator.mutate(data, size, maximum: maximum, seed: seed, from: 0)
  return mutated > 0 ? mutated : mutateBytes(data, size, maximum)
}
