internal import HoneNumerics

extension CompiledPass {
  /// Adds the gradients of a batch's edges to the thread's forces and virials.
  ///
  /// F_i = Σ ∂E/∂(r_j − r_i) over edges i←j, and the opposite for j. Of a moment's seed,
  /// `vectorGradients` holds e = G_a − d_a g: atom j's virial gets it, atom i's loses G_a.
  func collect(
    _ batch: EdgeBatch<T>, _ firstEdge: Int, seed: Int, _ thread: CompiledThread<T>
  ) {
    let capacity = EdgeBatch<T>.capacity
    let forces = thread.forces.view.base
    let virials = thread.virials.view.base
    let vectors = graph.vectors
    let energyGradients = batch.energyGradients
    for segment in 0..<batch.segmentCount {
      let center = batch.segments[segment].center
      for slot in batch.slots(segment) {
        let neighbor = Int(batch.neighbors[slot])
        let receiver = virialReceiver(neighbor, center)
        let edge = 3 * (firstEdge + slot)
        if seed == 0 {
          for axis in 0..<3 {
            let gradient = EdgeBatch<T>.scalar(batch.vectorGradients, axis * capacity + slot).value
            forces[3 * center + axis] += gradient
            forces[3 * neighbor + axis] -= gradient
            if seeds > 1 { energyGradients[3 * slot + axis] = gradient }
            guard needsVirial else { continue }
            for a in 0..<3 { thread.virial[3 * a + axis] -= vectors[edge + a].value * gradient }
          }
        } else {
          let a = seed - 1
          let along = vectors[edge + a].value
          for b in 0..<3 {
            let shifted = EdgeBatch<T>.scalar(batch.vectorGradients, b * capacity + slot).value
            virials[9 * receiver + 3 * a + b] += shifted
            virials[9 * center + 3 * a + b] -= shifted + along * energyGradients[3 * slot + b]
          }
        }
      }
    }
  }

  /// The node whose virial gets what belongs to the neighbour of an edge.
  @inline(__always)
  private func virialReceiver(_ neighbor: Int, _ center: Int) -> Int {
    neighbor < graph.localCount || keepsGhostVirials ? neighbor : center
  }

  /// Adds the pair repulsion of a block's edges: energies, forces and virials.
  ///
  /// A pair's energy on an edge belongs to its centre, so it has no moment about it.
  func repel(_ repulsion: ZBLRepulsion, _ block: AtomBlock, _ thread: CompiledThread<T>) {
    let species = graph.species
    let energies = workspace.energies.view
    for row in block.rows {
      let center = block.center(ofRow: row)
      let i = Int(species[center])
      let scale = repulsion.isScaled ? model.model.scales.channel(i) : T(1)
      for edge in Int(graph.rowStarts[row])..<Int(graph.rowStarts[row + 1]) {
        let neighbor = Int(graph.neighbors[edge])
        let receiver = virialReceiver(neighbor, center)
        let vector = Vector3(
          graph.vectors[3 * edge], graph.vectors[3 * edge + 1], graph.vectors[3 * edge + 2])
        guard
          let (energy, slope) = repulsion.halfEnergy(vector, i, Int(species[neighbor]))
        else { continue }
        energies[center] = energies[center] + energy * scale
        guard seeds > 0 else { continue }
        for b in 0..<3 {
          let gradient = (vector[b] * slope * scale).value
          thread.forces.view[3 * center + b] += gradient
          thread.forces.view[3 * neighbor + b] -= gradient
          for a in 0..<3 {
            let product = vector[a].value * gradient
            if needsVirial { thread.virial[3 * a + b] -= product }
            if seeds > 1 { thread.virials.view[9 * receiver + 3 * a + b] -= product }
          }
        }
      }
    }
  }
}
