internal import HoneNumerics

extension NeighborGrid {
  /// The most bins and images visited around one atom.
  ///
  /// About ten times the images that the default limit of neighbours leaves for a cell of one atom.
  private static let visitLimit = 1_000_000.0

  /// Refuses cells that are so small for the cutoff that the list would be astronomically long.
  ///
  /// - Throws: `.invalidArgument` naming the cell.
  func checkImages(_ limits: NeighborList.Limits) throws(HoneError) {
    let visits = SIMD3<Double>(reach) * 2 + 1
    guard visits.x * visits.y * visits.z <= NeighborGrid.visitLimit else {
      throw neighborLimitError(limits, "too many images")
    }
    let atomCount = Double(atoms.count)
    guard cell.periodicity == .all else { return }
    // The mean over all arrangements of the atoms; a real one can have fewer, hence the factor.
    let mean = atomCount / cell.volume * (4.0 / 3.0) * Double.pi * cutoff * cutoff * cutoff
    guard mean <= 10 * Double(limits.neighborsPerAtom) else {
      throw neighborLimitError(limits, "about \(mean)")
    }
    guard mean * atomCount <= 10 * Double(limits.edges) else {
      throw NeighborGrid.edgeLimitError(limits, "about \(mean * atomCount)")
    }
  }

  /// Counts the neighbours of a range of atoms.
  ///
  /// Ranges that do not overlap can be counted at the same time.
  ///
  /// - Parameters:
  ///   - positions: The positions the grid was made from.
  ///   - centres: The atoms.
  ///   - limits: How large the list may grow.
  ///   - counts: Receives the count of atom `i` at `i + 1`.
  /// - Returns: The sum of the counts.
  /// - Throws: `.invalidArgument` when the limits are exceeded or atoms coincide.
  func count(
    _ positions: Span<Double>, centres: Range<Int>, _ limits: NeighborList.Limits,
    into counts: Buffer<Int32>
  ) throws(HoneError) -> Int {
    var total = 0
    for centre in centres {
      var count = 0
      try forEachNeighbor(positions, of: centre) { _ throws(HoneError) in
        count += 1
        guard count <= limits.neighborsPerAtom else {
          throw neighborLimitError(limits, "more around atom \(centre)")
        }
      }
      total += count
      guard total <= limits.edges else { throw NeighborGrid.edgeLimitError(limits, "more") }
      counts[centre + 1] = Int32(truncatingIfNeeded: count)
    }
    return total
  }

  /// Writes the edges of a range of atoms.
  ///
  /// Ranges that do not overlap can be written at the same time, each with its own scratch space.
  ///
  /// - Parameters:
  ///   - positions: The positions the grid was made from.
  ///   - centres: The atoms.
  ///   - list: The list whose starts are known and whose edges are written.
  ///   - sorter: Scratch space for the edges of one atom.
  /// - Throws: Nothing that counting has not thrown before.
  func fill(
    _ positions: Span<Double>, centres: Range<Int>, _ list: NeighborList, _ sorter: EdgeSorter
  ) throws(HoneError) {
    for centre in centres {
      var count = 0
      try forEachNeighbor(positions, of: centre) { edge throws(HoneError) in
        sorter.edges[count] = edge
        count += 1
      }
      sorter.sort(count)
      let start = Int(list.starts[centre])
      for index in 0..<count {
        let packed = sorter.edges[index]
        let (neighbor, shift) = (packed.neighbor, packed.shift)
        let vector = vector(positions, centre, Int(neighbor), shift)
        let edge = start &+ index
        list.neighbors[edge] = neighbor
        for direction in 0..<3 {
          list.shifts[3 &* edge &+ direction] = shift[direction]
          list.vectors[3 &* edge &+ direction] = vector[direction]
        }
      }
    }
  }

  func neighborLimitError(_ limits: NeighborList.Limits, _ got: String) -> HoneError {
    HoneError(
      .invalidArgument,
      "an atom must have at most \(limits.neighborsPerAtom) neighbours, got \(got) within the "
        + "cutoff of \(cutoff) Å; the cell \(cell.rows.elements) is too small, or the atoms are too "
        + "close")
  }

  static func edgeLimitError(_ limits: NeighborList.Limits, _ got: String) -> HoneError {
    HoneError(
      .invalidArgument,
      "the cell and its images must have at most \(limits.edges) edges within the cutoff, got "
        + "\(got)")
  }
}

/// Sorts the edges of one atom without allocating for each atom.
final class EdgeSorter {
  /// The edges, shape `[capacity]`.
  let edges: Buffer<PackedEdge>
  private let merged: Buffer<PackedEdge>

  /// Runs of this length are sorted by insertion.
  private static let runLength = 16

  /// Makes room for the edges of one atom.
  init(capacity: Int) throws(HoneError) {
    edges = try Buffer(count: capacity)
    merged = try Buffer(count: capacity)
  }

  /// Sorts the first edges.
  ///
  /// - Complexity: O(count · log(count)); no allocation.
  func sort(_ count: Int) {
    for start in stride(from: 0, to: count, by: EdgeSorter.runLength) {
      insertionSort(start, min(start + EdgeSorter.runLength, count))
    }
    var width = EdgeSorter.runLength
    while width < count {
      for start in stride(from: 0, to: count, by: 2 * width) {
        let middle = min(start + width, count)
        merge(start, middle, min(middle + width, count))
      }
      for index in 0..<count { edges[index] = merged[index] }
      width *= 2
    }
  }

  private func insertionSort(_ start: Int, _ end: Int) {
    for index in start..<end {
      let edge = edges[index]
      var place = index
      while place > start && edge < edges[place - 1] {
        edges[place] = edges[place - 1]
        place -= 1
      }
      edges[place] = edge
    }
  }

  private func merge(_ start: Int, _ middle: Int, _ end: Int) {
    var (left, right) = (start, middle)
    for place in start..<end {
      if right >= end || (left < middle && !(edges[right] < edges[left])) {
        merged[place] = edges[left]
        left += 1
      } else {
        merged[place] = edges[right]
        right += 1
      }
    }
  }
}
