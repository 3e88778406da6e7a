public import HoneNumerics

/// Directed edges between atoms closer than a cutoff, periodic images included.
///
/// The list is full: each pair appears as `i←j` and as `j←i`, and an atom is a neighbour of itself
/// through its images, once for every image within the cutoff. Edges are grouped by centre `i`; those
/// of one centre are sorted by neighbour `j`, then by the three shifts. The order therefore depends on
/// nothing but the numbering of the atoms, and reverse edges have exactly opposite vectors.
public struct NeighborList: Sendable {
  /// The number of atoms.
  public let atomCount: Int
  /// The cutoff in Å; every edge is shorter.
  public let cutoff: Double
  /// Where the edges of each centre start, shape `[atoms + 1]`.
  public let starts: Buffer<Int32>
  /// The neighbour `j` of each edge `i←j`, shape `[edges]`.
  public let neighbors: Buffer<Int32>
  /// Cell vectors added to the neighbour's position as given, shape `[edges, 3]`.
  ///
  /// Zero in directions that are not periodic.
  public let shifts: Buffer<Int32>
  /// `r_j - r_i + Σ_d shift[d] cell[d]` in Å, shape `[edges, 3]`.
  public let vectors: Buffer<Double>

  /// The number of directed edges.
  public var edgeCount: Int { neighbors.count }

  /// The edges of a centre.
  public func edges(of centre: Int) -> Range<Int> {
    Int(starts[centre])..<Int(starts[centre + 1])
  }
}

extension NeighborList {
  /// How large a list may grow before it is refused.
  public struct Limits: Sendable {
    /// The most neighbours of one atom.
    public var neighborsPerAtom = 100_000
    /// The most edges; no more than 2^31 - 1.
    public var edges = Int(Int32.max)

    /// Makes the default limits.
    public init() {}
  }

  /// Finds all neighbours within a cutoff.
  ///
  /// Positions need not lie in the cell. Bins cover only the space where atoms are, so neither empty
  /// space nor distance between atoms costs anything.
  ///
  /// - Parameters:
  ///   - positions: Positions in Å, shape `[atoms, 3]`.
  ///   - cell: The cell, or nil for a molecule.
  ///   - cutoff: The cutoff in Å; edges are strictly shorter.
  ///   - limits: How large the list may grow.
  /// - Throws: `.invalidArgument` for a cutoff that is not finite and positive, positions that are not
  ///   finite, beyond 1e12 Å or so far away that their rounding errors exceed the cutoff, atoms (or images) closer than 1e-6 Å, and more neighbours than the
  ///   limits allow; `.outOfMemory`.
  /// - Complexity: O(atoms + edges) at bounded density, in time and in memory.
  public init(
    positions: Span<Double>, cell: Cell?, cutoff: Double, limits: Limits = Limits()
  ) throws(HoneError) {
    let atomCount = positions.count / 3
    try NeighborList.check(positions, cutoff)
    let grid = try NeighborGrid(
      positions: positions, cell: cell ?? .open, cutoff: cutoff)
    try grid.checkImages(limits)

    let starts = try Buffer<Int32>(repeating: 0, count: atomCount + 1)
    let edgeCount = try grid.count(positions, centres: 0..<atomCount, limits, into: starts)
    let largest = try NeighborList.accumulate(starts, edgeCount, limits)

    self.atomCount = atomCount
    self.cutoff = cutoff
    self.starts = starts
    neighbors = try Buffer(count: edgeCount)
    shifts = try Buffer(count: 3 * edgeCount)
    vectors = try Buffer(count: 3 * edgeCount)
    let scratch = try EdgeSorter(capacity: largest)
    try grid.fill(positions, centres: 0..<atomCount, self, scratch)
  }

  private static func check(_ positions: Span<Double>, _ cutoff: Double) throws(HoneError) {
    guard cutoff.isFinite, cutoff > 0 else {
      throw HoneError(
        .invalidArgument, "the cutoff must be finite and positive, got \(cutoff) Å")
    }
    guard positions.count % 3 == 0 else {
      throw HoneError(
        .invalidArgument,
        "positions must hold 3 numbers for each atom, got \(positions.count) numbers")
    }
    guard positions.count / 3 <= Int(Int32.max) else {
      throw HoneError(
        .invalidArgument,
        "at most 2147483647 atoms can have neighbours, got \(positions.count / 3)")
    }
    try requireFinite(positions)
    for index in positions.indices where positions[index].magnitude > 1e12 {
      throw HoneError(
        .invalidArgument,
        "positions must lie within 1e12 Å of the origin, but component \(index % 3) of atom "
          + "\(index / 3) is \(positions[index])")
    }
  }

  /// Turns counts, each one place after its atom, into starts; returns the largest count.
  private static func accumulate(
    _ starts: Buffer<Int32>, _ edgeCount: Int, _ limits: Limits
  ) throws(HoneError) -> Int {
    guard edgeCount <= min(limits.edges, Int(Int32.max)) else {
      throw NeighborGrid.edgeLimitError(limits, "\(edgeCount)")
    }
    var largest = 0
    for atom in 1..<max(starts.count, 1) {
      largest = max(largest, Int(starts[atom]))
      starts[atom] += starts[atom - 1]
    }
    return largest
  }
}
