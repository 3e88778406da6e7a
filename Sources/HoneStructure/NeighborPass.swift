internal import HoneNumerics

/// What decides which pairs of atoms are edges, and what is refused.
struct NeighborPass {
  /// The vectors.
  let geometry: NeighborGeometry
  /// Edges are strictly shorter, in Å.
  let radius: Double
  /// How long the list may grow.
  let limits: NeighborList.Limits
  /// The cell.
  let cell: Cell
  /// Whether shifts may not fit in 32 bits.
  let isFar: Bool
  /// The short basis.
  let transform: Matrix3
  /// Vectors of the short basis taken off each atom, shape `[atoms, 3]`.
  let wraps: View<Double>
  /// Each image in vectors of the short basis, shape `[images]`.
  let images: View<SIMD4<Int32>>

  /// Whether a pair is an edge, from the positions as given.
  ///
  /// Pairs whose shifts do not fit in 32 bits pass, to be refused when the edges are written.
  func isEdge(_ key: UInt64, of centre: Int) -> Bool {
    if isFar && !isRepresentable(key, of: centre) { return true }
    return geometry.square(key, of: centre) < radius * radius
  }

  /// Whether the shift of a pair fits in 32 bits.
  func isRepresentable(_ key: UInt64, of centre: Int) -> Bool {
    let image = images[NeighborGeometry.image(key)]
    let (own, other) = (3 * centre, 3 * NeighborGeometry.neighbor(key))
    let reduced = SIMD3(
      Double(image.x) + (wraps[own] - wraps[other]),
      Double(image.y) + (wraps[own + 1] - wraps[other + 1]),
      Double(image.z) + (wraps[own + 2] - wraps[other + 2]))
    let shift = transform.combination(reduced)
    return max(reduced.max(), -reduced.min(), shift.max(), -shift.min()) <= Double(Int32.max)
  }

  /// The most bins and images visited around one atom.
  ///
  /// About ten times the images that the default limit of neighbours leaves for a cell of one atom.
  private static let visitLimit = 1_000_000.0

  /// Refuses cells that are so small for the radius that the list would be astronomically long.
  ///
  /// - Throws: `.invalidArgument` naming the cell.
  static func checkImages(
    _ cell: Cell, heights: SIMD3<Double>, radius: Double, atomCount: Int,
    _ limits: NeighborList.Limits
  ) throws(HoneError) {
    var visits = 1.0
    for direction in 0..<3 {
      let reach = cell.periodicity[direction] ? (radius / heights[direction]).rounded(.up) : 1
      visits *= 2 * reach + 1
    }
    guard visits <= visitLimit else {
      throw neighborLimitError(cell, radius, limits, "too many images")
    }
    guard cell.periodicity == .all else { return }
    // The mean over all arrangements of the atoms; a real one can have fewer, hence the factor.
    let mean =
      Double(atomCount) / cell.volume * (4.0 / 3.0) * Double.pi * radius * radius * radius
    guard mean <= 10 * Double(limits.neighborsPerAtom) else {
      throw neighborLimitError(cell, radius, limits, "about \(mean)")
    }
    guard mean * Double(atomCount) <= 10 * Double(limits.edges) else {
      throw edgeLimitError(limits, "about \(mean * Double(atomCount))")
    }
  }

  func neighborLimitError(around atom: Int) -> HoneError {
    NeighborPass.neighborLimitError(cell, radius, limits, "more around atom \(atom)")
  }

  func edgeLimitError(_ got: String) -> HoneError { NeighborPass.edgeLimitError(limits, got) }

  private static func neighborLimitError(
    _ cell: Cell, _ radius: Double, _ limits: NeighborList.Limits, _ got: String
  ) -> HoneError {
    HoneError(
      .invalidArgument,
      "an atom must have at most \(limits.neighborsPerAtom) neighbours, got \(got) within the "
        + "cutoff of \(radius) Å; the cell \(cell.rows.elements) is too small, or the atoms are too "
        + "close")
  }

  private static func edgeLimitError(_ limits: NeighborList.Limits, _ got: String) -> HoneError {
    HoneError(
      .invalidArgument,
      "the cell and its images must have at most \(limits.edges) edges within the cutoff, got "
        + "\(got)")
  }

  func farError(_ key: UInt64, of centre: Int) -> HoneError {
    HoneError(
      .invalidArgument,
      "atoms \(centre) and \(NeighborGeometry.neighbor(key)) must lie within 2147483647 periods of "
        + "the cell of each other")
  }

  func coincidenceError(_ key: UInt64, of centre: Int) -> HoneError {
    let shift = geometry.shift(key, of: centre)
    let distance = geometry.square(key, of: centre).squareRoot()
    return HoneError(
      .invalidArgument,
      "positions: atoms \(centre) and \(NeighborGeometry.neighbor(key)) coincide, their distance is "
        + "\(distance) Å with the cell shift [\(shift.x), \(shift.y), \(shift.z)], expected at least "
        + "1e-6 Å")
  }
}
