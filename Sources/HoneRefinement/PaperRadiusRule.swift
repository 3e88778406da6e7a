public import HoneDiagnosis
public import HoneNumerics

/// The rule of the paper: the radius whose spectrum is closest to the mean, zero-padded one of the
/// training data.
///
/// - SeeAlso: Kreiman, Krishnapriyan, arXiv:2503.08674.
public struct PaperRadiusRule: Sendable {
  /// The radii to try, in Å; ten from 3 to 9 Å in the paper's code.
  public var candidates = (0..<10).map { 3 + 6 * Double($0) / 9 }

  /// Makes the paper's rule.
  public init() {}

  /// Chooses one radius for some structures: that of the least mean distance.
  ///
  /// Equal distances count for the radius nearest to that of training.
  ///
  /// - Parameters:
  ///   - graphs: The structures' graphs, up to the largest candidate.
  ///   - mean: The training data's mean spectrum.
  ///   - trainingRadius: In Å.
  /// - Throws: `.invalidArgument` for no structures, one larger than those of the training data, and
  ///   candidates beyond what the graphs reach; `.outOfMemory`.
  public func choose(
    _ graphs: [RadiusGraphs], mean: PaddedSpectrum, trainingRadius: Double
  ) throws(HoneError) -> RadiusChoice {
    try choose(graphs, trainingRadius) { (eigenvalues) throws(HoneError) in
      try mean.distance(to: eigenvalues)
    }
  }

  /// Chooses by the rule of the paper's first version: the radius for which a part of the eigenvalues
  /// lies within 0.1 of 1 that is closest to 55 %.
  ///
  /// - Throws: As `choose`.
  public func chooseByFraction(
    _ graphs: [RadiusGraphs], trainingRadius: Double, target: Double = 0.55
  ) throws(HoneError) -> RadiusChoice {
    try choose(graphs, trainingRadius) {
      (SpectralMeasure(eigenvalues: $0).fraction(width: 0.1) - target).magnitude
    }
  }

  private func choose(
    _ graphs: [RadiusGraphs], _ trainingRadius: Double,
    _ distance: ([Double]) throws(HoneError) -> Double
  ) throws(HoneError) -> RadiusChoice {
    let reach = graphs.map(\.largestRadius).min() ?? 0
    guard let largest = candidates.max(), candidates.allSatisfy({ $0 > 0 }), !graphs.isEmpty,
      largest <= reach
    else {
      throw HoneError(
        .invalidArgument,
        "expected structures, and positive radii up to the \(reach) Å that neighbors were looked for, "
          + "got \(graphs.count) structures and \(candidates)")
    }
    var distances: [Double] = []
    for radius in candidates {
      var sum = 0.0
      for graph in graphs {
        sum += try distance(LaplacianSpectrum.eigenvalues(graph, radius: radius))
      }
      distances.append(sum / Double(graphs.count))
    }
    // A complete graph does not change any more: what differs by rounding alone is equal.
    let least = (distances.min() ?? 0) + 1e-9 * (distances.max() ?? 0)
    let best =
      distances.indices.filter { distances[$0] <= least }.min {
        (candidates[$0] - trainingRadius).magnitude < (candidates[$1] - trainingRadius).magnitude
      } ?? 0
    let radius = candidates[best]
    return RadiusChoice(
      radius: radius, trainingRadius: trainingRadius, candidates: candidates, distances: distances,
      reason: radius > trainingRadius
        ? .beyondTraining : radius < trainingRadius ? .refined : .notShifted)
  }
}
