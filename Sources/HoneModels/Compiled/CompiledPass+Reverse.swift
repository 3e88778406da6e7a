internal import HoneNumerics
internal import HoneO3

// The reverse pass carries g = ∂U/∂h of every feature row and on request its first moments about the
// row's own atom, G_a = Σ_k (r_k − r_n)_a ∂U_k/∂h_n; see `EvaluationPass`. From a centre n to a
// neighbour m = n + d they become Jᵀ(G_a − d_a g): the same kernel on shifted message gradients.

extension CompiledPass {
  /// Fills the threads' forces and virials from the last layer to the first.
  func reverse() throws(HoneError) {
    let last = model.layers.count - 1
    for seed in 0..<seeds { featureGradient(last, seed: seed).fill(.zero) }
    for index in model.layers.indices.reversed() { try reverse(index) }
  }

  /// Takes the gradients with respect to a layer's output to those with respect to its input.
  private func reverse(_ index: Int) throws(HoneError) {
    let layer = model.layers[index]
    // The first layer's input depends on species alone: nobody asks for its gradient.
    let needsInput = index > 0
    for seed in 0..<(needsInput ? seeds : 0) {
      featureGradient(index - 1, seed: seed).fill(.zero)
    }
    for thread in workspace.threads.prefix(team.threadCount) where seeds > 1 {
      let row =
        layer.isFactorised ? powerLanes(index) : layer.messageLayout.rowLanes
      try thread.shifted.resize(row * T.Lanes.width)
    }
    let senderSize = senderCount(index) * layer.layer.up.outputLayout.rowLanes
    // A thread without blocks has a share of the senders' gradients too: nothing.
    team.run { rank in
      for seed in 0..<(needsInput ? seeds : 0) {
        workspace.threads[rank].senderGradients[seed].view.slice(0, senderSize).fill(.zero)
      }
    }
    team.split(graph.blockCount(layer: index)) { blocks, rank in
      let thread = workspace.threads[rank]
      for number in blocks {
        let block = graph.block(number)
        if block.nodes.upperBound <= graph.localCount {
          seed(index, block, thread)
        }
        reverseNodes(index, block, thread)
        if layer.layer.densityNetwork != nil { reverseDensities(index, block, thread) }
        if layer.isFactorised {
          reversePowers(index, block, thread)
        } else {
          reverseMessages(index, block, thread, needsInput: needsInput)
        }
      }
    }
    if needsInput { try reverseSenders(index) }
  }

  /// From the gradients of senders, which each thread has a share of and other processes may have, to
  /// those of a layer's input.
  private func reverseSenders(_ index: Int) throws(HoneError) {
    let layer = model.layers[index].layer
    let senderLanes = layer.up.outputLayout.rowLanes
    let inputLanes = layer.inputLayout.rowLanes
    let total = workspace.threads[0].senderGradients
    if team.threadCount > 1 {
      forEachRange(senderCount(index)) { nodes in
        for seed in 0..<seeds {
          for other in workspace.threads[1..<team.threadCount] {
            for lane in nodes.lowerBound * senderLanes..<nodes.upperBound * senderLanes {
              total[seed].view[lane] =
                total[seed].view[lane] + other.senderGradients[seed].view[lane]
            }
          }
        }
      }
    }
    if let exchange {
      try exchange.reverse(
        seeds, layer.up.outputLayout, points: graph.atoms, localCount: graph.localCount,
        memory: workspace.returned[index].view
      ) { total[$0].view }
    }
    forEachRange(graph.centerCounts[index - 1]) { nodes in
      for seed in 0..<seeds {
        layer.up.accumulateGradient(
          total[seed].view.slice(nodes.lowerBound * senderLanes, nodes.count * senderLanes),
          into: featureGradient(index - 1, seed: seed).slice(
            nodes.lowerBound * inputLanes, nodes.count * inputLanes), rows: nodes.count)
      }
    }
  }

  /// Adds the gradients of the readouts that read the output of a layer.
  private func seed(_ index: Int, _ block: AtomBlock, _ thread: CompiledThread<T>) {
    let lanes = model.layers[index].layer.outputLayout.rowLanes
    let start = block.nodes.lowerBound
    let rows = block.nodes.count
    for row in 0..<rows {
      thread.seedRow[row] = model.model.scales.channel(Int(graph.species[start + row]))
    }
    for (layer, readout) in model.model.readouts where layer == index {
      readout.accumulateGradient(
        workspace.features[index + 1].view.slice(start * lanes, rows * lanes),
        seeds: thread.seedRow.view(from: 0, count: rows), rows: rows, work: thread.work.view,
        into: featureGradient(index, seed: 0).slice(start * lanes, rows * lanes))
    }
  }

