internal import CHoneEigen

/// Adds the products of the columns of a matrix: `G += XᵀX`.
///
/// - Parameters:
///   - samples: X, `[rows][width]`.
///   - rows: The number of rows.
///   - width: The number of columns.
///   - gram: G, `[width][width]`.
/// - Throws: `.outOfMemory`.
public func accumulateGramMatrix(
  _ samples: View<Double>, rows: Int, width: Int, into gram: View<Double>
) throws(HoneError) {
  precondition(samples.count == rows * width && gram.count == width * width)
  let transposed = try Buffer<Double>(count: rows * width)
  for row in 0..<rows {
    for column in 0..<width { transposed[column * rows + row] = samples[row * width + column] }
  }
  let product = try Buffer<Double>(repeating: 0, count: width * width)
  // Eigen ends the process where there is no memory for its panels.
  try Headroom.require(2 * rows * width, of: MemoryLayout<Double>.stride)
  honeeigen_gemm_f64(
    width, width, rows, transposed.base, rows, samples.base, width, product.base, width)
  for index in 0..<product.count { gram[index] += product[index] }
  withExtendedLifetime(transposed) {}
}
