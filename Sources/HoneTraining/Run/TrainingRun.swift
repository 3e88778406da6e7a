internal import HoneFormats
public import HoneModels
public import HoneNumerics

/// What happens in a run, told while it goes on.
public enum TrainingEvent: Sendable {
  /// Everything has been read and built; steps follow.
  case began(TrainingSummary)
  /// A step was taken.
  case step(TrainingProgress, stepCount: Int)
  /// An epoch was finished.
  case epoch(EpochRecord)
}

/// What a run is about to do.
public struct TrainingSummary: Sendable {
  /// The numbers of frames to train, validate and test with.
  public let trainingCount, validationCount, testCount: Int
  /// The trained parameters.
  public let parameterCount: Int
  /// The epoch it begins with: 0, or later where it goes on.
  public let firstEpoch: Int
  /// How many epochs there are to be.
  public let epochCount: Int
  /// Frames that repeat others.
  public let duplicates: DuplicateReport
  /// Whether those with equal labels were left out.
  public let dropsDuplicates: Bool
  /// Frames left out because they have no labels.
  public let unlabeledCount: Int
  /// What frames to train on lack of the labels that the loss needs.
  public let missingLabels: [MissingLabel]
}

/// A label that a loss needs and some frames lack, which add nothing to its terms.
public struct MissingLabel: Sendable, Equatable {
  /// The label in words.
  public let name: String
  /// The number of frames that lack it.
  public let count: Int
  /// The first of them.
  public let first: FramePlace
}

/// How a run ended.
public struct TrainingResult: Sendable {
  /// The model with the lowest validation loss.
  public let model: ForceField
  /// Its errors on the validation and test frames, where there are some.
  public let validation, test: ErrorStatistics?
  /// The epochs that are done.
  public let epochCount: Int
  /// Whether somebody asked to stop before the end; a checkpoint says where.
  public let isCancelled: Bool
}

/// A run of training with its folder: `model.safetensors`, the best model so far; `log.jsonl`, a line for
/// each epoch; `checkpoint.safetensors`, from which it goes on.
///
/// All three are replaced atomically after every epoch, the checkpoint last: a process that ends at any
/// moment leaves a folder from which the run goes on as if nothing had happened. There is a checkpoint
/// before there is anything else, so that a model without one belongs to somebody else, and stays.
public final class TrainingRun {
  private let configuration: TrainingConfiguration
  private let directory: String
  private let data: TrainingData
  private let trainer: Trainer
  /// The text by which a checkpoint knows its run; it takes a look at every label.
  private let identity: String
  private var log: TrainingLog

  /// Reads the data and builds the model.
  ///
  /// - Parameters:
  ///   - configuration: What to do.
  ///   - inputDirectory: What relative paths in it are relative to; empty for the current folder.
  ///   - outputDirectory: The run's folder, which must exist.
  ///   - resumes: Whether to go on from the folder's checkpoint, if there is one.
  /// - Throws: `.io`, `.format`, `.invalidArgument`, `.unknownSpecies`, `.outOfMemory`.
  public init(
    _ configuration: TrainingConfiguration, inputDirectory: String, outputDirectory: String,
    resumes: Bool
  ) throws(HoneError) {
    self.configuration = configuration
    directory = outputDirectory
    let inputs =
      inputDirectory.isEmpty || inputDirectory.hasSuffix("/")
      ? inputDirectory : inputDirectory + "/"
    data = try TrainingData(
      configuration.data, fidelity: configuration.fidelity, directory: inputs)
    var start: ForceField?
    if case .file(let path) = configuration.model {
      start = try ForceField(path: path.hasPrefix("/") ? path : inputs + path)
    }
    trainer = try data.trainer(start, configuration)
    identity = trainer.identity(of: configuration)
    log = TrainingLog(path: directory + "/log.jsonl")
    if isFile(checkpointPath) {
      guard resumes else {
        throw HoneError(
          .invalidArgument,
          "\(directory) holds a run already: resume it, or choose another folder")
      }
      try trainer.restoreCheckpoint(from: checkpointPath, description: identity)
      try log.keep(epochsBefore: trainer.progress.epoch)
    } else if let path = [modelPath, log.path].first(where: isFile) {
      throw HoneError(
        .invalidArgument,
        "expected a folder without a model, or with the checkpoint of its run, got \(path) alone, "
          + "which would be written over: choose another folder, or move it away")
    }
    AtomicFile.removeLeftovers(inDirectory: directory)
  }