  /// From the gradients of a block's next features to those of its messages.
  private func reverseNodes(_ index: Int, _ block: AtomBlock, _ thread: CompiledThread<T>) {
    let layer = model.layers[index].layer
    let nodes = nodeBlock(index, block, thread, isReverse: true)
    let start = block.nodes.lowerBound
    let rows = block.nodes.count
    let outputLanes = layer.outputLayout.rowLanes
    let inputLanes = layer.inputLayout.rowLanes
    let senderLanes = layer.up.outputLayout.rowLanes
    for seed in 0..<seeds {
      let messages = messageGradients(index, seed, rows, thread)
      messages.fill(.zero)
      layer.update.accumulateGradient(
        nodes, featureGradient(index, seed: seed).slice(start * outputLanes, rows * outputLanes),
        into: NodeGradients(
          message: messages,
          own: index == 0
            ? nil
            : featureGradient(index - 1, seed: seed).slice(start * inputLanes, rows * inputLanes),
          sender: index == 0
            ? nil
            : thread.senderGradients[seed].view.slice(start * senderLanes, rows * senderLanes),
          density: densityGradients(seed, rows, thread)))
    }
  }

  /// ∂E/∂message of a block for one seed, `[rows][message row]`.
  private func messageGradients(
    _ index: Int, _ seed: Int, _ rows: Int, _ thread: CompiledThread<T>
  ) -> View<T.Lanes> {
    let lanes = model.layers[index].messageLayout.rowLanes
    return thread.messages.view.slice(seed * CompiledGraph<T>.mostNodes * lanes, rows * lanes)
  }

  /// ∂E/∂density of a block for one seed, `[rows]`.
  private func densityGradients(_ seed: Int, _ rows: Int, _ thread: CompiledThread<T>) -> View<T> {
    thread.densityGradients.view.slice(seed * CompiledGraph<T>.mostNodes, rows)
  }

  /// From the gradients of a block's densities to those of edges.
  private func reverseDensities(_ index: Int, _ block: AtomBlock, _ thread: CompiledThread<T>) {
    let batch = thread.batch
    forEachBatch(block.rows, of: block, batch) { firstEdge in
      locate(index, batch) { $0.density }
      for slot in 0..<batch.count { batch.densitySlopes[slot] = batch.firstFunction(slot).slope }
      for seed in 0..<seeds {
        let gradients = densityGradients(seed, block.nodes.count, thread)
        for segment in 0..<batch.segmentCount {
          let row = batch.segments[segment].center - block.nodes.lowerBound
          for slot in batch.slots(segment) {
            var gradient = gradients[row]
            if seed > 0 {
              let shift = graph.vectors[3 * (firstEdge + slot) + seed - 1]
              gradient -= shift * densityGradients(0, block.nodes.count, thread)[row]
            }
            T.Lanes.setElement(
              slot, of: batch.radialGradients.base, to: gradient * batch.densitySlopes[slot])
          }
        }
        batch.harmonicGradients.fill(.zero)
        model.harmonics.vectorGradients(batch)
        collect(batch, firstEdge, seed: seed, thread)
      }
    }
  }

  /// From the gradients of a block's messages to those of edges and senders.
  private func reverseMessages(
    _ index: Int, _ block: AtomBlock, _ thread: CompiledThread<T>, needsInput: Bool
  ) {
    let layer = model.layers[index]
    let batch = thread.batch
    let width = T.Lanes.width
    let groups = EdgeBatch<T>.groups
    let senderLanes = layer.layer.up.outputLayout.rowLanes
    let messageLanes = layer.messageLayout.rowLanes
    let senders = UnsafePointer(workspace.senders[index].view.base)
    let edges = batch.arrays(couplings: batch.couplings)
    forEachBatch(block.rows, of: block, batch) { firstEdge in
      locate(index, batch) { $0.weights }
      model.harmonics.evaluate(batch)
      batch.couple(layer.couplings)
      for seed in 0..<seeds {
        let target = needsInput ? thread.senderGradients[seed].view.base : nil
        // All edges of a path before the next: their table is in the first cache. Shifted gradients
        // take too much room for that.
        let chunk = seed == 0 ? batch.usedGroups : 1
        for first in stride(from: 0, to: batch.usedGroups, by: chunk) {
          let chunkGroups = first..<first + chunk
          pointRows(
            batch, first * width..<min(chunkGroups.upperBound * width, batch.count), firstEdge,
            seed: seed, lanes: messageLanes, thread,
            energy: messageGradients(index, 0, block.nodes.count, thread),
            messageGradients(index, seed, block.nodes.count, thread),
            firstCenter: block.nodes.lowerBound)
          batch.radialRows.view(from: 0, count: chunk * width).fill(.zero)
          for route in layer.schedule {
            for group in chunkGroups {
              let slots = group * width..<min((group + 1) * width, batch.count)
              let row = (group - first) * width
              route.accumulateGradient(
                slots, edges, UnsafePointer(batch.gradientRows.base + row), senders: senders,
                senderLanes: senderLanes, into: target, radial: batch.radialRows.base + row,
                products: batch.productRows.base)
              guard !route.isDiagonal else { continue }
              for coupling in 0..<route.inputs * route.outputs {
                T.sumLanes(
                  UnsafePointer(batch.productRows.base + coupling * width),
                  into: batch.couplingGradients.base
                    + (route.couplingOffset + coupling) * groups + group)
              }
            }
          }
          for group in chunkGroups {
            T.sumLanes(
              UnsafePointer(batch.radialRows.base + (group - first) * width),
              into: batch.radialGradients.base + group)
          }
        }
        batch.harmonicGradients.fill(.zero)
        batch.coupleGradient(layer.couplings)
        model.harmonics.vectorGradients(batch)
        collect(batch, firstEdge, seed: seed, thread)
      }
    }
  }

