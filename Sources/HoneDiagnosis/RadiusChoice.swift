public import HoneNumerics
internal import HoneStructure

/// A radius for the graph of a structure that a model was not trained on, and why.
public struct RadiusChoice: Sendable, Equatable {
  /// Why the radius is what it is.
  public enum Reason: Sendable, Equatable {
    /// Another radius makes the graph more like those of the training data.
    case refined
    /// The graph is like those of the training data.
    case notShifted
    /// No radius makes it enough like them.
    case noImprovement
    /// The training data have no structures to compare with.
    case noReference
  }

  /// The radius chosen, in Å.
  public let radius: Double
  /// The radius the model was trained with, in Å.
  public let trainingRadius: Double
  /// The radii that were tried, in Å, ascending.
  public let candidates: [Double]
  /// How far the spectrum of each is from that of the training data.
  public let distances: [Double]
  /// Why.
  public let reason: Reason
}

/// The rule of the paper: the radius whose spectrum is closest to the mean, zero-padded one of the
/// training data.
///
/// - SeeAlso: Kreiman, Krishnapriyan, arXiv:2503.08674.
public struct PaperRadiusRule: Sendable {
  /// The radii to try, in Å; ten from 3 to 9 Å in the paper's code.
  public var candidates = (0..<10).map { 3 + 6 * Double($0) / 9 }

  /// Makes the paper's rule.
  public init() {}

  /// Chooses.
  ///
  /// Equal distances count for the radius nearest to that of training.
  ///
  /// - Parameters:
  ///   - graphs: The structure's graphs, up to the largest candidate.
  ///   - mean: The training data's mean spectrum.
  ///   - trainingRadius: In Å.
  /// - Throws: `.invalidArgument` for a structure larger than those of the training data, and candidates
  ///   beyond what the graphs reach; `.outOfMemory`.
  public func choose(
    _ graphs: RadiusGraphs, mean: PaddedSpectrum, trainingRadius: Double
  ) throws(HoneError) -> RadiusChoice {
    let distances = try spectra(of: graphs, at: candidates).map {
      (eigenvalues) throws(HoneError) in try mean.distance(to: eigenvalues)
    }
    return chosen(distances, trainingRadius)
  }

  /// Chooses by the rule of the paper's first version: the radius for which a part of the eigenvalues
  /// lies within 0.1 of 1 that is closest to 55 %.
  ///
  /// - Throws: As `choose`.
  public func chooseByFraction(
    _ graphs: RadiusGraphs, trainingRadius: Double, target: Double = 0.55
  ) throws(HoneError) -> RadiusChoice {
    let distances = try spectra(of: graphs, at: candidates).map {
      (SpectralMeasure(eigenvalues: $0).fraction(width: 0.1) - target).magnitude
    }
    return chosen(distances, trainingRadius)
  }

  private func spectra(
    of graphs: RadiusGraphs, at radii: [Double]
  ) throws(HoneError) -> [[Double]] {
    guard let largest = radii.max(), radii.allSatisfy({ $0 > 0 }), largest <= graphs.largestRadius
    else {
      throw HoneError(
        .invalidArgument,
        "expected positive radii up to the \(graphs.largestRadius) Å that neighbors were looked for, "
          + "got \(radii)")
    }
    var result: [[Double]] = []
    for radius in radii {
      result.append(try LaplacianSpectrum.eigenvalues(graphs, radius: radius))
    }
    return result
  }

  private func chosen(_ distances: [Double], _ trainingRadius: Double) -> RadiusChoice {
    // A complete graph does not change any more: what differs by rounding alone is equal.
    let least = (distances.min() ?? 0) + 1e-9 * (distances.max() ?? 0)
    let best =
      distances.indices.filter { distances[$0] <= least }.min {
        (candidates[$0] - trainingRadius).magnitude < (candidates[$1] - trainingRadius).magnitude
      } ?? 0
    return RadiusChoice(
      radius: candidates[best], trainingRadius: trainingRadius, candidates: candidates,
      distances: distances, reason: .refined)
  }
}

/// Our rule: a smaller radius for structures whose connectivity differs from that of training structures
/// of their size, where it brings it much closer.
///
/// Larger radii do nothing to models whose messages end at the cutoff, and much smaller ones take away
/// what they know: only 70 to 100 % of the training radius are tried.
public struct SmoothRadiusRule: Sendable {
  /// The least radius, as a part of the training radius.
  public var leastFraction = 0.7
  /// The number of radii to try.
  public var candidateCount = 16
  /// The quantile of the training structures' own distances beyond which a structure is shifted.
  public var gateQuantile = 0.99
  /// What the distance must fall to, as a part of that at the training radius.
  public var neededImprovement = 0.8

  /// Makes the rule.
  public init() {}

  /// Chooses.
  ///
  /// - Parameters:
  ///   - graphs: The structure's graphs, up to the training radius.
  ///   - statistics: Those of the training data, at the training radius.
  /// - Throws: `.invalidArgument` for graphs that do not reach the training radius; `.outOfMemory`.
  public func choose(
    _ graphs: RadiusGraphs, _ statistics: TrainingStatistics
  ) throws(HoneError) -> RadiusChoice {
    let trainingRadius = statistics.radius
    guard graphs.largestRadius >= trainingRadius, candidateCount >= 2 else {
      throw HoneError(
        .invalidArgument,
        "expected neighbors within the training radius of \(trainingRadius) Å, got those within "
          + "\(graphs.largestRadius) Å")
    }
    let isPeriodic = (graphs.cell?.periodicity.count ?? 0) > 0
    guard
      let (reference, _) = statistics.reference(
        atomCount: graphs.atomCount, isPeriodic: isPeriodic)
    else {
      return RadiusChoice(
        radius: trainingRadius, trainingRadius: trainingRadius, candidates: [], distances: [],
        reason: .noReference)
    }
    func distance(_ radius: Double) throws(HoneError) -> Double {
      let measure = try LaplacianSpectrum.measure(graphs, radius: radius)
      return SpectralMeasure.distance(
        measure.quantiles(count: TrainingStatistics.levelCount), reference.quantiles)
    }
    let whole = try distance(trainingRadius)
    let gate = reference.distances.quantiles[
      Int((gateQuantile * Double(Distribution.levelCount - 1)).rounded())]
    guard whole > gate else {
      return RadiusChoice(
        radius: trainingRadius, trainingRadius: trainingRadius, candidates: [trainingRadius],
        distances: [whole], reason: .notShifted)
    }
    var (candidates, distances): ([Double], [Double]) = ([], [])
    for index in 0..<candidateCount - 1 {
      let part = Double(index) / Double(candidateCount - 1)
      let radius = trainingRadius * (leastFraction + (1 - leastFraction) * part)
      candidates.append(radius)
      distances.append(try distance(radius))
    }
    candidates.append(trainingRadius)
    distances.append(whole)
    // Among equals the largest: it is nearest to what the model knows.
    let best = distances.indices.min {
      (distances[$0], -candidates[$0]) < (distances[$1], -candidates[$1])
    }
    guard let best, distances[best] <= neededImprovement * whole else {
      return RadiusChoice(
        radius: trainingRadius, trainingRadius: trainingRadius, candidates: candidates,
        distances: distances, reason: .noImprovement)
    }
    return RadiusChoice(
      radius: candidates[best], trainingRadius: trainingRadius, candidates: candidates,
      distances: distances, reason: .refined)
  }
}
