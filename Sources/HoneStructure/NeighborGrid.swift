internal import HoneNumerics

/// Atoms sorted into bins that are at least as wide as the cutoff.
///
/// Atoms are wrapped into a short basis of the lattice, so that the neighbours of an atom lie in few
/// bins whatever the shape of the cell; integers remember the wraps, and distances that decide are
/// computed from the positions as given. In directions that are not periodic the bins start at the
/// lowest atom.
struct NeighborGrid {
  /// The cell, or a basis without periods for a molecule.
  let cell: Cell
  let lattice: ReducedLattice
  /// The cutoff in Å.
  let cutoff: Double
  /// The cutoff and an allowance for rounding errors of wrapped positions, in Å.
  let searchRadius: Double
  /// The number of bins of a period; in other directions without meaning.
  let binCounts: SIMD3<Int>
  /// How many bins further a neighbour can be, in each direction.
  let reach: SIMD3<Int>
  /// Occupied bins.
  let bins: BinTable
  /// The bin of each atom, shape `[atoms]`.
  let binOfAtom: Buffer<Int32>
  /// Where the atoms of each bin start in `atoms`, shape `[bins + 1]`.
  let binStarts: Buffer<Int32>
  /// Atoms sorted by bin and then by index, shape `[atoms]`.
  let atoms: Buffer<Int32>
  /// Wrapped positions in Å in the order of `atoms`, shape `[atoms, 3]`.
  let sortedPositions: Buffer<Double>
  /// Wrapped positions in Å in the order of the input, shape `[atoms, 3]`.
  let wrappedPositions: Buffer<Double>
  /// Vectors of the short basis taken off each atom, in the order of the input, `[atoms, 3]`.
  let wraps: Buffer<Double>

  /// The most bins in one direction: more would not be exact as floating-point numbers.
  private static let largestBinCount = 1_099_511_627_776.0

  /// Sorts atoms into bins.
  ///
  /// - Parameters:
  ///   - positions: Finite positions in Å, shape `[atoms, 3]`.
  ///   - cell: The cell.
  ///   - cutoff: The cutoff in Å, positive.
  /// - Throws: `.invalidArgument` when an atom lies too many cells away, or so far away that rounding
  ///   errors exceed the cutoff; `.outOfMemory`.
  /// - Complexity: O(atoms).
  init(positions: Span<Double>, cell: Cell, cutoff: Double) throws(HoneError) {
    let atomCount = positions.count / 3
    let lattice = ReducedLattice(cell)
    let wrapped = try WrappedAtoms(positions, cell, lattice)
    guard wrapped.roundingError <= cutoff else {
      throw HoneError(
        .invalidArgument,
        "the cutoff must exceed the rounding errors of positions so far from the origin, about "
          + "\(wrapped.roundingError) Å in this cell, got \(cutoff) Å")
    }
    let searchRadius = cutoff + wrapped.roundingError

    // A bin is as wide as the search radius where that is possible: whole bins fill a period.
    let heights = lattice.heights
    var counts = SIMD3<Int>(repeating: 1)
    var reach = SIMD3<Int>(repeating: 1)
    var scale = SIMD3<Double>(repeating: 0)
    for direction in 0..<3 {
      let largest = NeighborGrid.largestBinCount
      if cell.periodicity[direction] {
        let count = min(max((heights[direction] / searchRadius).rounded(.down), 1), largest)
        let bins = (searchRadius * count / heights[direction]).rounded(.up)
        counts[direction] = Int(count)
        reach[direction] = Int(min(bins, largest))
        scale[direction] = count
      } else {
        let extent = wrapped.upper[direction] - wrapped.lower[direction]
        scale[direction] = 1 / max(searchRadius, extent / largest)
      }
    }

    var bins = try BinTable(capacity: atomCount)
    let binOfAtom = try Buffer<Int32>(count: atomCount)
    for atom in 0..<atomCount {
      var bin = SIMD3<Int>(repeating: 0)
      for direction in 0..<3 {
        let coordinate = wrapped.coordinates[3 * atom + direction] - wrapped.lower[direction]
        bin[direction] = Int((coordinate * scale[direction]).rounded(.down))
        if cell.periodicity[direction] {
          // Rounding can carry a coordinate just below one into the next cell.
          bin[direction] = min(bin[direction], counts[direction] - 1)
        }
      }
      binOfAtom[atom] = Int32(truncatingIfNeeded: bins.insert(bin))
    }

    self.cell = cell
    self.lattice = lattice
    self.cutoff = cutoff
    self.searchRadius = searchRadius
    self.binCounts = counts
    self.reach = reach
    self.bins = bins
    self.binOfAtom = binOfAtom
    wrappedPositions = wrapped.positions
    wraps = wrapped.wraps
    (binStarts, atoms) = try sortedByGroup(binOfAtom, groupCount: bins.count)
    sortedPositions = try Buffer(count: 3 * atomCount)
    for rank in 0..<atomCount {
      let atom = Int(atoms[rank])
      for direction in 0..<3 {
        sortedPositions[3 * rank + direction] = wrappedPositions[3 * atom + direction]
      }
    }
  }
}

