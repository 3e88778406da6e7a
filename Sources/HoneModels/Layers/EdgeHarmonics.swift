public import HoneNumerics
internal import HoneO3

/// Real spherical harmonics of edge vectors, in e3nn's order and component normalisation.
///
/// `Y_l = c_l · C(1, l−1, l) Y₁ Y_{l−1}`: each degree from the one below by a sparse coupling, which
/// holds for any scalar and differentiates as easily as it evaluates.
public struct EdgeHarmonics<T: HoneScalar>: Sendable {
  /// The highest degree.
  public let lMax: Int
  /// Whether harmonics are taken of the direction, else of the vector itself: r^l Y_l.
  public let normalizes: Bool

  @usableFromInline
  struct Term: Sendable {
    let result: Int
    let axis: Int
    let lower: Int
    let coefficient: T
  }

  private let terms: [Term]

  /// The number of harmonics, (lMax + 1)².
  public var count: Int { (lMax + 1) * (lMax + 1) }
  /// The lanes of one row of harmonics.
  public var lanes: Int { T.Lanes.blocks(for: count) }

  /// Makes the harmonics up to a degree.
  public init(lMax: Int, normalizes: Bool = true) {
    self.lMax = lMax
    self.normalizes = normalizes
    var terms: [Term] = []
    if lMax > 1 {
      for l in 2...lMax {
        let coupling = wigner3j(1, l - 1, l)
        let lowerCount = 2 * l - 1
        let count = 2 * l + 1
        // |Y_l|² = 2l + 1 and |C Y₁ Y_{l−1}|² is fixed by the values on the polar axis, where only
        // m = 0 differs from zero: Y₁₀ = √3, Y_{l−1,0} = √(2l−1).
        let polar = coupling[(1 * lowerCount + (l - 1)) * count + l]
        let scale =
          Double(count).squareRoot()
          / (polar * 3.0.squareRoot() * Double(lowerCount).squareRoot())
        for c in 0..<count {
          for a in 0..<3 {
            for b in 0..<lowerCount {
              let value = coupling[(a * lowerCount + b) * count + c]
              guard value != 0 else { continue }
              terms.append(
                Term(
                  result: l * l + c, axis: 1 + a, lower: (l - 1) * (l - 1) + b,
                  coefficient: T(value * scale)))
            }
          }
        }
      }
    }
    self.terms = terms
  }

  /// Evaluates the harmonics of one vector.
  ///
  /// - Parameters:
  ///   - x, y, z: The vector: a unit vector where `normalizes`.
  ///   - row: `lanes` lanes, padding overwritten with zeros.
  @inline(__always)
  func evaluate(_ x: T, _ y: T, _ z: T, into row: View<T.Lanes>) {
    for block in 0..<lanes { row[block] = .zero }
    row.setChannel(0, to: T(1))
    guard lMax > 0 else { return }
    let scale = T(3.0.squareRoot())
    row.setChannel(1, to: scale * x)
    row.setChannel(2, to: scale * y)
    row.setChannel(3, to: scale * z)
    for term in terms {
      let value =
        row.channel(term.result) + term.coefficient * row.channel(term.axis)
        * row.channel(term.lower)
      row.setChannel(term.result, to: value)
    }
  }

  /// The gradient with respect to the vector, from that with respect to the harmonics.
  ///
  /// Adjoint of `evaluate(_:_:_:into:)`.
  ///
  /// - Parameters:
  ///   - gradient: ∂E/∂Y, one row, destroyed.
  ///   - row: The harmonics, as `evaluate` left them.
  @inline(__always)
  func gradient(_ gradient: View<T.Lanes>, at row: View<T.Lanes>) -> (x: T, y: T, z: T) {
    guard lMax > 0 else { return (.zero, .zero, .zero) }
    for term in terms.reversed() {
      let weighted = gradient.channel(term.result) * term.coefficient
      gradient.setChannel(
        term.axis, to: gradient.channel(term.axis) + weighted * row.channel(term.lower))
      gradient.setChannel(
        term.lower, to: gradient.channel(term.lower) + weighted * row.channel(term.axis))
    }
    let scale = T(3.0.squareRoot())
    return (scale * gradient.channel(1), scale * gradient.channel(2), scale * gradient.channel(3))
  }
}
