internal import CHone
internal import HoneNumerics
internal import HoneTraining

/// A run of training in a host's hands.
final class TrainerHandle: Handle {
  static let mark: UInt64 = 0x686f_6e65_7472_6169
  static let argument: StaticString = "trainer"

  private let trainer: Trainer
  /// The text by which its checkpoints know it.
  private let identity: String
  private var last: EpochRecord?
  private let exclusive = ExclusiveUse(TrainerHandle.argument)

  /// Takes a run that has not begun.
  init(_ trainer: Trainer, identity: String) {
    self.trainer = trainer
    self.identity = identity
  }

  /// Runs a body that may look at the trainer.
  ///
  /// - Throws: `.invalidArgument` when another thread does so, or what the body throws.
  func use<Result>(_ body: (Trainer) throws(HoneError) -> Result) throws(HoneError) -> Result {
    try exclusive.use { () throws(HoneError) in try body(trainer) }
  }

  /// Makes a step, and ends the epoch after its last one.
  ///
  /// - Throws: `.invalidArgument` when the run is done, and as `Trainer.step`.
  func step() throws(HoneError) {
    try use { (trainer) throws(HoneError) in try step(trainer) { _ in true } }
  }

  /// Makes steps until the run is done.
  ///
  /// - Parameter observe: Told of every step and epoch; false asks to stop.
  /// - Throws: `.cancelled`, and as `Trainer.step`.
  func run(_ observe: (hone_training_progress) -> Bool) throws(HoneError) {
    try use { (trainer) throws(HoneError) in
      while !trainer.isDone { try step(trainer, observe: observe) }
    }
  }

  private func step(
    _ trainer: Trainer, observe: (hone_training_progress) -> Bool
  ) throws(HoneError) {
    guard !trainer.isDone else {
      throw HoneError(
        .invalidArgument,
        "trainer must have epochs left, but all are done: begin a run with more of them and "
          + "restore a checkpoint of this one")
    }
    // The end of an epoch may have been missed by an observer's wish, or by a failure.
    if !trainer.progress.isEpochDone {
      try trainer.step()
      try ask(observe, trainer)
    }
    guard trainer.progress.isEpochDone else { return }
    last = try trainer.finishEpoch()
    try ask(observe, trainer)
  }

  private func ask(
    _ observe: (hone_training_progress) -> Bool, _ trainer: Trainer
  ) throws(HoneError) {
    guard !observe(progress(of: trainer)) else { return }
    throw HoneError(.cancelled, "the observer asked to stop training")
  }

  /// How the run stands.
  ///
  /// - Throws: `.invalidArgument` when another thread uses the trainer.
  func progress() throws(HoneError) -> hone_training_progress {
    try use { (trainer) throws(HoneError) in progress(of: trainer) }
  }

  private func progress(of trainer: Trainer) -> hone_training_progress {
    let now = trainer.progress
    let isBetween = now.step == 0
    var result = hone_training_progress()
    result.size = MemoryLayout<hone_training_progress>.size
    result.epoch = Int64(now.epoch)
    result.n_epochs = Int64(trainer.settings.epochCount)
    result.step = Int64(now.step)
    result.n_steps = Int64(isBetween ? 0 : trainer.stepCount)
    result.n_total_steps = Int64(now.totalSteps)
    result.loss = (isBetween ? last?.trainingLoss : now.meanLoss) ?? .nan
    result.learning_rate = now.lastRate ?? .nan
    result.gradient_norm = (isBetween ? last?.largestGradientNorm : now.largestNorm) ?? .nan
    result.validation_loss = last?.validationLoss ?? .nan
    result.energy_mae = last?.validation?.energyPerAtom.meanAbsolute ?? .nan
    result.energy_rmse = last?.validation?.energyPerAtom.rootMeanSquare ?? .nan
    result.force_mae = last?.validation?.forces.meanAbsolute ?? .nan
    result.force_rmse = last?.validation?.forces.rootMeanSquare ?? .nan
    result.is_best = last?.isBest == true ? 1 : 0
    result.is_done = trainer.isDone ? 1 : 0
    return result
  }

  /// Writes a checkpoint.
  ///
  /// - Throws: As `Trainer.saveCheckpoint`.
  func save(to path: String) throws(HoneError) {
    try use { (trainer) throws(HoneError) in
      try trainer.saveCheckpoint(to: path, description: identity)
    }
  }

  /// Goes on from a checkpoint.
  ///
  /// - Throws: As `Trainer.restoreCheckpoint`.
  func restore(from path: String) throws(HoneError) {
    try use { (trainer) throws(HoneError) in
      try trainer.restoreCheckpoint(from: path, description: identity)
      // Checkpoints do not keep what the last epoch came to.
      last = nil
    }
  }
}

extension hone_training_progress: SizedStructure {
  static var typeName: StaticString { "hone_training_progress" }
  static var leastSize: Int { end(of: \.is_done) }
}
