// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneNumerics
internal import HonePriors
internal import HoneStructure

/// A prior of the library in a host's hands.
final class PotentialHandle: Handle {
  static let mark: UInt64 = 0x686f_6e65_706f_7431
  static let argument: StaticString = "potential"

  let prior: any Prior

  /// Wraps a prior.
  init(_ prior: any Prior) { self.prior = prior }
}

@c @implementation
public func hone_potential_new(
  _ name: UnsafePointer<CChar>?, _ potential: UnsafeMutablePointer<OpaquePointer?>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let output = try require(potential, "potential")
    output.pointee = nil
    try requireProcessor()
    let prior = try PriorSpecification.prior(text(name, "name", limit: 1 << 20))
    output.pointee = try PotentialHandle(prior).lend()
  }
}

@c @implementation
public func hone_potential_compute(
  _ potential: OpaquePointer?, _ structure: UnsafePointer<hone_structure>?,
  _ energy: UnsafeMutablePointer<Double>?, _ forces: UnsafeMutablePointer<Double>?,
  _ virial: UnsafeMutablePointer<Double>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let prior = try PotentialHandle.borrow(potential).prior
    let labels = try prior.labels(of: PriorSystem(structure))
    energy?.pointee = labels.energy
    forces?.update(from: labels.forces, count: labels.forces.count)
    guard let virial else { return }
    guard let found = labels.virial else {
      throw HoneError(.unsupported, "the prior \(prior.name) has no virial for this structure")
    }
    virial.update(from: found, count: 9)
  }
}

@c @implementation
public func hone_potential_free(_ potential: OpaquePointer?) {
  guard let potential else { return }
  _ = withStatus { () throws(HoneError) in try PotentialHandle.release(potential) }
}

@c @implementation
public func hone_potential_prior(
  _ potential: UnsafeMutableRawPointer?, _ structure: UnsafePointer<hone_structure>?,
  _ energy: UnsafeMutablePointer<Double>?, _ forces: UnsafeMutablePointer<Double>?,
  _ virial: UnsafeMutablePointer<Double>?
) -> Int32 {
  let status = hone_potential_compute(
    potential.map { OpaquePointer($0) }, structure, energy, forces, virial)
  return Int32(bitPattern: status.rawValue)
}

@c @implementation
public func hone_model_prior(
  _ model: UnsafeMutableRawPointer?, _ structure: UnsafePointer<hone_structure>?,
  _ energy: UnsafeMutablePointer<Double>?, _ forces: UnsafeMutablePointer<Double>?,
  _ virial: UnsafeMutablePointer<Double>?
) -> Int32 {
  var status = withStatus { () throws(HoneError) in
    _ = try hone_structure.read(structure, "structure")
  }
  if status == HONE_SUCCESS, let structure {
    let host = hone_structure.copy(
      UnsafeRawPointer(structure), size: min(structure.pointee.size, 4096))
    status = hone_model_compute(
      model.map { OpaquePointer($0) }, host.n_atoms, host.atomic_numbers, host.positions,
      host.cell, host.periodic, energy, forces, virial, nil, nil)
  }
  return Int32(bitPattern: status.rawValue)
}
