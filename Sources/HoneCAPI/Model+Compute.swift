// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

@c @implementation
public func hone_model_compute(
  _ model: OpaquePointer?, _ n_atoms: Int64, _ atomic_numbers: UnsafePointer<Int32>?,
  _ positions: UnsafePointer<Double>?, _ cell: UnsafePointer<Double>?,
  _ periodic: UnsafePointer<Int32>?, _ energy: UnsafeMutablePointer<Double>?,
  _ forces: UnsafeMutablePointer<Double>?, _ virial: UnsafeMutablePointer<Double>?,
  _ atom_energies: UnsafeMutablePointer<Double>?, _ atom_virials: UnsafeMutablePointer<Double>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    let structure = try StructureArguments(
      atomCount: n_atoms, atomicNumbers: atomic_numbers, positions: positions, cell: cell,
      periodic: periodic)
    let outputs = ComputeOutputs(
      energy: energy, forces: forces, virial: virial, atomEnergies: atom_energies,
      atomVirials: atom_virials)
    guard structure.atomCount > 0 else { return outputs.clearTotals() }
    let result = try handle.forceField.compute(
      atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span,
      cell: structure.cell, quantities: outputs.quantities, settings: handle.settings)
    try outputs.write(result, atomCount: structure.atomCount)
  }
}

/// Where a host wants its results.
private struct ComputeOutputs {
  let energy: UnsafeMutablePointer<Double>?
  let forces: UnsafeMutablePointer<Double>?
  let virial: UnsafeMutablePointer<Double>?
  let atomEnergies: UnsafeMutablePointer<Double>?
  let atomVirials: UnsafeMutablePointer<Double>?

  /// What has to be computed.
  var quantities: Quantities {
    var wanted: Quantities = []
    if energy != nil { wanted.insert(.energy) }
    if forces != nil { wanted.insert(.forces) }
    if virial != nil { wanted.insert(.virial) }
    if atomEnergies != nil { wanted.insert(.atomEnergies) }
    if atomVirials != nil { wanted.insert(.atomVirials) }
    return wanted
  }

  /// The totals of no atoms at all.
  func clearTotals() {
    energy?.pointee = 0
    virial?.update(repeating: 0, count: 9)
  }

  /// Copies results out.
  ///
  /// - Throws: `.internalError` when something asked for is not there in full.
  func write(_ result: ComputeResult, atomCount: Int) throws(HoneError) {
    energy?.pointee = result.energy
    try copy(result.forces, to: forces, count: 3 * atomCount, "forces")
    try copy(result.atomEnergies, to: atomEnergies, count: atomCount, "atom_energies")
    try copy(result.atomVirials, to: atomVirials, count: 9 * atomCount, "atom_virials")
    guard let virial else { return }
    guard let elements = result.virial, elements.count == 9 else {
      throw HoneError(.internalError, "virial was asked for, but not computed")
    }
    for (index, element) in elements.enumerated() { virial[index] = element }
  }

  private func copy(
    _ values: Buffer<Double>?, to output: UnsafeMutablePointer<Double>?, count: Int,
    _ name: StaticString
  ) throws(HoneError) {
    guard let output else { return }
    guard let values, values.count >= count else {
      throw HoneError(.internalError, "\(name) was asked for, but not computed")
    }
    withExtendedLifetime(values) { output.update(from: values.base, count: count) }
  }
}
