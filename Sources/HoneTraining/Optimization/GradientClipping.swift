public import HoneNumerics

/// A limit for gradients, before a step is made of them.
public enum GradientClipping: Sendable, Equatable {
  /// No limit.
  case none
  /// The gradient is scaled down to a norm, over all parameters that are trained.
  ///
  /// As `torch.nn.utils.clip_grad_norm_`: g ← g · min(1, maximum / (‖g‖ + 10⁻⁶)).
  case norm(maximum: Double)
  /// Every component is brought into −maximum … maximum, as `torch.nn.utils.clip_grad_value_` does.
  case value(maximum: Double)

  /// Throws unless the limit makes sense.
  ///
  /// - Throws: `.invalidArgument` with what was expected.
  public func validate() throws(HoneError) {
    switch self {
    case .none: break
    case .norm(let maximum): try SettingsCheck.positive(maximum, "a largest norm of gradients")
    case .value(let maximum): try SettingsCheck.positive(maximum, "a largest value of gradients")
    }
  }

  /// Limits the gradient of the parameters that are trained.
  ///
  /// - Returns: The norm before. Where it is not finite the gradient has been left alone, and no step
  ///   should be made with it.
  /// - Throws: `.invalidArgument` for a gradient of another length or a limit that makes no sense.
  @discardableResult
  public func apply(
    to gradient: View<Double>, layout: ParameterLayout
  ) throws(HoneError) -> Double {
    try validate()
    let norm = try layout.norm(of: gradient)
    guard norm.isFinite else { return norm }
    for group in layout.trainedGroups {
      let part = gradient.slice(group.range.lowerBound, group.range.count)
      switch self {
      case .none: break
      case .norm(let maximum):
        let factor = maximum / (norm + 1e-6)
        guard factor < 1 else { break }
        for index in 0..<part.count { part[index] *= factor }
      case .value(let maximum):
        for index in 0..<part.count { part[index] = min(max(part[index], -maximum), maximum) }
      }
    }
    return norm
  }
}
