internal import HoneFormats
internal import HoneModels
internal import HoneNumerics

extension TrainingSettings {
  /// Reads the tables that say how a model is trained.
  ///
  /// - Throws: `.format`, `.invalidArgument`.
  init(
    loss: JSONValue, optimizer: JSONValue, schedule: JSONValue, run: JSONValue, rates: JSONValue
  ) throws(HoneError) {
    let run = try DescriptionFields(
      run, path: "run.",
      known: [
        "epochs", "batch_size", "batch_atoms", "batch_edges", "precision", "threads", "seed",
        "clip_norm", "average_decay", "weight_average_start", "sharpness_radius", "least_cutoff",
        "patience", "checkpoint_minutes", "statistics",
      ])
    let epochs = try run.int("epochs", in: 0...Int(Int32.max), 100)
    let seed = UInt64(try run.int("seed", in: 0...Int.max, 1))
    self.init(
      loss: try Self.loss(loss, seed: seed), schedule: try Self.schedule(schedule, epochs: epochs))
    epochCount = epochs
    self.seed = seed
    let optimizer = try DescriptionFields(
      optimizer, path: "optimizer.",
      known: [
        "method", "weight_decay", "decays_all", "starting_pull", "beta1", "beta2", "epsilon",
        "momentum", "nesterov",
      ])
    self.optimizer = try Self.method(optimizer)
    decaysAll = try optimizer.bool("decays_all", false)
    startingPull = try optimizer.double("starting_pull", 0)
    try read(run)
    let rates = try DescriptionFields(
      rates, path: "rates.", known: ParameterGroup.Role.allCases.map(\.rawValue))
    for role in ParameterGroup.Role.allCases where rates.value(role.rawValue) != nil {
      // Parameters of this role belong to no layer.
      let isList = role != .energyScale && rates.value(role.rawValue)?.array != nil
      rateFactors[role] =
        isList
        ? .byLayer(try rates.doubles(role.rawValue, []))
        : .all(try rates.double(role.rawValue, 1))
    }
    try validate()
  }

  /// The table `run`.
  ///
  /// | key | value |
  /// |---|---|
  /// | `epochs` | passes over the training frames, by default 100 |
  /// | `batch_size`, `batch_atoms`, `batch_edges` | one of them: structures (by default 5), atoms or edges |
  /// | `precision` | `"float32"`, `"float64"` |
  /// | `threads` | by default 1 |
  /// | `seed` | of weights and the order of frames, by default 1 |
  /// | `clip_norm` | the largest norm of a gradient, by default 10; 0 for none |
  /// | `average_decay` | of the running average of parameters, by default 0.99; 0 for none |
  /// | `weight_average_start` | the epoch from which parameters are averaged equally |
  /// | `sharpness_radius` | of sharpness-aware minimisation |
  /// | `least_cutoff` | Å; radii are drawn between it and the cutoff, for every structure and step |
  /// | `patience` | epochs without a lower validation loss after which to stop |
  /// | `checkpoint_minutes` | how often to write a checkpoint within an epoch, by default 5 |
  /// | `statistics` | whether the finished model describes its training data, by default true |
  private mutating func read(_ run: DescriptionFields) throws(HoneError) {
    let sizes = ["batch_size", "batch_atoms", "batch_edges"].filter { run.value($0) != nil }
    guard sizes.count <= 1 else {
      throw HoneError(.format, "expected one of run.\(sizes.joined(separator: ", run."))")
    }
    let size = try run.int(sizes.first ?? "batch_size", in: 1...Int(Int32.max), 5)
    switch sizes.first {
    case "batch_atoms": batchLimit = .atoms(size)
    case "batch_edges": batchLimit = .edges(size)
    default: batchLimit = .structures(size)
    }
    switch try run.string("precision", "float32") {
    case "float32": precision = .float32
    case "float64": precision = .float64
    default: throw run.failure("precision", "'float32' or 'float64'")
    }
    threadCount = try run.int("threads", in: 1...4096, 1)
    let norm = try run.double("clip_norm", 10)
    clipping = norm > 0 ? .norm(maximum: norm) : .none
    let decay = try run.double("average_decay", 0.99)
    averageDecay = decay > 0 ? decay : nil
    if run.value("weight_average_start") != nil {
      weightAverageStart = try run.int("weight_average_start", in: 0...Int(Int32.max), 0)
    }
    if run.value("sharpness_radius") != nil {
      sharpnessRadius = try run.double("sharpness_radius", 0)
    }
    if run.value("least_cutoff") != nil { leastCutoff = try run.double("least_cutoff", 0) }
    if run.value("patience") != nil {
      patience = try run.int("patience", in: 1...Int(Int32.max), 1)
    }
    checkpointMinutes = try run.double("checkpoint_minutes", 5)
    describesTrainingData = try run.bool("statistics", true)
  }

