internal import Glibc
public import HoneNumerics

/// The learning rate over a run.
///
/// The trainer calls `finishStep` after every step of the optimiser and `finishEpoch` after every epoch;
/// a schedule counts one or the other, its warm-up possibly the other one. The shape begins where the
/// warm-up ends, as in PyTorch's `SequentialLR`. Rates are those of groups whose rate factor is one.
public struct LearningRateSchedule: Sendable, Equatable {
  /// What is counted.
  public enum Unit: String, Sendable, CaseIterable {
    /// Steps of the optimiser.
    case step
    /// Passes over the training set.
    case epoch
  }

  /// How the rate goes on, as a function of the number n of steps or epochs since the warm-up.
  public enum Shape: Sendable, Equatable {
    /// Always the initial rate.
    case constant
    /// η = η₀ · factorⁿ.
    case exponential(factor: Double)
    /// η = η₀ · factor^⌊n / interval⌋.
    case decay(factor: Double, interval: Int)
    /// η = minimum + (η₀ − minimum) (1 + cos(π n / length)) / 2, and the minimum from `length` on.
    ///
    /// PyTorch's `CosineAnnealingLR` would rise again there.
    ///
    /// - SeeAlso: Loshchilov, Hutter, ICLR 2017, arXiv:1608.03983, eq. (5).
    case cosine(length: Int, minimum: Double)
    /// Lower whenever the loss has stopped falling; counts epochs that have a loss.
    case plateau(PlateauSettings)
  }

  /// A rise of the rate at the start of a run: the fraction start + (1 − start) n / length of the initial
  /// rate.
  public struct WarmUp: Sendable, Equatable {
    /// The fraction at the start, in [0, 1].
    public var start: Double
    /// How long it takes.
    public var length: Int
    /// What the length counts.
    public var unit: Unit

    /// Makes a warm-up.
    public init(start: Double = 0, length: Int, unit: Unit = .step) {
      self.start = start
      self.length = length
      self.unit = unit
    }
  }

  /// The rate η₀ that the shape begins with.
  public let initialRate: Double
  /// How it goes on.
  public let shape: Shape
  /// What it counts.
  public let unit: Unit
  /// How it begins.
  public let warmUp: WarmUp?

  private var warmUpCount = 0
  private var count = 0
  private var plateau: PlateauState

  /// Makes the schedule of a run that has not begun.
  ///
  /// - Throws: `.invalidArgument` for numbers that make no sense, and for a plateau that counts steps.
  public init(
    initialRate: Double, shape: Shape = .constant, unit: Unit = .epoch, warmUp: WarmUp? = nil
  ) throws(HoneError) {
    try SettingsCheck.positive(initialRate, "an initial learning rate")
    switch shape {
    case .constant: break
    case .exponential(let factor): try Self.check(factor: factor)
    case .decay(let factor, let interval):
      try Self.check(factor: factor)
      try SettingsCheck.positive(interval, "an interval of learning rates")
    case .cosine(let length, let minimum):
      try SettingsCheck.positive(length, "a length of the cosine")
      try SettingsCheck.nonNegative(minimum, "a least learning rate")
      guard minimum <= initialRate else {
        throw HoneError(
          .invalidArgument,
          "expected a least learning rate of at most the initial \(initialRate), got \(minimum)")
      }
    case .plateau(let settings):
      try settings.validate()
      guard unit == .epoch else {
        throw HoneError(
          .invalidArgument, "expected a plateau of the loss to count epochs, got steps")
      }
    }
    if let warmUp {
      try SettingsCheck.positive(warmUp.length, "a length of the warm-up")
      guard warmUp.start >= 0, warmUp.start <= 1 else {
        throw HoneError(
          .invalidArgument, "expected a warm-up from a fraction in [0, 1], got \(warmUp.start)")
      }
    }
    self.initialRate = initialRate
    self.shape = shape
    self.unit = unit
    self.warmUp = warmUp
    plateau = PlateauState(rate: initialRate)
  }

  /// The learning rate of the next step.
  public var rate: Double {
    if let warmUp, isWarmingUp {
      let progress = Double(warmUpCount) / Double(warmUp.length)
      return initialRate * (warmUp.start + (1 - warmUp.start) * progress)
    }
    switch shape {
    case .constant: return initialRate
    case .exponential(let factor): return initialRate * pow(factor, Double(count))
    case .decay(let factor, let interval):
      return initialRate * pow(factor, Double(count / interval))
    case .cosine(let length, let minimum):
      guard count < length else { return minimum }
      let angle = Double.pi * Double(count) / Double(length)
      return minimum + (initialRate - minimum) * (1 + cos(angle)) / 2
    case .plateau: return plateau.rate
    }
  }

  /// Whether the rate still rises to the initial one.
  public var isWarmingUp: Bool { warmUp.map { warmUpCount < $0.length } ?? false }

  /// Says that the optimiser has made a step.
  public mutating func finishStep() { advance(.step, loss: nil) }

  /// Says that an epoch is over.
  ///
  /// - Parameter loss: What plateaus are found by, as a rule that of the validation set; `nil` in epochs
  ///   without. One that is not a number counts as no improvement.
  public mutating func finishEpoch(loss: Double? = nil) { advance(.epoch, loss: loss) }

  /// Begins to compare losses anew, because they are weighed otherwise from now on.
  public mutating func forgetBest() { plateau.forgetBest() }

  private mutating func advance(_ finished: Unit, loss: Double?) {
    if let warmUp, isWarmingUp {
      if warmUp.unit == finished { warmUpCount += 1 }
      return
    }
    guard unit == finished else { return }
    count += 1
    if case .plateau(let settings) = shape, let loss { plateau.update(loss, settings) }
  }

  private static func check(factor: Double) throws(HoneError) {
    guard factor > 0, factor <= 1 else {
      throw HoneError(
        .invalidArgument, "expected a factor of learning rates in (0, 1], got \(factor)")
    }
  }

  /// Adds how far the schedule has come to a state.
  ///
  /// - Throws: `.invalidArgument` if the state has a schedule already.
  public func save(into state: inout OptimizerState) throws(HoneError) {
    try state.add("schedule.warm_up_count", Double(warmUpCount))
    try state.add("schedule.count", Double(count))
    try plateau.save(into: &state)
  }

  /// Goes on from a state.
  ///
  /// - Throws: `.format` if it has none of a schedule; this one is then as it was.
  public mutating func restore(from state: OptimizerState) throws(HoneError) {
    let warmUpCount = try state.count("schedule.warm_up_count")
    let count = try state.count("schedule.count")
    plateau = try PlateauState(from: state)
    self.warmUpCount = warmUpCount
    self.count = count
  }
}
