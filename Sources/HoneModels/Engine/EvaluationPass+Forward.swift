internal import HoneNumerics

extension EvaluationPass {
  /// One round of message passing: the features after layer `index` from those before it.
  func forward(_ index: Int) throws(HoneError) {
    let layer = model.layers[index]
    let input = features[index]
    let inputLanes = layer.inputLayout.rowLanes
    let senderLanes = layer.up.outputLayout.rowLanes
    let outputLanes = layer.outputLayout.rowLanes
    let sender = try Buffer<T.Lanes>(count: graph.nodeCount * senderLanes)
    let output = try Buffer<T.Lanes>(count: graph.nodeCount * outputLanes)
    let kept = try Buffer<T.Lanes>(count: graph.centerCount * layer.update.savedLanes)
    let density = try Buffer<T>(
      repeating: .zero, count: layer.densityNetwork == nil ? 0 : graph.centerCount)
    // Senders are the nodes that the layer before was computed for; of the first layer all.
    team.split(index == 0 ? graph.nodeCount : graph.centerCount(layer: index - 1)) { range, _ in
      for start in stride(from: range.lowerBound, to: range.upperBound, by: 64) {
        let rows = min(64, range.upperBound - start)
        layer.up.evaluate(
          input.view(from: start * inputLanes, count: rows * inputLanes),
          into: sender.view(from: start * senderLanes, count: rows * senderLanes), rows: rows)
      }
    }
    if index > 0, let exchange {
      try exchange.call.forward(
        sender.view, layer.up.outputLayout, points: exchange.points, localCount: graph.localCount)
    }
    let messageLanes = layer.convolution.messageLayout.rowLanes
    let sums = try Buffer<T.Lanes>(
      count: training == nil ? 0 : graph.centerCount(layer: index) * messageLanes)
    messages.append(sums)
    senders.append(sender)
    saved.append(kept)
    densities.append(density)
    team.split(graph.centerCount(layer: index)) { [self] range, rank in
      let scratch = nodeScratch[rank]
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.rows) {
        let rows = min(Self.rows, range.upperBound - start)
        sumMessages(layer, index, start..<start + rows, edgeScratch[rank], into: scratch.messages)
        if training != nil {
          sums.view(from: start * messageLanes, count: rows * messageLanes)
            .copy(from: scratch.messages.view)
        }
        layer.update.evaluate(
          nodeBlock(index, start, rows, scratch), message: scratch.messages.view,
          into: output.view(from: start * outputLanes, count: rows * outputLanes))
      }
    }
    features.append(output)
  }

  /// What the node update of a layer sees of some centres.
  func nodeBlock(_ index: Int, _ start: Int, _ rows: Int, _ scratch: NodeScratch<T>)
    -> NodeBlock<T>
  {
    let layer = model.layers[index]
    let inputLanes = layer.inputLayout.rowLanes
    let senderLanes = layer.up.outputLayout.rowLanes
    let savedLanes = layer.update.savedLanes
    let messageLanes = layer.convolution.messageLayout.rowLanes
    return NodeBlock(
      rows: rows, species: graph.species.view(from: start, count: rows),
      own: features[index].view(from: start * inputLanes, count: rows * inputLanes),
      sender: senders[index].view(from: start * senderLanes, count: rows * senderLanes),
      density: layer.densityNetwork == nil
        ? densities[index].view : densities[index].view(from: start, count: rows),
      saved: saved[index].view(from: start * savedLanes, count: rows * savedLanes),
      work: scratch.work.view,
      message: training == nil
        ? nil : messages[index].view(from: start * messageLanes, count: rows * messageLanes))
  }

  /// Sums messages and densities over the neighbours of some centres.
  private func sumMessages(
    _ layer: InteractionLayer<T>, _ index: Int, _ centers: Range<Int>, _ scratch: EdgeScratch<T>,
    into messages: Buffer<T.Lanes>
  ) {
    let convolution = layer.convolution
    let messageLanes = convolution.messageLayout.rowLanes
    let senderLanes = convolution.senderLayout.rowLanes
    let couplingLanes = convolution.coupling.blockCount
    let weightLanes = convolution.weightLanes
    let sender = senders[index].view
    messages.view(from: 0, count: centers.count * messageLanes).fill(.zero)
    forEachRun(of: centers, scratch) { edges, firstCenter in
      prepare(layer, edges, firstCenter: firstCenter, scratch)
      applyFactor(weightLanes, edges: edges.count, scratch)
      for slot in 0..<edges.count {
        let neighbor = Int(graph.neighbors[edges.lowerBound + slot])
        let row = Int(scratch.centers[slot]) - centers.lowerBound
        convolution.accumulate(
          weights: scratch.weights.view(from: slot * weightLanes, count: weightLanes),
          couplings: scratch.couplings.view(from: slot * couplingLanes, count: couplingLanes),
          sender: sender.slice(neighbor * senderLanes, senderLanes),
          into: messages.view(from: row * messageLanes, count: messageLanes))
      }
      guard let network = layer.densityNetwork else { return }
      evaluate(network, edges, scratch, keeping: scratch.densityScratch, scratch.densities)
      for slot in 0..<edges.count {
        let center = Int(scratch.centers[slot])
        densities[index][center] =
          densities[index][center] + density(slot, scratch).value * scratch.factors[slot]
      }
    }
  }

  /// Cuts the edges of some centres into runs that fit the scratch.
  func forEachRun(
    of centers: Range<Int>, _ scratch: EdgeScratch<T>,
    _ body: (_ edges: Range<Int>, _ firstCenter: Int) -> Void
  ) {
    let end = graph.edgeStarts[centers.upperBound]
    var start = graph.edgeStarts[centers.lowerBound]
    var center = centers.lowerBound
    while start < end {
      let stop = min(start + scratch.capacity, end)
      while graph.edgeStarts[center + 1] <= start { center += 1 }
      body(start..<stop, center)
      start = stop
    }
  }
}
