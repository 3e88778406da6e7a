public import HoneNumerics

extension TrainingLoss {
  /// The weight of forces that Kreiman and Krishnapriyan use.
  public static let lengthWeight = 1000.0

  /// The mean magnitude of errors of energies, and the mean length of errors of forces.
  ///
  /// L = w_E mean |E − Ê| + w_F mean_i |F_i − F̂_i|₂ with the mean of the second over all atoms of the
  /// batch: `mae` and `l2mae` of the Open Catalyst codes. Energies are total ones, in eV; a code that
  /// divides them by their standard deviation in its data has that in w_E. Where an error is zero its
  /// derivative is taken for zero. Weights of structures multiply both terms.
  ///
  /// - Parameters:
  ///   - energy: w_E in 1/eV.
  ///   - forces: w_F in Å/eV.
  ///   - missing: What is done about missing labels.
  /// - Throws: `.invalidArgument`, as `init(terms:missing:)`.
  /// - SeeAlso: Kreiman, Krishnapriyan, arXiv:2503.08674, whose weights are 1 and 1000.
  public static func lengths(
    energy: WeightSchedule = .constant(1), forces: WeightSchedule = .constant(lengthWeight),
    missing: MissingLabels = .notCounted
  ) throws(HoneError) -> TrainingLoss {
    try TrainingLoss(
      terms: [
        LossTerm(.energy, .absolute, weight: energy),
        LossTerm(.forces, .vectorLength, weight: forces),
      ], missing: missing)
  }
}
