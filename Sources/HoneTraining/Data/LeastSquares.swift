internal import Glibc
internal import HoneNumerics

/// Least squares with few unknowns and any number of equations, which come one after the other.
///
/// Equations are rotated into a triangle as they come (Givens), so memory is needed for the unknowns
/// alone and no digit is lost to normal equations. The triangle then goes through a singular value
/// decomposition by one-sided Jacobi rotations, which gives the solution of least norm where the
/// equations do not determine all unknowns.
/// - SeeAlso: Golub and Van Loan, Matrix Computations, 4th ed., secs. 5.2.5, 5.5.2 and 8.6.3.
struct LeastSquares {
  /// The number of unknowns.
  let unknowns: Int
  /// The number of equations so far.
  private(set) var equationCount = 0
  /// The triangle with the right-hand side as its last column, `[unknowns][unknowns + 1]`.
  private var triangle: [Double]

  /// Starts without equations.
  init(unknowns: Int) {
    self.unknowns = unknowns
    triangle = Array(repeating: 0, count: unknowns * (unknowns + 1))
  }

  /// Adds an equation `Σ_j coefficients[j] x[j] = value`.
  mutating func add(_ coefficients: [Double], _ value: Double) {
    equationCount += 1
    let width = unknowns + 1
    var row = coefficients + [value]
    for pivot in 0..<unknowns where row[pivot] != 0 {
      let base = pivot * width
      let diagonal = triangle[base + pivot]
      let radius = hypot(diagonal, row[pivot])
      let (cosine, sine) = (diagonal / radius, row[pivot] / radius)
      for column in pivot..<width {
        let (upper, lower) = (triangle[base + column], row[column])
        triangle[base + column] = cosine * upper + sine * lower
        row[column] = cosine * lower - sine * upper
      }
      row[pivot] = 0
    }
  }

  /// A solution and what it leaves open.
  struct Solution {
    /// The solution of least norm.
    let values: [Double]
    /// The rank of the equations.
    let rank: Int
    /// Whether the equations determine each unknown.
    let isDetermined: [Bool]
  }

  /// Solves the equations.
  ///
  /// Singular values up to max(equations, unknowns) · 2⁻⁵² times the largest one are zero, as in
  /// numpy's `lstsq`.
  func solution() -> Solution {
    let width = unknowns + 1
    // Columns of R, rotated until they are orthogonal: R V = U Σ.
    var columns = (0..<unknowns).map { column in
      (0..<unknowns).map { triangle[$0 * width + column] }
    }
    var rotations = (0..<unknowns).map { index in
      (0..<unknowns).map { $0 == index ? 1.0 : 0.0 }
    }
    LeastSquares.orthogonalize(&columns, &rotations)
    let singular = columns.map { LeastSquares.dot($0, $0).squareRoot() }
    let limit =
      (singular.max() ?? 0) * Double(max(equationCount, unknowns)) * Double.ulpOfOne
    let right = (0..<unknowns).map { triangle[$0 * width + unknowns] }
    var values = Array(repeating: 0.0, count: unknowns)
    var open = Array(repeating: 0.0, count: unknowns)
    var rank = 0
    for index in 0..<unknowns {
      let vector = rotations[index]
      guard singular[index] > limit else {
        for unknown in 0..<unknowns { open[unknown] += vector[unknown] * vector[unknown] }
        continue
      }
      rank += 1
      let part = LeastSquares.dot(columns[index], right) / (singular[index] * singular[index])
      for unknown in 0..<unknowns { values[unknown] += part * vector[unknown] }
    }
    // An unknown is determined when no direction that the equations leave open moves it.
    return Solution(values: values, rank: rank, isDetermined: open.map { $0 < 1e-12 })
  }

  /// Rotates pairs of columns until all are orthogonal to rounding.
  private static func orthogonalize(_ columns: inout [[Double]], _ rotations: inout [[Double]]) {
    let count = columns.count
    guard count > 1 else { return }
    // A dozen sweeps are many; the limit is for numbers that are not finite.
    for _ in 0..<60 {
      var isDone = true
      for first in 0..<count - 1 {
        for second in first + 1..<count {
          let overlap = dot(columns[first], columns[second])
          let (a, b) = (
            dot(columns[first], columns[first]), dot(columns[second], columns[second])
          )
          guard overlap.magnitude > 1e-15 * (a * b).squareRoot() else { continue }
          isDone = false
          let zeta = (b - a) / (2 * overlap)
          let sign = zeta >= 0 ? 1.0 : -1.0
          let tangent = sign / (zeta.magnitude + (1 + zeta * zeta).squareRoot())
          let cosine = 1 / (1 + tangent * tangent).squareRoot()
          rotate(&columns, first, second, cosine, tangent * cosine)
          rotate(&rotations, first, second, cosine, tangent * cosine)
        }
      }
      if isDone { return }
    }
  }

  private static func rotate(
    _ vectors: inout [[Double]], _ first: Int, _ second: Int, _ cosine: Double, _ sine: Double
  ) {
    for index in vectors[first].indices {
      let (x, y) = (vectors[first][index], vectors[second][index])
      vectors[first][index] = cosine * x - sine * y
      vectors[second][index] = sine * x + cosine * y
    }
  }

  private static func dot(_ x: [Double], _ y: [Double]) -> Double {
    var sum = 0.0
    for index in x.indices { sum += x[index] * y[index] }
    return sum
  }
}
