import Foundation
import HoneNumerics
import Testing

@testable import HoneTraining

@Suite("Orthogonalization")
struct OrthogonalizationTests {
  /// An orthogonal matrix [size, size]: a product of random rotations in planes.
  static func rotation(_ size: Int, _ random: inout RandomNumbers) -> [[Double]] {
    var q = (0..<size).map { i in (0..<size).map { $0 == i ? 1.0 : 0.0 } }
    for i in 0..<size {
      for j in 0..<i {
        let angle = 2 * Double.pi * random.uniform()
        let (c, s) = (cos(angle), sin(angle))
        for k in 0..<size {
          (q[i][k], q[j][k]) = (c * q[i][k] - s * q[j][k], s * q[i][k] + c * q[j][k])
        }
      }
    }
    return q
  }

  @Test(
    "singular values become about one, singular vectors stay",
    arguments: [
      (2, 2), (3, 5), (5, 3), (8, 8), (9, 17), (33, 20), (4, 64),
    ])
  func singularValues(rows: Int, columns: Int) throws {
    var random = RandomNumbers(seed: UInt64(rows * 100 + columns))
    let u = Self.rotation(rows, &random)
    let v = Self.rotation(columns, &random)
    let count = min(rows, columns)
    let singular = (0..<count).map { _ in 0.05 + random.uniform() }
    let norm = singular.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // What the iteration makes of a singular value; of a matrix, it must make the same.
    let image = singular.map { value in
      var s: Double = value / norm
      for _ in 0..<5 { s = 3.4445 * s - 4.775 * pow(s, 3) + 2.0315 * pow(s, 5) }
      return s
    }
    #expect(image.allSatisfy { (0.68...1.21).contains($0) })
    let shape = (rows: rows, columns: columns)
    let work = try Orthogonalization(matrices: [
      (rows: 40, columns: 70), (rows: 1, columns: 9), shape,
    ])
    func product(_ diagonal: [Double], _ i: Int, _ j: Int) -> Double {
      var sum = 0.0
      for k in 0..<count { sum += u[k][i] * diagonal[k] * v[k][j] }
      return sum
    }
    for i in 0..<rows {
      for j in 0..<columns { work.matrix[i * columns + j] = 1e3 * product(singular, i, j) }
    }
    work.run(shape, iterationCount: 5, epsilon: 1e-7)
    var worst = 0.0
    for i in 0..<rows {
      for j in 0..<columns {
        let error = abs(work.matrix[i * columns + j] - product(image, i, j))
        if !(error <= worst) { worst = error }
      }
    }
    #expect(worst < 1e-12, "\(worst)")
  }

  @Test("rows and columns alone are no matrices")
  func covered() {
    #expect(Orthogonalization.covers((rows: 2, columns: 3)))
    #expect(!Orthogonalization.covers((rows: 1, columns: 3)))
    #expect(!Orthogonalization.covers((rows: 3, columns: 1)))
  }
}
