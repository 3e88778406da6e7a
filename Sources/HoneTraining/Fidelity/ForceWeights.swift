internal import Glibc
public import HoneNumerics

/// Weights of cheap forces that fall with their bias.
///
/// w_i = exp(−(b_i − min b)/γ) / mean_j exp(−(b_j − min b)/γ), over frames or over atoms. The mean is one,
/// so that the balance with other terms of a loss stays; the least biased of N has a weight of at most N,
/// whatever the biases, and of others nothing overflows. The paper has exp(−b/γ)/c with a constant c by hand.
///
/// Weights cost data: as many labels of equal weight as N · effectiveFraction have the same variance.
///
/// - SeeAlso: Bukharin et al., ICML 2023, arXiv:2306.03109; Kish, Survey Sampling, Wiley 1965, on the
///   effective size of a sample.
public struct ForceWeights: Sendable {
  /// What has a weight.
  public enum Granularity: String, Sendable, CaseIterable {
    /// A frame, by its b; all its atoms have the frame's weight.
    case frame
    /// An atom, by the length of its vector of differences.
    case atom
  }

  /// How quickly weights fall.
  public enum Gamma: Sendable, Equatable {
    /// γ in eV/Å; infinity for weights of 1.
    case absolute(Double)
    /// γ in standard deviations of the biases.
    case deviations(Double)
  }

  /// The effective part of the labels below which weights are refused.
  public static let leastEffectiveFraction = 0.1

  /// The frames, indices into the data set that the bias was of.
  public let frames: [Int]
  /// The weights of the atoms of these frames, one frame after the other, shape `[atoms]`.
  public let values: Buffer<Double>
  /// γ in eV/Å.
  public let gamma: Double
  /// (Σ w)² / (N Σ w²), from 1/N to 1, over frames or atoms.
  public let effectiveFraction: Double
  /// Hashes of the structures, shape `[frames]`.
  let structures: Buffer<UInt64>

  /// Makes weights of biases.
  ///
  /// - Parameters:
  ///   - bias: The biases of all frames that are to have weights.
  ///   - gamma: How quickly weights fall.
  ///   - granularity: What has a weight.
  ///   - least: The effective part of the labels that must be left, from 0 to 1.
  /// - Throws: `.invalidArgument` for a γ that is not positive, and where too little is left;
  ///   `.outOfMemory`.
  public init(
    _ bias: ForceBias, _ gamma: Gamma, per granularity: Granularity = .frame,
    leastEffectiveFraction least: Double = leastEffectiveFraction
  ) throws(HoneError) {
    guard (0...1).contains(least) else {
      throw HoneError(
        .invalidArgument, "expected a least effective part of the labels from 0 to 1, got \(least)")
    }
    let biases = granularity == .frame ? bias.frameValues : bias.atomNorms
    let statistics = try BiasStatistics(of: biases.view)
    let weights = try Buffer<Double>(count: biases.count)
    self.gamma = try Self.width(gamma, statistics)
    effectiveFraction = Self.fill(weights.view, biases.view, statistics.minimum, self.gamma)
    guard effectiveFraction >= least else {
      throw HoneError(
        .invalidArgument,
        "expected weights with which at least \(Self.percent(least)) of the \(granularity.rawValue)s "
          + "count, got \(Self.percent(effectiveFraction)) at γ = \(self.gamma) eV/Å: raise γ, or "
          + "lower the bound")
    }
    frames = bias.frames
    structures = bias.structures
    switch granularity {
    case .atom: values = weights
    case .frame:
      values = try Buffer(count: bias.atomCount)
      for row in bias.frames.indices {
        for atom in bias.atomStarts[row]..<bias.atomStarts[row + 1] { values[atom] = weights[row] }
      }
    }
  }

  /// γ in eV/Å.
  private static func width(
    _ gamma: Gamma, _ statistics: BiasStatistics
  ) throws(HoneError) -> Double {
    let (number, unit) =
      switch gamma {
      case .absolute(let value): (value, "eV/Å")
      case .deviations(let value): (value, "standard deviations")
      }
    guard number > 0 else {
      throw HoneError(
        .invalidArgument,
        "γ must be positive, got \(number) \(unit): choose infinity for equal weights")
    }
    guard case .deviations = gamma else { return number }
    // Biases that are all equal leave nothing to choose by.
    let spread = statistics.standardDeviation
    return spread > 0 ? number * spread : .infinity
  }

  /// Computes the weights.
  ///
  /// - Returns: The effective part.
  private static func fill(
    _ weights: View<Double>, _ biases: View<Double>, _ minimum: Double, _ gamma: Double
  ) -> Double {
    var sum = 0.0
    for index in 0..<weights.count {
      weights[index] = exp(-((biases[index] - minimum) / gamma))
      sum += weights[index]
    }
    // The largest of them is 1, so the mean is 1/N at least.
    let mean = sum / Double(weights.count)
    var squares = 0.0
    for index in 0..<weights.count {
      squares += weights[index] * weights[index]
      weights[index] /= mean
    }
    return sum / Double(weights.count) * (sum / squares)
  }

  private static func percent(_ part: Double) -> String {
    let tenths = (1000 * part).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths)) %" : "\(tenths) %"
  }
}

extension DataSet {
  /// The data set with weights of the forces of some frames; it shares its numbers with this one.
  ///
  /// They replace those there were. Every loss multiplies what an atom's force adds by its weight, beside all
  /// other weights; energies and virials do not know them. Means are over the same number of values as without
  /// weights.
  ///
  /// - Parameter weights: The weights, of frames of this data set.
  /// - Throws: `.invalidArgument` for weights of other structures; `.outOfMemory`.
  public func weightingForces(by weights: ForceWeights) throws(HoneError) -> DataSet {
    let frames = try requireFrames(weights.frames)
    let records = try copiedRecords()
    let values = try GrowableBuffer<Double>(reserving: weights.values.count)
    for index in 0..<count { records[index].firstFidelityWeight = -1 }
    var start = 0
    for (row, frame) in frames.enumerated() {
      let size = atomCount(of: frame)
      guard records[frame].hash == weights.structures[row], start + size <= weights.values.count
      else {
        throw HoneError(
          .invalidArgument,
          "\(place(of: frame)): expected weights of the structures of this data set, got those of "
            + "another: compute them from its own bias")
      }
      records[frame].firstFidelityWeight = start
      for atom in start..<start + size { try values.append(weights.values[atom]) }
      start += size
    }
    return DataSet(
      sharing: self,
      DataSetStorage(sharing: storage, records: records, fidelityWeights: values))
  }

  /// A copy of what is known of the frames beside their numbers.
  func copiedRecords() throws(HoneError) -> GrowableBuffer<FrameRecord> {
    let records = try GrowableBuffer<FrameRecord>(reserving: count)
    for index in 0..<count { try records.append(storage.records[index]) }
    return records
  }

  /// A data set of the same frames with another storage.
  convenience init(sharing other: DataSet, _ storage: DataSetStorage) {
    self.init(
      storage: storage, heads: other.heads, configurationTypes: other.configurationTypes,
      files: other.files, isolatedAtoms: other.isolatedAtoms, duplicates: other.duplicates,
      unlabeledCount: other.unlabeledCount, structureCount: other.structureCount)
  }
}
