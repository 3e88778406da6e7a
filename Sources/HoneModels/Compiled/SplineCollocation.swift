internal import Glibc
internal import HoneNumerics

/// The equations that make a spline of equidistant knots take given values.
///
/// A spline of odd degree d over n intervals has n + d coefficients. It is made to interpolate at
/// the n + 1 knots and at (d − 1)/2 places within the first and the last interval, where Chebyshev's
/// polynomials have their extrema. So the error of slopes at the ends is about that in between; with
/// the middles of (d − 1)/2 intervals instead, that of degree seven would be 200 times larger there.
/// These points satisfy the conditions of Schoenberg and Whitney, so the spline exists and is
/// unique; the matrix is banded and totally positive, so that elimination needs no pivoting.
/// - SeeAlso: C. de Boor, A Practical Guide to Splines, Springer 2001, ch. XIII.
struct SplineCollocation {
  /// Eight right-hand sides.
  typealias Block = SIMD8<Double>

  /// The number of coefficients, and of points.
  let count: Int
  private let intervals: Int
  private let degree: Int
  /// The places of the points in the first and the last interval, ends not included.
  private let places: [Double]
  /// Rows of the matrix, `[count][2 · degree + 1]`, the diagonal in the middle.
  private let band: Buffer<Double>

  /// Sets up the matrix.
  ///
  /// - Parameters:
  ///   - splines: The B-splines, of odd degree.
  ///   - intervals: At least two.
  /// - Throws: `.outOfMemory`.
  init(_ splines: UniformSplines, intervals: Int) throws(HoneError) {
    precondition(splines.degree % 2 == 1 && intervals >= 2)
    degree = splines.degree
    self.intervals = intervals
    count = intervals + degree
    let extra = (degree - 1) / 2
    places = (0..<extra).map { (1 - cos(Double.pi * Double($0 + 1) / Double(extra + 1))) / 2 }
    band = try Buffer(repeating: 0, count: count * (2 * degree + 1))
    let atKnots = (splines.values(at: 0), splines.values(at: 1))
    for point in 0..<count {
      let (interval, t) = position(of: point)
      let weights = t == 0 ? atKnots.0 : t == 1 ? atKnots.1 : splines.values(at: t)
      for (k, weight) in weights.enumerated() {
        // Beyond the band there are only the zeros that B-splines have at knots.
        let column = interval + k - point + degree
        if weight != 0 { band[point * (2 * degree + 1) + column] = weight }
      }
    }
  }

  /// The interval of a point and the place in it, which is 1 at the very end alone.
  func position(of point: Int) -> (interval: Int, t: Double) {
    let extra = places.count
    if point == 0 { return (0, 0) }
    if point <= extra { return (0, places[point - 1]) }
    if point < extra + intervals { return (point - extra, 0) }
    if point < count - 1 { return (intervals - 1, places[point - extra - intervals]) }
    return (intervals - 1, 1)
  }

  /// Turns values at the points into coefficients, in place.
  ///
  /// - Parameters:
  ///   - rows: `[count][blocks]`, one right-hand side per channel.
  ///   - blocks: The length of a row.
  func solve(_ rows: View<Block>, blocks: Int) {
    let width = 2 * degree + 1
    var terms: [(factor: Double, row: Int)] = []
    terms.reserveCapacity(width)
    for row in 0..<count {
      let line = band.view.dropping(row * width)
      terms.removeAll(keepingCapacity: true)
      for earlier in max(0, row - degree)..<row {
        let pivotLine = band.view.dropping(earlier * width)
        let entry = line[earlier - row + degree]
        if entry == 0 { continue }
        let factor = entry / pivotLine[degree]
        terms.append((-factor, earlier))
        for column in earlier + 1...earlier + degree where column - row <= degree {
          let subtrahend = factor * pivotLine[column - earlier + degree]
          line[column - row + degree] -= subtrahend
        }
      }
      combine(rows, row, terms, scale: 1, blocks: blocks)
    }
    for row in stride(from: count - 1, through: 0, by: -1) {
      let line = band.view.dropping(row * width)
      terms.removeAll(keepingCapacity: true)
      for later in row + 1..<min(row + degree + 1, count) {
        let entry = line[later - row + degree]
        if entry != 0 { terms.append((-entry, later)) }
      }
      combine(rows, row, terms, scale: 1 / line[degree], blocks: blocks)
    }
  }

  /// `row ← scale · (row + Σ factor · other row)`.
  private func combine(
    _ rows: View<Block>, _ row: Int, _ terms: [(factor: Double, row: Int)], scale: Double,
    blocks: Int
  ) {
    let target = rows.base + row * blocks
    for term in terms {
      let factor = Block(repeating: term.factor)
      let source = rows.base + term.row * blocks
      for block in 0..<blocks {
        target[block] = Block.multiplyAdd(target[block], factor, source[block])
      }
    }
    guard scale != 1 else { return }
    let factor = Block(repeating: scale)
    for block in 0..<blocks { target[block] = target[block] * factor }
  }
}
