// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneModels
internal import HoneNumerics

@c @implementation
public func hone_workspace_new(
  _ model: OpaquePointer?, _ workspace: UnsafeMutablePointer<OpaquePointer?>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let output = try require(workspace, "workspace")
    output.pointee = nil
    output.pointee = try WorkspaceHandle(try ModelHandle.borrow(model)).lend()
  }
}

@c @implementation
public func hone_workspace_set_skin(_ workspace: OpaquePointer?, _ skin: Double) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try WorkspaceHandle.borrow(workspace)
    // NaN is in no range.
    guard (0...10).contains(skin) else {
      throw HoneError(.invalidArgument, "skin must be 0 to 10 Å, got \(skin)")
    }
    try handle.use { $0.skin = skin }
  }
}

@c @implementation
public func hone_workspace_compute(
  _ workspace: OpaquePointer?, _ n_atoms: Int64, _ atomic_numbers: UnsafePointer<Int32>?,
  _ positions: UnsafePointer<Double>?, _ cell: UnsafePointer<Double>?,
  _ periodic: UnsafePointer<Int32>?, _ energy: UnsafeMutablePointer<Double>?,
  _ forces: UnsafeMutablePointer<Double>?, _ virial: UnsafeMutablePointer<Double>?,
  _ atom_energies: UnsafeMutablePointer<Double>?, _ atom_virials: UnsafeMutablePointer<Double>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try WorkspaceHandle.borrow(workspace)
    let structure = try StructureArguments(
      atomCount: n_atoms, atomicNumbers: atomic_numbers, positions: positions, cell: cell,
      periodic: periodic)
    let targets = ComputeTargets(
      atomCount: structure.atomCount, energy: energy, forces: forces, virial: virial,
      atomEnergies: atom_energies, atomVirials: atom_virials)
    try handle.compute(targets, atomCount: structure.atomCount) {
      (targets, memory) throws(HoneError) in
      try handle.forceField.compute(
        atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span,
        cell: structure.cell, into: targets, settings: handle.settings, workspace: memory)
    }
  }
}

@c @implementation
public func hone_workspace_fallback(_ workspace: OpaquePointer?) -> UnsafePointer<CChar>? {
  withValue(orElse: literal("")) { () throws(HoneError) in
    try WorkspaceHandle.borrow(workspace).fallbacks.latest
  }
}

@c @implementation
public func hone_workspace_free(_ workspace: OpaquePointer?) {
  guard let workspace else { return }
  _ = withStatus { () throws(HoneError) in try WorkspaceHandle.release(workspace) }
}
