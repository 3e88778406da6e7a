internal import HoneNumerics

extension EvaluationPass {
  /// Computes everything a layer needs about a run of edges.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - edges: At most `scratch.capacity` edges.
  ///   - firstCenter: A centre at or before that of the first edge.
  ///   - scratch: Filled; `weights` holds the radial network's result, its factor not yet applied.
  func prepare(
    _ layer: InteractionLayer<T>, _ edges: Range<Int>, firstCenter: Int, _ scratch: EdgeScratch<T>
  ) {
    let basis = model.basis
    let harmonics = model.harmonics
    var center = firstCenter
    for (slot, edge) in edges.enumerated() {
      while graph.edgeStarts[center + 1] <= edge { center += 1 }
      scratch.centers[slot] = Int32(truncatingIfNeeded: center)
      let vector = graph.vectors[vector: edge]
      let r = T.squareRoot(vector.dot(vector))
      let direction = harmonics.normalizes ? vector * (T(1) / r) : vector
      scratch.distances[slot] = r
      scratch.directions[vector: slot] = direction
      let radiusSum = radiusSum(edge, center)
      let cutoff = graph.cutoffs.map { $0[center] }
      let values = scratch.basis.view(from: slot * basis.lanes, count: basis.lanes)
      if needsEdgeGradients {
        (scratch.factors[slot], scratch.factorSlopes[slot]) = basis.evaluate(
          distance: r, radiusSum: radiusSum, cutoff: cutoff, values: values,
          slopes: scratch.basisSlopes.view(from: slot * basis.lanes, count: basis.lanes))
      } else {
        scratch.factors[slot] = basis.evaluate(
          distance: r, radiusSum: radiusSum, cutoff: cutoff, values: values)
      }
      harmonics.evaluate(
        direction,
        into: scratch.harmonics.view(from: slot * harmonics.lanes, count: harmonics.lanes))
    }
    layer.convolution.coupling.multiply(
      scratch.harmonics.view, stride: harmonics.lanes, into: scratch.couplings.view,
      stride: layer.convolution.coupling.blockCount, rows: edges.count)
    evaluate(layer.network, edges, scratch, keeping: scratch.networkScratch, scratch.weights)
  }

  /// The sum of the covalent radii of an edge's ends, where the basis asks for it.
  func radiusSum(_ edge: Int, _ center: Int) -> Double {
    guard model.basis.transform != nil else { return 0 }
    return model.radii[Int(graph.species[center])]
      + model.radii[Int(graph.species[Int(graph.neighbors[edge])])]
  }

  /// The species of sender and centre of an edge of a run that `prepare` has seen.
  @inline(__always)
  func ends(_ edges: Range<Int>, _ slot: Int, _ scratch: EdgeScratch<T>)
    -> (sender: Int, center: Int)
  {
    (
      Int(graph.species[Int(graph.neighbors[edges.lowerBound + slot])]),
      Int(graph.species[Int(scratch.centers[slot])])
    )
  }

  /// Evaluates a radial network for a run of edges whose basis functions stand in the scratch.
  func evaluate(
    _ network: RadialNetwork<T>, _ edges: Range<Int>, _ scratch: EdgeScratch<T>,
    keeping kept: Buffer<T.Lanes>, _ output: Buffer<T.Lanes>
  ) {
    network.evaluate(
      scratch.basis.view, ends: { ends(edges, $0, scratch) }, edges: edges.count,
      scratch: kept.view, work: scratch.networkWork.view,
      into: output.view)
  }

  /// The density of one edge, tanh(d²), and its derivative with respect to d.
  func density(_ slot: Int, _ scratch: EdgeScratch<T>) -> (value: T, slope: T) {
    let d = scratch.densities.view(from: slot, count: 1).channel(0)
    let value = T.tanh(d * d)
    return (value, T(2) * d * (T(1) - value * value))
  }

  /// Multiplies weights by their factor, if they have one; keeps them without it.
  func applyFactor(_ lanes: Int, edges: Int, _ scratch: EdgeScratch<T>) {
    guard model.basis.scalesWeights else { return }
    for slot in 0..<edges {
      let factor = T.Lanes(repeating: scratch.factors[slot])
      for block in slot * lanes..<(slot + 1) * lanes {
        let bare = scratch.weights[block]
        scratch.bareWeights[block] = bare
        scratch.weights[block] = bare * factor
      }
    }
  }

  /// Adds ∂E/∂vector of an edge from its parts: along the edge from the radial functions, and
  /// across it from the harmonics.
  func accumulateEdgeGradient(
    _ edge: Int, slot: Int, radial: T, _ scratch: EdgeScratch<T>, into gradient: Buffer<T>
  ) {
    let lanes = model.harmonics.lanes
    let u = scratch.directions[vector: slot]
    let g = model.harmonics.gradient(
      scratch.harmonicGradient.view(from: slot * lanes, count: lanes), at: u,
      scratch.harmonics.view(from: slot * lanes, count: lanes))
    let inverse = T(1) / scratch.distances[slot]
    // ∂/∂v of f(v/r) is (g − u (u·g)) / r; the radial part points along u. Where harmonics are not
    // normalised, u is the vector itself.
    let total =
      model.harmonics.normalizes
      ? g * inverse + u * (radial - u.dot(g) * inverse) : g + u * (radial * inverse)
    gradient[vector: edge] = gradient[vector: edge] + total
  }
}
