public import HoneNumerics
internal import HoneStructure

/// What energies of frames with cheap labels are trained on.
public enum EnergyTarget: String, Sendable, CaseIterable {
  /// The cheap energies as they are.
  case cheap
  /// The cheap energies, moved by one energy for each element so that they fit accurate ones.
  case shifted
  /// What the auxiliary model predicts, as in the code of the paper.
  case auxiliary
}

/// How cheap energies lie to reference energies, which have another zero: one energy Δ for each element that
/// fits Σ_a Δ(Z_a) to the difference, and what is left.
///
/// Least squares over frames; where compositions do not determine Δ, the smallest one (`undetermined`).
public struct EnergyAlignment: Sendable, Equatable {
  /// Δ by element, in eV: what is added to the cheap energy of each atom.
  public let shift: AtomicEnergies
  /// Elements whose Δ the compositions do not determine.
  public let undetermined: [Int32]
  /// The mean of (reference − cheap) per atom, in eV.
  public let meanDifference: Double
  /// The root mean square of it.
  public let difference: Double
  /// The same with Δ added to the cheap energies.
  public let remainder: Double
  /// How much cheap energies per atom vary about the best sum of one energy for each element: a root
  /// mean square in eV; 0 where there are too few frames to tell.
  public let cheapSpread: Double
  /// The same of the reference energies.
  public let referenceSpread: Double

  /// Compares cheap energies with reference energies of the same frames.
  ///
  /// - Parameters:
  ///   - cheap: The data set with cheap labels.
  ///   - frames: Which frames; nil for all. Those without energies are passed over.
  ///   - energies: The reference energies of these frames in eV, such as predictions of an auxiliary model,
  ///     shape `[frames]`.
  /// - Throws: `.invalidArgument` for no frames with energies, and for energies of another number or that
  ///   are not finite.
  public init(
    of cheap: DataSet, frames: [Int]? = nil, to energies: View<Double>
  ) throws(HoneError) {
    let frames = try cheap.requireFrames(frames)
    guard energies.count == frames.count else {
      throw HoneError(
        .invalidArgument,
        "expected reference energies of \(frames.count) frames, got \(energies.count)")
    }
    var rows: [Row] = []
    for (index, frame) in frames.enumerated() {
      guard let energy = cheap[frame].labels.energy else { continue }
      guard energies[index].isFinite else {
        throw HoneError(
          .invalidArgument,
          "\(cheap.place(of: frame)): the reference energy must be finite, got \(energies[index])")
      }
      rows.append(Row(cheap[frame], energy, energies[index]))
    }
    try Self.requireEnergies(rows, "cheap")
    let species = Self.species(rows)
    let fit = Self.fit(rows, species) { $0.reference - $0.cheap }
    try self.init(
      species, fit, rows, cheapSpread: Self.spread(rows, species) { $0.cheap },
      referenceSpread: Self.spread(rows, species) { $0.reference })
  }

  /// Compares cheap energies with accurate ones of other structures.
  ///
  /// An accurate energy is compared with the mean of the cheap energies of its composition or, where there
  /// are none, with their best sum of one energy for each element. Accurate frames whose composition cheap ones
  /// do not reach by sums say nothing and are passed over.
  ///
  /// - Parameters:
  ///   - cheap: The data set with cheap labels.
  ///   - frames: Which of its frames; nil for all.
  ///   - accurate: The data set with accurate labels.
  ///   - accurateFrames: Which of its frames; nil for all.
  /// - Throws: `.invalidArgument` for no frames with energies in either set, for elements of the cheap set
  ///   that the accurate one lacks, and where no accurate frame can be compared.
  public init(
    of cheap: DataSet, frames: [Int]? = nil, to accurate: DataSet, accurateFrames: [Int]? = nil
  ) throws(HoneError) {
    let low = try Self.rows(cheap, frames)
    let high = try Self.rows(accurate, accurateFrames)
    try Self.requireEnergies(low, "cheap")
    try Self.requireEnergies(high, "accurate")
    let species = Self.species(low)
    try Self.requireOverlap(species, Self.species(high))
    let base = CompositionEnergies(low, species)
    let rows = high.compactMap { row in
      base.energy(of: row).map { Row(row, cheap: $0, reference: row.reference) }
    }
    guard !rows.isEmpty else {
      throw HoneError(
        .invalidArgument,
        "expected accurate frames whose compositions are sums of those of cheap frames, got none: add "
          + "cheap frames of the same molecules")
    }
    let fit = Self.fit(rows, species) { $0.reference - $0.cheap }
    try self.init(
      species, fit, rows, cheapSpread: Self.spread(low, species) { $0.cheap },
      referenceSpread: Self.spread(rows, species) { $0.reference })
  }

