public import HoneNumerics
public import HoneStructure

/// Makes training statistics from structures, one after the other.
///
/// Of structures and atoms a limited number of sizes and forces is kept and, of the first thousand
/// structures in each range of sizes, the quantile function of its spectrum.
public final class StatisticsCollector {
  /// Structures of about the same size.
  private struct Bin {
    var atomCounts: ClosedRange<Int>?
    var frameCount = 0
    var quantiles: [[Double]] = []
  }

  private let radius: Double
  private let search = NeighborSearch()
  private var sizes = DistributionSample()
  private var forceNorms = DistributionSample()
  /// By atomic number.
  private var atomForceNorms: [Int32: DistributionSample] = [:]
  private var elementSets: [[Int32]] = []
  private var knownSets: Set<[Int32]> = []
  private var bins: [Int: Bin] = [:]
  private var paddedSums: [Double] = []
  private var paddedCount = 0
  /// By atomic number, how many atoms have so many neighbours.
  private var degrees: [Int32: [Int32: Int]] = [:]

  /// The most structures of a range whose spectra are kept.
  private static let mostSpectra = 1000
  /// The most sets of elements that are kept.
  private static let mostSets = 256

  /// Begins.
  ///
  /// - Parameter radius: The radius of graphs in Å: the model's cutoff.
  /// - Throws: `.invalidArgument` for one that is not positive and finite.
  public init(radius: Double) throws(HoneError) {
    guard radius > 0, radius.isFinite else {
      throw HoneError(.invalidArgument, "expected a positive radius in Å, got \(radius)")
    }
    self.radius = radius
  }

  /// The first size of each range: a step of a quarter or more.
  static let sizeStarts: [Int] = {
    var starts = [1]
    while let last = starts.last, last < 1 << 30 { starts.append(max(last + 1, last * 5 / 4)) }
    return starts
  }()

  /// The range of sizes that a number of atoms belongs to.
  static func range(of atomCount: Int) -> Int {
    (sizeStarts.firstIndex { $0 > atomCount } ?? sizeStarts.count) - 1
  }

  /// Takes in a structure.
  ///
  /// - Parameters:
  ///   - atomicNumbers: `[atoms]`, one at least.
  ///   - positions: In Å, `[atoms, 3]`.
  ///   - cell: The cell; nil for a molecule.
  ///   - forces: Reference forces in eV/Å, `[atoms, 3]`; nil where there are none.
  /// - Throws: `.invalidArgument`, `.outOfMemory`.
  public func add(
    atomicNumbers: [Int32], positions: [Double], cell: Cell?, forces: [Double]?
  ) throws(HoneError) {
    try Self.requireSizes(atomCount: atomicNumbers.count, positions, forces)
    let graphs = try RadiusGraphs(
      positions: positions.span, cell: cell, largestRadius: radius, search: search)
    let measure = try LaplacianSpectrum.measure(graphs, radius: radius)
    let neighborCounts = try graphs.degrees(radius: radius)
    sizes.add(Double(atomicNumbers.count))
    if let forces { add(forces, atomicNumbers) }
    let set = Set(atomicNumbers).sorted()
    if knownSets.count < Self.mostSets, knownSets.insert(set).inserted { elementSets.append(set) }
    for (atom, number) in atomicNumbers.enumerated() {
      degrees[number, default: [:]][neighborCounts[atom], default: 0] += 1
    }
    let isPeriodic = (cell?.periodicity.count ?? 0) > 0
    add(measure, atomCount: atomicNumbers.count, isPeriodic: isPeriodic)
    if !isPeriodic, atomicNumbers.count <= LaplacianSpectrum.densestAtomCount {
      addPadded(measure.values)
    }
  }

  /// Refuses structures without atoms, and arrays of the wrong size.
  static func requireSizes(
    atomCount: Int, _ positions: [Double], _ forces: [Double]?
  ) throws(HoneError) {
    guard atomCount > 0, positions.count == 3 * atomCount,
      forces.map({ $0.count == positions.count }) ?? true
    else {
      throw HoneError(
        .invalidArgument,
        "expected one atom or more with three coordinates and forces each, got \(atomCount) atoms and "
          + "\(positions.count) coordinates")
    }
  }

  /// The lengths of forces, `[atoms, 3]`.
  static func norms(_ forces: [Double]) -> [Double] {
    (0..<forces.count / 3).map { atom in
      let (x, y, z) = (forces[3 * atom], forces[3 * atom + 1], forces[3 * atom + 2])
      return (x * x + y * y + z * z).squareRoot()
    }
  }

