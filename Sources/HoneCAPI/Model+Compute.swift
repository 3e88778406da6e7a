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
    let targets = ComputeTargets(
      atomCount: structure.atomCount, energy: energy, forces: forces, virial: virial,
      atomEnergies: atom_energies, atomVirials: atom_virials)
    let fallback = try handle.workspaces.with { (workspace) throws(HoneError) in
      try handle.forceField.compute(
        atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span,
        cell: structure.cell, into: targets, settings: handle.settings, workspace: workspace)
      return workspace.fallback
    }
    try handle.fallbacks.note(fallback, handle.settings)
  }
}

extension ComputeTargets {
  /// Where a host wants its results.
  init(
    atomCount: Int, energy: UnsafeMutablePointer<Double>?, forces: UnsafeMutablePointer<Double>?,
    virial: UnsafeMutablePointer<Double>?, atomEnergies: UnsafeMutablePointer<Double>?,
    atomVirials: UnsafeMutablePointer<Double>?
  ) {
    self.init()
    self.energy = energy.map { View(base: $0, count: 1) }
    self.forces = forces.map { View(base: $0, count: 3 * atomCount) }
    self.virial = virial.map { View(base: $0, count: 9) }
    self.atomEnergies = atomEnergies.map { View(base: $0, count: atomCount) }
    self.atomVirials = atomVirials.map { View(base: $0, count: 9 * atomCount) }
  }
}
