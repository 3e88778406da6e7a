public import HoneNumerics
internal import HoneO3

/// Real spherical harmonics of edge vectors, in e3nn's order and component normalisation, over any
/// scalar.
public struct EdgeHarmonics<T: HoneScalar>: Sendable {
  /// The highest degree.
  public let lMax: Int
  /// Whether harmonics are taken of the direction, else of the vector itself: r^l Y_l.
  public let normalizes: Bool

  private struct Term: Sendable {
    let out: Int
    let axis: Int
    let source: Int
    let coefficient: T
  }

  private let first: T
  private let terms: [Term]

  /// The number of harmonics, (lMax + 1)².
  public var count: Int { (lMax + 1) * (lMax + 1) }
  /// The lanes of one row of harmonics.
  public var lanes: Int { T.Lanes.blocks(for: count) }

  /// Makes the harmonics up to a degree.
  public init(lMax: Int, normalizes: Bool = true) {
    self.lMax = lMax
    self.normalizes = normalizes
    let recurrence = HarmonicRecurrence(lMax: lMax, normalization: .component)
    first = T(recurrence.y1)
    terms = recurrence.entries.map {
      Term(out: $0.out, axis: $0.axis, source: $0.source, coefficient: T($0.coefficient))
    }
  }

  /// Evaluates the harmonics of one vector.
  ///
  /// - Parameters:
  ///   - vector: The vector: a unit vector where `normalizes`.
  ///   - row: `lanes` lanes, padding overwritten with zeros.
  @inline(__always)
  func evaluate(_ vector: Vector3<T>, into row: View<T.Lanes>) {
    for block in 0..<lanes { row[block] = .zero }
    row.setChannel(0, to: T(1))
    guard lMax > 0 else { return }
    row.setChannel(1, to: first * vector.x)
    row.setChannel(2, to: first * vector.y)
    row.setChannel(3, to: first * vector.z)
    for term in terms {
      let value = term.coefficient * vector[term.axis] * row.channel(term.source)
      row.setChannel(term.out, to: row.channel(term.out) + value)
    }
  }

  /// The gradient with respect to the vector, from that with respect to the harmonics.
  ///
  /// Adjoint of `evaluate(_:into:)`.
  ///
  /// - Parameters:
  ///   - gradient: ∂E/∂Y, one row, destroyed.
  ///   - vector: The vector.
  ///   - row: The harmonics, as `evaluate` left them.
  @inline(__always)
  func gradient(_ gradient: View<T.Lanes>, at vector: Vector3<T>, _ row: View<T.Lanes>)
    -> Vector3<T>
  {
    var result = Vector3<T>.zero
    guard lMax > 0 else { return result }
    var index = terms.count - 1
    while index >= 0 {
      let term = terms[index]
      let weighted = gradient.channel(term.out) * term.coefficient
      result[term.axis] += weighted * row.channel(term.source)
      gradient.setChannel(
        term.source, to: gradient.channel(term.source) + weighted * vector[term.axis])
      index -= 1
    }
    result.x += first * gradient.channel(1)
    result.y += first * gradient.channel(2)
    result.z += first * gradient.channel(3)
    return result
  }
}
