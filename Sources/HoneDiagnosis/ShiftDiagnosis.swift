public import HoneNumerics
public import HoneStructure

/// How a structure differs from what a model was trained on.
///
/// - SeeAlso: Kreiman, Krishnapriyan, arXiv:2503.08674, on shifts of elements, force norms and
///   connectivity; a structure counts as shifted beyond one standard deviation of the training data.
public struct ShiftDiagnosis: Sendable, Equatable {
  /// Elements that the training data lack, ascending.
  public let unseenElements: [Int32]
  /// Whether these elements occurred together, all or more of them at once; false also where one is
  /// unseen.
  public let isKnownCombination: Bool
  /// The number of atoms; nil for crystals, whose cell says nothing.
  public let size: Standing?
  /// The mean length of the forces, in eV/Å; nil where none were given or none are known.
  public let forceNorm: Standing?
  /// The distance of the spectrum from the mean one of training structures of the size; nil where there
  /// were none of the kind, molecules or crystals.
  public let connectivity: Standing?
  /// The quantile function of the structure's spectrum, `[128]`; nil where there is none to compare it
  /// with.
  public let spectrumQuantiles: [Double]?
  /// Whether training structures had about the size that the spectrum is compared at.
  public let isWithinSizes: Bool
  /// By atom, where its number of neighbours stands among those of its element, from 0 to 1; not a
  /// number for unseen elements.
  public let coordinationQuantiles: [Double]
  /// By atom, where the length of its force stands among those of its element, from 0 to 1; not a number
  /// for unseen elements, and without forces.
  public let forceNormQuantiles: [Double]
  /// By atom, whether the training data lack its element.
  public let isUnseenElement: [Bool]
  /// By atom, how far its descriptor is from those of its element, 1 for what one training atom in a
  /// hundred exceeds; nil where it was not measured.
  public let descriptorDistances: [Double]?

  /// The atom farthest from the training data, and how far it is; nil where that was not measured.
  public var farthestAtom: (atom: Int, distance: Double)? {
    guard let descriptorDistances else { return nil }
    var best: (atom: Int, distance: Double)?
    // Atoms that could not be measured, beside some of elements that the model lacks, are no numbers.
    for (atom, distance) in descriptorDistances.enumerated()
    where distance > best?.distance ?? -1 { best = (atom, distance) }
    return best
  }

  /// Whether connectivity differs, by the paper's criterion: too far from the mean spectrum, not too
  /// close to it; or cannot be compared at all.
  public var isConnectivityShifted: Bool {
    guard let connectivity else { return true }
    return connectivity.value > connectivity.mean && connectivity.isShifted
  }

  /// Whether anything differs.
  public var isShifted: Bool {
    !unseenElements.isEmpty || isConnectivityShifted || forceNorm?.isShifted == true
  }

  /// Compares a structure with training data.
  ///
  /// - Parameters:
  ///   - statistics: What is known of them.
  ///   - atomicNumbers: `[atoms]`, one at least.
  ///   - positions: In Å, `[atoms, 3]`.
  ///   - cell: The cell; nil for a molecule.
  ///   - forces: Forces in eV/Å, `[atoms, 3]`: references, or what a model predicts; nil where there are
  ///     none.
  ///   - descriptorDistances: Of the atoms, `[atoms]`; nil where nobody measured them.
  ///   - search: Memory to search with, which nobody else uses meanwhile.
  /// - Throws: `.invalidArgument`, `.outOfMemory`.
  public init(
    _ statistics: TrainingStatistics, atomicNumbers: [Int32], positions: [Double], cell: Cell?,
    forces: [Double]?, descriptorDistances: [Double]? = nil,
    search: NeighborSearch = NeighborSearch()
  ) throws(HoneError) {
    try StatisticsCollector.requireSizes(atomCount: atomicNumbers.count, positions, forces)
    guard descriptorDistances.map({ $0.count == atomicNumbers.count }) ?? true else {
      throw HoneError(
        .invalidArgument,
        "expected a distance for each of \(atomicNumbers.count) atoms, got "
          + "\(descriptorDistances?.count ?? 0)")
    }
    self.descriptorDistances = descriptorDistances
    let elements = Set(atomicNumbers)
    let known = Set(statistics.elements)
    isUnseenElement = atomicNumbers.map { !known.contains($0) }
    let isPeriodic = (cell?.periodicity.count ?? 0) > 0
    unseenElements = elements.subtracting(known).sorted()
    isKnownCombination = statistics.elementSets.contains { elements.isSubset(of: $0) }
    size = isPeriodic ? nil : statistics.sizes.standing(of: Double(atomicNumbers.count))
    let norms = forces.map(StatisticsCollector.norms)
    forceNorm = norms.flatMap { norms in
      statistics.forceNorms?.standing(of: StatisticsCollector.mean(norms))
    }
    let forceDistributions = Dictionary(
      statistics.atomForceNorms.map { ($0.atomicNumber, $0.norms) },
      uniquingKeysWith: { first, _ in first })
    forceNormQuantiles = atomicNumbers.enumerated().map { atom, number in
      guard let norms else { return .nan }
      return forceDistributions[number]?.quantile(of: norms[atom]) ?? .nan
    }
    let graphs = try RadiusGraphs(
      positions: positions.span, cell: cell, largestRadius: statistics.radius, search: search)
    if let (reference, isWithin) = statistics.reference(
      atomCount: atomicNumbers.count, isPeriodic: isPeriodic)
    {
      let quantiles = try LaplacianSpectrum.measure(graphs, radius: statistics.radius)
        .quantiles(count: TrainingStatistics.levelCount)
      connectivity = reference.distances.standing(
        of: SpectralMeasure.distance(quantiles, reference.quantiles))
      spectrumQuantiles = quantiles
      isWithinSizes = isWithin
    } else {
      spectrumQuantiles = nil
      connectivity = nil
      isWithinSizes = false
    }
    let degrees = try graphs.degrees(radius: statistics.radius)
    var distributions: [Int32: Distribution] = [:]
    for entry in statistics.coordination { distributions[entry.atomicNumber] = entry.degrees }
    coordinationQuantiles = atomicNumbers.enumerated().map { atom, number in
      distributions[number]?.quantile(of: Double(degrees[atom])) ?? .nan
    }
  }
}