  /// From the gradients of a block's messages to those of edges in a factorised layer.
  private func reversePowers(_ index: Int, _ block: AtomBlock, _ thread: CompiledThread<T>) {
    let layer = model.layers[index]
    let batch = thread.batch
    let width = T.Lanes.width
    let groups = EdgeBatch<T>.groups
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
        let size = run.count * stride
        for seed in 0..<seeds {
          let powers = thread.powers.view.slice(seed * size, size)
          powers.fill(.zero)
          let gradient = messageGradients(index, seed, block.nodes.count, thread)
          for mixing in pair.mixing {
            let output = layout.blocks[mixing.block]
            let degree = output.irrep.l
            for m in 0..<output.componentCount {
              mixing.reverse.multiply(
                gradient.dropping(first * layout.rowLanes + output.offset(component: m)),
                stride: layout.rowLanes,
                into: powers.dropping((degree * degree + m) * lanes), stride: stride,
                rows: run.count, accumulate: true)
            }
          }
        }
        forEachBatch(runRows, of: block, batch) { firstEdge in
          batch.locate(pair.weights, 0..<batch.count)
          batch.computeTaps(model.splines)
          model.harmonics.evaluate(batch)
          for seed in 0..<seeds {
            for group in 0..<batch.usedGroups {
              let slots = group * width..<min((group + 1) * width, batch.count)
              pointRows(
                batch, slots, firstEdge, seed: seed, lanes: stride, thread,
                energy: thread.powers.view.slice(0, size),
                thread.powers.view.slice(seed * size, size), firstCenter: run.lowerBound)
              batch.radialRows.view(from: 0, count: width).fill(.zero)
              PowerKernels.accumulateGradient(
                harmonics: harmonics, slots, lanes: lanes, edges,
                UnsafePointer(batch.gradientRows.base), radial: batch.radialRows.base,
                products: batch.productRows.base)
              for n in 0..<harmonics {
                T.sumLanes(
                  UnsafePointer(batch.productRows.base + n * width),
                  into: batch.harmonicGradients.base + n * groups + group)
              }
              T.sumLanes(
                UnsafePointer(batch.radialRows.base), into: batch.radialGradients.base + group)
            }
            model.harmonics.vectorGradients(batch)
            collect(batch, firstEdge, seed: seed, thread)
          }
        }
      }
    }
  }

  /// Lets `batch.gradientRows` point at the gradients of the edges' centres: their own rows, or for a
  /// moment rows shifted to the edge's other end.
  private func pointRows(
    _ batch: EdgeBatch<T>, _ slots: Range<Int>, _ firstEdge: Int, seed: Int, lanes: Int,
    _ thread: CompiledThread<T>, energy: View<T.Lanes>, _ gradients: View<T.Lanes>,
    firstCenter: Int
  ) {
    for segment in 0..<batch.segmentCount {
      let row = (batch.segments[segment].center - firstCenter) * lanes
      for slot in batch.slots(segment).clamped(to: slots) {
        let index = slot - slots.lowerBound
        guard seed > 0 else {
          batch.gradientRows[index] = UnsafePointer(gradients.base + row)
          continue
        }
        let shift = T.Lanes(repeating: -graph.vectors[3 * (firstEdge + slot) + seed - 1])
        let target = thread.shifted.view.slice(index * lanes, lanes)
        for lane in 0..<lanes {
          target[lane] = T.Lanes.multiplyAdd(gradients[row + lane], shift, energy[row + lane])
        }
        batch.gradientRows[index] = UnsafePointer(target.base)
      }
    }
  }
}
