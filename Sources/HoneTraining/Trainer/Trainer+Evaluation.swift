internal import HoneModels
public import HoneNumerics

extension Trainer {
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