  /// Trains until all is done, or somebody asks to stop.
  ///
  /// - Parameter observe: Told what happens; false asks to stop after a checkpoint.
  /// - Throws: `.notConverged`, `.io`, `.outOfMemory`.
  public func run(_ observe: (TrainingEvent) -> Bool) throws(HoneError) -> TrainingResult {
    var goesOn = observe(.began(summary))
    var lastCheckpoint = ContinuousClock.now
    while goesOn && !trainer.isDone {
      while goesOn && !trainer.progress.isEpochDone {
        try trainer.step()
        goesOn = observe(.step(trainer.progress, stepCount: trainer.stepCount))
        let age = lastCheckpoint.duration(to: .now)
        if age > .seconds(60 * configuration.settings.checkpointMinutes) {
          try saveCheckpoint()
          lastCheckpoint = .now
        }
      }
      guard trainer.progress.isEpochDone else { break }
      if !isFile(checkpointPath) { try saveCheckpoint() }
      let record = try trainer.finishEpoch()
      try writing { () throws(HoneError) in try log.append(record) }
      if record.isBest { try save(trainer.bestForceField()) }
      try saveCheckpoint()
      lastCheckpoint = .now
      goesOn = observe(.epoch(record)) && goesOn
    }
    let isCancelled = !goesOn && !trainer.isDone
    if isCancelled { try saveCheckpoint() }
    // Who asks to stop does not want to wait for a look at all the data.
    let model = try isCancelled ? trainer.bestForceField() : trainer.describedForceField()
    try save(model)
    return TrainingResult(
      model: model,
      validation: data.split.validation.isEmpty
        ? nil : try trainer.evaluateBest(data.split.validation),
      test: try isCancelled ? nil : testErrors(), epochCount: trainer.progress.epoch,
      isCancelled: isCancelled)
  }

  private var modelPath: String { directory + "/model.safetensors" }
  private var checkpointPath: String { directory + "/checkpoint.safetensors" }

  private func saveCheckpoint() throws(HoneError) {
    try writing { () throws(HoneError) in
      try trainer.saveCheckpoint(to: checkpointPath, description: identity)
    }
  }

  private func save(_ model: ForceField) throws(HoneError) {
    try writing { () throws(HoneError) in try model.save(to: modelPath) }
  }

  /// Writes a file of the folder; an error of the system says how the run goes on after it.
  private func writing(_ body: () throws(HoneError) -> Void) throws(HoneError) {
    do throws(HoneError) {
      try body()
    } catch {
      guard error.kind == .io else { throw error }
      throw HoneError(
        .io,
        "\(error.message); nothing there is lost: make room or give access, then resume the run")
    }
  }

  private var summary: TrainingSummary {
    TrainingSummary(
      trainingCount: data.split.training.count, validationCount: data.split.validation.count,
      testCount: data.test?.count ?? 0, parameterCount: trainer.trainedParameterCount,
      firstEpoch: trainer.progress.epoch, epochCount: configuration.settings.epochCount,
      duplicates: data.frames.duplicates,
      dropsDuplicates: configuration.data.options.duplicates == .drop,
      unlabeledCount: data.frames.unlabeledCount, missingLabels: missingLabels)
  }

  private var missingLabels: [MissingLabel] {
    let needed = configuration.settings.loss.stages.reduce(into: LabelSet()) {
      $0.formUnion($1.loss.labels)
    }
    var result: [MissingLabel] = []
    let scores = configuration.settings.loss.stages.compactMap(\.loss.score)
    let cold = data.split.training.filter { frame in
      scores.contains { $0.thermalEnergy(of: data.frames[frame].labels) == nil }
    }
    if let first = cold.first {
      result.append(
        MissingLabel(name: "temperature", count: cold.count, first: data.frames.place(of: first)))
    }
    return result
      + [LabelSet.energy, .forces, .virial].filter(needed.contains).compactMap { label in
        let lacking = data.split.training.filter {
          !data.frames[$0].labels.present.contains(label)
        }
        return lacking.first.map {
          MissingLabel(
            name: label.names.joined(), count: lacking.count, first: data.frames.place(of: $0))
        }
      }
  }

  private func testErrors() throws(HoneError) -> ErrorStatistics? {
    guard let test = data.test else { return nil }
    return try trainer.evaluateBest(test)
  }
}