  /// The mean over atoms of the lengths of their forces: what the paper compares.
  static func mean(_ norms: [Double]) -> Double {
    norms.reduce(0, +) / Double(max(1, norms.count))
  }

  private func add(_ forces: [Double], _ atomicNumbers: [Int32]) {
    let norms = Self.norms(forces)
    forceNorms.add(Self.mean(norms))
    for (atom, number) in atomicNumbers.enumerated() {
      atomForceNorms[number, default: DistributionSample()].add(norms[atom])
    }
  }

  private func add(_ measure: SpectralMeasure, atomCount: Int, isPeriodic: Bool) {
    let place = isPeriodic ? Int.max : Self.range(of: atomCount)
    var bin = bins[place] ?? Bin()
    bin.frameCount += 1
    if !isPeriodic {
      let known = bin.atomCounts ?? atomCount...atomCount
      bin.atomCounts = min(known.lowerBound, atomCount)...max(known.upperBound, atomCount)
    }
    if bin.quantiles.count < Self.mostSpectra {
      bin.quantiles.append(measure.quantiles(count: TrainingStatistics.levelCount))
    }
    bins[place] = bin
  }

  private func addPadded(_ eigenvalues: [Double]) {
    if eigenvalues.count > paddedSums.count {
      paddedSums += [Double](repeating: 0, count: eigenvalues.count - paddedSums.count)
    }
    for (index, value) in eigenvalues.enumerated() { paddedSums[index] += value }
    paddedCount += 1
  }

  /// The statistics of what was added.
  ///
  /// - Throws: `.invalidArgument` when that was nothing.
  public func statistics() throws(HoneError) -> TrainingStatistics {
    guard let sizeDistribution = sizes.distribution else {
      throw HoneError(.invalidArgument, "expected one structure or more, got none")
    }
    return TrainingStatistics(
      radius: radius, frameCount: sizes.count, elements: degrees.keys.sorted(),
      elementSets: elementSets, sizes: sizeDistribution, forceNorms: forceNorms.distribution,
      atomForceNorms: atomForceNorms.sorted { $0.key < $1.key }.compactMap { number, norms in
        norms.distribution.map { .init(atomicNumber: number, norms: $0) }
      },
      spectra: bins.sorted { $0.key < $1.key }.compactMap { Self.reference($0.value) },
      padded: paddedCount > 0
        ? try PaddedSpectrum(values: paddedSums.map { $0 / Double(paddedCount) }) : nil,
      coordination: degrees.sorted { $0.key < $1.key }.compactMap { number, counts in
        Self.distribution(counts).map { .init(atomicNumber: number, degrees: $0) }
      })
  }

  private static func reference(_ bin: Bin) -> TrainingStatistics.SpectrumReference? {
    var mean = [Double](repeating: 0, count: TrainingStatistics.levelCount)
    for quantiles in bin.quantiles {
      for (index, value) in quantiles.enumerated() { mean[index] += value }
    }
    mean = mean.map { $0 / Double(max(1, bin.quantiles.count)) }
    let distances = bin.quantiles.map { SpectralMeasure.distance($0, mean) }
    return Distribution(distances).map {
      .init(
        atomCounts: bin.atomCounts, frameCount: bin.frameCount, quantiles: mean, distances: $0)
    }
  }

  /// The distribution of counted whole numbers; as many of them as need be, thinned out.
  private static func distribution(_ counts: [Int32: Int]) -> Distribution? {
    let total = counts.values.reduce(0, +)
    let mean = counts.reduce(0) { $0 + Double($1.key) * Double($1.value) } / Double(max(1, total))
    let square =
      counts.reduce(0) {
        $0 + (Double($1.key) - mean) * (Double($1.key) - mean) * Double($1.value)
      } / Double(max(1, total))
    guard total > 0 else { return nil }
    let sorted = counts.sorted { $0.key < $1.key }
    var (index, sum) = (0, sorted[0].value)
    let quantiles = (0..<Distribution.levelCount).map { level -> Double in
      let rank = Double(level) / Double(Distribution.levelCount - 1) * Double(total - 1)
      while Double(sum - 1) < rank.rounded(.down) && index + 1 < sorted.count {
        index += 1
        sum += sorted[index].value
      }
      return Double(sorted[index].key)
    }
    return Distribution(
      count: total, mean: mean, standardDeviation: square.squareRoot(), quantiles: quantiles)
  }
}
