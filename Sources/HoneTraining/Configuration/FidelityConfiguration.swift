public import HoneFormats
public import HoneNumerics

/// Weights of cheap forces in a run of training: the file of their biases, and what weights are made of it.
public struct FidelityConfiguration: Sendable, Equatable {
  /// The file, as `ForceBias.write(to:)` writes it.
  public var bias: String
  /// How quickly weights fall with the bias.
  public var gamma: ForceWeights.Gamma
  /// What has a weight.
  public var granularity: ForceWeights.Granularity
  /// The effective part of the labels below which a run does not begin.
  public var leastEffectiveFraction: Double

  private enum Unit: String, CaseIterable {
    case deviation
    case absolute
  }

  /// Reads the table `fidelity`.
  ///
  /// | key | value |
  /// |---|---|
  /// | `bias` | the file of biases |
  /// | `gamma` | γ of the weights exp(−b/γ) |
  /// | `unit` | of γ: `"deviation"` for the standard deviation of the biases, `"absolute"` for eV/Å |
  /// | `per` | `"frame"`, `"atom"` |
  /// | `least_effective` | the effective part of the labels below which a run does not begin; by default 0.1 |
  ///
  /// - Throws: `.format` for unknown keys, values of a wrong kind, and no file or γ.
  public init(json: JSONValue) throws(HoneError) {
    let fields = try DescriptionFields(
      json, path: "fidelity.", known: ["bias", "gamma", "unit", "per", "least_effective"])
    bias = try fields.string("bias", "")
    guard !bias.isEmpty else { throw fields.failure("bias", "a file of biases") }
    guard fields.value("gamma") != nil else { throw fields.failure("gamma", "a positive number") }
    let number = try fields.double("gamma", 1)
    guard number > 0 else { throw fields.failure("gamma", "a positive number") }
    gamma =
      switch try fields.choice("unit", Unit.deviation) {
      case .deviation: .deviations(number)
      case .absolute: .absolute(number)
      }
    granularity = try fields.choice("per", .frame)
    leastEffectiveFraction = try fields.double(
      "least_effective", ForceWeights.leastEffectiveFraction)
  }

  /// A data set with weights of the forces of frames to train on.
  ///
  /// Frames to validate with have none, so that validation losses of different γ compare.
  ///
  /// - Parameter directory: What a relative path is relative to; empty or with a slash at its end.
  /// - Throws: `.io`, `.format` for the file; `.invalidArgument` for frames without a bias and weights that
  ///   leave too little; `.outOfMemory`.
  func weighting(
    _ dataSet: DataSet, training: [Int], directory: String
  ) throws(HoneError) -> DataSet {
    let stored = try ForceBias(path: bias.hasPrefix("/") ? bias : directory + bias)
    let weights = try ForceWeights(
      stored.selecting(training, of: dataSet), gamma, per: granularity,
      leastEffectiveFraction: leastEffectiveFraction)
    return try dataSet.weightingForces(by: weights)
  }
}
