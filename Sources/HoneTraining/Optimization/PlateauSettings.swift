public import HoneNumerics

/// When and how far the learning rate falls once the loss has stopped falling, as
/// `torch.optim.lr_scheduler.ReduceLROnPlateau` does it with a relative threshold.
public struct PlateauSettings: Sendable, Equatable {
  /// What the rate is multiplied by, in (0, 1).
  public var factor: Double
  /// How many epochs without improvement pass unpunished.
  public var patience: Int
  /// The relative improvement on the best loss that counts as one.
  public var threshold: Double
  /// How many epochs after a reduction nothing is counted.
  public var cooldown: Int
  /// The least rate, of groups whose rate factor is one.
  public var minimumRate: Double

  /// Makes settings.
  public init(
    factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0,
    minimumRate: Double = 0
  ) {
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.minimumRate = minimumRate
  }

  /// Throws unless the settings make sense.
  ///
  /// - Throws: `.invalidArgument` with what was expected.
  public func validate() throws(HoneError) {
    guard factor > 0, factor < 1 else {
      throw HoneError(
        .invalidArgument, "expected a factor of a plateau in (0, 1), got \(factor)")
    }
    guard patience >= 0, cooldown >= 0 else {
      throw HoneError(
        .invalidArgument,
        "expected patience and cooldown of at least 0, got \(patience) and \(cooldown)")
    }
    try SettingsCheck.fraction(threshold, "a threshold of improvement")
    try SettingsCheck.nonNegative(minimumRate, "a least learning rate")
  }
}

/// How far the search for a plateau has come.
struct PlateauState: Sendable, Equatable {
  /// The rate now.
  private(set) var rate: Double
  private var bestLoss = Double.infinity
  private var badEpochs = 0
  private var cooldownLeft = 0

  /// Reductions smaller than this are not made, which is PyTorch's default.
  private static let leastReduction = 1e-8

  init(rate: Double) { self.rate = rate }

  /// Begins to compare losses anew.
  mutating func forgetBest() {
    bestLoss = .infinity
    badEpochs = 0
  }

  /// Takes the loss of an epoch into account.
  mutating func update(_ loss: Double, _ settings: PlateauSettings) {
    // Losses of scores may be negative.
    let isFirst = bestLoss == .infinity && loss < .infinity
    if isFirst || loss < bestLoss - settings.threshold * bestLoss.magnitude {
      bestLoss = loss
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    if cooldownLeft > 0 {
      cooldownLeft -= 1
      badEpochs = 0
    }
    guard badEpochs > settings.patience else { return }
    let reduced = max(rate * settings.factor, settings.minimumRate)
    if rate - reduced > Self.leastReduction { rate = reduced }
    cooldownLeft = settings.cooldown
    badEpochs = 0
  }

  func save(into state: inout OptimizerState) throws(HoneError) {
    try state.add("schedule.plateau_rate", rate)
    try state.add("schedule.best_loss", bestLoss)
    try state.add("schedule.bad_epochs", Double(badEpochs))
    try state.add("schedule.cooldown_left", Double(cooldownLeft))
  }

  /// Throws `.format` for a state that no schedule has saved.
  init(from state: OptimizerState) throws(HoneError) {
    rate = try state.scalar("schedule.plateau_rate")
    bestLoss = try state.scalar("schedule.best_loss")
    badEpochs = try state.count("schedule.bad_epochs")
    cooldownLeft = try state.count("schedule.cooldown_left")
    guard rate.isFinite, rate >= 0, !bestLoss.isNaN else {
      throw HoneError(
        .format, "expected a learning rate and a best loss of a schedule, got \(rate), \(bestLoss)")
    }
  }
}
