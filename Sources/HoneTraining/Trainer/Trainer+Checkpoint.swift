internal import HoneFormats
internal import HoneModels
public import HoneNumerics

extension Trainer {
  /// What a checkpoint calls itself.
  private static var format: String { "hone.checkpoint.1" }

  /// The text by which checkpoints know a run: its configuration, frames and first parameters.
  public func identity(of configuration: TrainingConfiguration) -> String {
    var parts = NumberHash()
    let others = split.companions.isEmpty ? [] : [split.companions]
    for frames in [split.training, split.validation] + others {
      parts.add(UInt64(frames.count))
      for frame in frames { parts.add(UInt64(frame)) }
    }
    func text(_ hash: UInt64) -> String { String(hash, radix: 16) }
    return "\(configuration.identity) frames \(cache.dataSet.count) "
      + "\(text(cache.dataSet.fingerprint)) split \(text(parts.value)) "
      + "parameters \(text(fingerprint(model.initialValues)))"
  }

  private func fingerprint(_ values: Buffer<Double>) -> UInt64 {
    var hash = NumberHash()
    for index in 0..<values.count { hash.add(values[index]) }
    return hash.value
  }

  /// Everything the run depends on but its settings and frames, in the owners' memory.
  private func state() throws(HoneError) -> OptimizerState {
    var state = OptimizerState()
    try optimizer.save(into: &state)
    try schedule.save(into: &state)
    try average?.save(into: &state)
    try weightAverage?.save(into: &state)
    try progress.save(into: &state)
    try state.add("values", values)
    try state.add("best_values", bestValues)
    return state
  }

  /// Writes everything the run needs to go on bit for bit, atomically: whoever ends the process at
  /// whatever moment, there is a whole checkpoint, the old one or the new one.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - description: What the run was asked to do, as text; `restore` refuses another.
  /// - Throws: `.io`, `.outOfMemory`.
  public func saveCheckpoint(to path: String, description: String) throws(HoneError) {
    let state = try state()
    var writer = SafetensorsWriter()
    writer.metadata = ["format": Self.format, "description": description]
    for (name, value) in state.scalars { try writer.add(name, [value], shape: []) }
    for (name, values) in state.vectors {
      try writer.add(name, (0..<values.count).map { values[$0] }, shape: [values.count])
    }
    try writer.write(to: path)
  }

  /// Goes on where a checkpoint was written.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - description: What this run is asked to do: the text that was saved.
  /// - Throws: `.io`; `.format` for a damaged file; `.invalidArgument` for a checkpoint of another run.
  ///   The trainer is then as it was.
  public func restoreCheckpoint(from path: String, description: String) throws(HoneError) {
    let file: SafetensorsFile
    do throws(HoneError) {
      file = try SafetensorsFile(path: path)
    } catch {
      guard error.kind == .format else { throw error }
      throw HoneError(
        .format,
        "\(path): \(error.message), so the checkpoint is damaged: begin anew, with the best model so "
          + "far if there is one")
    }
    guard file.metadata["format"] == Self.format else {
      throw HoneError(.format, "\(path): expected a checkpoint of a training run")
    }
    guard file.metadata["description"] == description else {
      throw HoneError(
        .invalidArgument,
        "\(path): expected the checkpoint of a run with the same configuration, data and first model: "
          + "take those it was begun with, or begin anew")
    }
    let before = try state().copy()
    do throws(HoneError) {
      var state = OptimizerState()
      for name in file.names {
        let tensor = try file.requiredTensor(name)
        let numbers = try tensor.doubles()
        if tensor.shape.isEmpty {
          // Losses that there are none of yet are infinite.
          guard !numbers[0].isNaN else { throw Self.damage(name) }
          try state.add(name, numbers[0])
        } else {
          guard numbers.allSatisfy(\.isFinite) else { throw Self.damage(name) }
          try state.add(name, Buffer(numbers))
        }
      }
      try take(state)
    } catch {
      try take(before)
      throw HoneError(error.kind, "\(path): \(error.message)")
    }
  }

  private static func damage(_ name: String) -> HoneError {
    HoneError(
      .format,
      "expected finite numbers in '\(name)', got others, so the checkpoint is damaged: begin anew")
  }

  /// Goes on from a state; what it lacks may be found out after some of it was taken.
  private func take(_ state: OptimizerState) throws(HoneError) {
    let saved = try state.vector("values", count: values.count)
    let best = try state.vector("best_values", count: values.count)
    var progress = TrainingProgress()
    try progress.restore(from: state)
    try optimizer.restore(from: state)
    try schedule.restore(from: state)
    try average?.restore(from: state)
    try weightAverage?.restore(from: state)
    values.view.copy(from: saved.view)
    bestValues.view.copy(from: best.view)
    description = nil
    self.progress = progress
    try redrawBatches()
  }
}

extension TrainingProgress {
  /// Adds where the run is to what a checkpoint holds.
  func save(into state: inout OptimizerState) throws(HoneError) {
    try state.add("progress.epoch", Double(epoch))
    try state.add("progress.step", Double(step))
    try state.add("progress.total_steps", Double(totalSteps))
    try state.add("progress.is_epoch_done", isEpochDone ? 1 : 0)
    try state.add("progress.best_loss", bestLoss)
    try state.add("progress.epochs_since_best", Double(epochsSinceBest))
    try state.add("progress.largest_norm", largestNorm)
    try state.add("progress.rate", rate)
    try state.add("progress.loss_sum", lossSum)
    try state.add("progress.frame_count", Double(frameCount))
    try state.add("progress.term_sums", Buffer(termSums))
  }

  /// Takes up what a checkpoint holds.
  mutating func restore(from state: OptimizerState) throws(HoneError) {
    epoch = try state.count("progress.epoch")
    step = try state.count("progress.step")
    totalSteps = try state.count("progress.total_steps")
    isEpochDone = try state.scalar("progress.is_epoch_done") != 0
    bestLoss = try state.scalar("progress.best_loss")
    epochsSinceBest = try state.count("progress.epochs_since_best")
    largestNorm = try state.scalar("progress.largest_norm")
    rate = try state.scalar("progress.rate")
    lossSum = try state.scalar("progress.loss_sum")
    frameCount = try state.count("progress.frame_count")
    guard let sums = state.vectors.first(where: { $0.name == "progress.term_sums" }) else {
      throw HoneError(.format, "expected 'progress.term_sums' in a checkpoint")
    }
    termSums = (0..<sums.values.count).map { sums.values[$0] }
  }
}