  private init(
    _ species: [Int32], _ fit: LeastSquares.Solution, _ rows: [Row], cheapSpread: Double,
    referenceSpread: Double
  ) throws(HoneError) {
    shift = try AtomicEnergies(zip(species, fit.values).map { ($0, $1) })
    undetermined = species.indices.filter { !fit.isDetermined[$0] }.map { species[$0] }
    let differences = rows.map { ($0.reference - $0.cheap) / $0.size }
    meanDifference = differences.reduce(0, +) / Double(differences.count)
    difference = Self.rootMeanSquare(differences)
    remainder = Self.rootMeanSquare(
      rows.map { ($0.reference - $0.cheap - $0.sum(fit.values, species)) / $0.size })
    self.cheapSpread = cheapSpread
    self.referenceSpread = referenceSpread
  }

  /// Refuses a target that these energies are not fit for.
  ///
  /// * `cheap`: references differ where the root mean square difference per atom is above 0.1 eV and ten times
  ///   what energies vary by or what a shift leaves.
  /// * `shifted`: a shift does not explain the difference where the two vary by amounts eight or more times
  ///   apart (Hartree and eV are 27, kcal/mol and eV 23), or where it leaves more than 0.1 eV per atom and three
  ///   times what reference energies vary by.
  ///
  /// - Throws: `.invalidArgument`.
  public func require(_ target: EnergyTarget) throws(HoneError) {
    switch target {
    case .auxiliary: return
    case .cheap:
      guard difference > max(0.1, 10 * max(referenceSpread, remainder)) else { return }
      throw HoneError(
        .invalidArgument,
        "expected cheap energies with the zero of the reference energies, got a mean difference of "
          + "\(Self.short(meanDifference)) eV per atom, of which one energy for each element leaves "
          + "\(Self.short(remainder)): train on shifted energies, or on those of the auxiliary model"
      )
    case .shifted:
      let spreads = [cheapSpread, referenceSpread]
      if let least = spreads.min(), let largest = spreads.max(), least > 0, largest > 8 * least {
        throw HoneError(
          .invalidArgument,
          "expected cheap energies in eV as the reference energies, got ones that vary by "
            + "\(Self.short(cheapSpread)) eV per atom where those vary by "
            + "\(Self.short(referenceSpread)): correct their units, or train on energies of the "
            + "auxiliary model")
      }
      guard remainder > max(0.1, 3 * referenceSpread) else { return }
      throw HoneError(
        .invalidArgument,
        "expected cheap energies that one energy for each element takes to the reference energies, got "
          + "a difference of \(Self.short(difference)) eV per atom before and "
          + "\(Self.short(remainder)) after: look for labels of several origins, or train on energies "
          + "of the auxiliary model")
    }
  }
}

extension EnergyAlignment {
  /// A frame's composition and energies.
  private struct Row {
    let composition: [Int32: Int]
    let size: Double
    let cheap: Double
    let reference: Double

    init(_ frame: TrainingFrame, _ cheap: Double, _ reference: Double) {
      var composition: [Int32: Int] = [:]
      for atom in 0..<frame.atomCount { composition[frame.atomicNumbers[atom], default: 0] += 1 }
      self.composition = composition
      size = Double(frame.atomCount)
      self.cheap = cheap
      self.reference = reference
    }

    init(_ row: Row, cheap: Double, reference: Double) {
      (composition, size) = (row.composition, row.size)
      (self.cheap, self.reference) = (cheap, reference)
    }

