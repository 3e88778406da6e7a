public import HoneNumerics

/// The training statistic of the paper: the mean of sorted spectra that are filled up with zeros to the
/// length of the largest.
///
/// Where training structures differ in size its entries mix different quantiles, and the radius that
/// fits it best is not the training radius even for structures of the training set; `mode smooth` does
/// not use it.
///
/// - SeeAlso: Kreiman, Krishnapriyan, arXiv:2503.08674, radius refinement, as their code computes it.
public struct PaddedSpectrum: Sendable, Equatable {
  /// The mean of each place, `[atoms of the largest structure]`.
  public let values: [Double]

  /// Takes a mean that somebody has computed.
  ///
  /// - Throws: `.invalidArgument` for an empty one, and for numbers that are not finite.
  public init(values: [Double]) throws(HoneError) {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else {
      throw HoneError(
        .invalidArgument, "expected a mean spectrum of one finite number or more, got none")
    }
    self.values = values
  }

  /// Averages spectra, each ascending.
  ///
  /// - Throws: `.invalidArgument` without spectra.
  public init(averaging spectra: [[Double]]) throws(HoneError) {
    var sums = [Double](repeating: 0, count: spectra.map(\.count).max() ?? 0)
    for spectrum in spectra {
      for (index, value) in spectrum.enumerated() { sums[index] += value }
    }
    try self.init(values: sums.map { $0 / Double(max(1, spectra.count)) })
  }

  /// The square of the Euclidean distance to a spectrum, ascending, filled up in the same way.
  ///
  /// - Throws: `.invalidArgument` for a spectrum that is longer, for which the paper has no distance.
  public func distance(to eigenvalues: [Double]) throws(HoneError) -> Double {
    guard eigenvalues.count <= values.count else {
      throw HoneError(
        .invalidArgument,
        "expected at most \(values.count) atoms, the most of the training structures, got "
          + "\(eigenvalues.count): the paper's distance is not defined for larger ones")
    }
    var sum = 0.0
    for (index, value) in values.enumerated() {
      let difference = value - (index < eigenvalues.count ? eigenvalues[index] : 0)
      sum += difference * difference
    }
    return sum
  }
}
