internal import HoneNumerics

/// Atoms sorted into bins that are at least as wide as the cutoff where that is possible.
///
/// Atoms are wrapped into a short basis of the lattice, so that the neighbours of an atom lie in few
/// bins whatever the shape of the cell; integers remember the wraps, and distances that decide are
/// computed from the positions as given. In directions that are not periodic the bins start at the
/// lowest atom. The memory is kept from one search to the next.
final class NeighborGrid {
  // Run-time checks of exclusive access, here and in the other classes of the search, would take
  // half the time of a small molecule.

  /// The cell, or a basis without periods for a molecule.
  @exclusivity(unchecked) private(set) var cell = Cell.open
  /// The lattice of the cell.
  @exclusivity(unchecked) private(set) var lattice = ReducedLattice(.open)
  /// How far a wrapped position can be from where it should be, in Å.
  @exclusivity(unchecked) private(set) var roundingError = 0.0
  /// The radius of the search and an allowance for rounding errors of wrapped positions, in Å.
  @exclusivity(unchecked) private(set) var searchRadius = 0.0
  /// The number of bins of a period; in other directions without meaning.
  @exclusivity(unchecked) private(set) var binCounts = SIMD3<Int>(repeating: 1)
  /// How many bins further a neighbour can be, in each direction.
  @exclusivity(unchecked) private(set) var reach = SIMD3<Int>(repeating: 1)
  /// Whether shifts between some atoms may not fit in 32 bits.
  @exclusivity(unchecked) private(set) var isFar = false
  /// Occupied bins.
  let bins = BinTable()
  /// The images that the search can meet.
  let images = NeighborImages()
  /// Where the atoms of each bin start in `atoms`, shape `[bins + 1]`.
  @exclusivity(unchecked) private(set) var binStarts = View<Int32>.empty
  /// Atoms sorted by bin and then by index, shape `[atoms]`.
  @exclusivity(unchecked) private(set) var atoms = View<Int32>.empty
  /// Wrapped positions in Å in the order of the input, shape `[atoms, 3]`.
  @exclusivity(unchecked) private(set) var wrappedPositions = View<Double>.empty
  /// Vectors of the short basis taken off each atom, shape `[atoms, 3]`.
  @exclusivity(unchecked) private(set) var wraps = View<Double>.empty
  /// Cell vectors taken off each atom, modulo 2^32, shape `[atoms]`.
  @exclusivity(unchecked) private(set) var wrapShifts = View<SIMD4<Int32>>.empty

  private let coordinateMemory = ReusableBuffer<Double>()
  private let positionMemory = ReusableBuffer<Double>()
  private let wrapMemory = ReusableBuffer<Double>()
  private let wrapShiftMemory = ReusableBuffer<SIMD4<Int32>>()
  private let binMemory = ReusableBuffer<Int32>()
  private let startMemory = ReusableBuffer<Int32>()
  private let atomMemory = ReusableBuffer<Int32>()

  /// The most bins in one direction: more would not be exact as floating-point numbers.
  private static let largestBinCount = 1_099_511_627_776.0

  /// Takes a cell, and finds its short basis unless the cell is the one of before.
  func setCell(_ cell: Cell) {
    guard !cell.isIdentical(to: self.cell) else { return }
    self.cell = cell
    lattice = ReducedLattice(cell)
  }

  /// The bin of an atom.
  @inline(__always)
  func bin(ofAtom atom: Int) -> Int { Int(truncatingIfNeeded: binMemory.view[atom]) }

  /// Sorts atoms into bins for the cell set before.
  ///
  /// - Parameters:
  ///   - positions: Finite positions in Å, shape `[atoms, 3]`.
  ///   - cutoff: The cutoff in Å, positive.
  ///   - radius: The radius of the search in Å, at least the cutoff.
  /// - Throws: `.invalidArgument` when an atom lies too many cells away, or so far away that rounding
  ///   errors exceed the cutoff; `.outOfMemory`.
  /// - Complexity: O(atoms).
  func sort(_ positions: View<Double>, cutoff: Double, radius: Double) throws(HoneError) {
    let bounds = try wrap(positions)
    guard roundingError <= cutoff else {
      throw HoneError(
        .invalidArgument,
        "the cutoff must exceed the rounding errors of positions so far from the origin, about "
          + "\(roundingError) Å in this cell, got \(cutoff) Å")
    }
    searchRadius = radius + roundingError
    let scale = layBins(bounds, atomCount: positions.count / 3)
    var imageReach = SIMD3<Int>(repeating: 0)
    for direction in 0..<3 where cell.periodicity[direction] {
      imageReach[direction] =
        (reach[direction] + binCounts[direction] - 1) / binCounts[direction]
    }
    try images.prepare(lattice, reach: imageReach)
    checkShifts(bounds)
    try sortIntoBins(positions.count / 3, lower: bounds.lower, scale)
  }

