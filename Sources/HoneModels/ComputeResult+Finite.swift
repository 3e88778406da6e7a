internal import HoneNumerics

extension ComputeResult {
  /// Refuses numbers that a simulation must not go on with.
  ///
  /// Atoms that nearly coincide and models with absurd weights overflow; a host that is told does
  /// not integrate what comes of it.
  ///
  /// - Throws: `.notConverged` when anything is not finite.
  func requireFinite() throws(HoneError) {
    guard energy.isFinite, virial?.allSatisfy(\.isFinite) ?? true,
      [forces, atomEnergies, atomVirials].allSatisfy({ $0?.isFinite ?? true })
    else {
      throw HoneError(
        .notConverged,
        "the model gives numbers that are not finite for these positions; do atoms overlap?")
    }
  }
}

extension Buffer<Double> {
  fileprivate var isFinite: Bool {
    // A sum of zeros, or not a number as soon as one element is not finite.
    var sum = 0.0
    for index in 0..<count { sum += self[index] * 0 }
    return sum == 0
  }
}
