public import HoneNumerics

/// Atoms and the directed edges between them, as the layers see them.
///
/// Nodes are atoms: first the centres, whose energies are computed, then atoms of other owners.
/// Edges i←j are sorted by their centre i and carry r_j − r_i (periodic image included). Nothing
/// here knows of cells, files or hosts.
public final class EdgeGraph<T: HoneScalar>: Sendable {
  /// The number of nodes.
  public let nodeCount: Int
  /// The number of nodes that are centres.
  public let centerCount: Int
  /// How many of the centres each layer is computed for, the first ones; `nil` for all.
  ///
  /// Never more than the layer before; energies are those of the last layer's.
  let layerCenterCounts: [Int]?
  /// The species of each node, an index into the model's species.
  public let species: Buffer<Int32>
  /// Where each centre's edges start; `centerCount + 1` entries.
  public let edgeStarts: Buffer<Int>
  /// The neighbour at the other end of each edge.
  public let neighbors: Buffer<Int32>
  /// r_j − r_i of each edge in Å, `[edges][3]`.
  public let vectors: Buffer<T>
  /// Where the cutoff function of each centre's edges ends, in Å; `nil` for the model's cutoff.
  ///
  /// Both ends of an edge have the same.
  let cutoffs: Buffer<Double>?

  /// Wraps the parts.
  public convenience init(
    nodeCount: Int, centerCount: Int, species: Buffer<Int32>, edgeStarts: Buffer<Int>,
    neighbors: Buffer<Int32>, vectors: Buffer<T>
  ) {
    self.init(
      nodeCount: nodeCount, centerCount: centerCount, layerCenterCounts: nil, species: species,
      edgeStarts: edgeStarts, neighbors: neighbors, vectors: vectors, cutoffs: nil)
  }

  /// Wraps the parts of a graph whose layers are not all computed for all centres, or whose centres have
  /// cutoffs of their own.
  init(
    nodeCount: Int, centerCount: Int, layerCenterCounts: [Int]?, species: Buffer<Int32>,
    edgeStarts: Buffer<Int>, neighbors: Buffer<Int32>, vectors: Buffer<T>,
    cutoffs: Buffer<Double>? = nil
  ) {
    self.cutoffs = cutoffs
    self.nodeCount = nodeCount
    self.centerCount = centerCount
    self.layerCenterCounts = layerCenterCounts
    self.species = species
    self.edgeStarts = edgeStarts
    self.neighbors = neighbors
    self.vectors = vectors
  }

  /// How many centres a layer is computed for.
  func centerCount(layer: Int) -> Int { layerCenterCounts?[layer] ?? centerCount }

  /// The number of centres whose energies are wanted.
  var localCount: Int { layerCenterCounts?.last ?? centerCount }

  /// The number of edges.
  public var edgeCount: Int { edgeStarts[centerCount] }
}
