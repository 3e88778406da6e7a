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

  /// Makes targets for nothing.
  public init() {}

  /// What is asked for.
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
  func check(atomCount: Int) throws(HoneError) {
    let sizes = [
      ("energy", energy?.count, 1), ("forces", forces?.count, 3 * atomCount),
      ("virial", virial?.count, 9), ("atom energies", atomEnergies?.count, atomCount),
      ("atom virials", atomVirials?.count, 9 * atomCount),
    ]
    for (name, count, expected) in sizes {
      guard let count, count != expected else { continue }
      throw HoneError(
        .invalidArgument, "expected room for \(expected) numbers of \(name), got \(count)")
    }
  }

  /// Refuses numbers that a simulation must not go on with.
  ///
  /// Atoms that nearly coincide and models with absurd weights overflow; a host that is told does
  /// not integrate what comes of it.
  ///
  /// - Throws: `.notConverged` when anything is not finite.
  func requireFinite() throws(HoneError) {
    guard Self.isFinite(energy), Self.isFinite(forces), Self.isFinite(virial),
      Self.isFinite(atomEnergies), Self.isFinite(atomVirials)
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
