public import HoneModels
internal import HoneNumerics
public import HonePriors
public import HoneTraining

/// How a model is adapted to structures by a prior.
///
/// Begin with a preset: `.standard` for use, `.paper` to repeat what was published.
public struct WeightRefinementSettings: Sendable {
  /// What settings began as.
  public enum Preset: String, Sendable, CaseIterable {
    case standard, paper
  }

  /// What is learnt of a prior's labels.
  public enum Targets: String, Sendable, CaseIterable {
    /// The prior's head learns them as they are, and the main head sees structures through a
    /// representation that moves with it: the paper's training at test time.
    case prior
    /// The main head learns them, corrected by what the two heads of the base model differ in:
    /// `F = F_prior + F_main − F_prior head`, and energies likewise.
    ///
    /// Heads over one representation share most of their errors where it does not know a structure;
    /// their difference does not have these, so it tells what the reference adds to the prior far
    /// better than the main head tells the whole.
    case corrected
  }

  /// What is done with the energies of a prior, of which only differences may mean something.
  public enum Energies: Sendable, Equatable {
    /// They are not looked at.
    case ignored
    /// They count up to a constant for each composition, charge and multiplicity.
    ///
    /// The constant makes the mean error of the base model's prior head zero: what is left are
    /// differences between structures of one composition. A structure that is the only one of its
    /// composition has no energy then.
    case differences
    /// They count as they are: the prior head must have been trained on the same zero of energy.
    case totals
  }

  /// What the settings began as.
  public let preset: Preset
  /// What is learnt.
  public var targets = Targets.corrected
  /// The part of the representation that is adapted.
  public var part = RefinementPart.max
  /// The number of steps, at most.
  public var stepCount = 400
  /// The test structures of a batch.
  public var batchSize = 16
  /// The replay structures of a batch, on top of the others.
  public var replayBatchSize = 16
  /// How parameters are moved.
  public var optimizer = OptimizerMethod.adam(AdamSettings())
  /// The first learning rate.
  public var learningRate = 3e-3
  /// Whether learning rates fall to zero along half a cosine.
  public var annealsRate = true
  /// The strength λ of the pull to the base weights, θ ← θ − η λ (θ − θ₀).
  public var pull = 1.0
  /// The largest norm of a gradient; nil for any.
  public var clipNorm: Double? = 10
  /// The weight of the mean length of force errors, in Å/eV.
  public var forcesWeight = 1.0
  /// The weight of the mean magnitude of energy errors, in 1/eV: per atom, but of total energies for
  /// `.totals`.
  public var energyWeight = 1.0
  /// What is done with energies of the prior.
  public var energies = Energies.differences
  /// What the errors of replay structures are multiplied by; 0 leaves them out of batches.
  public var replayWeight = 1.0
  /// The part of the test structures by which parameters are chosen; 0 for none.
  public var heldOutFraction = 0.2
  /// Every how many steps parameters are looked at.
  public var evaluationInterval = 10
  /// After how many looks without a lower loss of held-out structures to stop; nil for never.
  public var patience: Int? = 12
  /// How much forces of the main head on replay structures may change, as the root mean square of the
  /// change over that of the forces; nil for any change.
  public var tolerance: Double? = 0.02
  /// Whether the forces of the prior are compared with differences of its energy first, and with its
  /// head.
  public var checksPrior = true
  /// How wrong the prior's head must be on the structures to adapt to: the quantile of its errors on
  /// training structures that theirs must exceed; nil for any.
  ///
  /// Without structures of the training data, or with a prior for one system alone, nothing is asked.
  public var gate: Double? = 0.75
  /// Dynamics on the prior that starts from the structures and makes others; nil to use them
  /// themselves.
  public var dynamics: PriorDynamics.Settings?
  /// The precision of the network.
  public var precision = Precision.float32
  /// The number of threads of steps.
  public var threadCount = 1
  /// What batches, held-out structures and dynamics depend on.
  public var seed: UInt64 = 1

  private init(_ preset: Preset) { self.preset = preset }

  /// What we recommend: Adam with a rate below that of training, old structures beside new ones in every batch, a pull to
  /// the base weights, parameters chosen by held-out structures, and a bound on what changes for the
  /// structures of replay.
  public static var standard: WeightRefinementSettings { WeightRefinementSettings(.standard) }

