// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneModels
internal import HoneNumerics

@c @implementation
public func hone_model_compute_batch(
  _ model: OpaquePointer?, _ n_structures: Int64, _ structures: UnsafePointer<hone_structure>?,
  _ energies: UnsafeMutablePointer<Double>?, _ forces: UnsafeMutablePointer<Double>?,
  _ virials: UnsafeMutablePointer<Double>?, _ atom_energies: UnsafeMutablePointer<Double>?,
  _ atom_virials: UnsafeMutablePointer<Double>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    let list = try StructureList(count: n_structures, structures)
    let outputs = BatchOutputs(
      energies: energies, forces: forces, virials: virials, atomEnergies: atom_energies,
      atomVirials: atom_virials)
    let (failure, fallback) = handle.forceField.computeBatch(
      count: list.count, settings: handle.settings, workspaces: handle.workspaces
    ) { (index) throws(HoneError) in
      let structure = list.structure(index)
      let arguments = try StructureArguments(
        atomCount: structure.n_atoms, atomicNumbers: structure.atomic_numbers,
        positions: structure.positions, cell: structure.cell, periodic: structure.periodic)
      return BatchItem(
        atomicNumbers: arguments.atomicNumbers, positions: arguments.positions,
        cell: arguments.cell,
        targets: outputs.targets(
          index, firstAtom: list.start(index), atomCount: arguments.atomCount))
    }
    if let failure {
      throw HoneError(
        failure.error.kind, "structures[\(failure.index)]: \(failure.error.message)")
    }
    try handle.fallbacks.note(fallback, handle.settings)
  }
}

/// Where a host wants the results of many structures, one after the other.
private struct BatchOutputs: @unchecked Sendable {
  let energies: UnsafeMutablePointer<Double>?
  let forces: UnsafeMutablePointer<Double>?
  let virials: UnsafeMutablePointer<Double>?
  let atomEnergies: UnsafeMutablePointer<Double>?
  let atomVirials: UnsafeMutablePointer<Double>?

  /// The places of one structure.
  func targets(_ index: Int, firstAtom: Int, atomCount: Int) -> ComputeTargets {
    ComputeTargets(
      atomCount: atomCount, energy: energies.map { $0 + index },
      forces: forces.map { $0 + 3 * firstAtom }, virial: virials.map { $0 + 9 * index },
      atomEnergies: atomEnergies.map { $0 + firstAtom },
      atomVirials: atomVirials.map { $0 + 9 * firstAtom })
  }
}
