public import HoneNumerics

/// Where results go: memory of the caller.
///
/// What is `nil` is not computed.
public struct ComputeTargets {
  /// The total energy in eV, one number.
  public var energy: View<Double>?
  /// Forces in eV/Å, `[atoms][3]`.
  public var forces: View<Double>?
  /// The virial −∂E/∂ε in eV, `[3][3]`.
  public var virial: View<Double>?
  /// The energy of each atom in eV, `[atoms]`.
  public var atomEnergies: View<Double>?
  /// The virial of each atom in eV, `[atoms][3][3]`.
  public var atomVirials: View<Double>?
  /// The invariant features of each atom after every layer, `[atoms][ForceField.descriptorWidth]`.
  public var descriptors: View<Double>?
  /// The distance of each atom's descriptor to those of the training data, `[atoms]`; of a model that
  /// has a `DescriptorMetric`.
  public var descriptorDistances: View<Double>?

  /// Makes targets for nothing.
  public init() {}

  /// What is asked for, descriptors aside.
  public var quantities: Quantities {
    var wanted: Quantities = []
    if energy != nil { wanted.insert(.energy) }
    if forces != nil { wanted.insert(.forces) }
    if virial != nil { wanted.insert(.virial) }
    if atomEnergies != nil { wanted.insert(.atomEnergies) }
    if atomVirials != nil { wanted.insert(.atomVirials) }
    return wanted
  }

  /// Refuses targets that do not hold what a number of atoms gives.
  ///
  /// - Throws: `.invalidArgument`.
  func check(atomCount: Int, descriptorWidth: Int) throws(HoneError) {
    try Self.check(energy, 1, "energy")
    try Self.check(forces, 3 * atomCount, "forces")
    try Self.check(virial, 9, "virial")
    try Self.check(atomEnergies, atomCount, "atom energies")
    try Self.check(atomVirials, 9 * atomCount, "atom virials")
    try Self.check(descriptors, descriptorWidth * atomCount, "descriptors")
    try Self.check(descriptorDistances, atomCount, "descriptor distances")
  }

  private static func check(
    _ target: View<Double>?, _ expected: Int, _ name: StaticString
  ) throws(HoneError) {
    guard let target, target.count != expected else { return }
    throw HoneError(
      .invalidArgument, "expected room for \(expected) numbers of \(name), got \(target.count)")
  }

  /// Writes zeros: what no atoms at all have.
  func clear() {
    energy?.fill(0)
    forces?.fill(0)
    virial?.fill(0)
    atomEnergies?.fill(0)
    atomVirials?.fill(0)
    descriptors?.fill(0)
    descriptorDistances?.fill(0)
  }

  /// Refuses numbers that a simulation must not go on with.
  ///
  /// Atoms that nearly coincide and models with absurd weights overflow; a host that is told does
  /// not integrate what comes of it.
  ///
  /// - Throws: `.notConverged` when anything is not finite.
  func requireFinite() throws(HoneError) {
    guard Self.isFinite(energy), Self.isFinite(forces), Self.isFinite(virial),
      Self.isFinite(atomEnergies), Self.isFinite(atomVirials), Self.isFinite(descriptors)
    else {
      throw HoneError(
        .notConverged,
        "the model gives numbers that are not finite for these positions; do atoms overlap?")
    }
  }

  private static func isFinite(_ values: View<Double>?) -> Bool {
    guard let values else { return true }
    // A sum of zeros, or not a number as soon as one element is not finite.
    var sum = 0.0
    for index in 0..<values.count { sum += values[index] * 0 }
    return sum == 0
  }
}
