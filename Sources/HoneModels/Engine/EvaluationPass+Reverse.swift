internal import HoneNumerics

// The reverse pass carries g = ∂U/∂h of every feature row, U the total energy, and on request its
// first moments G_a = Σ_k (r_k − r_n)_a ∂U_k/∂h_n about the row's own atom n. From a centre n to a
// neighbour m = n + d they change to Jᵀ G_a − d_a Jᵀ g. What arrives at the positions is then
// Σ_k (r_k − r_m)_a ∂U_k/∂r_m: the per-atom virial whose heat flux is right for many layers.
// See Langer et al., J. Chem. Phys. 159, 174105 (2023), doi:10.1063/5.0155760, on that partition.

extension EvaluationPass {
  /// Fills `edgeGradients` from the last layer to the first.
  func reverse() throws(HoneError) {
    var gradients = try zeroGradients(model.layers[model.layers.count - 1].outputLayout)
    for index in model.layers.indices.reversed() {
      seed(index, gradients[0])
      gradients = try reverse(index, gradients)
    }
    if let training { accumulateEmbedding(gradients[0], into: training.gradients[0]) }
  }

  /// Adds the gradients with respect to initial features and scales.
  private func accumulateEmbedding(
    _ gradient: Buffer<T.Lanes>, into gradients: WeightGradients<T>
  ) {
    let lanes = model.layers[0].inputLayout.rowLanes
    for node in 0..<graph.nodeCount {
      model.embedding[Int(graph.species[node])].accumulateSum(
        gradient.view(from: node * lanes, count: lanes), stride: lanes, rows: 1, into: gradients)
    }
    guard let seeds = training?.seeds, let target = model.scales.gradient(in: gradients) else {
      return
    }
    for node in 0..<graph.localCount {
      let (block, lane) = Int(graph.species[node]).quotientAndRemainder(
        dividingBy: T.Lanes.width)
      var value = T.Lanes.zero
      value[lane] = unscaled[node]
      target[block] = T.Lanes.accumulateWeight(
        target[block], value, T.Lanes(repeating: seeds[node]))
    }
  }

  private func zeroGradients(_ layout: FeatureLayout) throws(HoneError) -> [Buffer<T.Lanes>] {
    var result: [Buffer<T.Lanes>] = []
    for _ in 0..<seeds {
      result.append(try Buffer(repeating: .zero, count: graph.nodeCount * layout.rowLanes))
    }
    return result
  }

