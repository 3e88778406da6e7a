internal import HoneNumerics

/// A pull of parameters towards those that a run began with, beside the gradient.
///
/// θ ← θ − η λ (θ − θ₀) before the optimiser's step, with the learning rate η of the group: weight decay
/// as AdamW has it, with the first parameters in place of zero. The fraction η λ is at most one, so that
/// no pull goes beyond θ₀.
///
/// - SeeAlso: Li, Grandvalet, Davoine, ICML 2018, arXiv:1802.01483 (L2-SP), who add the gradient of
///   λ/2 |θ − θ₀|² instead; Loshchilov, Hutter, ICLR 2019, arXiv:1711.05101, for why decay is better
///   kept out of Adam's denominators.
struct StartingPull: Sendable {
  /// The strength λ, at least 0.
  let strength: Double
  /// The first parameters θ₀.
  let start: Buffer<Double>

  /// Pulls the parameters that are trained.
  ///
  /// - Parameters:
  ///   - values: The parameters.
  ///   - layout: Their groups.
  ///   - rate: The learning rate of groups whose factor is one.
  func apply(_ values: View<Double>, _ layout: ParameterLayout, rate: Double) {
    guard strength > 0 else { return }
    for group in layout.trainedGroups {
      let part = min(rate * group.rateFactor * strength, 1)
      for index in group.range { values[index] -= part * (values[index] - start[index]) }
    }
  }
}
