public import HoneNumerics
public import HoneStructure

/// The graphs that a structure has for all radii up to a largest one.
///
/// Edges are found once; when a smaller radius is asked for they are sorted by length, and those of a
/// radius are the first ones. Edges are directed and unweighted; images are neighbours of their own, so
/// an atom may be its own neighbour and two atoms may share several edges. For one thread at a time.
public final class RadiusGraphs {
  /// A directed edge from a neighbour to a centre.
  struct Edge: BitwiseCopyable {
    let length: Double
    let center: Int32
    let neighbor: Int32
    /// Cell vectors between the neighbour as given and the image that is meant.
    let shift: (Int32, Int32, Int32)
  }

  /// The number of atoms.
  public let atomCount: Int
  /// The cell; nil for a molecule.
  public let cell: Cell?
  /// The largest radius in Å.
  public let largestRadius: Double

  /// By centre until a smaller radius is asked for, then by length.
  private let edges: Buffer<Edge>
  private var isSorted = false

  /// Finds the edges.
  ///
  /// - Parameters:
  ///   - positions: In Å, `[atoms, 3]`.
  ///   - cell: The cell; nil for a molecule.
  ///   - largestRadius: In Å.
  ///   - search: Memory to search with, which nobody else uses meanwhile.
  /// - Throws: As `NeighborList.init(positions:cell:cutoff:limits:)`.
  public init(
    positions: Span<Double>, cell: Cell?, largestRadius: Double,
    search: NeighborSearch = NeighborSearch()
  ) throws(HoneError) {
    let list = try search.find(
      positions: positions, cell: cell, cutoff: largestRadius, team: Team(threadCount: 1))
    atomCount = list.atomCount
    self.cell = cell
    self.largestRadius = largestRadius
    edges = try Buffer(count: list.edgeCount)
    for center in 0..<list.atomCount {
      for edge in list.edges(of: center) {
        let (x, y, z) = (
          list.vectors[3 * edge], list.vectors[3 * edge + 1], list.vectors[3 * edge + 2]
        )
        edges[edge] = Edge(
          length: (x * x + y * y + z * z).squareRoot(), center: Int32(center),
          neighbor: list.neighbors[edge],
          shift: (list.shifts[3 * edge], list.shifts[3 * edge + 1], list.shifts[3 * edge + 2]))
      }
    }
  }

  private func sort() throws(HoneError) {
    guard !isSorted else { return }
    // Sorting takes memory for half of what it sorts.
    try Headroom.require(edges.count, of: MemoryLayout<Edge>.stride)
    var byLength = UnsafeMutableBufferPointer(start: edges.base, count: edges.count)
    // Equal lengths in an order that depends on the structure alone.
    byLength.sort {
      ($0.length, $0.center, $0.neighbor) < ($1.length, $1.center, $1.neighbor)
    }
    isSorted = true
  }

  /// The number of directed edges shorter than a radius, which are then the first ones.
  ///
  /// - Throws: `.outOfMemory`.
  public func edgeCount(radius: Double) throws(HoneError) -> Int {
    guard radius < largestRadius else { return edges.count }
    try sort()
    var (low, high) = (0, edges.count)
    while low < high {
      let middle = (low + high) / 2
      if edges[middle].length < radius { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The number of neighbours of each atom, `[atoms]`, images counted.
  ///
  /// - Throws: `.outOfMemory`.
  public func degrees(radius: Double) throws(HoneError) -> Buffer<Int32> {
    let degrees = try Buffer<Int32>(repeating: 0, count: atomCount)
    for index in 0..<(try edgeCount(radius: radius)) { degrees[Int(edges[index].center)] += 1 }
    return degrees
  }

  /// The mean number of neighbours; 0 without atoms.
  ///
  /// - Throws: `.outOfMemory`.
  public func meanDegree(radius: Double) throws(HoneError) -> Double {
    atomCount > 0 ? Double(try edgeCount(radius: radius)) / Double(atomCount) : 0
  }

  /// Calls a body for each edge shorter than a radius.
  ///
  /// - Throws: `.outOfMemory`.
  @inline(__always)
  func forEachEdge(radius: Double, _ body: (Edge) -> Void) throws(HoneError) {
    for index in 0..<(try edgeCount(radius: radius)) { body(edges[index]) }
  }

  /// 1 / √degree of each atom, 0 for those without neighbours: the normalisation of the Laplacian.
  ///
  /// - Throws: `.outOfMemory`.
  func inverseRootDegrees(radius: Double) throws(HoneError) -> Buffer<Double> {
    let degrees = try degrees(radius: radius)
    let result = try Buffer<Double>(count: atomCount)
    for atom in 0..<atomCount {
      result[atom] = degrees[atom] > 0 ? 1 / Double(degrees[atom]).squareRoot() : 0
    }
    return result
  }
}
