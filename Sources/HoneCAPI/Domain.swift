// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneModels
internal import HoneNumerics

@c @implementation
public func hone_model_compute_domain(
  _ model: OpaquePointer?, _ domain: UnsafePointer<hone_domain>?,
  _ energy: UnsafeMutablePointer<Double>?, _ forces: UnsafeMutablePointer<Double>?,
  _ virial: UnsafeMutablePointer<Double>?, _ atom_energies: UnsafeMutablePointer<Double>?,
  _ atom_virials: UnsafeMutablePointer<Double>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    let arguments = try DomainArguments(domain)
    let targets = ComputeTargets(
      arguments, energy: energy, forces: forces, virial: virial, atomEnergies: atom_energies,
      atomVirials: atom_virials)
    // Other processes would wait for exchanges that one which begins again repeats.
    let fallback = try handle.workspaces.with(mayRepeat: false) { (memory) throws(HoneError) in
      try arguments.compute(handle.forceField, handle.settings, into: targets, memory)
      return memory.fallback
    }
    try handle.fallbacks.note(fallback, handle.settings)
  }
}

@c @implementation
public func hone_workspace_compute_domain(
  _ workspace: OpaquePointer?, _ domain: UnsafePointer<hone_domain>?,
  _ energy: UnsafeMutablePointer<Double>?, _ forces: UnsafeMutablePointer<Double>?,
  _ virial: UnsafeMutablePointer<Double>?, _ atom_energies: UnsafeMutablePointer<Double>?,
  _ atom_virials: UnsafeMutablePointer<Double>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try WorkspaceHandle.borrow(workspace)
    let arguments = try DomainArguments(domain)
    let targets = ComputeTargets(
      arguments, energy: energy, forces: forces, virial: virial, atomEnergies: atom_energies,
      atomVirials: atom_virials)
    try handle.compute(targets, atomCount: arguments.localCount) {
      (targets, memory) throws(HoneError) in
      try arguments.compute(handle.forceField, handle.settings, into: targets, memory)
    }
  }
}

extension DomainArguments {
  /// Computes with a model.
  fileprivate func compute(
    _ model: ForceField, _ settings: ComputeSettings, into targets: ComputeTargets,
    _ memory: Workspace
  ) throws(HoneError) {
    try check(targets)
    try model.compute(
      try domain(model, memory.species), request, into: targets, settings: settings,
      workspace: memory)
  }
}

extension ComputeTargets {
  /// Where a host wants the results of a domain.
  fileprivate init(
    _ domain: DomainArguments, energy: UnsafeMutablePointer<Double>?,
    forces: UnsafeMutablePointer<Double>?, virial: UnsafeMutablePointer<Double>?,
    atomEnergies: UnsafeMutablePointer<Double>?, atomVirials: UnsafeMutablePointer<Double>?
  ) {
    self.init(
      atomCount: domain.localCount, energy: energy, forces: nil, virial: virial,
      atomEnergies: atomEnergies, atomVirials: atomVirials)
    self.forces = forces.map {
      View(base: $0, count: 3 * (domain.localCount + domain.ghostCount))
    }
  }
}
