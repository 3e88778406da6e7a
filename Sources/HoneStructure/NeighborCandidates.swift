internal import HoneNumerics

/// The atoms and images that can be neighbours of the atoms of one bin.
///
/// Coordinates are relative to the middle of the bin, in units of the search radius and in single
/// precision: enough to leave out nearly all that is too far, at a fraction of the cost. What lies
/// within the rounding errors of the cutoff is decided from the positions as given.
final class NeighborCandidates {
  /// The number of candidates gathered.
  @exclusivity(unchecked) private(set) var count = 0
  /// Squares of distances, in units of the search radius, below which an atom may be a neighbour.
  @exclusivity(unchecked) private(set) var outer: Float = 0
  /// Squares below which it certainly is one.
  @exclusivity(unchecked) private(set) var inner: Float = 0
  /// The neighbour, and the image as seen from it, of each candidate: `NeighborGeometry.key`.
  @exclusivity(unchecked) private(set) var keys = View<UInt64>.empty
  /// Squares of the distances from the last centre, for the first `count` candidates.
  @exclusivity(unchecked) private(set) var squares = View<Float>.empty
  /// The candidates closer to the last centre than `outer`.
  @exclusivity(unchecked) private(set) var selected = View<Int32>.empty

  @exclusivity(unchecked) private var capacity = 0
  private let keyMemory = ReusableBuffer<UInt64>()
  private let coordinateMemory = ReusableBuffer<SIMD4<Float>>()
  private let squareMemory = ReusableBuffer<SIMD4<Float>>()
  private let selectedMemory = ReusableBuffer<Int32>()
  private let rangeMemory = ReusableBuffer<Range>()

  @exclusivity(unchecked) private var ranges = View<Range>.empty
  @exclusivity(unchecked) private var rangeCount = 0
  @exclusivity(unchecked) private var origin = SIMD3<Double>.zero
  @exclusivity(unchecked) private var inverseRadius = 0.0
  @exclusivity(unchecked) private var lower = SIMD3<Float>.zero
  @exclusivity(unchecked) private var upper = SIMD3<Float>.zero

  /// The most candidates that are gathered at once.
  private static let largestCapacity = 65536

  /// Atoms of a bin, seen in an image.
  private struct Range: BitwiseCopyable {
    var start: Int32
    var end: Int32
    var image: Int32
  }

  /// Where gathering goes on.
  struct Cursor {
    fileprivate var range = 0
    fileprivate var offset = 0
    /// Whether all candidates have been gathered.
    fileprivate(set) var isAtEnd = false
  }

  /// Makes room for a few hundred candidates.
  ///
  /// - Throws: `.outOfMemory`.
  init() throws(HoneError) {
    try makeRoom(Self.leastCapacity)
  }

  /// Gathers all candidates at once if that is possible, with more room where it is needed.
  ///
  /// - Returns: Whether all were gathered.
  /// - Throws: `.outOfMemory`.
  func gatherAll(_ grid: NeighborGrid) throws(HoneError) -> Bool {
    if capacity == 0 { try makeRoom(Self.leastCapacity) }
    while true {
      var cursor = Cursor()
      gather(grid, from: &cursor)
      if cursor.isAtEnd { return true }
      guard capacity < NeighborCandidates.largestCapacity else { return false }
      try makeRoom(4 * capacity)
    }
  }

  private static let leastCapacity = 1024

  private func makeRoom(_ capacity: Int) throws(HoneError) {
    // Where memory runs out half-way there is no room at all, and nobody writes to what is gone.
    self.capacity = 0
    count = 0
    keys = .empty
    squares = .empty
    selected = .empty
    keys = try keyMemory.resize(capacity)
    try coordinateMemory.resize(3 * capacity / 4)
    let blocks = try squareMemory.resize(capacity / 4)
    squares = View(
      base: UnsafeMutableRawPointer(blocks.base).assumingMemoryBound(to: Float.self),
      count: capacity)
    selected = try selectedMemory.resize(capacity)
    self.capacity = capacity
  }

  /// Turns to the surroundings of a bin.
  ///
  /// - Throws: `.outOfMemory`.
  func surround(bin: Int, of grid: NeighborGrid, cutoff: Double) throws(HoneError) {
    let positions = grid.wrappedPositions
    var low = SIMD3<Double>(repeating: .infinity)
    var high = SIMD3<Double>(repeating: -.infinity)
    for rank in Int(grid.binStarts[bin])..<Int(grid.binStarts[bin + 1]) {
      let place = 3 &* Int(grid.atoms[rank])
      let position = SIMD3(positions[place], positions[place &+ 1], positions[place &+ 2])
      low = SIMD3(min(low.x, position.x), min(low.y, position.y), min(low.z, position.z))
      high = SIMD3(max(high.x, position.x), max(high.y, position.y), max(high.z, position.z))
    }
    inverseRadius = 1 / grid.searchRadius
    origin = low + 0.5 * (high - low)
    lower = SIMD3<Float>((low - origin) * inverseRadius)
    upper = SIMD3<Float>((high - origin) * inverseRadius)
    // Candidates lie within the radius of the box; a coordinate is rounded twice, the sum thrice.
    let extent = 2 + max(upper.max(), -lower.min())
    let error = 8 * Float.ulpOfOne * extent
    outer = (1 + error) * (1 + error)
    let certain =
      Float((cutoff - 2 * grid.roundingError) * inverseRadius) - error
    inner = certain > 0 ? certain * certain : 0
    try listRanges(bin: bin, of: grid)
  }

