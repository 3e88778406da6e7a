internal import HoneNumerics

/// The equations that make a spline of equidistant knots take given values.
///
/// A spline of odd degree d over n intervals has n + d coefficients. It is made to interpolate at
/// the n + 1 knots and in the middle of the first and the last (d − 1)/2 intervals. These points
/// satisfy the conditions of Schoenberg and Whitney, so the spline exists and is unique; the matrix
/// is banded and totally positive, so that elimination needs no pivoting.
/// - SeeAlso: C. de Boor, A Practical Guide to Splines, Springer 2001, ch. XIII.
struct SplineCollocation {
  /// Eight right-hand sides.
  typealias Block = SIMD8<Double>

  /// The number of coefficients, and of points.
  let count: Int
  private let intervals: Int
  private let half: Int
  private let degree: Int
  /// Rows of the matrix, `[count][2 · degree + 1]`, the diagonal in the middle.
  private let band: Buffer<Double>

  /// The fewest intervals the points of both ends fit into.
  static func fewestIntervals(degree: Int) -> Int { degree - 1 }

  /// Sets up the matrix.
  ///
  /// - Parameters:
  ///   - splines: The B-splines, of odd degree.
  ///   - intervals: At least `fewestIntervals`.
  /// - Throws: `.outOfMemory`.
  init(_ splines: UniformSplines, intervals: Int) throws(HoneError) {
    precondition(
      splines.degree % 2 == 1 && intervals >= Self.fewestIntervals(degree: splines.degree))
    degree = splines.degree
    half = (degree - 1) / 2
    self.intervals = intervals
    count = intervals + degree
    band = try Buffer(repeating: 0, count: count * (2 * degree + 1))
    let weights = [splines.values(at: 0), splines.values(at: 0.5), splines.values(at: 1)]
    for point in 0..<count {
      let (interval, t) = position(of: point)
      for (k, weight) in weights[Int(2 * t)].enumerated() {
        // Beyond the band there are only the zeros that B-splines have at knots.
        let column = interval + k - point + degree
        if weight != 0 { band[point * (2 * degree + 1) + column] = weight }
      }
    }
  }

  /// The interval of a point and the place in it: 0, ½, or at the very end 1.
  func position(of point: Int) -> (interval: Int, t: Double) {
    // Counted in halves of intervals.
    let place: Int
    if point <= 2 * half {
      place = point
    } else if point <= intervals {
      place = 2 * (point - half)
    } else {
      place = 2 * (intervals - half) + point - intervals
    }
    let interval = min(place / 2, intervals - 1)
    return (interval, Double(place - 2 * interval) / 2)
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
      for later in row + 1..<min(row + degree + 1, max(count, row + 1)) {
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