  /// What the code of Kreiman and Krishnapriyan does, as far as it carries over from GemNet: 500 steps
  /// of gradient descent with rate 10⁻⁵, momentum 0.9, weight decay 10⁻³ on all parameters that move and
  /// gradients clipped to a norm of 10; batches of 32; part `min`; the loss |ΔE| + 1000 |ΔF|₂; no replay,
  /// no pull, nothing held out, no bound.
  ///
  /// With that weight of forces gradients are nearly always clipped, so a step is about rate × 10 long.
  /// Unlike there, energies are not divided by their standard deviation, which would make them
  /// inconsistent with forces where these are derivatives.
  public static var paper: WeightRefinementSettings {
    var settings = WeightRefinementSettings(.paper)
    settings.stepCount = 500
    settings.batchSize = 32
    settings.optimizer = .gradientDescent(
      GradientDescentSettings(momentum: 0.9, weightDecay: 1e-3))
    settings.targets = .prior
    settings.part = .min
    settings.learningRate = 1e-5
    settings.annealsRate = false
    settings.pull = 0
    settings.forcesWeight = TrainingLoss.lengthWeight
    settings.energies = .totals
    settings.replayWeight = 0
    settings.heldOutFraction = 0
    settings.patience = nil
    settings.tolerance = nil
    settings.gate = nil
    return settings
  }

  /// The settings of a preset.
  public static func preset(_ preset: Preset) -> WeightRefinementSettings {
    switch preset {
    case .standard: .standard
    case .paper: .paper
    }
  }

  /// Whether the last parameters are taken, whatever they are.
  var takesLast: Bool { heldOutFraction == 0 && tolerance == nil && patience == nil }

  /// Refuses what makes no sense and the trainer does not look at.
  ///
  /// - Throws: `.invalidArgument`.
  func validate() throws(HoneError) {
    let counts = [stepCount, batchSize, replayBatchSize, evaluationInterval, patience ?? 1]
    guard counts.allSatisfy({ $0 >= 1 }) else {
      throw HoneError(
        .invalidArgument,
        "expected at least one step, structure of a batch, replay structure of a batch, step between "
          + "looks and look of patience, got \(counts.map(String.init).joined(separator: ", "))")
    }
    guard heldOutFraction >= 0, heldOutFraction < 1 else {
      throw HoneError(
        .invalidArgument,
        "expected a held-out part from 0 to below 1, got \(heldOutFraction)")
    }
    guard gate.map({ $0 > 0 && $0 < 1 }) ?? true else {
      throw HoneError(
        .invalidArgument, "expected a gate between 0 and 1, a quantile, got \(gate ?? 0)")
    }
    let numbers = [
      ("weight of forces", forcesWeight), ("weight of energies", energyWeight),
      ("weight of replay", replayWeight), ("tolerance", tolerance ?? 0),
      ("largest norm of gradients", clipNorm ?? 0),
    ]
    for (name, value) in numbers where !(value >= 0 && value.isFinite) {
      throw HoneError(.invalidArgument, "expected a \(name) that is not negative, got \(value)")
    }
    guard forcesWeight > 0 || (energyWeight > 0 && energies != .ignored) else {
      throw HoneError(.invalidArgument, "expected a weight of forces or energies above 0, got none")
    }
  }

  /// The loss of all frames.
  func loss() throws(HoneError) -> TrainingLoss {
    let forces = LossTerm(.forces, .vectorLength, weight: .constant(forcesWeight))
    switch energies {
    case .totals:
      return try .lengths(energy: .constant(energyWeight), forces: .constant(forcesWeight))
    case .differences:
      let energy = LossTerm(.energyPerAtom, .absolute, weight: .constant(energyWeight))
      return try TrainingLoss(terms: [energy, forces])
    case .ignored: return try TrainingLoss(terms: [forces])
    }
  }

  /// How the trainer moves parameters.
  func training(layerCount: Int) throws(HoneError) -> TrainingSettings {
    var training = TrainingSettings(
      loss: try LossSchedule([.init(start: 0, loss: try loss())]),
      schedule: try LearningRateSchedule(
        initialRate: learningRate,
        shape: annealsRate ? .cosine(length: stepCount, minimum: 0) : .constant, unit: .step))
    training.precision = precision
    training.threadCount = threadCount
    training.batchLimit = .structures(batchSize)
    training.seed = seed
    training.optimizer = optimizer
    training.clipping = clipNorm.map { $0 > 0 ? .norm(maximum: $0) : .none } ?? .none
    training.averageDecay = nil
    training.rateFactors = part.rateFactors(layerCount: layerCount)
    training.decaysAll = true
    training.startingPull = pull
    return training
  }
}
