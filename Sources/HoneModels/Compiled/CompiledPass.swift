internal import HoneNumerics

/// One computation with a compiled model: a forward and a reverse pass over a graph.
///
/// What it works on is in the workspace, so that the next computation finds the memory. Threads take
/// whole blocks of atoms; sums that cross blocks are kept per thread and added in the threads' order.
struct CompiledPass<T: CompiledScalar> {
  let model: CompiledModel<T>
  let tables: CompiledTables<T>
  let workspace: CompiledWorkspace<T>
  let team: Team
  /// How many gradients the reverse pass carries: none, that of the energy, or its moments too.
  let seeds: Int
  let needsVirial: Bool
  /// How points of other processes get their features.
  let exchange: FeatureExchange?
  /// Whether points without energies get virials.
  let keepsGhostVirials: Bool
  /// Where the invariant features of nodes go, `[local nodes][width]`, if somebody wants them.
  let descriptors: View<Double>?

  var graph: CompiledGraph<T> { workspace.graph }

  /// Computes the energies of all nodes and, per thread, forces and virials.
  ///
  /// - Throws: `.outOfMemory`.
  func run() throws(HoneError) {
    try workspace.prepare(threadCount: team.threadCount, model, seeds: seeds)
    try workspace.energies.resize(graph.localCount)
    try placeRows()
    for thread in workspace.threads.prefix(team.threadCount) where seeds > 0 {
      try thread.forces.resize(3 * graph.nodeCount).fill(0)
      if seeds > 1 { try thread.virials.resize(9 * graph.nodeCount).fill(0) }
      thread.virial = InlineArray(repeating: 0)
    }
    embed()
    for index in model.layers.indices { try forward(index) }
    let last = model.layers.count - 1
    forEachBlock(last) { block, thread in readOut(block, thread) }
    if let repulsion = model.model.repulsion {
      forEachBlock(last) { block, thread in repel(repulsion, block, thread) }
    }
    if seeds > 0 { try reverse() }
  }

  /// Runs a body for the blocks that a layer is computed for, each thread its share in order.
  func forEachBlock(_ layer: Int, _ body: (AtomBlock, CompiledThread<T>) -> Void) {
    team.split(graph.blockCount(layer: layer)) { blocks, rank in
      for index in blocks { body(graph.block(index), workspace.threads[rank]) }
    }
  }

  /// Sets the features before the first layer.
  private func embed() {
    let row = model.layers[0].layer.inputLayout.rowLanes
    let first = workspace.features[0].view
    let species = graph.species
    for node in 0..<graph.nodeCount {
      let source = model.model.embedding[Int(species[node])]
      for block in 0..<row { first[node * row + block] = source[block] }
    }
  }

  /// Sums readouts, then scales.
  private func readOut(_ block: AtomBlock, _ thread: CompiledThread<T>) {
    let start = block.nodes.lowerBound
    let rows = block.nodes.count
    let target = workspace.energies.view.slice(start, rows)
    target.fill(.zero)
    for (layer, readout) in model.model.readouts {
      let lanes = model.model.layers[layer].outputLayout.rowLanes
      readout.accumulate(
        workspace.features[layer + 1].view.slice(start * lanes, rows * lanes), rows: rows,
        work: thread.work.view, into: target)
    }
    for row in 0..<rows {
      target[row] = target[row] * model.model.scales.channel(Int(graph.species[start + row]))
    }
  }

  /// What the node update of a layer sees of a block; features only in the forward pass, which is how
  /// long they are kept.
  func nodeBlock(
    _ index: Int, _ block: AtomBlock, _ thread: CompiledThread<T>, isReverse: Bool
  ) -> NodeBlock<T> {
    let layer = model.layers[index].layer
    let start = block.nodes.lowerBound
    let rows = block.nodes.count
    let inputLanes = layer.inputLayout.rowLanes
    let senderLanes = layer.up.outputLayout.rowLanes
    let savedLanes = layer.update.savedLanes
    let density = workspace.densities[index].view
    return NodeBlock(
      rows: rows, species: graph.species.slice(start, rows),
      own: isReverse
        ? .empty : workspace.features[index].view.slice(start * inputLanes, rows * inputLanes),
      sender: isReverse
        ? .empty : workspace.senders[index].view.slice(start * senderLanes, rows * senderLanes),
      density: layer.densityNetwork == nil ? density : density.slice(start, rows),
      saved: workspace.saved[index].view.slice(start * savedLanes, rows * savedLanes),
      work: thread.work.view, messageStage: tables.messageStage(index))
  }

  /// Cuts rows of edges into batches and loads each.
  ///
  /// - Parameter body: Gets the first edge of each batch.
  @inline(__always)
  func forEachBatch(
    _ rows: Range<Int>, of block: AtomBlock, _ batch: EdgeBatch<T>,
    _ body: (_ firstEdge: Int) -> Void
  ) {
    let starts = graph.rowStarts
    let end = Int(starts[rows.upperBound])
    var start = Int(starts[rows.lowerBound])
    var row = rows.lowerBound
    while start < end {
      let stop = min(start + EdgeBatch<T>.capacity, end)
      while Int(starts[row + 1]) <= start { row += 1 }
      batch.load(
        graph, block, start..<stop, firstRow: row, normalizes: model.harmonics.normalizes)
      body(start)
      start = stop
    }
  }

  /// Computes the taps of the edges of a batch in tables of a layer.
  func locate(
    _ index: Int, _ batch: EdgeBatch<T>, _ table: (PairTables<T>) -> RadialTable<T>?
  ) {
    let present = graph.presentSpecies
    if tables.isShared[index], let first = present.first {
      let pair = tables.pair(layer: index, center: first, sender: first)
      if let table = table(pair) { batch.locate(table, 0..<batch.count) }
    } else {
      for segment in 0..<batch.segmentCount {
        let part = batch.segments[segment]
        let pair = tables.pair(
          layer: index, center: Int(graph.species[part.center]),
          sender: present[part.neighborSpecies])
        if let table = table(pair) { batch.locate(table, batch.slots(segment)) }
      }
    }
    batch.computeTaps(model.splines)
  }

  /// The runs of a block's centres whose edges to one species share all tables: all of them, or those
  /// of equal species.
  @inline(__always)
  func forEachRun(
    _ index: Int, of block: AtomBlock, _ body: (_ run: Range<Int>, _ centerSpecies: Int) -> Void
  ) {
    let species = graph.species
    var start = block.nodes.lowerBound
    while start < block.nodes.upperBound {
      var end = start + 1
      while end < block.nodes.upperBound
        && (tables.isShared[index] || species[end] == species[start])
      {
        end += 1
      }
      body(start..<end, Int(species[start]))
      start = end
    }
  }
}