  /// The names of losses.
  private enum LossKind: String, CaseIterable {
    case weighted, virials, stress, huber, universal, l2mae, score
    case forcesOnly = "forces_only"
    case l1l2 = "l1l2energyforces"

    /// The loss of mace of this name, if it is one.
    var mace: MACELoss? { MACELoss(rawValue: rawValue) }
  }

  /// The table `loss`.
  ///
  /// | key | value |
  /// |---|---|
  /// | `kind` | mace's losses: `"weighted"`, `"forces_only"`, `"virials"`, `"stress"`, `"huber"`, `"universal"`, `"l1l2energyforces"`; or `"l2mae"`; or `"score"`, as `ScoreMatching` reads it |
  /// | `energy_weight`, `forces_weight`, `stress_weight` | by default 1, 100 (of `l2mae` 1000), 1 |
  /// | `huber_delta` | by default 0.01 |
  /// | `late_start` | the epoch from which the late weights count |
  /// | `late_energy_weight`, `late_forces_weight`, `late_stress_weight` | by default 1000, 100, 10 |
  ///
  /// - Parameter seed: That of the run.
  private static func loss(_ json: JSONValue, seed: UInt64) throws(HoneError) -> LossSchedule {
    if json["kind"]?.string == LossKind.score.rawValue {
      let score = TrainingLoss(score: try ScoreMatching(json: json, seed: seed))
      return try LossSchedule([.init(start: 0, loss: score)])
    }
    let fields = try DescriptionFields(
      json, path: "loss.",
      known: [
        "kind", "energy_weight", "forces_weight", "stress_weight", "huber_delta", "late_start",
        "late_energy_weight", "late_forces_weight", "late_stress_weight",
      ])
    let kind = try fields.choice("kind", LossKind.weighted)
    func stage(_ prefix: String, _ standards: (Double, Double, Double)) throws(HoneError)
      -> TrainingLoss
    {
      var weights = MACELossWeights()
      weights.energy = .constant(try fields.double(prefix + "energy_weight", standards.0))
      weights.forces = .constant(try fields.double(prefix + "forces_weight", standards.1))
      weights.stress = .constant(try fields.double(prefix + "stress_weight", standards.2))
      weights.huberDelta = try fields.double("huber_delta", weights.huberDelta)
      guard let kind = kind.mace else {
        return try TrainingLoss.lengths(energy: weights.energy, forces: weights.forces)
      }
      return try TrainingLoss(mace: kind, weights)
    }
    let forcesWeight = kind == .l2mae ? TrainingLoss.lengthWeight : 100
    var stages = [LossSchedule.Stage(start: 0, loss: try stage("", (1, forcesWeight, 1)))]
    if fields.value("late_start") != nil {
      let start = try fields.int("late_start", in: 1...Int(Int32.max), 1)
      stages.append(.init(start: start, loss: try stage("late_", (1000, 100, 10))))
    }
    return try LossSchedule(stages)
  }

