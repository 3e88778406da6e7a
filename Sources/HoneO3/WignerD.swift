/// The matrices that rotate real spherical harmonics: Y(R u) = D(R) Y(u).
///
/// D of degree l is made from those of degree 1, which is R itself, and l − 1, which makes every
/// degree exact to rounding:
/// D_l[a, b] = (2l + 1) Σ C[i, j, a] C[k, n, b] R[i, k] D_(l−1)[j, n] with C = `wigner3j(1, l−1, l)`.
///
/// - Parameters:
///   - lMax: The highest degree, `0 … wigner3jHighestDegree`.
///   - rotation: A proper rotation, shape `[3, 3]`, row-major, nine numbers. For an improper one,
///     pass −R and multiply by the parity of the irrep.
/// - Returns: For each degree the matrix, shape `[2l + 1, 2l + 1]`, row-major.
public func wignerD(upTo lMax: Int, rotation: [Double]) -> [[Double]] {
  precondition(rotation.count == 9, "a rotation has nine numbers")
  precondition(
    (0...wigner3jHighestDegree).contains(lMax),
    "rotations are made for degrees 0 to \(wigner3jHighestDegree)")
  var matrices: [[Double]] = [[1]]
  if lMax > 0 { matrices.append(rotation) }
  for l in stride(from: 2, through: lMax, by: 1) {
    let (before, dim) = (2 * l - 1, 2 * l + 1)
    let coupling = wigner3j(1, l - 1, l)
    var matrix = [Double](repeating: 0, count: dim * dim)
    for i in 0..<3 {
      for j in 0..<before {
        // half[b] = Σ_kn R[i, k] D[j, n] C[k, n, b]
        var half = [Double](repeating: 0, count: dim)
        for k in 0..<3 {
          for n in 0..<before {
            let factor = rotation[3 * i + k] * matrices[l - 1][j * before + n]
            for b in 0..<dim { half[b] += factor * coupling[(k * before + n) * dim + b] }
          }
        }
        for a in 0..<dim {
          let factor = Double(dim) * coupling[(i * before + j) * dim + a]
          guard factor != 0 else { continue }
          for b in 0..<dim { matrix[a * dim + b] += factor * half[b] }
        }
      }
    }
    matrices.append(matrix)
  }
  return matrices
}

/// The matrix that rotates real spherical harmonics of one degree; see `wignerD(upTo:rotation:)`.
public func wignerD(_ l: Int, rotation: [Double]) -> [Double] {
  wignerD(upTo: l, rotation: rotation)[l]
}
