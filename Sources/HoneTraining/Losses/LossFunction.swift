internal import HoneNumerics

/// What is made of the difference d between a label and a prediction.
public enum LossFunction: Sendable, Equatable {
  /// d².
  case squared
  /// |d|.
  case absolute
  /// d²/2 up to |d| = δ, δ (|d| − δ/2) beyond.
  case huber(delta: Double)
  /// Huber's function with a δ that falls with the force: δ, 0.7 δ, 0.4 δ and 0.1 δ for atoms whose
  /// force in the labels is below 100, 200, 300 eV/Å and above.
  ///
  /// For forces alone; mace's universal loss (mace/modules/loss.py, conditional_huber_forces).
  case conditionalHuber(delta: Double)
  /// The length of the vector d of an atom, which is counted once and not by component.
  ///
  /// For forces alone; mace's L1L2 loss (mace/modules/loss.py, mean_normed_error_forces).
  case vectorLength

  /// Whether it is one of vectors.
  var isForForces: Bool {
    switch self {
    case .conditionalHuber, .vectorLength: true
    case .squared, .absolute, .huber: false
    }
  }

  /// The place of the kink, where there is one.
  var delta: Double? {
    switch self {
    case .huber(let delta), .conditionalHuber(let delta): delta
    case .squared, .absolute, .vectorLength: nil
    }
  }

  /// The function of one component and its derivative; 0 is the derivative of |d| at 0.
  ///
  /// - Parameters:
  ///   - difference: The component d.
  ///   - scale: What δ is multiplied by.
  @inline(__always)
  func value<T: HoneScalar>(_ difference: T, scale: Double = 1) -> (value: T, derivative: T) {
    let size = difference.value
    switch self {
    case .squared: return (difference * difference, T(2) * difference)
    case .absolute, .vectorLength:
      return (
        size < 0 ? -difference : difference, T(size > 0 ? 1 : size < 0 ? -1 : 0)
      )
    case .huber(let delta), .conditionalHuber(let delta):
      let delta = delta * scale
      guard size.magnitude > delta else {
        return (T(0.5) * difference * difference, difference)
      }
      let magnitude = size < 0 ? -difference : difference
      return (T(delta) * (magnitude - T(0.5 * delta)), T(size > 0 ? delta : -delta))
    }
  }

  /// What δ is multiplied by for an atom whose force in the labels has a length, in eV/Å.
  @inline(__always)
  static func conditionalScale(_ length: Double) -> Double {
    length < 100 ? 1 : length < 200 ? 0.7 : length < 300 ? 0.4 : 0.1
  }
}