  /// What wrapping finds out about all atoms, in units of the short basis.
  private struct Bounds {
    /// The lowest coordinates; zero along periods.
    var lower = SIMD3<Double>(repeating: 0)
    /// The highest coordinates; zero along periods.
    var upper = SIMD3<Double>(repeating: 0)
    /// The lowest wraps.
    var lowestWrap = SIMD3<Double>(repeating: .infinity)
    /// The highest wraps.
    var highestWrap = SIMD3<Double>(repeating: -.infinity)
  }

  /// Moves atoms into the period of the short basis.
  private func wrap(_ input: View<Double>) throws(HoneError) -> Bounds {
    let atomCount = input.count / 3
    let coordinates = try coordinateMemory.resize(3 * atomCount)
    wrappedPositions = try positionMemory.resize(3 * atomCount)
    wraps = try wrapMemory.resize(3 * atomCount)
    wrapShifts = try wrapShiftMemory.resize(atomCount)
    let (moved, wraps, wrapShifts) = (wrappedPositions, wraps, wrapShifts)
    let (lattice, isPeriodic) = (lattice, cell.periodicity)
    let factors = SIMD3<Double>(
      isPeriodic[0] ? 1 : 0, isPeriodic[1] ? 1 : 0, isPeriodic[2] ? 1 : 0)
    let transform = IntegerTransform(lattice.transform)
    var bounds = Bounds()
    bounds.lower = SIMD3(repeating: .infinity)
    bounds.upper = SIMD3(repeating: -.infinity)
    var largestPosition = 0.0
    for atom in 0..<atomCount {
      let place = 3 &* atom
      let position = SIMD3(input[place], input[place &+ 1], input[place &+ 2])
      var coordinate = lattice.reciprocal.products(position)
      // Directions without a period have wraps of zero.
      let wrap = SIMD3(
        factors.x * coordinate.x.rounded(.down), factors.y * coordinate.y.rounded(.down),
        factors.z * coordinate.z.rounded(.down))
      coordinate -= wrap
      let wrapped = position - lattice.basis.combination(wrap)
      for direction in 0..<3 {
        coordinates[place &+ direction] = coordinate[direction]
        moved[place &+ direction] = wrapped[direction]
        wraps[place &+ direction] = wrap[direction]
        bounds.lower[direction] = min(bounds.lower[direction], coordinate[direction])
        bounds.upper[direction] = max(bounds.upper[direction], coordinate[direction])
        bounds.lowestWrap[direction] = min(bounds.lowestWrap[direction], wrap[direction])
        bounds.highestWrap[direction] = max(bounds.highestWrap[direction], wrap[direction])
        largestPosition = max(largestPosition, position[direction].magnitude)
      }
      guard max(wrap.max(), -wrap.min()) <= 4e15 else {
        throw HoneError(
          .invalidArgument,
          "atom \(atom) at [\(position.x), \(position.y), \(position.z)] Å lies too many periods "
            + "of the cell away from the origin to be wrapped")
      }
      wrapShifts[atom] = transform.shift(wrap)
    }
    for direction in 0..<3 where isPeriodic[direction] || atomCount == 0 {
      (bounds.lower[direction], bounds.upper[direction]) = (0, 0)
    }
    let largestWrap =
      atomCount == 0 ? 0 : max(bounds.highestWrap.max(), -bounds.lowestWrap.min())
    // A few roundings of each of the terms that make up a position and a vector between images.
    roundingError =
      64 * Double.ulpOfOne * (largestPosition + (2 * largestWrap + 2) * lattice.scale)
    return bounds
  }

  /// Chooses the bins; returns what turns coordinates into bins.
  ///
  /// A bin is as wide as the search radius where that is possible: whole bins fill a period.
  private func layBins(_ bounds: Bounds, atomCount: Int) -> SIMD3<Double> {
    let heights = lattice.heights
    let largest = NeighborGrid.largestBinCount
    var scale = SIMD3<Double>(repeating: 0)
    for direction in 0..<3 {
      if cell.periodicity[direction] {
        let count = min(max((heights[direction] / searchRadius).rounded(.down), 1), largest)
        let bins = (searchRadius * count / heights[direction]).rounded(.up)
        binCounts[direction] = Int(count)
        reach[direction] = Int(min(bins, largest))
        scale[direction] = count
      } else {
        let extent = bounds.upper[direction] - bounds.lower[direction]
        binCounts[direction] = 1
        reach[direction] = 1
        scale[direction] = 1 / max(searchRadius, extent / largest)
      }
    }
    return scale
  }

