public import HoneFormats
public import HoneModels
public import HoneNumerics
internal import HonePriors

extension WeightRefinementSettings {
  /// The keys of a description.
  static let keysOfJSON = [
    "preset", "targets", "part", "steps", "batch_size", "replay_batch_size", "learning_rate",
    "pull", "clip_norm", "forces_weight", "energy_weight", "energies", "replay_weight", "held_out",
    "evaluation_interval", "patience", "tolerance", "checks_prior", "gate", "precision", "threads",
    "seed", "dynamics",
  ]

  /// Reads a description; what it leaves out is as in the preset.
  ///
  /// | key | value |
  /// |---|---|
  /// | `preset` | `"standard"` (default), `"paper"` |
  /// | `targets` | `"corrected"`, `"prior"`: what is learnt |
  /// | `part` | `"min"`, `"med"`, `"max"`: what moves |
  /// | `steps`, `batch_size`, `replay_batch_size`, `learning_rate` | of the steps |
  /// | `pull`, `clip_norm` | the pull to the base weights, the largest norm of a gradient; 0 for none |
  /// | `forces_weight`, `energy_weight` | of the loss |
  /// | `energies` | `"ignored"`, `"differences"`, `"totals"` |
  /// | `replay_weight`, `tolerance` | of replay, and how much its forces may change; a tolerance of 0 is none |
  /// | `held_out`, `evaluation_interval`, `patience` | by what parameters are chosen; a patience of 0 is none |
  /// | `checks_prior` | whether forces of the prior are compared with its energies, and its head, first |
  /// | `gate` | how unlike the training data structures must be, a quantile; 0 for any |
  /// | `precision`, `threads`, `seed` | of the computation |
  /// | `dynamics` | `{"temperature", "steps", "timestep", "friction", "interval"}`: makes structures |
  ///
  /// - Parameters:
  ///   - json: An object, which may have other keys that the caller reads.
  ///   - others: Those keys.
  ///   - precision: What counts unless the description says otherwise.
  ///   - threadCount: As `precision`.
  /// - Throws: `.format` for unknown keys and values of a wrong kind.
  public init(
    json: JSONValue, others: [String] = [], precision: Precision = .float32, threadCount: Int = 1
  ) throws(HoneError) {
    let fields = try DescriptionFields(
      json, what: "the options", known: Self.keysOfJSON + others)
    guard let preset = Preset(rawValue: try fields.string("preset", "standard")) else {
      throw fields.failure("preset", "one of 'standard', 'paper'")
    }
    self = .preset(preset)
    guard let targets = Targets(rawValue: try fields.string("targets", targets.rawValue)) else {
      throw fields.failure("targets", "one of 'corrected', 'prior'")
    }
    self.targets = targets
    guard let part = RefinementPart(rawValue: try fields.string("part", part.rawValue)) else {
      throw fields.failure("part", "one of 'min', 'med', 'max'")
    }
    self.part = part
    stepCount = try fields.int("steps", in: 1...1_000_000, stepCount)
    batchSize = try fields.int("batch_size", in: 1...1_000_000, batchSize)
    replayBatchSize = try fields.int("replay_batch_size", in: 1...1_000_000, replayBatchSize)
    learningRate = try fields.double("learning_rate", learningRate)
    pull = try fields.double("pull", pull)
    clipNorm = try Self.unlessZero(fields, "clip_norm", clipNorm)
    forcesWeight = try fields.double("forces_weight", forcesWeight)
    energyWeight = try fields.double("energy_weight", energyWeight)
    if fields.value("energies") != nil {
      switch try fields.string("energies", "") {
      case "ignored": energies = .ignored
      case "differences": energies = .differences
      case "totals": energies = .totals
      default: throw fields.failure("energies", "one of 'ignored', 'differences', 'totals'")
      }
    }
    replayWeight = try fields.double("replay_weight", replayWeight)
    heldOutFraction = try fields.double("held_out", heldOutFraction)
    evaluationInterval = try fields.int(
      "evaluation_interval", in: 1...1_000_000, evaluationInterval)
    let looks = try fields.int("patience", in: 0...1_000_000, patience ?? 0)
    patience = looks == 0 ? nil : looks
    tolerance = try Self.unlessZero(fields, "tolerance", tolerance)
    checksPrior = try fields.bool("checks_prior", checksPrior)
    gate = try Self.unlessZero(fields, "gate", gate)
    switch try fields.string("precision", precision == .float64 ? "float64" : "float32") {
    case "float32": self.precision = .float32
    case "float64": self.precision = .float64
    default: throw fields.failure("precision", "one of 'float32', 'float64'")
    }
    self.threadCount = try fields.int("threads", in: 1...4096, threadCount)
    seed = UInt64(try fields.int("seed", in: 0...Int.max, Int(seed)))
    if let value = fields.value("dynamics") { dynamics = try Self.dynamics(value, seed: seed) }
  }

  private static func unlessZero(
    _ fields: DescriptionFields, _ key: String, _ standard: Double?
  ) throws(HoneError) -> Double? {
    let value = try fields.double(key, standard ?? 0)
    guard value >= 0 else { throw fields.failure(key, "a number that is not negative") }
    return value == 0 ? nil : value
  }

  private static func dynamics(
    _ json: JSONValue, seed: UInt64
  ) throws(HoneError) -> PriorDynamics.Settings {
    let fields = try DescriptionFields(
      json, path: "dynamics.",
      known: ["temperature", "steps", "timestep", "friction", "interval"])
    var settings = PriorDynamics.Settings()
    settings.temperature = try fields.double("temperature", settings.temperature)
    settings.stepCount = try fields.int("steps", in: 1...1_000_000_000, settings.stepCount)
    settings.timestep = try fields.double("timestep", settings.timestep)
    settings.friction = try fields.double("friction", settings.friction)
    settings.frameInterval = try fields.int(
      "interval", in: 1...1_000_000_000, settings.frameInterval)
    settings.seed = seed
    return settings
  }
}