  /// Lists the occupied bins that neighbours can lie in, the highest image first, so that lists of
  /// reverse edges come out in order.
  private func listRanges(bin: Int, of grid: NeighborGrid) throws(HoneError) {
    let reach = grid.reach
    let visits = (2 * reach.x + 1) * (2 * reach.y + 1) * (2 * reach.z + 1)
    ranges = try rangeMemory.resize(visits)
    let bins = grid.bins.lookup
    let center = bins.coordinates(of: bin)
    let binStarts = grid.binStarts
    let ranges = ranges
    let counts = grid.binCounts
    let isPeriodic = grid.cell.periodicity
    var count = 0
    for x in stride(from: reach.x, through: -reach.x, by: -1) {
      let (binX, imageX) = NeighborCandidates.wrapped(center.x + x, counts.x, isPeriodic[0])
      for y in stride(from: reach.y, through: -reach.y, by: -1) {
        let (binY, imageY) = NeighborCandidates.wrapped(center.y + y, counts.y, isPeriodic[1])
        for z in stride(from: reach.z, through: -reach.z, by: -1) {
          let (binZ, imageZ) = NeighborCandidates.wrapped(center.z + z, counts.z, isPeriodic[2])
          let found = bins.find(SIMD3(binX, binY, binZ))
          guard found >= 0 else { continue }
          let image = grid.images.number(of: SIMD3(imageX, imageY, imageZ))
          ranges[count] = Range(
            start: binStarts[found], end: binStarts[found + 1],
            image: Int32(truncatingIfNeeded: image))
          count += 1
        }
      }
    }
    rangeCount = count
  }

  /// The bin inside the period that is the image of a bin, and the image.
  @inline(__always)
  private static func wrapped(_ bin: Int, _ count: Int, _ isPeriodic: Bool) -> (Int, Int) {
    guard isPeriodic, bin < 0 || bin >= count else { return (bin, 0) }
    let period = bin >= 0 ? bin / count : -((count &- 1 &- bin) / count)
    return (bin &- period &* count, period)
  }

  /// Gathers candidates, as many as there is room for.
  func gather(_ grid: NeighborGrid, from cursor: inout Cursor) {
    let (positions, atoms, keys) = (grid.wrappedPositions, grid.atoms, keys)
    let coordinates = UnsafeMutableRawPointer(coordinateMemory.view.base)
      .assumingMemoryBound(to: Float.self)
    let (origin, inverseRadius, lower, upper) = (origin, inverseRadius, lower, upper)
    let (outer, lastImage, capacity) = (outer, grid.images.count &- 1, capacity)
    var count = 0
    var index = cursor.range
    var offset = cursor.offset
    while index < rangeCount && count < capacity {
      let range = ranges[index]
      let translation = grid.images.translations[Int(range.image)]
      let from = SIMD3(
        translation.x - origin.x, translation.y - origin.y, translation.z - origin.z)
      let image = lastImage &- Int(range.image)
      let start = Int(range.start) &+ offset
      let end = min(Int(range.end), start &+ capacity &- count)
      for rank in start..<end {
        let atom = Int(truncatingIfNeeded: atoms[rank])
        let x = Float((positions[3 &* atom] + from.x) * inverseRadius)
        let y = Float((positions[3 &* atom &+ 1] + from.y) * inverseRadius)
        let z = Float((positions[3 &* atom &+ 2] + from.z) * inverseRadius)
        let block = 12 &* (count >> 2) &+ (count & 3)
        coordinates[block] = x
        coordinates[block &+ 4] = y
        coordinates[block &+ 8] = z
        keys[count] = NeighborGeometry.key(neighbor: atom, image: image)
        // Left out when farther than the radius from the box around the atoms of the bin.
        let dx = max(max(lower.x - x, x - upper.x), 0)
        let dy = max(max(lower.y - y, y - upper.y), 0)
        let dz = max(max(lower.z - z, z - upper.z), 0)
        count &+= NeighborGeometry.countIfLess(dx * dx + dy * dy + dz * dz, than: outer)
      }
      if end == Int(range.end) {
        index += 1
        offset = 0
      } else {
        offset = end - Int(range.start)
      }
    }
    self.count = count
    cursor = Cursor(range: index, offset: offset, isAtEnd: index >= rangeCount)
    // The last block is filled up with what is too far.
    for filler in count..<(count + 3) & ~3 {
      let block = 12 * (filler >> 2) + (filler & 3)
      for direction in 0..<3 { coordinates[block + 4 * direction] = 1e10 }
    }
  }

  /// Selects the candidates that may be neighbours of an atom of the bin.
  ///
  /// - Returns: The number selected.
  @inline(__always)
  func select(around position: SIMD3<Double>) -> Int {
    let local = SIMD3<Float>((position - origin) * inverseRadius)
    let (x, y, z) = (
      SIMD4<Float>(repeating: local.x), SIMD4<Float>(repeating: local.y),
      SIMD4<Float>(repeating: local.z)
    )
    let (blocks, blockSquares) = (coordinateMemory.view, squareMemory.view)
    for block in 0..<(count &+ 3) >> 2 {
      let dx = blocks[3 &* block] - x
      let dy = blocks[3 &* block &+ 1] - y
      let dz = blocks[3 &* block &+ 2] - z
      blockSquares[block] = dx * dx + dy * dy + dz * dz
    }
    let (squares, selected, outer) = (squares, selected, outer)
    var found = 0
    for candidate in 0..<count {
      selected[found] = Int32(truncatingIfNeeded: candidate)
      found &+= NeighborGeometry.countIfLess(squares[candidate], than: outer)
    }
    return found
  }
}
