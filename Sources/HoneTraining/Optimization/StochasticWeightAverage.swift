public import HoneNumerics

/// The plain average of the parameters at the ends of a run's last epochs.
///
/// - SeeAlso: Izmailov et al., UAI 2018, arXiv:1803.05407, algorithm 1; `torch.optim.swa_utils`.
public final class StochasticWeightAverage {
  /// The first epoch, from 0, that counts.
  public let startEpoch: Int
  /// How many epochs have been taken in.
  public private(set) var epochCount = 0
  private let storage: Buffer<Double>

  /// Makes an average that is still empty.
  ///
  /// - Throws: `.invalidArgument` for a negative epoch, `.outOfMemory`.
  public init(startEpoch: Int, parameterCount: Int) throws(HoneError) {
    guard startEpoch >= 0 else {
      throw HoneError(
        .invalidArgument, "expected averages to start at epoch 0 or later, got \(startEpoch)")
    }
    self.startEpoch = startEpoch
    storage = try Buffer(repeating: 0, count: parameterCount)
  }

  /// The average, once there is one.
  public var values: Buffer<Double>? { epochCount > 0 ? storage : nil }

  /// Takes the parameters at the end of an epoch into the average, from the first epoch on that counts;
  /// an epoch counts once, however often its end is tried.
  ///
  /// - Returns: Whether they count.
  /// - Throws: `.invalidArgument` if they are of another length.
  @discardableResult
  public func update(_ parameters: View<Double>, epoch: Int) throws(HoneError) -> Bool {
    try requireEqual(parameters.count, storage.count, "parameters")
    guard epoch >= startEpoch else { return false }
    guard epochCount <= epoch - startEpoch else { return true }
    guard epochCount > 0 else {
      // Not 0 + (θ − 0) / 1: copied, the first is the parameters whatever they are.
      storage.view.copy(from: parameters)
      epochCount = 1
      return true
    }
    epochCount += 1
    let count = Double(epochCount)
    for index in 0..<storage.count {
      storage[index] += (parameters[index] - storage[index]) / count
    }
    return true
  }

  /// Adds the average to a state.
  ///
  /// - Throws: `.invalidArgument` if the state has one already.
  public func save(into state: inout OptimizerState) throws(HoneError) {
    try state.add("weight_average.epochs", Double(epochCount))
    try state.add("weight_average.values", storage)
  }

  /// Goes on from a state.
  ///
  /// - Throws: `.format` if it has no average of as many parameters; this one is then as it was.
  public func restore(from state: OptimizerState) throws(HoneError) {
    let count = try state.count("weight_average.epochs")
    let saved = try state.vector("weight_average.values", count: storage.count)
    storage.view.copy(from: saved.view)
    epochCount = count
  }
}