  /// Adds the gradients of the readouts that read the output of a layer.
  private func seed(_ index: Int, _ gradient: Buffer<T.Lanes>) {
    let lanes = model.layers[index].outputLayout.rowLanes
    team.split(graph.localCount) { [self] range, rank in
      var seeds = [T](repeating: .zero, count: Self.rows)
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.rows) {
        let rows = min(Self.rows, range.upperBound - start)
        for row in 0..<rows {
          let scale = model.scales.channel(Int(graph.species[start + row]))
          seeds[row] = training.map { $0.seeds[start + row] * scale } ?? scale
        }
        seeds.withUnsafeMutableBufferPointer { pointer in
          guard let base = pointer.baseAddress else { return }
          for (layer, readout) in model.readouts where layer == index {
            readout.accumulateGradient(
              features[index + 1].view(from: start * lanes, count: rows * lanes),
              seeds: View(base: base, count: rows), rows: rows,
              work: nodeScratch[rank].work.view,
              into: gradient.view(from: start * lanes, count: rows * lanes),
              weights: training?.gradients[rank])
          }
        }
      }
    }
  }

  /// Takes the gradients with respect to a layer's output to those with respect to its input.
  private func reverse(_ index: Int, _ outputGradients: [Buffer<T.Lanes>]) throws(HoneError)
    -> [Buffer<T.Lanes>]
  {
    let layer = model.layers[index]
    // The first layer's input depends on species alone: nobody but a trainer asks for its gradient.
    let needsInput = index > 0 || training != nil
    let inputGradients = needsInput ? try zeroGradients(layer.inputLayout) : []
    let senderLanes = layer.up.outputLayout.rowLanes
    var senderGradients: [[Buffer<T.Lanes>]] = []
    for _ in 0..<(needsInput ? team.threadCount : 0) {
      senderGradients.append(try zeroGradients(layer.up.outputLayout))
    }
    let shared = senderGradients
    team.split(graph.centerCount(layer: index)) { [self] range, rank in
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.rows) {
        let rows = min(Self.rows, range.upperBound - start)
        let targets = needsInput ? shared[rank] : []
        reverseNodes(index, start, rows, outputGradients, inputGradients, targets, rank)
        reverseEdges(index, start..<start + rows, targets, rank)
      }
    }
    guard needsInput else { return [] }
    // Threads are added in their order: the same sum for a given number of threads.
    let inputLanes = layer.inputLayout.rowLanes
    team.split(graph.nodeCount) { [self] range, _ in
      for seed in 0..<seeds {
        let total = shared[0][seed]
        for other in shared.dropFirst() {
          for block in range.lowerBound * senderLanes..<range.upperBound * senderLanes {
            total[block] = total[block] + other[seed][block]
          }
        }
      }
    }
    if let exchange {
      try exchange.call.reverse(
        seeds, layer.up.outputLayout, points: exchange.points, localCount: graph.localCount
      ) { shared[0][$0].view }
    }
    let inputCount = index == 0 ? graph.nodeCount : graph.centerCount(layer: index - 1)
    team.split(inputCount) { [self] range, rank in
      for seed in 0..<seeds {
        let total = shared[0][seed]
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 64) {
          let rows = min(64, range.upperBound - start)
          layer.up.accumulateGradient(
            total.view(from: start * senderLanes, count: rows * senderLanes),
            into: inputGradients[seed].view(from: start * inputLanes, count: rows * inputLanes),
            rows: rows)
          guard let training else { continue }
          layer.up.accumulateWeightGradient(
            total.view(from: start * senderLanes, count: rows * senderLanes),
            at: features[index].view(from: start * inputLanes, count: rows * inputLanes),
            rows: rows, into: training.gradients[rank])
        }
      }
    }
    messages.removeLast()
    senders.removeLast()
    features.removeLast()
    saved.removeLast()
    return inputGradients
  }

  /// From the gradients of some centres' next features to those of their messages.
  private func reverseNodes(
    _ index: Int, _ start: Int, _ rows: Int, _ outputGradients: [Buffer<T.Lanes>],
    _ inputGradients: [Buffer<T.Lanes>], _ senderGradients: [Buffer<T.Lanes>], _ rank: Int
  ) {
    let layer = model.layers[index]
    let scratch = nodeScratch[rank]
    let block = nodeBlock(index, start, rows, scratch)
    let messageLanes = layer.convolution.messageLayout.rowLanes
    let outputLanes = layer.outputLayout.rowLanes
    let inputLanes = layer.inputLayout.rowLanes
    let senderLanes = layer.up.outputLayout.rowLanes
    scratch.messages.view(from: 0, count: seeds * Self.rows * messageLanes).fill(.zero)
    for seed in 0..<seeds {
      layer.update.accumulateGradient(
        block, outputGradients[seed].view(from: start * outputLanes, count: rows * outputLanes),
        into: NodeGradients(
          message: scratch.messages.view(
            from: seed * Self.rows * messageLanes, count: rows * messageLanes),
          own: inputGradients.isEmpty
            ? nil : inputGradients[seed].view(from: start * inputLanes, count: rows * inputLanes),
          sender: senderGradients.isEmpty
            ? nil
            : senderGradients[seed].view(from: start * senderLanes, count: rows * senderLanes),
          density: scratch.densityGradients.view(from: seed * Self.rows, count: rows),
          weights: training?.gradients[rank]))
    }
  }

  /// From the gradients of some centres' messages to those of edges and senders.
  private func reverseEdges(
    _ index: Int, _ centers: Range<Int>, _ senderGradients: [Buffer<T.Lanes>], _ rank: Int
  ) {
    let layer = model.layers[index]
    let scratch = edgeScratch[rank]
    forEachRun(of: centers, scratch) { edges, firstCenter in
      prepare(layer, edges, firstCenter: firstCenter, scratch)
      applyFactor(layer.convolution.weightLanes, edges: edges.count, scratch)
      if let network = layer.densityNetwork {
        evaluate(network, edges, scratch, keeping: scratch.densityScratch, scratch.densities)
      }
      for seed in 0..<seeds {
        reverseConvolution(index, edges, centers, seed, senderGradients, rank)
        reverseRadial(index, edges, centers, seed, rank)
      }
    }
  }

  /// Gradients of edge weights, couplings and senders for one seed.
  private func reverseConvolution(
    _ index: Int, _ edges: Range<Int>, _ centers: Range<Int>, _ seed: Int,
    _ senderGradients: [Buffer<T.Lanes>], _ rank: Int
  ) {
    let convolution = model.layers[index].convolution
    let scratch = edgeScratch[rank]
    let messages = nodeScratch[rank].messages
    let messageLanes = convolution.messageLayout.rowLanes
    let senderLanes = convolution.senderLayout.rowLanes
    let couplingLanes = convolution.coupling.blockCount
    let weightLanes = convolution.weightLanes
    let row = scratch.senderRow.view(from: 0, count: senderLanes)
    let moment = seed > 0
    for slot in 0..<edges.count {
      let neighbor = Int(graph.neighbors[edges.lowerBound + slot])
      let center = Int(scratch.centers[slot]) - centers.lowerBound
      let direct = !moment && !senderGradients.isEmpty
      let target =
        direct ? senderGradients[0].view(from: neighbor * senderLanes, count: senderLanes) : row
      let messageGradient = messages.view(
        from: (seed * Self.rows + center) * messageLanes, count: messageLanes)
      let weights = scratch.weights.view(from: slot * weightLanes, count: weightLanes)
      let couplings = scratch.couplings.view(from: slot * couplingLanes, count: couplingLanes)
      let sender = senders[index].view(from: neighbor * senderLanes, count: senderLanes)
      if !direct { row.fill(.zero) }
      convolution.accumulateGradient(
        messageGradient, weights: weights, couplings: couplings, sender: sender,
        work: scratch.convolutionWork.view,
        weightGradient: scratch.weightGradient.view(from: slot * weightLanes, count: weightLanes),
        couplingGradient: needsEdgeGradients
          ? scratch.couplingGradient.view(from: slot * couplingLanes, count: couplingLanes) : nil,
        senderGradient: target)
      guard moment, !senderGradients.isEmpty else { continue }
      let total = senderGradients[seed].view(from: neighbor * senderLanes, count: senderLanes)
      for block in 0..<senderLanes { total[block] = total[block] + row[block] }
      // The moment about the sender: − d_a Jᵀ g.
      let shift = T.Lanes(
        repeating: -graph.vectors[3 * (edges.lowerBound + slot) + seed - 1])
      row.fill(.zero)
      convolution.accumulateSenderGradient(
        messages.view(from: center * messageLanes, count: messageLanes), weights: weights,
        couplings: couplings, into: row)
      for block in 0..<senderLanes {
        total[block] = T.Lanes.multiplyAdd(total[block], shift, row[block])
      }
    }
  }
}
