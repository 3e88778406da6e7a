internal import HoneNumerics

/// The B-splines of equidistant knots on one interval, as polynomials of the position in it.
///
/// On an interval of unit length `degree + 1` B-splines differ from zero, k = 0 … degree, and
///
///     B_k^p(t) = ((t + p − k) B_{k−1}^{p−1}(t) + (k + 1 − t) B_k^{p−1}(t)) / p,    B_0^0 = 1
///
/// - SeeAlso: C. de Boor, A Practical Guide to Splines, Springer 2001, ch. IX, eq. (14).
struct UniformSplines: Sendable {
  /// The degree of the polynomials.
  let degree: Int
  /// The coefficient of tⁿ in B_k, `[k][n]`.
  let coefficients: [[Double]]

  /// Runs the recursion on polynomials.
  init(degree: Int) {
    self.degree = degree
    var splines: [[Double]] = [[1]]
    for p in stride(from: 1, through: degree, by: 1) {
      var raised = [[Double]](repeating: [Double](repeating: 0, count: p + 1), count: p + 1)
      for (k, spline) in splines.enumerated() {
        for (n, coefficient) in spline.enumerated() {
          raised[k][n] += coefficient * Double(k + 1) / Double(p)
          raised[k][n + 1] -= coefficient / Double(p)
          raised[k + 1][n] += coefficient * Double(p - k - 1) / Double(p)
          raised[k + 1][n + 1] += coefficient / Double(p)
        }
      }
      splines = raised
    }
    coefficients = splines
  }

  /// All B-splines at one position, by the recursion on numbers: zeros and their sum are exact.
  func values(at t: Double) -> [Double] {
    var values: [Double] = [1]
    for p in stride(from: 1, through: degree, by: 1) {
      var raised = [Double](repeating: 0, count: p + 1)
      for (k, value) in values.enumerated() {
        raised[k] += value * (Double(k + 1) - t) / Double(p)
        raised[k + 1] += value * (t + Double(p - k - 1)) / Double(p)
      }
      values = raised
    }
    return values
  }

  /// The derivatives of all B-splines at one position, per unit of t.
  func slopes(at t: Double) -> [Double] {
    guard degree > 0 else { return [0] }
    // B_k^p′ = B_{k−1}^{p−1} − B_k^{p−1}
    let lower = UniformSplines(degree: degree - 1).values(at: t)
    return (0...degree).map { k in
      (k > 0 ? lower[k - 1] : 0) - (k < degree ? lower[k] : 0)
    }
  }
}

/// The weights that the rows of a `RadialTable` are summed with, for one edge in every lane.
struct SplineTaps<L: HoneLanes>: Sendable {
  /// How many rows one value is made of: splines of degree seven.
  ///
  /// The error falls with the degree, the work grows with it. In double a lower degree would not fit
  /// a processor's cache; in single precision it would need knots so dense that slopes, which are
  /// differences of neighbouring coefficients, lose twice the digits (measured with a quintic).
  @inlinable @inline(__always)
  static var taps: Int { 8 }

  /// The coefficient of tⁿ in B_k, in all lanes, `[k][n]` with n falling.
  private let coefficients: Buffer<L>

  /// Computes the coefficients, in double.
  ///
  /// - Throws: `.outOfMemory`.
  init() throws(HoneError) {
    let taps = Self.taps
    let splines = UniformSplines(degree: taps - 1)
    coefficients = try Buffer(count: taps * taps)
    for k in 0..<taps {
      for n in 0..<taps {
        coefficients[k * taps + n] = L(
          repeating: L.Element(splines.coefficients[k][taps - 1 - n]))
      }
    }
  }

  /// The B-splines and their derivatives, by Horner's scheme.
  ///
  /// - Parameters:
  ///   - t: Positions in their intervals, each in [0, 1].
  ///   - values: `taps` lanes, B_k(t).
  ///   - slopes: `taps` lanes, B′_k(t) per unit of t: to be multiplied by the inverse spacing.
  @inline(__always)
  func evaluate(_ t: L, values: View<L>, slopes: View<L>) {
    let taps = Self.taps
    for k in 0..<taps {
      let row = coefficients.base + k &* taps
      var value = row[0]
      var slope = L.zero
      for n in 1..<taps {
        slope = L.multiplyAdd(value, slope, t)
        value = L.multiplyAdd(row[n], value, t)
      }
      values[k] = value
      slopes[k] = slope
    }
  }
}
