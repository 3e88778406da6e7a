internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneTraining

/// Steps of training, one after the other, with mace's defaults: its weighted loss on energies and
/// forces, AMSGrad, gradients clipped, a running average of the parameters.
struct TrainingBenchmark {
  private let trainer: Trainer
  private let frames: [Int]
  private let batchSize: Int
  private let loadTime: Double
  /// In MB, before the first step.
  private let memory: Double?
  /// The loss of the first step and the norm of its gradient, by which other codes are compared.
  private let first: (loss: Double, norm: Double)

  /// Reads a model and frames, finds neighbors, and takes a first step, which is not timed.
  ///
  /// - Parameters:
  ///   - model: The model file.
  ///   - data: An extended XYZ file with labels.
  ///   - batchSize: The frames of a step; those that fill no batch are left out.
  ///   - precision: Of the network.
  ///   - threads: How many.
  /// - Throws: `.io`, `.format`, `.invalidArgument`, `.unknownSpecies`, `.outOfMemory`,
  ///   `.notConverged`.
  init(
    model: String, data: String, batchSize: Int, precision: Precision, threads: Int
  ) throws(HoneError) {
    let start = Clock.wall()
    let field = try ForceField(path: model)
    let dataSet = try DataSet(paths: [data])
    self.batchSize = min(batchSize, dataSet.count)
    frames = Array(0..<dataSet.count / self.batchSize * self.batchSize)
    let cache = try NeighborCache(dataSet, cutoff: field.cutoff)
    try cache.prepare(frames, team: Team(threadCount: threads))
    var adam = AdamSettings()
    adam.keepsLargest = true
    var settings = TrainingSettings(
      loss: try LossSchedule([.init(start: 0, loss: TrainingLoss(mace: .weighted))]),
      // Small: no model runs away while it is timed, whatever its labels.
      schedule: try LearningRateSchedule(initialRate: 1e-4, shape: .constant, unit: .epoch))
    settings.optimizer = .adam(adam)
    settings.batchLimit = .structures(batchSize)
    settings.precision = precision
    settings.threadCount = threads
    settings.epochCount = .max
    trainer = try Trainer(
      field, cache: cache, split: Split(training: frames, validation: []), settings: settings)
    loadTime = Clock.wall() - start
    memory = Clock.residentMemory()
    first = (try trainer.step(), trainer.progress.largestNorm)
  }

  /// Takes a step, and adds its times.
  ///
  /// - Throws: `.outOfMemory`, `.notConverged`.
  func takeStep(_ timing: inout BenchmarkTiming) throws(HoneError) {
    if trainer.progress.isEpochDone { _ = try trainer.finishEpoch() }
    let start = (wall: Clock.wall(), cpu: Clock.cpu())
    try trainer.step()
    timing.add(wall: Clock.wall() - start.wall, cpu: Clock.cpu() - start.cpu)
  }

  /// What was found.
  func report(_ timing: BenchmarkTiming) -> TrainingBenchmarkReport {
    let cache = trainer.cache
    return TrainingBenchmarkReport(
      batchSize: batchSize, frames: frames.count,
      atoms: frames.reduce(0) { $0 + cache.dataSet.atomCount(of: $1) },
      edges: frames.reduce(0) { $0 + (cache.edgeCount(of: $1) ?? 0) },
      parameters: trainer.trainedParameterCount, first: first, timing: timing,
      loadTime: loadTime, memory: (memory, Clock.peakMemory()),
      precision: trainer.settings.precision, threads: trainer.settings.threadCount)
  }
}

/// What a benchmark of training found.
struct TrainingBenchmarkReport {
  let batchSize: Int
  /// Of all batches together.
  let frames, atoms, edges: Int
  /// Those that are trained.
  let parameters: Int
  let first: (loss: Double, norm: Double)
  let timing: BenchmarkTiming
  let loadTime: Double
  /// In MB; nil where the system does not say.
  let memory: (before: Double?, peak: Double?)
  let precision: Precision
  let threads: Int

  private var precisionName: String { precision == .float32 ? "float32" : "float64" }
  private var neighbors: Double { Double(edges) / Double(atoms) }
  private var atomsPerStep: Double { Double(atoms) * Double(batchSize) / Double(frames) }

  /// The report by the names of the interface.
  var json: JSONValue {
    .object([
      .init("milliseconds_per_step", .number(1e3 * timing.best)),
      .init("milliseconds_per_step_median", .number(1e3 * timing.median)),
      .init("cpu_milliseconds_per_step", .number(1e3 * timing.bestProcessor)),
      .init("cpu_milliseconds_per_step_median", .number(1e3 * timing.medianProcessor)),
      .init("steps", .count(timing.count)), .init("batch_size", .count(batchSize)),
      .init("atoms_per_step", .number(atomsPerStep)),
      .init("neighbors_per_atom", .number(neighbors)), .init("parameters", .count(parameters)),
      .init("precision", .string(precisionName)), .init("threads", .count(threads)),
      .init("load_seconds", .number(loadTime)),
      .init("memory_before_mb", .optional(memory.before)),
      .init("peak_memory_mb", .optional(memory.peak)),
      .init("first_loss", .optional(first.loss)),
      .init("first_gradient_norm", .optional(first.norm)),
    ])
  }

  /// The report for people.
  var text: String {
    var table = TextTable([.left, .right, .left])
    let repeated = timing.count == 1 ? "one step" : "best of \(timing.count)"
    table.add("time", (1e3 * timing.best).formatted(2), "ms per step, \(repeated)")
    table.add("", (1e3 * timing.median).formatted(2), "ms per step, median")
    table.add("", (1e6 * timing.median / atomsPerStep).formatted(1), "µs per atom, median")
    table.add("loading", (1e3 * loadTime).formatted(1), "ms, the search for neighbors included")
    table.add("memory", Style.decimal(memory.peak, 1), "MB at most")
    table.add("", Style.decimal(memory.before, 1), "MB before the first step")
    let threadText = threads == 1 ? "1 thread" : "\(threads) threads"
    return Style.heading(
      "\(Style.grouped(batchSize)) frames a step, \(atomsPerStep.formatted(0)) atoms with "
        + "\(neighbors.formatted(1)) neighbors each, \(Style.grouped(parameters)) parameters, "
        + "\(precisionName), \(threadText)") + table.text
  }
}
