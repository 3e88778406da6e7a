public import HoneDiagnosis
public import HoneNumerics
internal import HoneStructure

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

  /// A structure's graphs with what they compare to.
  private struct Subject {
    let graphs: RadiusGraphs
    let reference: TrainingStatistics.SpectrumReference
    /// The distance beyond which it is shifted.
    let gate: Double

    func distance(_ radius: Double) throws(HoneError) -> Double {
      let measure = try LaplacianSpectrum.measure(graphs, radius: radius)
      return SpectralMeasure.distance(
        measure.quantiles(count: TrainingStatistics.levelCount), reference.quantiles)
    }
  }

  /// Chooses one radius for some structures.
  ///
  /// They are shifted where their distances are, on average, beyond the gates of their sizes. Structures
  /// of a kind, molecules or crystals, that the training data lack do not count.
  ///
  /// - Parameters:
  ///   - graphs: The structures' graphs, up to the training radius.
  ///   - statistics: Those of the training data, at the training radius.
  /// - Throws: `.invalidArgument` for no structures, graphs that do not reach the training radius, and
  ///   settings that make no sense; `.outOfMemory`.
  public func choose(
    _ graphs: [RadiusGraphs], _ statistics: TrainingStatistics
  ) throws(HoneError) -> RadiusChoice {
    let trainingRadius = statistics.radius
    try validate()
    guard !graphs.isEmpty, graphs.allSatisfy({ $0.largestRadius >= trainingRadius }) else {
      throw HoneError(
        .invalidArgument,
        "expected structures with neighbors within the training radius of \(trainingRadius) Å, got "
          + "\(graphs.count) with those within \(graphs.map(\.largestRadius).min() ?? 0) Å")
    }
    let level = Int((gateQuantile * Double(Distribution.levelCount - 1)).rounded())
    let subjects = graphs.compactMap { graphs -> Subject? in
      let isPeriodic = (graphs.cell?.periodicity.count ?? 0) > 0
      return statistics.reference(atomCount: graphs.atomCount, isPeriodic: isPeriodic).map {
        Subject(
          graphs: graphs, reference: $0.reference, gate: $0.reference.distances.quantiles[level])
      }
    }
    func choice(
      _ radius: Double, _ candidates: [Double], _ distances: [Double], _ reason: RadiusChoice.Reason
    ) -> RadiusChoice {
      RadiusChoice(
        radius: radius, trainingRadius: trainingRadius, candidates: candidates,
        distances: distances, reason: reason)
    }
    guard !subjects.isEmpty else { return choice(trainingRadius, [], [], .noReference) }
    func distance(_ radius: Double) throws(HoneError) -> (mean: Double, excess: Double) {
      var (sum, excess) = (0.0, 0.0)
      for subject in subjects {
        let distance = try subject.distance(radius)
        sum += distance
        // Training structures that are all alike have a gate of zero.
        excess += distance / max(subject.gate, 1e-9)
      }
      return (sum / Double(subjects.count), excess / Double(subjects.count))
    }
    let whole = try distance(trainingRadius)
    guard whole.excess > 1 else {
      return choice(trainingRadius, [trainingRadius], [whole.mean], .notShifted)
    }
    var (candidates, found) = ([Double](), [(mean: Double, excess: Double)]())
    for index in 0..<candidateCount - 1 {
      let part = Double(index) / Double(candidateCount - 1)
      candidates.append(trainingRadius * (leastFraction + (1 - leastFraction) * part))
      found.append(try distance(candidates[index]))
    }
    candidates.append(trainingRadius)
    found.append(whole)
    // Among equals the largest: it is nearest to what the model knows.
    let best = found.indices.min {
      (found[$0].excess, -candidates[$0]) < (found[$1].excess, -candidates[$1])
    }
    guard let best, found[best].excess <= neededImprovement * whole.excess else {
      return choice(trainingRadius, candidates, found.map(\.mean), .noImprovement)
    }
    return choice(candidates[best], candidates, found.map(\.mean), .refined)
  }

  private func validate() throws(HoneError) {
    guard leastFraction > 0, leastFraction < 1, (2...64).contains(candidateCount),
      (0...1).contains(gateQuantile), (0...1).contains(neededImprovement)
    else {
      throw HoneError(
        .invalidArgument,
        "expected a least part of the radius between 0 and 1, 2 to 64 candidates, and a gate and an "
          + "improvement from 0 to 1; got \(leastFraction), \(candidateCount), \(gateQuantile) and "
          + "\(neededImprovement)")
    }
  }
}
