internal import HoneNumerics

/// What the vector of an edge is computed from.
///
/// A search and a list that is kept for later steps use the same expressions, so that they agree in
/// every bit.
struct NeighborGeometry {
  /// The distance below which two atoms count as one, in Å.
  static let coincidence = 1e-6

  /// Positions in Å as given, shape `[atoms, 3]`.
  let positions: View<Double>
  /// Cell vectors taken off each atom, modulo 2^32, shape `[atoms]`.
  let wraps: View<SIMD4<Int32>>
  /// Cell vectors of each image, modulo 2^32, shape `[images]`.
  let images: View<SIMD4<Int32>>
  /// The basis of the cell in Å.
  let basis: Matrix3

  /// An edge before its vector is computed, so that the order of the integers is that of the edges.
  @inline(__always)
  static func key(neighbor: Int, image: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: neighbor) << 32 | UInt64(truncatingIfNeeded: image)
  }

  /// The neighbour of an edge.
  @inline(__always)
  static func neighbor(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key >> 32) }

  /// The number of the image of an edge.
  @inline(__always)
  static func image(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key & 0xFFFF_FFFF) }

  /// The shift in cell vectors between the positions as given.
  ///
  /// Exact although its terms are not: they are integers modulo 2^32.
  @inline(__always)
  func shift(_ key: UInt64, of centre: Int) -> SIMD4<Int32> {
    images[NeighborGeometry.image(key)]
      &+ (wraps[centre] &- wraps[NeighborGeometry.neighbor(key)])
  }

  /// The vector of an edge, `r_j - r_i + Σ_d shift[d] cell[d]`, in Å.
  ///
  /// The reverse edge has exactly the opposite vector, as every rounding is symmetric in the sign.
  @inline(__always)
  func vector(_ key: UInt64, of centre: Int, _ shift: SIMD4<Int32>) -> SIMD3<Double> {
    let neighbor = 3 &* NeighborGeometry.neighbor(key)
    let own = 3 &* centre
    let (a, b, c) = (Double(shift.x), Double(shift.y), Double(shift.z))
    let (first, second, third) = (basis.row0, basis.row1, basis.row2)
    return SIMD3(
      (positions[neighbor] - positions[own]) + (a * first.x + b * second.x + c * third.x),
      (positions[neighbor &+ 1] - positions[own &+ 1])
        + (a * first.y + b * second.y + c * third.y),
      (positions[neighbor &+ 2] - positions[own &+ 2])
        + (a * first.z + b * second.z + c * third.z))
  }

  /// The square of the length of an edge in Å².
  @inline(__always)
  func square(_ key: UInt64, of centre: Int) -> Double {
    let vector = vector(key, of: centre, shift(key, of: centre))
    return dot(vector, vector)
  }
}
