public import HoneNumerics

/// Looks for minima that are flat: a step follows the gradient of a point nearby where the loss is
/// about the highest.
///
/// Two gradients make a step: `perturb` with the gradient at the parameters, the gradient at the
/// perturbed parameters, `restore`, and any optimiser's step with the second gradient.
///
/// - SeeAlso: Foret et al., ICLR 2021, arXiv:2010.01412, eq. (2); Kwon et al., ICML 2021,
///   arXiv:2102.11600, algorithm 1, for the adaptive one.
public final class SharpnessAwareMinimization {
  /// What "nearby" means.
  public enum Neighborhood: Sendable, Equatable {
    /// A ball: e = ρ g / ‖g‖.
    case uniform
    /// A ball after every parameter is divided by T = |θ| + η: e = ρ T² g / ‖T g‖.
    ///
    /// It does not change when parameters are scaled. Radii are about ten times those of a ball.
    case adaptive(eta: Double)
  }

  /// The radius ρ.
  public let radius: Double
  /// What "nearby" means.
  public let neighborhood: Neighborhood
  /// Whether parameters are away from where they were and `restore` is due.
  public private(set) var isPerturbed = false
  private let layout: ParameterLayout
  private let original: Buffer<Double>

  /// Makes the memory for parameters to return to.
  ///
  /// There is no state to keep between steps: where groups are frozen or thawed, make another.
  ///
  /// - Throws: `.invalidArgument` unless the radius is positive and η is not negative,
  ///   `.outOfMemory`.
  public init(
    radius: Double = 0.05, neighborhood: Neighborhood = .uniform, layout: ParameterLayout
  ) throws(HoneError) {
    try SettingsCheck.positive(radius, "a radius of sharpness-aware minimization")
    if case .adaptive(let eta) = neighborhood {
      try SettingsCheck.nonNegative(eta, "eta of adaptive sharpness-aware minimization")
    }
    self.radius = radius
    self.neighborhood = neighborhood
    self.layout = layout
    original = try Buffer(count: layout.parameterCount)
  }

  /// Moves the parameters that are trained to where the loss is about the highest nearby.
  ///
  /// - Parameters:
  ///   - values: The parameters; those it was before are remembered.
  ///   - gradient: The gradient there. If it is zero nothing moves.
  /// - Returns: The norm of the gradient.
  /// - Throws: `.invalidArgument` for vectors of another length or a second call without `restore`;
  ///   `.notConverged` for a gradient that is not finite. Parameters are then unchanged.
  @discardableResult
  public func perturb(
    _ values: View<Double>, gradient: View<Double>
  ) throws(HoneError) -> Double {
    guard !isPerturbed else {
      throw HoneError(
        .invalidArgument, "expected restored parameters, got ones that are perturbed already")
    }
    try layout.requireCount(of: values, "parameters")
    let norm = try layout.norm(of: gradient)
    let scaledNorm = weightedNorm(values, gradient, norm)
    guard norm.isFinite, scaledNorm.isFinite else {
      throw HoneError(.notConverged, "expected a finite gradient, got one of norm \(norm)")
    }
    original.view.copy(from: values)
    isPerturbed = true
    guard scaledNorm > 0 else { return norm }
    for group in layout.trainedGroups {
      for index in group.range {
        let weight = self.weight(values[index])
        values[index] += radius * (weight * weight * gradient[index] / scaledNorm)
      }
    }
    return norm
  }

  /// Moves the parameters back, to the last bit.
  ///
  /// - Throws: `.invalidArgument` for a vector of another length or without `perturb` before.
  public func restore(_ values: View<Double>) throws(HoneError) {
    guard isPerturbed else {
      throw HoneError(
        .invalidArgument, "expected perturbed parameters to restore, got none")
    }
    try layout.requireCount(of: values, "parameters")
    values.copy(from: original.view)
    isPerturbed = false
  }

  /// T of a parameter.
  private func weight(_ value: Double) -> Double {
    switch neighborhood {
    case .uniform: 1
    case .adaptive(let eta): abs(value) + eta
    }
  }

  /// ‖T g‖.
  private func weightedNorm(
    _ values: View<Double>, _ gradient: View<Double>, _ norm: Double
  ) -> Double {
    guard case .adaptive = neighborhood else { return norm }
    var sum = 0.0
    for group in layout.trainedGroups {
      for index in group.range {
        let component = weight(values[index]) * gradient[index]
        sum += component * component
      }
    }
    return sum.squareRoot()
  }
}
