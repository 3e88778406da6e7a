internal import HoneNumerics

/// One thread's part of a search, with memory that is kept from one search to the next.
final class NeighborWorker {
  /// Where the edges around an atom lie in the memory of a worker.
  struct Place: BitwiseCopyable {
    var worker: Int32
    var count: Int32
    var start: Int
  }

  /// The edges found, around one centre after the other, as their neighbours see them: the key of
  /// edge `i←j` names `j` and the image in which `j` sees `i`.
  @exclusivity(unchecked) private(set) var found: Buffer<UInt64>
  /// Why the worker stopped.
  var error: HoneError?
  /// The first atom that has more neighbours than allowed.
  @exclusivity(unchecked) private(set) var crowdedAtom = Int.max
  /// The number of edges found.
  @exclusivity(unchecked) private(set) var count = 0

  private let candidates: NeighborCandidates

  /// Makes a worker.
  ///
  /// - Throws: `.outOfMemory`.
  init() throws(HoneError) {
    candidates = try NeighborCandidates()
    found = try Buffer(count: 4096)
  }

  /// Forgets the search before: a worker may get no atoms at all.
  func reset() {
    count = 0
    crowdedAtom = .max
    error = nil
  }

  /// Finds the edges around the atoms of some bins.
  ///
  /// Errors are kept for the thread that asks for them.
  ///
  /// - Parameters:
  ///   - grid: The atoms.
  ///   - search: The length of edges and the vectors that decide.
  ///   - ranks: Atoms in the order of bins; those of the bins that begin there are this worker's.
  ///   - worker: The number of this worker.
  ///   - places: Receives where the edges of each atom lie, shape `[atoms]`.
  func run(
    _ grid: NeighborGrid, _ search: NeighborPass, ranks: Range<Int>, worker: Int,
    _ places: View<Place>
  ) {
    guard !ranks.isEmpty else { return }
    var bin = grid.bin(ofAtom: Int(grid.atoms[ranks.lowerBound]))
    if Int(grid.binStarts[bin]) < ranks.lowerBound { bin += 1 }
    do throws(HoneError) {
      while bin < grid.bins.count && Int(grid.binStarts[bin]) < ranks.upperBound {
        try scan(grid, search, bin: bin, worker: worker, places)
        bin += 1
      }
    } catch {
      self.error = error
    }
  }

  private func scan(
    _ grid: NeighborGrid, _ search: NeighborPass, bin: Int, worker: Int, _ places: View<Place>
  ) throws(HoneError) {
    try candidates.surround(bin: bin, of: grid, cutoff: search.radius)
    let isWhole = try candidates.gatherAll(grid)
    for rank in Int(grid.binStarts[bin])..<Int(grid.binStarts[bin + 1]) {
      let centre = Int(grid.atoms[rank])
      let start = count
      if isWhole {
        try append(grid, search, around: centre)
      } else {
        // Too many to be kept: gathered anew for every centre.
        var cursor = NeighborCandidates.Cursor()
        while !cursor.isAtEnd && count - start <= search.limits.neighborsPerAtom {
          candidates.gather(grid, from: &cursor)
          try append(grid, search, around: centre)
        }
      }
      if count - start > search.limits.neighborsPerAtom {
        crowdedAtom = min(crowdedAtom, centre)
        count = start
      }
      guard count <= search.limits.edges else {
        throw search.edgeLimitError("more")
      }
      places[centre] = Place(
        worker: Int32(truncatingIfNeeded: worker),
        count: Int32(truncatingIfNeeded: count - start), start: start)
    }
  }

  /// Appends the edges between a centre and the candidates.
  @inline(__always)
  private func append(
    _ grid: NeighborGrid, _ search: NeighborPass, around centre: Int
  ) throws(HoneError) {
    let place = 3 &* centre
    let positions = grid.wrappedPositions
    let selected = candidates.select(
      around: SIMD3(positions[place], positions[place &+ 1], positions[place &+ 2]))
    try reserve(count + selected)
    let (found, keys, squares, order) = (
      found.base, candidates.keys, candidates.squares, candidates.selected
    )
    let inner = candidates.inner
    let lastImage = grid.images.count &- 1
    let own = NeighborGeometry.key(neighbor: centre, image: lastImage >> 1)
    var next = count
    for index in 0..<selected {
      let candidate = Int(truncatingIfNeeded: order[index])
      let key = keys[candidate]
      found[next] = key
      if squares[candidate] < inner && key != own {
        next &+= 1
      } else if key != own {
        // As the centre sees it, the image is the opposite one.
        let image = lastImage &- NeighborGeometry.image(key)
        let neighbor = NeighborGeometry.neighbor(key)
        let edge = NeighborGeometry.key(neighbor: neighbor, image: image)
        if search.isEdge(edge, of: centre) { next &+= 1 }
      }
    }
    count = next
  }

  /// Makes room for edges and keeps those found before.
  private func reserve(_ wanted: Int) throws(HoneError) {
    guard wanted > found.count else { return }
    let larger = try Buffer<UInt64>(count: max(wanted, 2 * found.count))
    larger.base.update(from: found.base, count: count)
    found = larger
  }
}
