/// The spherical harmonics of each degree from those of the degree before, as a sparse list.
///
/// With u = (x, y, z):
///
///     Y[0]           = y0
///     Y[1 + i]       = y1 · u[i]
///     Y[entry.out]  += entry.coefficient · u[entry.axis] · Y[entry.source]   for all entries
///
/// The result is the homogeneous polynomials in the order l² + l + m. Entries are sorted by `out`,
/// and each source is complete before it is used, so one pass is enough, over any scalar.
/// Differentiating a line by u and by Y gives both gradients.
public struct HarmonicRecurrence: Sendable, Hashable {
  /// One product of the recurrence.
  public struct Entry: Sendable, Hashable {
    /// The harmonic that is added to, of degree two or more.
    public let out: Int
    /// The coordinate, 0 … 2.
    public let axis: Int
    /// The harmonic of the degree before.
    public let source: Int
    /// The factor.
    public let coefficient: Double
  }

  /// The highest degree.
  public let lMax: Int
  /// The scale.
  public let normalization: SphericalHarmonicNormalization
  /// The harmonic of degree zero.
  public let y0: Double
  /// The factor of x, y and z in degree one.
  public let y1: Double
  /// The products, by rising `out`.
  public let entries: [Entry]

  /// The number of harmonics, (lMax + 1)².
  public var count: Int { (lMax + 1) * (lMax + 1) }

  /// Makes the recurrence up to a degree.
  ///
  /// Y_l = k Σ C(1, l−1, l) u Y_(l−1), where k makes the harmonic of order zero right on the axis y.
  ///
  /// - Parameters:
  ///   - lMax: The highest degree, `0 … wigner3jHighestDegree`.
  ///   - normalization: The scale.
  public init(lMax: Int, normalization: SphericalHarmonicNormalization = .component) {
    precondition(
      (0...wigner3jHighestDegree).contains(lMax),
      "harmonics are made for degrees 0 to \(wigner3jHighestDegree)")
    self.lMax = lMax
    self.normalization = normalization
    y0 = normalization.factor(0)
    y1 = 3.0.squareRoot() * normalization.factor(1)
    var entries: [Entry] = []
    for l in stride(from: 2, through: lMax, by: 1) {
      let coupling = wigner3j(1, l - 1, l)
      let (sources, outs) = (2 * l - 1, 2 * l + 1)
      let ratio = (Double(outs) / Double(sources)).squareRoot()
      let scale = ratio * normalization.factor(l) / normalization.factor(l - 1)
      let polar = coupling[(sources + l - 1) * outs + l]
      for out in 0..<outs {
        for source in 0..<sources {
          for axis in 0..<3 {
            let value = coupling[(axis * sources + source) * outs + out]
            guard value != 0 else { continue }
            entries.append(
              Entry(
                out: l * l + out, axis: axis, source: (l - 1) * (l - 1) + source,
                coefficient: scale * (value / polar)))
          }
        }
      }
    }
    self.entries = entries
  }
}
