public import HoneNumerics

/// A switch from 1 to 0 with two continuous derivatives.
///
/// `s(t) = 1 − 10 t³ + 15 t⁴ − 6 t⁵` for `t = (r − start) / (end − start)` between the two, so that
/// pairs which leave the cutoff show neither in energies nor in forces, nor as kinks of the forces.
public struct SmoothCutoff: Sendable, Equatable {
  /// Where the switch begins, in Å.
  public let start: Double
  /// Where nothing is left, in Å.
  public let end: Double

  /// Makes a switch.
  ///
  /// - Throws: `.invalidArgument` unless `0 ≤ start < end` and both are finite.
  public init(start: Double, end: Double) throws(HoneError) {
    guard start.isFinite, end.isFinite, start >= 0, start < end else {
      throw HoneError(
        .invalidArgument,
        "a smooth cutoff must begin at 0 Å or later and end beyond that, got \(start) and \(end) Å")
    }
    self.start = start
    self.end = end
  }

  /// The switch and its derivative in 1/Å, at a distance in Å.
  @inline(__always)
  func evaluate(_ r: Double) -> (value: Double, slope: Double) {
    guard r > start else { return (1, 0) }
    guard r < end else { return (0, 0) }
    let width = end - start
    let t = (r - start) / width
    let rest = 1 - t
    return (1 - t * t * t * (10 + t * (6 * t - 15)), -30 * t * t * rest * rest / width)
  }
}
