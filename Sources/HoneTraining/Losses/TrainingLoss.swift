public import HoneNumerics

/// What training makes small: a sum of terms.
///
/// A term is a mean over a batch, so the loss of a batch is a sum over its frames as soon as it is
/// known how many values there are: `normalization(of:)` counts them from the labels alone, and
/// `add(…)` takes one frame after the other, in any order and on any thread.
public struct TrainingLoss: Sendable, Equatable {
  /// What the mean of a term is taken over where some frames lack the label.
  public enum MissingLabels: Sendable, Equatable {
    /// Over the frames that have the label.
    case notCounted
    /// Over all frames of the batch; missing ones count as errors of zero.
    ///
    /// mace does this for terms that a weight of zero switches off. Where mace has no weights (its
    /// Huber loss, the forces of its L1L2 loss) it takes missing labels for zeros and fits them;
    /// hone never does.
    case counted
  }

  /// The terms; none where scores are matched.
  public let terms: [LossTerm]
  /// How scores are matched, where that is what is made small.
  public let score: ScoreMatching?
  /// What is done about missing labels.
  public let missing: MissingLabels

  /// Makes a loss.
  ///
  /// - Throws: `.invalidArgument` for no terms, weights that are negative or not finite, a δ that is
  ///   not positive, and functions of forces for other quantities.
  public init(terms: [LossTerm], missing: MissingLabels = .notCounted) throws(HoneError) {
    guard !terms.isEmpty else {
      throw HoneError(.invalidArgument, "a loss must have at least one term, got none")
    }
    for term in terms {
      if let weight = term.weight.weights.first(where: { !($0 >= 0 && $0.isFinite) }) {
        throw HoneError(
          .invalidArgument,
          "the weight of \(term.quantity) in a loss must be finite and not negative, got \(weight)")
      }
      if let delta = term.function.delta, !(delta > 0 && delta.isFinite) {
        throw HoneError(
          .invalidArgument, "the δ of a Huber loss must be finite and positive, got \(delta)")
      }
      guard !term.function.isForForces || term.quantity == .forces else {
        throw HoneError(
          .invalidArgument,
          "\(term.function) is a function of forces, got \(term.quantity): choose squared, absolute "
            + "or huber")
      }
    }
    self.terms = terms
    self.missing = missing
    score = nil
  }

  /// Makes a loss of frames with a temperature that needs no labels.
  public init(score: ScoreMatching) {
    self.score = score
    terms = []
    missing = .notCounted
  }

  /// The number of values that are reported beside the sum: one for each term, one for scores.
  public var termCount: Int { score == nil ? terms.count : 1 }

  /// The labels that the terms with weight need, by which a data set can be judged.
  public var labels: LabelSet {
    var result: LabelSet = []
    for term in terms where term.weight.weights.contains(where: { $0 > 0 }) {
      switch term.quantity {
      case .energyPerAtom, .energy: result.insert(.energy)
      case .forces: result.insert(.forces)
      case .virialPerAtom, .virial, .stress: result.insert(.virial)
      }
    }
    return result
  }

  /// What the terms of a batch are multiplied by: weight over number of values.
  public struct Normalization: Sendable, Equatable {
    /// One factor for each term, or one for scores; 0 for a term without values.
    public let factors: [Double]
  }

  /// Counts the values of a batch.
  ///
  /// - Parameters:
  ///   - batch: The labels of all its frames.
  ///   - epoch: The epoch, for weights that change.
  public func normalization(of batch: [FrameLabels], epoch: Int) -> Normalization {
    if let score { return Normalization(factors: [score.normalization(of: batch)]) }
    return Normalization(
      factors: terms.map { term in
        let count = batch.reduce(0) { count, labels in
          missing == .counted || term.isLabelled(labels) ? count + term.count(labels) : count
        }
        return count > 0 ? term.weight.value(epoch: epoch) / Double(count) : 0
      })
  }
}

/// Losses by epoch: one from an epoch on, as mace's stage two has it.
public struct LossSchedule: Sendable, Equatable {
  /// A loss and the first epoch it is used in.
  public struct Stage: Sendable, Equatable {
    /// The first epoch.
    public var start: Int
    /// The loss.
    public var loss: TrainingLoss

    /// Makes a stage.
    public init(start: Int, loss: TrainingLoss) {
      self.start = start
      self.loss = loss
    }
  }

  /// The stages, ascending.
  public let stages: [Stage]

  /// Makes a schedule.
  ///
  /// - Throws: `.invalidArgument` when no stage starts in epoch 0, or two in the same one.
  public init(_ stages: [Stage]) throws(HoneError) {
    let sorted = stages.sorted { $0.start < $1.start }
    guard sorted.first?.start == 0 else {
      throw HoneError(
        .invalidArgument,
        "the first loss must be used from epoch 0 on, got "
          + (sorted.first.map { "epoch \($0.start)" } ?? "no loss"))
    }
    for (earlier, later) in zip(sorted, sorted.dropFirst()) where earlier.start == later.start {
      throw HoneError(
        .invalidArgument, "expected one loss from epoch \(later.start) on, got two")
    }
    self.stages = sorted
  }

  /// The loss of an epoch.
  public func loss(epoch: Int) -> TrainingLoss {
    (stages.last { $0.start <= epoch } ?? stages[0]).loss
  }

  /// Whether a stage needs second derivatives of energies in positions.
  var needsCurvature: Bool { stages.contains { $0.loss.score?.method == .sliced } }

  /// Whether a stage matches scores.
  var matchesScores: Bool { stages.contains { $0.loss.score != nil } }

  /// Whether an epoch is the first one of a later stage.
  public func changes(at epoch: Int) -> Bool {
    stages.dropFirst().contains { $0.start == epoch }
  }
}
