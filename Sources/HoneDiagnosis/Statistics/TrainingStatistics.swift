internal import HoneNumerics

/// What is kept of training data, so that a structure can be compared with it later: it travels in the
/// model file.
public struct TrainingStatistics: Sendable, Equatable {
  /// Spectra of structures of about the same size.
  public struct SpectrumReference: Sendable, Equatable {
    /// The least and the largest number of atoms; crystals have their own reference, with none.
    public let atomCounts: ClosedRange<Int>?
    /// How many structures there were.
    public let frameCount: Int
    /// The mean of their spectra's quantile functions, `[128]`.
    public let quantiles: [Double]
    /// The distances of their spectra from that.
    public let distances: Distribution
  }

  /// Neighbours of the atoms of an element.
  public struct Coordination: Sendable, Equatable {
    /// The atomic number.
    public let atomicNumber: Int32
    /// The number of neighbours within the radius.
    public let degrees: Distribution
  }

  /// Forces on the atoms of an element.
  public struct AtomForces: Sendable, Equatable {
    /// The atomic number.
    public let atomicNumber: Int32
    /// Their lengths in eV/Å.
    public let norms: Distribution
  }

  /// The radius of the graphs in Å: the model's cutoff.
  public var radius: Double
  /// The number of structures.
  public var frameCount: Int
  /// The elements that occur, ascending.
  public var elements: [Int32]
  /// The sets of elements that occur together, in the order in which they came, 256 at most.
  public var elementSets: [[Int32]]
  /// The numbers of atoms.
  public var sizes: Distribution
  /// The means over the atoms of a structure of the lengths of forces, in eV/Å; nil without forces.
  public var forceNorms: Distribution?
  /// The lengths of the forces on single atoms by element, ascending; empty without forces.
  public var atomForceNorms: [AtomForces]
  /// Spectra by size, ascending, crystals last.
  public var spectra: [SpectrumReference]
  /// The paper's mean spectrum; nil where all structures are crystals or larger than it is kept for.
  public var padded: PaddedSpectrum?
  /// Neighbours by element, ascending.
  public var coordination: [Coordination]

  /// The length of quantile functions.
  public static let levelCount = 128

  /// The reference for structures of a size: that whose range holds it, else the nearest one.
  ///
  /// - Returns: The reference, and whether the size is within it; nil where there is none of the kind.
  public func reference(
    atomCount: Int, isPeriodic: Bool
  ) -> (reference: SpectrumReference, isWithin: Bool)? {
    if isPeriodic { return spectra.last.flatMap { $0.atomCounts == nil ? ($0, true) : nil } }
    func distance(_ range: ClosedRange<Int>) -> Double {
      // Sizes compare by their ratio.
      let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
      let size = Double(max(1, atomCount))
      return size < low ? low / size : size > high ? size / high : 1
    }
    let candidates = spectra.compactMap { spectrum in
      spectrum.atomCounts.map { (spectrum, distance($0)) }
    }
    guard let best = candidates.min(by: { $0.1 < $1.1 }) else { return nil }
    return (best.0, best.1 == 1)
  }
}
