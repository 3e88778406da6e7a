/// Where a run is, and what the epoch under way has come to so far.
public struct TrainingProgress: Sendable, Equatable {
  /// The epoch under way, from 0.
  public internal(set) var epoch = 0
  /// The steps of the epoch that are done.
  public internal(set) var step = 0
  /// The steps of all epochs that are done.
  public internal(set) var totalSteps = 0
  /// Whether all steps of the epoch are done.
  public internal(set) var isEpochDone = false
  /// The lowest loss an epoch was judged by.
  public internal(set) var bestLoss = Double.infinity
  /// The epochs done since then.
  public internal(set) var epochsSinceBest = 0
  /// The largest norm of a gradient in the epoch, before clipping.
  public internal(set) var largestNorm = 0.0

  /// The learning rate of the last step; nil before the first.
  public var lastRate: Double? { totalSteps > 0 ? rate : nil }

  var rate = 0.0
  var lossSum = 0.0
  var termSums: [Double] = []
  var frameCount = 0

  /// The mean loss of the epoch's frames so far.
  public var meanLoss: Double { frameCount > 0 ? lossSum / Double(frameCount) : 0 }
  /// The mean of each term.
  public var meanTerms: [Double] { termSums.map { frameCount > 0 ? $0 / Double(frameCount) : 0 } }

  /// Notes a step.
  mutating func add(
    _ loss: BatchLoss<Double>, norm: Double, rate: Double, frames: Int, of stepCount: Int
  ) {
    if termSums.count != loss.terms.count {
      termSums = [Double](repeating: 0, count: loss.terms.count)
    }
    lossSum += loss.value * Double(frames)
    for index in loss.terms.indices { termSums[index] += loss.terms[index] * Double(frames) }
    frameCount += frames
    largestNorm = max(largestNorm, norm)
    self.rate = rate
    step += 1
    totalSteps += 1
    isEpochDone = step == stepCount
  }

  /// Whether a loss is lower than that of every epoch before.
  func isBest(_ loss: Double) -> Bool { loss < bestLoss }

  /// Begins to compare anew.
  mutating func forgetBest() {
    bestLoss = .infinity
    epochsSinceBest = 0
  }

  /// Goes on to the next epoch.
  mutating func finishEpoch(_ loss: Double) {
    if isBest(loss) {
      bestLoss = loss
      epochsSinceBest = 0
    } else {
      epochsSinceBest += 1
    }
    epoch += 1
    (step, isEpochDone, lossSum, termSums, frameCount, largestNorm) = (0, false, 0, [], 0, 0)
  }
}

/// What an epoch came to.
public struct EpochRecord: Sendable {
  /// The epoch, from 0.
  public let epoch: Int
  /// The mean loss of its frames while it went on.
  public let trainingLoss: Double
  /// The mean of each term of the loss, weight included.
  public let terms: [Double]
  /// The largest norm of a gradient, before clipping.
  public let largestGradientNorm: Double
  /// The learning rate of its last step.
  public let learningRate: Double
  /// The loss of the validation frames, if there are any.
  public var validationLoss: Double?
  /// The errors of the validation frames, if there are any.
  public var validation: ErrorStatistics?
  /// Whether no epoch before was better.
  public var isBest = false

  init(
    epoch: Int, trainingLoss: Double, terms: [Double], largestGradientNorm: Double,
    learningRate: Double
  ) {
    self.epoch = epoch
    self.trainingLoss = trainingLoss
    self.terms = terms
    self.largestGradientNorm = largestGradientNorm
    self.learningRate = learningRate
  }
}
