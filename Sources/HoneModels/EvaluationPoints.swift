internal import HoneNumerics
internal import HoneStructure

/// What a model is evaluated for: points, which are the atoms of a structure or those of a host's
/// domain, and the edges between them.
struct EvaluationPoints {
  /// The species of each point, an index into the model's.
  let species: View<Int32>
  /// The edges, between points.
  let neighbors: NeighborList
  /// How many points each layer is computed for, the first ones; never more than the layer before.
  ///
  /// The last layer's are those whose energies are wanted. `[layers]`.
  let centerCounts: View<Int>
  /// How points that no layer is computed for get features; `nil` where there is no need.
  let exchange: FeatureExchange?
  /// Whether the virials of points without energies are wanted.
  ///
  /// Where they are not, they go to the centre at the other end of the edge.
  let keepsGhostVirials: Bool

  /// The number of points.
  var count: Int { species.count }
  /// The number of points whose energies are wanted.
  var localCount: Int { centerCounts.count == 0 ? 0 : centerCounts[centerCounts.count - 1] }
}
