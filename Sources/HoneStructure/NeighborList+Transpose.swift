public import HoneNumerics

extension NeighborList {
  /// Edges grouped by neighbour instead of by centre.
  ///
  /// Lets a gradient be gathered by the atom that sent the features, with no atomics.
  public struct Transpose: Sendable {
    /// Where the edges of each neighbour start in `edges`, shape `[atoms + 1]`.
    public let starts: Buffer<Int32>
    /// Edges of the list sorted by neighbour, then by their number, shape `[edges]`.
    public let edges: Buffer<Int32>
    /// The centre of each edge of the list, in the order of the list, shape `[edges]`.
    public let centres: Buffer<Int32>
  }

  /// Groups the edges by neighbour.
  ///
  /// - Throws: `.outOfMemory`.
  /// - Complexity: O(atoms + edges).
  public func transposed() throws(HoneError) -> Transpose {
    let centres = try Buffer<Int32>(count: edgeCount)
    for centre in 0..<atomCount {
      for edge in edges(of: centre) { centres[edge] = Int32(truncatingIfNeeded: centre) }
    }
    let starts = try Buffer<Int32>(count: atomCount + 1)
    let edges = try Buffer<Int32>(count: edgeCount)
    sortByGroup(neighbors, into: starts.view, edges.view)
    return Transpose(starts: starts, edges: edges, centres: centres)
  }
}