/// Atoms moved into the period of a short basis.
private struct WrappedAtoms {
  /// Coordinates in units of the basis, in `[0, 1]` along periods, shape `[atoms, 3]`.
  let coordinates: Buffer<Double>
  /// Positions in Å, shape `[atoms, 3]`.
  let positions: Buffer<Double>
  /// Basis vectors taken off, integers, shape `[atoms, 3]`.
  let wraps: Buffer<Double>
  /// The lowest coordinates; zero along periods.
  private(set) var lower = SIMD3<Double>(repeating: 0)
  /// The highest coordinates; zero along periods.
  private(set) var upper = SIMD3<Double>(repeating: 0)
  /// How far a wrapped position can be from where it should be, in Å.
  let roundingError: Double

  init(
    _ input: Span<Double>, _ cell: Cell, _ lattice: ReducedLattice
  ) throws(HoneError) {
    let atomCount = input.count / 3
    coordinates = try Buffer(count: 3 * atomCount)
    positions = try Buffer(count: 3 * atomCount)
    wraps = try Buffer(count: 3 * atomCount)
    var largestPosition = 0.0
    var largestWrap = 0.0
    for atom in 0..<atomCount {
      let position = SIMD3(input[3 * atom], input[3 * atom + 1], input[3 * atom + 2])
      var coordinate = lattice.reciprocal.products(position)
      var wrap = SIMD3<Double>(repeating: 0)
      for direction in 0..<3 {
        if cell.periodicity[direction] {
          wrap[direction] = coordinate[direction].rounded(.down)
          coordinate[direction] -= wrap[direction]
        } else {
          let value = coordinate[direction]
          lower[direction] = atom == 0 ? value : min(lower[direction], value)
          upper[direction] = atom == 0 ? value : max(upper[direction], value)
        }
      }
      let farthest = wrap.max() > -wrap.min() ? wrap.max() : -wrap.min()
      guard farthest <= 4e15 else {
        throw HoneError(
          .invalidArgument,
          "atom \(atom) at [\(position.x), \(position.y), \(position.z)] Å lies too many periods "
            + "of the cell away from the origin to be wrapped")
      }
      let moved = position - lattice.basis.combination(wrap)
      for direction in 0..<3 {
        coordinates[3 * atom + direction] = coordinate[direction]
        positions[3 * atom + direction] = moved[direction]
        wraps[3 * atom + direction] = wrap[direction]
        largestPosition = max(largestPosition, position[direction].magnitude)
      }
      largestWrap = max(largestWrap, farthest)
    }
    // A few roundings of each of the terms that make up a position and a vector between images.
    roundingError =
      64 * Double.ulpOfOne * (largestPosition + (2 * largestWrap + 2) * lattice.scale)
  }
}

/// Sorts items by group, keeping the order of the items of a group.
///
/// - Parameters:
///   - groups: The group of each item, in `0..<groupCount`.
///   - groupCount: The number of groups.
/// - Returns: Where each group starts, shape `[groupCount + 1]`, and the sorted items.
/// - Throws: `.outOfMemory`.
/// - Complexity: O(items + groups).
func sortedByGroup(
  _ groups: Buffer<Int32>, groupCount: Int
) throws(HoneError) -> (starts: Buffer<Int32>, items: Buffer<Int32>) {
  let starts = try Buffer<Int32>(repeating: 0, count: groupCount + 1)
  let items = try Buffer<Int32>(count: groups.count)
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
  return (starts, items)
}
