internal import HoneNumerics
internal import HoneO3

extension CompiledPass {
  /// One round of message passing: the features after layer `index` from those before it.
  func forward(_ index: Int) throws(HoneError) {
    let layer = model.layers[index].layer
    let centerCount = graph.centerCounts[index]
    let inputLanes = layer.inputLayout.rowLanes
    let senderLanes = layer.up.outputLayout.rowLanes
    let outputLanes = layer.outputLayout.rowLanes
    let sender = workspace.senders[index].view
    let output = workspace.features[index + 1].view
    let density = try workspace.densities[index].resize(
      layer.densityNetwork == nil ? 0 : centerCount)
    density.fill(.zero)
    for thread in workspace.threads.prefix(team.threadCount) where model.layers[index].isFactorised
    {
      try thread.powers.resize(powerLanes(index) * CompiledGraph<T>.mostNodes * max(seeds, 1))
    }
    // Senders are the nodes that the layer before was computed for; of the first layer all.
    forEachRange(index == 0 ? graph.nodeCount : graph.centerCounts[index - 1]) { nodes in
      layer.up.evaluate(
        workspace.features[index].view.slice(
          nodes.lowerBound * inputLanes, nodes.count * inputLanes),
        into: sender.slice(nodes.lowerBound * senderLanes, nodes.count * senderLanes),
        rows: nodes.count)
    }
    if index > 0, let exchange {
      try exchange.forward(
        sender, layer.up.outputLayout, points: graph.atoms, localCount: graph.localCount,
        memory: workspace.sent[index].view)
    }
    forEachBlock(index) { block, thread in
      let messageLanes = model.layers[index].messageLayout.rowLanes
      let rows = block.nodes.count
      let messages = thread.messages.view.slice(0, rows * messageLanes)
      messages.fill(.zero)
      if layer.densityNetwork != nil { sumDensities(index, block, thread) }
      if model.layers[index].isFactorised {
        sumPowers(index, block, thread, into: messages)
      } else {
        sumMessages(index, block, thread, into: messages)
      }
      layer.update.evaluate(
        nodeBlock(index, block, thread, isReverse: false), message: messages,
        into: output.slice(block.nodes.lowerBound * outputLanes, rows * outputLanes))
      if let descriptors { keepDescriptors(index, block, output, in: descriptors) }
    }
  }

  /// Copies the invariant features of a block's nodes, while they are there.
  private func keepDescriptors(
    _ index: Int, _ block: AtomBlock, _ output: View<T.Lanes>, in descriptors: View<Double>
  ) {
    let layout = model.descriptors
    let start = block.nodes.lowerBound
    // A layer before the last one may be computed for others' nodes too, which come last.
    let count = min(block.nodes.upperBound, graph.localCount) - start
    guard count > 0 else { return }
    let lanes = model.layers[index].layer.outputLayout.rowLanes
    layout.copy(
      layer: index, rows: output.slice(start * lanes, count * lanes), rowLanes: lanes, count: count,
      into: descriptors.slice(start * layout.width, count * layout.width))
  }

  /// Cuts the first nodes into ranges, each thread its share.
  func forEachRange(_ nodes: Int, _ body: (Range<Int>) -> Void) {
    let size = CompiledGraph<T>.mostNodes
    team.split((nodes + size - 1) / size) { ranges, _ in
      for range in ranges { body(range * size..<min((range + 1) * size, nodes)) }
    }
  }

  /// The most lanes that one centre's sums P of a layer take.
  func powerLanes(_ index: Int) -> Int {
    var lanes = 0
    for center in graph.presentSpecies {
      for sender in graph.presentSpecies {
        let pair = tables.pair(layer: index, center: center, sender: sender)
        lanes = max(lanes, pair.weights.lanes)
      }
    }
    return lanes * model.harmonics.count
  }

  /// Sums the densities of a block's edges.
  private func sumDensities(_ index: Int, _ block: AtomBlock, _ thread: CompiledThread<T>) {
    let batch = thread.batch
    let density = workspace.densities[index].view
    forEachBatch(block.rows, of: block, batch) { _ in
      locate(index, batch) { $0.density }
      for segment in 0..<batch.segmentCount {
        let center = batch.segments[segment].center
        for slot in batch.slots(segment) {
          density[center] = density[center] + batch.firstFunction(slot).value
        }
      }
    }
  }

  /// Sums the messages of a block's edges.
  private func sumMessages(
    _ index: Int, _ block: AtomBlock, _ thread: CompiledThread<T>, into messages: View<T.Lanes>
  ) {
    let layer = model.layers[index]
    let batch = thread.batch
    let senderLanes = layer.layer.up.outputLayout.rowLanes
    let messageLanes = layer.messageLayout.rowLanes
    let senders = UnsafePointer(workspace.senders[index].view.base)
    let edges = batch.arrays(couplings: batch.couplings)
    forEachBatch(block.rows, of: block, batch) { _ in
      locate(index, batch) { $0.weights }
      model.harmonics.evaluate(batch)
      batch.couple(layer.couplings)
      for route in layer.schedule {
        for segment in 0..<batch.segmentCount {
          let row = batch.segments[segment].center - block.nodes.lowerBound
          route.accumulate(
            batch.slots(segment), edges, senders: senders, senderLanes: senderLanes,
            into: messages.base + row * messageLanes)
        }
      }
    }
  }

  /// Sums the messages of a block's edges in a factorised layer: per species of the neighbours the
  /// sums P, then their products with the matrices of that species.
  private func sumPowers(
    _ index: Int, _ block: AtomBlock, _ thread: CompiledThread<T>, into messages: View<T.Lanes>
  ) {
    let layer = model.layers[index]
    let batch = thread.batch
    let harmonics = model.harmonics.count
    let layout = layer.messageLayout
    let edges = batch.arrays(couplings: batch.harmonics)
    for (place, sender) in graph.presentSpecies.enumerated() {
      let rows = block.rows(species: place)
      forEachRun(index, of: block) { run, center in
        let first = run.lowerBound - block.nodes.lowerBound
        let runRows = rows.lowerBound + first..<rows.lowerBound + first + run.count
        guard graph.rowStarts[runRows.lowerBound] < graph.rowStarts[runRows.upperBound] else {
          return
        }
        let pair = tables.pair(layer: index, center: center, sender: sender)
        let lanes = pair.weights.lanes
        let stride = harmonics * lanes
        let powers = thread.powers.view.slice(0, run.count * stride)
        powers.fill(.zero)
        forEachBatch(runRows, of: block, batch) { _ in
          batch.locate(pair.weights, 0..<batch.count)
          batch.computeTaps(model.splines)
          model.harmonics.evaluate(batch)
          for segment in 0..<batch.segmentCount {
            let row = batch.segments[segment].center - run.lowerBound
            PowerKernels.accumulate(
              harmonics: harmonics, batch.slots(segment), lanes: lanes, edges,
              into: powers.base + row * stride)
          }
        }
        for mixing in pair.mixing {
          let output = layout.blocks[mixing.block]
          let degree = output.irrep.l
          for m in 0..<output.componentCount {
            mixing.forward.multiply(
              powers.dropping((degree * degree + m) * lanes), stride: stride,
              into: messages.dropping(first * layout.rowLanes + output.offset(component: m)),
              stride: layout.rowLanes, rows: run.count, accumulate: true)
          }
        }
      }
    }
  }
}
