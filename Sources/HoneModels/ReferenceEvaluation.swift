internal import HoneNumerics
internal import HoneStructure

/// Evaluates a model for points with the reference evaluator: from them to a graph, and back from
/// edge gradients to forces and virials.
///
/// Sums over edges are taken in double, whatever the precision of the network.
struct ReferenceEvaluation<T: HoneScalar> {
  let model: MessagePassingModel<T>
  /// The constant energy of an atom of each species in eV.
  let constants: [Double]
  let points: EvaluationPoints

  private var species: View<Int32> { points.species }
  private var neighbors: NeighborList { points.neighbors }

  /// Computes what is asked for.
  ///
  /// - Throws: `.outOfMemory`; `.notConverged` when a result is not finite.
  func run(_ targets: ComputeTargets, _ team: Team) throws(HoneError) {
    let quantities = targets.quantities
    let order = try nodeOrder()
    let graph = try graph(order)
    let needsGradients = !quantities.isDisjoint(with: [.forces, .virial, .atomVirials])
    let derivatives: MessagePassingModel<T>.Derivatives =
      quantities.contains(.atomVirials) ? .moments : needsGradients ? .gradients : .none
    let result = try model.compute(
      graph, derivatives: derivatives, exchange: points.exchange.map { ($0, order.atoms.view) },
      keepsDescriptors: targets.descriptors != nil, team: team)
    // In the points' own order, so that the sum does not depend on how nodes were arranged.
    var energy = 0.0
    for atom in 0..<points.localCount {
      let share =
        result.energies[Int(order.nodes[atom])].value + constants[Int(species[atom])]
      energy += share
      targets.atomEnergies?[atom] = share
    }
    targets.energy?[0] = energy
    if let descriptors = targets.descriptors, let found = result.descriptors {
      let width = descriptors.count / max(1, points.localCount)
      for atom in 0..<points.localCount {
        descriptors.slice(atom * width, width).copy(
          from: found.view(from: Int(order.nodes[atom]) * width, count: width))
      }
    }
    if let forces = targets.forces { sumForces(graph, order, result, into: forces) }
    if let virial = targets.virial { sumVirial(graph, order, result, into: virial) }
    if let virials = targets.atomVirials { sumAtomVirials(graph, order, result, into: virials) }
    withExtendedLifetime(order) {}
    try targets.requireFinite()
  }

  private struct Order {
    /// The point of each node.
    let atoms: Buffer<Int32>
    /// The node of each point.
    let nodes: Buffer<Int32>
  }

  /// Points sorted by species within each block that node updates take together, so that maps with
  /// weights of their own for each species see long runs.
  ///
  /// No layer's points are mixed with others.
  private func nodeOrder() throws(HoneError) -> Order {
    let count = species.count
    let atoms = try Buffer<Int32>(count: count)
    let nodes = try Buffer<Int32>(count: count)
    let size = MessagePassingModel<T>.blockRows
    var start = 0
    while start < count {
      var end = min(start + size, count)
      for layer in 0..<points.centerCounts.count where points.centerCounts[layer] > start {
        end = min(end, points.centerCounts[layer])
      }
      let sorted = (start..<end).sorted { (species[$0], $0) < (species[$1], $1) }
      for (slot, atom) in sorted.enumerated() {
        atoms[start + slot] = Int32(truncatingIfNeeded: atom)
        nodes[atom] = Int32(truncatingIfNeeded: start + slot)
      }
      start = end
    }
    return Order(atoms: atoms, nodes: nodes)
  }

  private func graph(_ order: Order) throws(HoneError) -> EdgeGraph<T> {
    let count = species.count
    let edgeCount = neighbors.edgeCount
    let nodeSpecies = try Buffer<Int32>(count: count)
    let centerCount = points.centerCounts[0]
    let starts = try Buffer<Int>(count: centerCount + 1)
    let ends = try Buffer<Int32>(count: edgeCount)
    let vectors = try Buffer<T>(count: 3 * edgeCount)
    var next = 0
    for node in 0..<count {
      let atom = Int(order.atoms[node])
      nodeSpecies[node] = species[atom]
      guard node < centerCount else { continue }
      starts[node] = next
      for edge in neighbors.edges(of: atom) {
        ends[next] = order.nodes[Int(neighbors.neighbors[edge])]
        for axis in 0..<3 { vectors[3 * next + axis] = T(neighbors.vectors[3 * edge + axis]) }
        next += 1
      }
    }
    starts[centerCount] = next
    return EdgeGraph(
      nodeCount: count, centerCount: centerCount,
      layerCenterCounts: (0..<points.centerCounts.count).map { points.centerCounts[$0] },
      species: nodeSpecies, edgeStarts: starts, neighbors: ends, vectors: vectors)
  }

  /// Visits the edges with their atoms and their vectors as the neighbour list found them, in
  /// double.
  private func forEachEdge(
    _ graph: EdgeGraph<T>, _ order: Order,
    _ body: (_ edge: Int, _ center: Int, _ neighbor: Int, _ vector: Vector3<Double>) -> Void
  ) {
    for node in 0..<graph.centerCount {
      let center = Int(order.atoms[node])
      var edge = graph.edgeStarts[node]
      for found in neighbors.edges(of: center) {
        body(edge, center, Int(neighbors.neighbors[found]), neighbors.vectors[vector: found])
        edge += 1
      }
    }
  }

  /// F_i = Σ ∂E/∂(r_j − r_i) over edges i←j, and the opposite for j.
  private func sumForces(
    _ graph: EdgeGraph<T>, _ order: Order, _ result: MessagePassingModel<T>.Result,
    into forces: View<Double>
  ) {
    forces.fill(0)
    guard let gradients = result.edgeGradients else { return }
    forEachEdge(graph, order) { edge, center, neighbor, _ in
      for axis in 0..<3 {
        let gradient = gradients[3 * edge + axis].value
        forces[3 * center + axis] += gradient
        forces[3 * neighbor + axis] -= gradient
      }
    }
  }

  /// W[a][b] = −Σ (r_j − r_i)_a ∂E/∂(r_j − r_i)_b over edges.
  private func sumVirial(
    _ graph: EdgeGraph<T>, _ order: Order, _ result: MessagePassingModel<T>.Result,
    into virial: View<Double>
  ) {
    virial.fill(0)
    guard let gradients = result.edgeGradients else { return }
    forEachEdge(graph, order) { edge, _, _, vector in
      for a in 0..<3 {
        for b in 0..<3 { virial[3 * a + b] -= vector[a] * gradients[3 * edge + b].value }
      }
    }
  }

  /// Of edge i←j, with g and G_a its gradient and moments about i: atom j gets
  /// G_a − (r_j − r_i)_a g, atom i gets −G_a.
  private func sumAtomVirials(
    _ graph: EdgeGraph<T>, _ order: Order, _ result: MessagePassingModel<T>.Result,
    into virials: View<Double>
  ) {
    virials.fill(0)
    guard let gradients = result.edgeGradients, let moments = result.edgeMoments else { return }
    forEachEdge(graph, order) { edge, center, neighbor, vector in
      let receiver =
        neighbor < points.localCount || points.keepsGhostVirials ? neighbor : center
      for a in 0..<3 {
        let along = vector[a]
        for b in 0..<3 {
          let moment = moments[a][3 * edge + b].value
          virials[9 * receiver + 3 * a + b] += moment - along * gradients[3 * edge + b].value
          virials[9 * center + 3 * a + b] -= moment
        }
      }
    }
  }
}
