public import HoneFormats
public import HoneNumerics

extension RadiusRefinementSettings {
  /// Reads a description.
  ///
  /// | key | value |
  /// |---|---|
  /// | `mode` | `"smooth"` (default), `"paper"`, `"fraction"` |
  /// | `radius` | a radius in Å that is taken as it is |
  /// | `candidates` | of `paper` and `fraction`: radii to try in Å, 64 at most |
  /// | `least_fraction`, `candidate_count`, `gate_quantile`, `needed_improvement` | of `smooth`, see `SmoothRadiusRule` |
  /// | `taper_width` | of `smooth`: over which length messages fade, in Å |
  ///
  /// - Throws: `.format` for unknown keys and values of a wrong kind.
  public init(json: JSONValue) throws(HoneError) {
    let fields = try DescriptionFields(
      json, what: "the options",
      known: [
        "mode", "radius", "candidates", "least_fraction", "candidate_count", "gate_quantile",
        "needed_improvement", "taper_width",
      ])
    self.init()
    guard let mode = Mode(rawValue: try fields.string("mode", mode.rawValue)) else {
      throw fields.failure("mode", "one of 'smooth', 'paper', 'fraction'")
    }
    self.mode = mode
    if fields.value("radius") != nil { radius = try fields.double("radius", 0) }
    if let value = fields.value("candidates") {
      let radii = value.array?.compactMap(\.double) ?? []
      guard let count = value.array?.count, (1...64).contains(count), radii.count == count,
        radii.allSatisfy({ $0 > 0 && $0.isFinite })
      else { throw fields.failure("candidates", "a list of 1 to 64 positive radii") }
      paper.candidates = radii.sorted()
    }
    smooth.leastFraction = try fields.double("least_fraction", smooth.leastFraction)
    smooth.candidateCount = try fields.int(
      "candidate_count", in: 2...64, smooth.candidateCount)
    smooth.gateQuantile = try fields.double("gate_quantile", smooth.gateQuantile)
    smooth.neededImprovement = try fields.double("needed_improvement", smooth.neededImprovement)
    taperWidth = try fields.double("taper_width", taperWidth)
  }
}
