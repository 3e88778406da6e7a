public import HoneNumerics

/// The exponential moving average of the parameters over a run.
///
/// a ← a − (1 − d) (a − θ) after every step. While it warms up, d = min(decay, (1 + n) / (10 + n)) with
/// n the number of the update, so that the average soon forgets where the run began. This is what
/// torch_ema computes, which mace-torch trains with.
public final class ExponentialAverage {
  /// The decay d once warm.
  public let decay: Double
  /// Whether it warms up.
  public let warmsUp: Bool
  /// The average; at first the parameters it was made with.
  public let values: Buffer<Double>
  /// The number of updates.
  public private(set) var updateCount = 0

  /// Begins an average.
  ///
  /// - Throws: `.invalidArgument` unless the decay is in [0, 1], `.outOfMemory`.
  public init(
    decay: Double, warmsUp: Bool = true, values: View<Double>
  ) throws(HoneError) {
    guard decay >= 0, decay <= 1 else {
      throw HoneError(
        .invalidArgument, "expected a decay of an average in [0, 1], got \(decay)")
    }
    self.decay = decay
    self.warmsUp = warmsUp
    self.values = try Buffer(count: values.count)
    self.values.view.copy(from: values)
  }

  /// Takes the parameters after a step into the average.
  ///
  /// - Throws: `.invalidArgument` if they are of another length.
  public func update(_ parameters: View<Double>) throws(HoneError) {
    try requireEqual(parameters.count, values.count, "parameters")
    updateCount += 1
    let count = Double(updateCount)
    let kept = warmsUp ? min(decay, (1 + count) / (10 + count)) : decay
    for index in 0..<values.count {
      values[index] -= (1 - kept) * (values[index] - parameters[index])
    }
  }

  /// Adds the average to a state.
  ///
  /// - Throws: `.invalidArgument` if the state has one already.
  public func save(into state: inout OptimizerState) throws(HoneError) {
    try state.add("exponential_average.updates", Double(updateCount))
    try state.add("exponential_average.values", values)
  }

  /// Goes on from a state.
  ///
  /// - Throws: `.format` if it has no average of as many parameters; this one is then as it was.
  public func restore(from state: OptimizerState) throws(HoneError) {
    let count = try state.count("exponential_average.updates")
    let saved = try state.vector("exponential_average.values", count: values.count)
    values.view.copy(from: saved.view)
    updateCount = count
  }
}