  /// The table `optimizer`.
  ///
  /// | key | value |
  /// |---|---|
  /// | `method` | `"adam"`, `"amsgrad"`, `"adamw"`, `"sgd"`, `"muon"` |
  /// | `weight_decay` | by default 5e-7, with mace's groups |
  /// | `decays_all` | whether it is for all parameters, by default false |
  /// | `starting_pull` | λ of a pull towards the first parameters, by default 0 |
  /// | `beta1`, `beta2`, `epsilon` | of Adam's kind, by default 0.9, 0.999, 1e-8 |
  /// | `momentum`, `nesterov` | of `"sgd"` and `"muon"` |
  private static func method(_ fields: DescriptionFields) throws(HoneError) -> OptimizerMethod {
    var adam = AdamSettings()
    adam.beta1 = try fields.double("beta1", adam.beta1)
    adam.beta2 = try fields.double("beta2", adam.beta2)
    adam.epsilon = try fields.double("epsilon", adam.epsilon)
    adam.weightDecay = try fields.double("weight_decay", 5e-7)
    switch try fields.string("method", "amsgrad") {
    case "adam": return .adam(adam)
    case "amsgrad":
      adam.keepsLargest = true
      return .adam(adam)
    case "adamw":
      adam.decay = .decoupled
      return .adam(adam)
    case "sgd":
      return .gradientDescent(
        GradientDescentSettings(
          momentum: try fields.double("momentum", 0.9),
          isNesterov: try fields.bool("nesterov", false), weightDecay: adam.weightDecay))
    case "muon":
      var muon = MuonSettings()
      muon.momentum = try fields.double("momentum", muon.momentum)
      muon.isNesterov = try fields.bool("nesterov", muon.isNesterov)
      muon.weightDecay = adam.weightDecay
      muon.adam = adam
      return .muon(muon)
    default:
      throw fields.failure("method", "one of 'adam', 'amsgrad', 'adamw', 'sgd', 'muon'")
    }
  }

  /// The table `schedule`.
  ///
  /// | key | value |
  /// |---|---|
  /// | `learning_rate` | by default 0.01 |
  /// | `shape` | `"plateau"`, `"cosine"`, `"exponential"`, `"decay"`, `"constant"` |
  /// | `unit` | `"epoch"` or `"step"`, what the shape counts |
  /// | `factor` | of `plateau` (0.8), `exponential` (0.99) and `decay` (0.5) |
  /// | `patience` | of `plateau`, by default 50 epochs |
  /// | `interval` | of `decay`, by default 50 |
  /// | `length` | of `cosine`, by default all epochs; needed where it counts steps |
  /// | `minimum` | the lowest rate of `cosine` and `plateau`, by default 0 |
  /// | `warm_up` | steps from a rate of 0 |
  private static func schedule(_ json: JSONValue, epochs: Int) throws(HoneError)
    -> LearningRateSchedule
  {
    let fields = try DescriptionFields(
      json, path: "schedule.",
      known: [
        "learning_rate", "shape", "unit", "factor", "patience", "interval", "length", "minimum",
        "warm_up",
      ])
    let unit = try fields.choice("unit", LearningRateSchedule.Unit.epoch)
    let shape: LearningRateSchedule.Shape
    let counts = 1...Int(Int32.max)
    switch try fields.string("shape", "plateau") {
    case "constant": shape = .constant
    case "exponential": shape = .exponential(factor: try fields.double("factor", 0.99))
    case "decay":
      shape = .decay(
        factor: try fields.double("factor", 0.5),
        interval: try fields.int("interval", in: counts, 50))
    case "cosine":
      guard unit == .epoch || fields.value("length") != nil else {
        throw fields.failure("length", "the number of steps, for a cosine that counts them,")
      }
      shape = .cosine(
        length: try fields.int("length", in: counts, max(epochs, 1)),
        minimum: try fields.double("minimum", 0))
    case "plateau":
      var plateau = PlateauSettings()
      plateau.factor = try fields.double("factor", 0.8)
      plateau.patience = try fields.int("patience", in: 0...Int(Int32.max), 50)
      plateau.minimumRate = try fields.double("minimum", 0)
      shape = .plateau(plateau)
    default:
      throw fields.failure(
        "shape", "one of 'plateau', 'cosine', 'exponential', 'decay', 'constant'")
    }
    var warmUp: LearningRateSchedule.WarmUp?
    if fields.value("warm_up") != nil {
      warmUp = .init(length: try fields.int("warm_up", in: counts, 1))
    }
    return try LearningRateSchedule(
      initialRate: try fields.double("learning_rate", 0.01), shape: shape,
      unit: unit, warmUp: warmUp)
  }
}