    func counts(_ species: [Int32]) -> [Double] { species.map { Double(composition[$0] ?? 0) } }

    func sum(_ energies: [Double], _ species: [Int32]) -> Double {
      zip(counts(species), energies).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  /// Cheap energies by composition.
  private struct CompositionEnergies {
    /// One frame of each composition.
    private var distinct: [Row] = []
    private let species: [Int32]
    private let fitted: [Double]
    private var means: [[Int32: Int]: (sum: Double, count: Int)] = [:]

    init(_ rows: [Row], _ species: [Int32]) {
      self.species = species
      fitted = EnergyAlignment.fit(rows, species) { $0.cheap }.values
      for row in rows {
        let before = means[row.composition] ?? (0, 0)
        if before.count == 0 { distinct.append(row) }
        means[row.composition] = (before.sum + row.cheap, before.count + 1)
      }
    }

    /// What a frame's composition has on average, or nil where that cannot be said.
    func energy(of row: Row) -> Double? {
      if let mean = means[row.composition] { return mean.sum / Double(mean.count) }
      guard row.composition.keys.allSatisfy(species.contains) else { return nil }
      // The projection of the composition on those of the cheap frames, by least norm.
      let counts = row.counts(species)
      let projection = EnergyAlignment.fit(distinct, species) { $0.sum(counts, species) }.values
      let isReached = zip(projection, counts).allSatisfy { abs($0 - $1) < 1e-6 * row.size }
      return isReached ? row.sum(fitted, species) : nil
    }
  }

  private static func rows(_ dataSet: DataSet, _ frames: [Int]?) throws(HoneError) -> [Row] {
    try dataSet.requireFrames(frames).compactMap { frame in
      dataSet[frame].labels.energy.map { Row(dataSet[frame], $0, $0) }
    }
  }

  private static func species(_ rows: [Row]) -> [Int32] {
    rows.reduce(into: Set<Int32>()) { $0.formUnion($1.composition.keys) }.sorted()
  }

  private static func requireEnergies(_ rows: [Row], _ what: String) throws(HoneError) {
    guard rows.isEmpty else { return }
    throw HoneError(
      .invalidArgument,
      "expected \(what) frames with energies to fit a shift to, got none: add energies, or name their "
        + "key")
  }

  private static func requireOverlap(_ cheap: [Int32], _ accurate: [Int32]) throws(HoneError) {
    let missing = cheap.filter { !accurate.contains($0) }
    guard !missing.isEmpty else { return }
    let symbols = { (numbers: [Int32]) in
      numbers.compactMap(ElementSymbols.symbol(of:)).joined(separator: " ")
    }
    throw HoneError(
      .invalidArgument,
      missing.count == cheap.count
        ? "expected elements that cheap and accurate frames share, got \(symbols(cheap)) in the cheap "
          + "and \(symbols(accurate)) in the accurate ones: take data sets of the same elements"
        : "expected accurate frames with all elements of the cheap ones, got none with "
          + "\(symbols(missing)): add such frames, or leave out the cheap ones that have them")
  }

  private static func fit(
    _ rows: [Row], _ species: [Int32], _ energy: (Row) -> Double
  ) -> LeastSquares.Solution {
    var equations = LeastSquares(unknowns: species.count)
    for row in rows { equations.add(row.counts(species), energy(row)) }
    return equations.solution()
  }

  /// The root mean square, per atom, of what the best sum over elements leaves; 0 where there are no more
  /// frames than compositions tell apart.
  private static func spread(
    _ rows: [Row], _ species: [Int32], _ energy: (Row) -> Double
  ) -> Double {
    let fit = fit(rows, species, energy)
    guard rows.count > fit.rank else { return 0 }
    return rootMeanSquare(rows.map { (energy($0) - $0.sum(fit.values, species)) / $0.size })
  }

  private static func rootMeanSquare(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  /// A number with four significant digits, for messages.
  private static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    var scale = 1.0
    while value.magnitude * scale < 1000, scale < 1e12 { scale *= 10 }
    return "\((value * scale).rounded() / scale)"
  }
}
