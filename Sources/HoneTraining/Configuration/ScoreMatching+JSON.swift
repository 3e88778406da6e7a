internal import HoneFormats
internal import HoneNumerics

extension ScoreMatching {
  private enum Kind: String, CaseIterable {
    case sliced, difference, denoising
  }

  /// Reads the table `loss` of kind `"score"`.
  ///
  /// | key | value |
  /// |---|---|
  /// | `method` | `"sliced"`, `"difference"`, `"denoising"` |
  /// | `temperature` | K, of frames that name none |
  /// | `samples` | directions or displacements of a frame in every step, by default 1 |
  /// | `directions` | of the first two: `"rademacher"`, `"gaussian"` |
  /// | `step` | Å, of `"difference"`; by default 0.001 |
  /// | `noise` | Å, of `"denoising"`; by default 0.02 |
  ///
  /// - Parameter seed: What directions depend on.
  init(json: JSONValue, seed: UInt64) throws(HoneError) {
    let common = ["kind", "method", "temperature", "samples"]
    let all = common + ["directions", "step", "noise"]
    let kind = try DescriptionFields(json, path: "loss.", known: all).choice("method", Kind.sliced)
    let own =
      switch kind {
      case .sliced: ["directions"]
      case .difference: ["directions", "step"]
      case .denoising: ["noise"]
      }
    // What another method would read is a mistake here.
    let fields = try DescriptionFields(json, path: "loss.", known: common + own)
    let method: Method =
      switch kind {
      case .sliced: .sliced
      case .difference: .difference(step: try fields.double("step", 1e-3))
      case .denoising: .denoising(noise: try fields.double("noise", 0.02))
      }
    try self.init(
      method, directions: try fields.choice("directions", Directions.rademacher),
      sampleCount: try fields.int("samples", in: 1...Int(Int32.max), 1),
      temperature: fields.value("temperature") == nil ? nil : try fields.double("temperature", 0),
      seed: seed)
  }
}
