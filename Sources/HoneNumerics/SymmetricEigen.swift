internal import CHoneEigen

/// The eigenvalues and eigenvectors of a symmetric matrix.
public struct SymmetricEigen: Sendable {
  /// Ascending, `[n]`.
  public let values: Buffer<Double>
  /// Orthonormal, as rows in the order of the values, `[n][n]`.
  public let vectors: Buffer<Double>

  /// Decomposes a matrix.
  ///
  /// - Parameter matrix: `[n][n]`, symmetric.
  /// - Throws: `.notConverged` for numbers that are not finite, `.outOfMemory`.
  public init(_ matrix: View<Double>, count n: Int) throws(HoneError) {
    precondition(matrix.count == n * n)
    values = try Buffer(repeating: 0, count: n)
    vectors = try Buffer(repeating: 0, count: n * n)
    // Eigen ends the process where there is no memory for its copies.
    try Headroom.require(n * n, of: 4 * MemoryLayout<Double>.stride)
    guard n > 0 else { return }
    guard honeeigen_symmetric_eigen(n, matrix.base, values.base, vectors.base) == 0 else {
      throw HoneError(
        .notConverged, "the eigenvalues of a symmetric matrix were not found: is it finite?")
    }
  }
}
