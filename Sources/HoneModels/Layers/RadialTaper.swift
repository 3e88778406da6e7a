public import HoneNumerics

/// A factor that fades from one to zero with two continuous derivatives.
///
/// `1 − 10 x³ + 15 x⁴ − 6 x⁵`, x from 0 at the onset to 1 at the end.
public struct RadialTaper: Sendable, Equatable {
  /// Up to where the factor is one, in Å.
  public let onset: Double
  /// From where on it is zero, in Å.
  public let end: Double

  /// Makes a taper; the end lies beyond the onset.
  public init(onset: Double, end: Double) {
    self.onset = onset
    self.end = end
  }

  /// The factor at a distance in Å.
  @inlinable
  public func value<T: HoneScalar>(_ r: T) -> T {
    guard r.value > onset else { return T(1) }
    guard r.value < end else { return .zero }
    let x = (r - T(onset)) * T(1 / (end - onset))
    return T(1) - x * x * x * (T(10) - x * (T(15) - T(6) * x))
  }
}
