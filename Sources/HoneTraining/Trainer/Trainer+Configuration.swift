public import HoneModels
public import HoneNumerics

extension Trainer {
  /// Begins a run on frames in memory, as a configuration says.
  ///
  /// - Parameters:
  ///   - configuration: What to do; the files it names do not matter.
  ///   - field: The model to begin with; nil for the configuration's, which is then from scratch.
  ///   - training: Frames to train on. They must not grow while the trainer is used.
  ///   - validation: Frames to validate with; nil for a part of those to train on, as the configuration
  ///     says.
  /// - Returns: The trainer.
  /// - Throws: As `init(_:cache:split:settings:)`.
  public static func make(
    _ configuration: TrainingConfiguration, field: ForceField?, training: DataSet,
    validation: DataSet?
  ) throws(HoneError) -> Trainer {
    var start = field
    if case .file(let path) = configuration.model { start = try ForceField(path: path) }
    let data = try TrainingData(
      training: training, validation: validation, configuration.data,
      fidelity: configuration.fidelity)
    return try data.trainer(start, configuration)
  }
}
