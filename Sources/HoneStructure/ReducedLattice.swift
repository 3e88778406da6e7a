/// A short basis of the lattice of a cell.
///
/// A search through the images of a strongly sheared cell visits images in proportion to the square
/// or cube of the shear; the same lattice has a basis of short vectors with no such cost. Only the
/// periodic vectors change.
///
/// - SeeAlso: Semaev, Lecture Notes in Computer Science 2146, 181 (2001), for the reduction in three
///   dimensions.
struct ReducedLattice {
  /// The short basis: `basis[i] = Σ_k transform[i][k] cell.basis[k]`, in Å.
  let basis: Matrix3
  /// The dual of the short basis, in 1/Å.
  let reciprocal: Matrix3
  /// Integers that make the short basis from that of the cell.
  let transform: Matrix3
  /// `Σ_ik |transform[i][k]| |cell.basis[k]|`: the scale of rounding errors in the basis, in Å.
  let scale: Double

  /// The largest coefficient of the transform; products with 32-bit shifts stay exact below 2^53.
  private static let largestCoefficient = 2_097_152.0

  /// More steps than any lattice of double precision needs.
  private static let stepLimit = 10_000

  /// Reduces the lattice of a cell.
  init(_ cell: Cell) {
    let transform = ReducedLattice.reducing(cell)
    self.transform = transform
    basis = ReducedLattice.apply(transform, to: cell.basis)
    let determinant = dot(basis.row0, cross(basis.row1, basis.row2))
    reciprocal = Matrix3(
      cross(basis.row1, basis.row2) / determinant,
      cross(basis.row2, basis.row0) / determinant,
      cross(basis.row0, basis.row1) / determinant)
    var scale = 0.0
    for row in 0..<3 {
      for column in 0..<3 {
        scale += transform[row][column].magnitude * length(cell.basis[column])
      }
    }
    self.scale = scale
  }

  /// The distances between opposite faces of the short basis, in Å.
  var heights: SIMD3<Double> {
    SIMD3(1 / length(reciprocal.row0), 1 / length(reciprocal.row1), 1 / length(reciprocal.row2))
  }

  private static func apply(_ transform: Matrix3, to rows: Matrix3) -> Matrix3 {
    Matrix3(
      rows.combination(transform.row0), rows.combination(transform.row1),
      rows.combination(transform.row2))
  }

  private static func reducing(_ cell: Cell) -> Matrix3 {
    let periods = (0..<3).filter { cell.periodicity[$0] }
    guard periods.count > 1 else { return .identity }
    var transform = Matrix3.identity
    for _ in 0..<stepLimit {
      guard let shorter = shortened(transform, periods, cell.basis) else { break }
      transform = shorter
    }
    return transform
  }

  /// The transform after one vector became shorter, or nil when none can.
  private static func shortened(
    _ transform: Matrix3, _ periods: [Int], _ rows: Matrix3
  ) -> Matrix3? {
    let basis = apply(transform, to: rows)
    for i in periods {
      let others = periods.filter { $0 != i }
      for j in others {
        let factor = (dot(basis[i], basis[j]) / dot(basis[j], basis[j])).rounded()
        guard factor != 0 else { continue }
        let row = transform[i] - factor * transform[j]
        if let result = replacing(i, by: row, transform, rows) { return result }
      }
      guard others.count == 2 else { continue }
      for signs in [SIMD2(1.0, 1.0), SIMD2(1.0, -1.0), SIMD2(-1.0, 1.0), SIMD2(-1.0, -1.0)] {
        let row =
          transform[i] + signs.x * transform[others[0]] + signs.y * transform[others[1]]
        if let result = replacing(i, by: row, transform, rows) { return result }
      }
    }
    return nil
  }

  /// The transform with another row, unless that row is no shorter or its integers are too large.
  private static func replacing(
    _ index: Int, by row: SIMD3<Double>, _ transform: Matrix3, _ rows: Matrix3
  ) -> Matrix3? {
    let old = rows.combination(transform[index])
    let new = rows.combination(row)
    // A clear gain, lest rounding errors make the search go in circles.
    guard dot(new, new) < 0.999_999 * dot(old, old) else { return nil }
    for column in 0..<3 where !(row[column].magnitude <= largestCoefficient) { return nil }
    var result = transform
    result[index] = row
    return result
  }
}
