public import HoneModels
internal import HoneNumerics

/// How a model is trained.
public struct TrainingSettings: Sendable {
  /// The precision of the network.
  ///
  /// Parameters, optimiser and losses are always in double.
  public var precision = Precision.float32
  /// The number of threads, at least one.
  ///
  /// Runs repeat for a given number.
  public var threadCount = 1
  /// What batches are made of.
  public var batchLimit = BatchOrder.Limit.structures(5)
  /// What the order of frames comes from.
  public var seed: UInt64 = 1
  /// The number of passes over the training frames.
  public var epochCount = 100
  /// What is made small.
  public var loss: LossSchedule
  /// How parameters are moved.
  public var optimizer = OptimizerMethod.adam(AdamSettings())
  /// How far.
  public var schedule: LearningRateSchedule
  /// What is done about large gradients.
  public var clipping = GradientClipping.norm(maximum: 10)
  /// The decay of the running average of the parameters that is validated and saved; `nil` for none.
  public var averageDecay: Double? = 0.99
  /// The first epoch whose parameters enter an equal average, saved in place of the running one;
  /// `nil` for none.
  public var weightAverageStart: Int?
  /// The radius of sharpness-aware minimisation; `nil` for none.
  public var sharpnessRadius: Double?
  /// What learning rates are multiplied by, by role or by role and layer; 0 freezes.
  public var rateFactors: [ParameterGroup.Role: RateFactor] = [:]
  /// Whether weight decay is for all parameters rather than for mace's groups.
  public var decaysAll = false
  /// The strength λ of the pull towards the first parameters, θ ← θ − η λ (θ − θ₀) in every step; 0
  /// for none.
  public var startingPull = 0.0
  /// The least radius in Å of those drawn for every structure and step, up to the model's cutoff; nil
  /// for the cutoff always.
  ///
  /// Frames are validated with the cutoff.
  public var leastCutoff: Double?
  /// How often a run writes a checkpoint within an epoch, in minutes.
  public var checkpointMinutes = 5.0
  /// After how many epochs without a lower validation loss to stop; `nil` for never.
  public var patience: Int?
  /// Whether the finished model says what its training data were like.
  public var describesTrainingData = true

  /// Makes settings of a loss and a schedule of learning rates, the rest as documented.
  public init(loss: LossSchedule, schedule: LearningRateSchedule) {
    self.loss = loss
    self.schedule = schedule
  }

  /// Refuses what makes no sense; parts have checked themselves.
  ///
  /// - Throws: `.invalidArgument`.
  func validate() throws(HoneError) {
    guard threadCount >= 1 else {
      throw HoneError(.invalidArgument, "expected one thread or more, got \(threadCount)")
    }
    guard epochCount >= 0 else {
      throw HoneError(
        .invalidArgument, "expected a number of epochs that is not negative, got \(epochCount)")
    }
    if let patience, patience < 1 {
      throw HoneError(.invalidArgument, "expected a patience of one epoch or more, got \(patience)")
    }
    guard (0...1e6).contains(checkpointMinutes) else {
      throw HoneError(
        .invalidArgument,
        "expected 0 to 1000000 minutes between checkpoints, got \(checkpointMinutes)")
    }
    guard threadCount <= 4096 else {
      throw HoneError(.invalidArgument, "expected at most 4096 threads, got \(threadCount)")
    }
    for role in ParameterGroup.Role.allCases {
      for factor in rateFactors[role]?.factors ?? [] where !(factor >= 0 && factor.isFinite) {
        throw HoneError(
          .invalidArgument,
          "expected a rate factor of '\(role.rawValue)' that is not negative, got \(factor)")
      }
    }
    try SettingsCheck.nonNegative(startingPull, "a pull towards the first parameters")
    if let leastCutoff { try SettingsCheck.positive(leastCutoff, "a least cutoff in Å") }
  }
}
