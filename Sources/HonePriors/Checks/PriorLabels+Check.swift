public import HoneNumerics

extension PriorLabels {
  /// The part of the largest force that the sum of all forces may be.
  ///
  /// Far above the noise of quantum chemistry and single precision, far below what one forgotten atom
  /// leaves behind.
  static let netForceFraction = 0.05
  /// What the sum of all forces may be in any case, in eV/Å.
  static let netForceFloor = 1e-3

  /// Refuses labels that no prior may give.
  ///
  /// Counts must be right, numbers finite, and the forces must sum to zero but for noise: energies that
  /// do not change under translations have no net force, a sum that is left over tells of atoms
  /// without forces, of a mixed-up order or of an external field.
  ///
  /// - Parameters:
  ///   - atomCount: The atoms of the structure.
  ///   - name: The prior, for messages.
  /// - Throws: `.invalidArgument` for counts and net forces, `.notConverged` for numbers that are not
  ///   finite.
  public func check(atomCount: Int, name: String) throws(HoneError) {
    guard forces.count == 3 * atomCount else {
      throw HoneError(
        .invalidArgument,
        "the prior \(name) must give 3 forces for each of the \(atomCount) atoms, got "
          + "\(forces.count) numbers")
    }
    if let virial, virial.count != 9 {
      throw HoneError(
        .invalidArgument,
        "the prior \(name) must give a virial of 9 numbers or none, got \(virial.count)")
    }
    guard energy.isFinite else {
      throw HoneError(
        .notConverged, "the prior \(name) gives the energy \(energy); do atoms overlap?")
    }
    for index in forces.indices where !forces[index].isFinite {
      throw HoneError(
        .notConverged,
        "the prior \(name) gives \(forces[index]) as component \(index % 3) of the force on atom "
          + "\(index / 3); do atoms overlap?")
    }
    if let virial, !virial.allSatisfy(\.isFinite) {
      throw HoneError(
        .notConverged, "the prior \(name) gives the virial \(virial); do atoms overlap?")
    }
    try checkNetForce(name)
  }

  private func checkNetForce(_ name: String) throws(HoneError) {
    var net = SIMD3<Double>.zero
    var largest = 0.0
    for atom in 0..<forces.count / 3 {
      let force = force(on: atom)
      net += force
      largest = max(largest, (force * force).sum().squareRoot())
    }
    let length = (net * net).sum().squareRoot()
    guard length <= Self.netForceFloor + Self.netForceFraction * largest else {
      throw HoneError(
        .invalidArgument,
        "the forces of the prior \(name) must sum to zero, but sum to \(shown(length)) eV/Å beside a "
          + "largest force of \(shown(largest)) eV/Å; does it leave out atoms or hold an external "
          + "field?")
    }
  }

  /// The force on an atom in eV/Å.
  func force(on atom: Int) -> SIMD3<Double> {
    SIMD3(forces[3 * atom], forces[3 * atom + 1], forces[3 * atom + 2])
  }
}

/// A number with four digits or so, for messages.
func shown(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return "\(value)" }
  var scale = 1.0
  while (value * scale).magnitude < 1000 && scale < 1e15 { scale *= 10 }
  return "\((value * scale).rounded() / scale)"
}
