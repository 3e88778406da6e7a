internal import HoneNumerics

/// An edge before its vector is computed: the neighbour and the shift, packed so that the order of
/// the two integers is the order of edges.
struct PackedEdge: BitwiseCopyable {
  /// The neighbour and the first shift.
  var high: UInt64
  /// The second and the third shift.
  var low: UInt64

  @inline(__always)
  init(neighbor: Int32, shift: SIMD3<Int32>) {
    high = UInt64(PackedEdge.ordered(neighbor)) << 32 | UInt64(PackedEdge.ordered(shift.x))
    low = UInt64(PackedEdge.ordered(shift.y)) << 32 | UInt64(PackedEdge.ordered(shift.z))
  }

  /// The index of the neighbour.
  @inline(__always)
  var neighbor: Int32 { PackedEdge.signed(high >> 32) }

  /// The shift in cell vectors.
  @inline(__always)
  var shift: SIMD3<Int32> {
    SIMD3(PackedEdge.signed(high), PackedEdge.signed(low >> 32), PackedEdge.signed(low))
  }

  @inline(__always)
  static func < (left: PackedEdge, right: PackedEdge) -> Bool {
    left.high != right.high ? left.high < right.high : left.low < right.low
  }

  /// An unsigned number in the order of the signed one.
  @inline(__always)
  private static func ordered(_ value: Int32) -> UInt32 {
    UInt32(bitPattern: value) ^ 0x8000_0000
  }

  @inline(__always)
  private static func signed(_ bits: UInt64) -> Int32 {
    Int32(bitPattern: UInt32(truncatingIfNeeded: bits) ^ 0x8000_0000)
  }
}

extension NeighborGrid {
  /// The distance below which two atoms count as one, in Å.
  static let coincidence = 1e-6

  /// The vector of an edge, `r_j - r_i + Σ_d shift[d] cell[d]`, in Å.
  ///
  /// The reverse edge has exactly the opposite vector, as every rounding is symmetric in the sign.
  @inline(__always)
  func vector(
    _ positions: Span<Double>, _ centre: Int, _ neighbor: Int, _ shift: SIMD3<Int32>
  ) -> SIMD3<Double> {
    let difference = SIMD3(
      positions[3 &* neighbor] - positions[3 &* centre],
      positions[3 &* neighbor &+ 1] - positions[3 &* centre &+ 1],
      positions[3 &* neighbor &+ 2] - positions[3 &* centre &+ 2])
    return difference + cell.basis.combination(SIMD3<Double>(shift))
  }

  /// Calls a closure for each neighbour of an atom, in no particular order.
  ///
  /// - Parameters:
  ///   - positions: The positions the grid was made from.
  ///   - centre: The atom.
  ///   - body: Receives the edge.
  /// - Throws: What the body throws; `.invalidArgument` for coincident atoms and for shifts that 32
  ///   bits cannot hold.
  @inline(__always)
  func forEachNeighbor(
    _ positions: Span<Double>, of centre: Int, _ body: (PackedEdge) throws(HoneError) -> Void
  ) throws(HoneError) {
    let position = SIMD3(
      wrappedPositions[3 * centre], wrappedPositions[3 * centre + 1],
      wrappedPositions[3 * centre + 2])
    let bin = bins.coordinates(of: Int(binOfAtom[centre]))
    for x in -reach.x...reach.x {
      for y in -reach.y...reach.y {
        for z in -reach.z...reach.z {
          let (target, image) = neighborBin(bin &+ SIMD3(x, y, z))
          let found = bins.find(target)
          guard found >= 0 else { continue }
          // The centre is moved instead of the image: one subtraction less for each candidate.
          let origin = position - lattice.basis.combination(image)
          try scan(positions, bin: found, origin, image, of: centre, body)
        }
      }
    }
  }

  /// The bin inside the period that is the image of a bin, and the image as basis vectors.
  @inline(__always)
  func neighborBin(_ bin: SIMD3<Int>) -> (SIMD3<Int>, SIMD3<Double>) {
    var target = bin
    var image = SIMD3<Double>(repeating: 0)
    for direction in 0..<3 where cell.periodicity[direction] {
      let count = binCounts[direction]
      let value = bin[direction]
      guard value < 0 || value >= count else { continue }
      let period = value >= 0 ? value / count : -((count &- 1 &- value) / count)
      target[direction] = value &- period &* count
      image[direction] = Double(period)
    }
    return (target, image)
  }

  @inline(__always)
  private func scan(
    _ positions: Span<Double>, bin: Int, _ origin: SIMD3<Double>, _ image: SIMD3<Double>,
    of centre: Int, _ body: (PackedEdge) throws(HoneError) -> Void
  ) throws(HoneError) {
    let radius = searchRadius * searchRadius
    for rank in Int(binStarts[bin])..<Int(binStarts[bin + 1]) {
      let x = sortedPositions[3 &* rank] - origin.x
      let y = sortedPositions[3 &* rank &+ 1] - origin.y
      let z = sortedPositions[3 &* rank &+ 2] - origin.z
      guard x * x + y * y + z * z < radius else { continue }
      let neighbor = Int(atoms[rank])
      if neighbor == centre && image == .zero { continue }
      let shift = try shift(from: centre, to: neighbor, image)
      let vector = vector(positions, centre, neighbor, shift)
      let square = dot(vector, vector)
      guard square < cutoff * cutoff else { continue }
      guard square >= NeighborGrid.coincidence * NeighborGrid.coincidence else {
        throw coincidenceError(centre, neighbor, shift, square.squareRoot())
      }
      try body(PackedEdge(neighbor: Int32(truncatingIfNeeded: neighbor), shift: shift))
    }
  }

  /// The shift in cell vectors between the positions as given.
  @inline(__always)
  private func shift(
    from centre: Int, to neighbor: Int, _ image: SIMD3<Double>
  ) throws(HoneError) -> SIMD3<Int32> {
    let reduced = SIMD3(
      image.x + (wraps[3 &* centre] - wraps[3 &* neighbor]),
      image.y + (wraps[3 &* centre &+ 1] - wraps[3 &* neighbor &+ 1]),
      image.z + (wraps[3 &* centre &+ 2] - wraps[3 &* neighbor &+ 2]))
    let shift = lattice.transform.combination(reduced)
    let largest = 2_147_483_647.0
    guard max(reduced.max(), -reduced.min(), shift.max(), -shift.min()) <= largest else {
      throw HoneError(
        .invalidArgument,
        "atoms \(centre) and \(neighbor) must lie within 2147483647 periods of the cell of each "
          + "other")
    }
    return SIMD3<Int32>(truncatingIfNeeded: SIMD3<Int64>(shift))
  }

  private func coincidenceError(
    _ centre: Int, _ neighbor: Int, _ shift: SIMD3<Int32>, _ distance: Double
  ) -> HoneError {
    HoneError(
      .invalidArgument,
      "positions: atoms \(centre) and \(neighbor) coincide, their distance is \(distance) Å with the cell "
        + "shift [\(shift.x), \(shift.y), \(shift.z)], expected at least 1e-6 Å")
  }
}
