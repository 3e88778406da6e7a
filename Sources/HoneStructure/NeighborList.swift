public import HoneNumerics

/// Directed edges between atoms closer than a cutoff, periodic images included.
///
/// The list is full: each pair appears as `i←j` and as `j←i`, and an atom is a neighbour of itself
/// through its images, once for every image within the cutoff. Edges are grouped by centre `i`; those
/// of one centre are sorted by neighbour `j`, then by the three shifts. The order therefore depends on
/// nothing but the numbering of the atoms, and reverse edges have exactly opposite vectors.
///
/// The numbers lie in the memory of who found them, which the list keeps alive. A list that
/// `NeighborSearch.find` or `DomainPoints.arrange` returned is valid until the next call.
public struct NeighborList: Sendable {
  /// The number of atoms.
  public let atomCount: Int
  /// The cutoff in Å; every edge is shorter.
  public let cutoff: Double
  /// Where the edges of each centre start, shape `[atoms + 1]`.
  public let starts: View<Int32>
  /// The neighbour `j` of each edge `i←j`, shape `[edges]`.
  public let neighbors: View<Int32>
  /// Cell vectors added to the neighbour's position as given, shape `[edges, 3]`.
  ///
  /// Zero in directions that are not periodic.
  public let shifts: View<Int32>
  /// `r_j - r_i + Σ_d shift[d] cell[d]` in Å, shape `[edges, 3]`.
  public let vectors: View<Double>
  /// The owner of the memory.
  let owner: any AnyObject & Sendable

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

  /// Finds all neighbours within a cutoff, on one thread and with memory of its own.
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
  ///   finite, beyond 1e12 Å or so far away that their rounding errors exceed the cutoff, atoms (or
  ///   images) closer than 1e-6 Å, and more neighbours than the limits allow; `.outOfMemory`.
  /// - Complexity: O(atoms + edges) at bounded density, in time and in memory.
  public init(
    positions: Span<Double>, cell: Cell?, cutoff: Double, limits: Limits = Limits()
  ) throws(HoneError) {
    self = try NeighborSearch().find(
      positions: positions, cell: cell, cutoff: cutoff, skin: 0, limits: limits, on: nil)
  }
}
