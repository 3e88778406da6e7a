internal import Glibc

/// Rounding to the nearest number √(n/d) with a bounded denominator, as cuequivariance does it.
///
/// Components of coupling tensors are such numbers. Where d is small the rounding removes all
/// errors of computation; where it is large it does not, and the search for sparse rows then
/// depends on it, hence the same steps in the same precision.
enum SquareRootRational {
  /// The highest denominator, 2⁴⁰.
  private static let highestDenominator = 1 << 40

  /// The rounded number; numbers below 7e-7 become zero.
  static func rounded(_ x: Double) -> Double {
    let square = x * x
    guard square > 0, square.isFinite else { return 0 }
    var ratio = square <= 1 ? fraction(square) : fraction(1 / square)
    if square > 1 { ratio = (ratio.1, ratio.0) }
    guard ratio.1 > 0 else { return 0 }
    let divisor = greatestCommonDivisor(ratio.0, ratio.1)
    let (n, d) = limited(ratio.0 / divisor, ratio.1 / divisor)
    let root = (Double(n) / Double(d)).squareRoot()
    return x < 0 ? -root : root
  }

  /// A number in (0, 1] as a ratio whose numerator has up to 62 bits.
  private static func fraction(_ x: Double) -> (Int, Int) {
    let n = Int(floor(x * 0x1p62))
    return (n, Int((Double(n) / x).rounded(.toNearestOrEven)))
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return max(a, 1)
  }

  /// The best approximation of a reduced fraction, by its continued fraction.
  private static func limited(_ n0: Int, _ d0: Int) -> (Int, Int) {
    guard d0 > highestDenominator else { return (n0, d0) }
    var (n, d) = (n0, d0)
    var (p0, q0, p1, q1) = (0, 1, 1, 0)
    while d != 0 {
      let a = n / d
      let (product, overflow) = a.multipliedReportingOverflow(by: q1)
      let (q2, carried) = product.addingReportingOverflow(q0)
      if overflow || carried || q2 > highestDenominator { break }
      (p0, q0, p1, q1) = (p1, q1, p0 &+ a &* p1, q2)
      (n, d) = (d, n - a * d)
    }
    guard q1 > 0 else { return (n0, d0) }
    let k = (highestDenominator - q0) / q1
    let (n1, d1) = (p0 &+ k &* p1, q0 &+ k &* q1)
    let (n2, d2) = (p1, q1)
    // Products overflow; their differences are below d0 and come out right.
    let error2 = d1 &* (n2 &* d0 &- n0 &* d2)
    let error1 = d2 &* (n1 &* d0 &- n0 &* d1)
    return error2.magnitude <= error1.magnitude ? (n2, d2) : (n1, d1)
  }
}