  /// Finds out whether all shifts certainly fit in 32 bits.
  private func checkShifts(_ bounds: Bounds) {
    var bound = SIMD3<Double>(repeating: 0)
    for direction in 0..<3 {
      let spread = bounds.highestWrap[direction] - bounds.lowestWrap[direction]
      let farthest = spread + Double(images.reach[direction])
      for column in 0..<3 {
        bound[column] += lattice.transform[direction][column].magnitude * farthest
      }
    }
    isFar = !(bound.max() <= Double(Int32.max))
  }

  private func sortIntoBins(
    _ atomCount: Int, lower: SIMD3<Double>, _ scale: SIMD3<Double>
  ) throws(HoneError) {
    try bins.reset(capacity: atomCount)
    let binOfAtom = try binMemory.resize(atomCount)
    let coordinates = coordinateMemory.view
    // Rounding can carry a coordinate just below one into the next cell.
    var last = SIMD3<Double>(repeating: .infinity)
    for direction in 0..<3 where cell.periodicity[direction] {
      last[direction] = Double(binCounts[direction] - 1)
    }
    for atom in 0..<atomCount {
      let place = 3 &* atom
      let x = min(((coordinates[place] - lower.x) * scale.x).rounded(.down), last.x)
      let y = min(((coordinates[place &+ 1] - lower.y) * scale.y).rounded(.down), last.y)
      let z = min(((coordinates[place &+ 2] - lower.z) * scale.z).rounded(.down), last.z)
      let bin = bins.insert(SIMD3(Int(x), Int(y), Int(z)))
      binOfAtom[atom] = Int32(truncatingIfNeeded: bin)
    }
    binStarts = try startMemory.resize(bins.count + 1)
    atoms = try atomMemory.resize(atomCount)
    sortByGroup(binOfAtom, into: binStarts, atoms)
  }
}

/// The integers of a short basis.
private struct IntegerTransform {
  private let row0: SIMD4<Int64>
  private let row1: SIMD4<Int64>
  private let row2: SIMD4<Int64>

  init(_ matrix: Matrix3) {
    row0 = IntegerTransform.row(matrix.row0)
    row1 = IntegerTransform.row(matrix.row1)
    row2 = IntegerTransform.row(matrix.row2)
  }

  private static func row(_ row: SIMD3<Double>) -> SIMD4<Int64> {
    SIMD4(Int64(row.x), Int64(row.y), Int64(row.z), 0)
  }

  /// Vectors of the short basis, as vectors of the cell modulo 2^32.
  @inline(__always)
  func shift(_ wrap: SIMD3<Double>) -> SIMD4<Int32> {
    let (a, b, c) = (Int64(wrap.x), Int64(wrap.y), Int64(wrap.z))
    return SIMD4(
      Int32(truncatingIfNeeded: a &* row0.x &+ b &* row1.x &+ c &* row2.x),
      Int32(truncatingIfNeeded: a &* row0.y &+ b &* row1.y &+ c &* row2.y),
      Int32(truncatingIfNeeded: a &* row0.z &+ b &* row1.z &+ c &* row2.z), 0)
  }
}

extension Cell {
  /// Whether another cell has the same bits, so that whatever is computed from it has them too.
  func isIdentical(to other: Cell) -> Bool {
    var isSame = periodicity == other.periodicity
    for row in 0..<3 {
      for column in 0..<3 {
        isSame =
          isSame && rows[row][column].bitPattern == other.rows[row][column].bitPattern
      }
    }
    return isSame
  }
}

/// Sorts items by group, keeping the order of the items of a group.
///
/// - Parameters:
///   - groups: The group of each item, in `0..<groupCount`.
///   - starts: Receives where each group starts, shape `[groupCount + 1]`.
///   - items: Receives the sorted items, shape `[items]`.
/// - Complexity: O(items + groups); no allocation.
func sortByGroup(_ groups: View<Int32>, into starts: View<Int32>, _ items: View<Int32>) {
  let groupCount = starts.count - 1
  starts.fill(0)
  for item in 0..<groups.count {
    starts[Int(groups[item]) + 1] += 1
  }
  for group in 0..<groupCount {
    starts[group + 1] += starts[group]
  }
  // Each start moves to the end of its group, which is the start of the next.
  for item in 0..<groups.count {
    let group = Int(groups[item])
    items[Int(starts[group])] = Int32(truncatingIfNeeded: item)
    starts[group] += 1
  }
  for group in stride(from: groupCount, to: 0, by: -1) {
    starts[group] = starts[group - 1]
  }
  starts[0] = 0
}
