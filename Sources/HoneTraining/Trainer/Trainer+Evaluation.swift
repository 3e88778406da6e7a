internal import HoneModels
public import HoneNumerics

extension Trainer {
  /// The loss of frames, as if they were one batch with the model's cutoff, and their errors.
  ///
  /// The loss is that of the epoch under way.
  ///
  /// - Parameters:
  ///   - frames: Frames of the data set.
  ///   - values: The parameters, `[model.parameterCount]`.
  /// - Throws: `.invalidArgument` for parameters of another number or frames that are not there; as
  ///   `step`.
  public func judge(
    _ frames: [Int], with values: Buffer<Double>
  ) throws(HoneError) -> (loss: Double, errors: ErrorStatistics) {
    try layout.requireCount(of: values.view, "parameters")
    if let frame = frames.first(where: { !(0..<cache.dataSet.count).contains($0) }) {
      throw HoneError(
        .invalidArgument, "expected frames below \(cache.dataSet.count), got frame \(frame)")
    }
    load(values.view)
    return try judge(frames, (settings.loss.loss(epoch: progress.epoch), progress.epoch))
  }

  /// The errors of frames with the best parameters so far.
  ///
  /// - Throws: As `step`.
  public func evaluateBest(_ frames: [Int]) throws(HoneError) -> ErrorStatistics {
    load(bestValues.view)
    return try judge(frames).errors
  }

  /// The errors of other frames with the best parameters so far.
  ///
  /// - Throws: As `init`.
  public func evaluateBest(_ dataSet: DataSet) throws(HoneError) -> ErrorStatistics {
    try dataSet.requireSpecies(species)
    let frames = Array(0..<dataSet.count)
    // They are looked at once: no list is worth keeping.
    let cache = try NeighborCache(dataSet, cutoff: model.cutoff, memoryLimit: 0)
    switch settings.precision {
    case .float32:
      let engine = try BatchEngine<Float>(
        model, cache, threadCount: settings.threadCount, fixed: fixed)
      engine.load(bestValues.view)
      return try engine.judge(frames).errors
    case .float64:
      let engine = try BatchEngine<Double>(
        model, cache, threadCount: settings.threadCount, fixed: fixed)
      engine.load(bestValues.view)
      return try engine.judge(frames).errors
    }
  }
}
