internal import HoneNumerics

/// One computation: the memory of a forward and a reverse pass over a graph.
final class EvaluationPass<T: HoneScalar>: @unchecked Sendable {
  let model: MessagePassingModel<T>
  let graph: EdgeGraph<T>
  let team: Team
  let seeds: Int
  /// What is trained, if that is why this pass runs.
  let training: Training?
  /// How nodes of other processes get their features, with the point of each node.
  let exchange: (call: FeatureExchange, points: View<Int32>)?
  /// Features before each layer and after the last, `[nodes][row]`.
  var features: [Buffer<T.Lanes>] = []
  /// What neighbours see, per layer, `[nodes][sender row]`.
  var senders: [Buffer<T.Lanes>] = []
  /// Sums over neighbours per layer, `[centers][message row]`, kept for gradients of weights alone.
  var messages: [Buffer<T.Lanes>] = []
  /// What node updates keep, per layer, `[centers][savedLanes]`.
  var saved: [Buffer<T.Lanes>] = []
  /// Densities per layer, `[centers]`.
  var densities: [Buffer<T>] = []
  let energies: Buffer<T>
  /// The invariant features of each centre after every layer, if somebody wants them.
  private var descriptors: Buffer<Double>?
  /// What `scales` multiply, `[centers]`, kept for gradients of weights alone.
  let unscaled: Buffer<T>
  /// Per seed, `[edges][3]`.
  let edgeGradients: [Buffer<T>]
  let edgeScratch: [EdgeScratch<T>]
  let nodeScratch: [NodeScratch<T>]

  /// What a reverse pass for gradients with respect to weights needs.
  struct Training {
    /// What the derivative of each centre's energy is multiplied by, `[centers]`.
    let seeds: View<T>
    /// One for each thread, added to.
    let gradients: [WeightGradients<T>]
  }

  init(
    model: MessagePassingModel<T>, graph: EdgeGraph<T>,
    derivatives: MessagePassingModel<T>.Derivatives,
    exchange: (call: FeatureExchange, points: View<Int32>)?, team: Team, training: Training? = nil
  ) throws(HoneError) {
    self.training = training
    unscaled = try Buffer(repeating: .zero, count: training == nil ? 0 : graph.localCount)
    self.exchange = exchange
    self.model = model
    self.graph = graph
    self.team = team
    seeds = derivatives.seeds
    energies = try Buffer(repeating: .zero, count: graph.localCount)
    var gradients: [Buffer<T>] = []
    for _ in 0..<(training == nil ? seeds : 0) {
      gradients.append(try Buffer(repeating: .zero, count: 3 * graph.edgeCount))
    }
    edgeGradients = gradients
    var edges: [EdgeScratch<T>] = []
    var nodes: [NodeScratch<T>] = []
    for _ in 0..<team.threadCount {
      edges.append(
        try EdgeScratch(for: model, derivatives: seeds > 0, trains: training != nil))
      nodes.append(try NodeScratch(for: model, seeds: seeds))
    }
    edgeScratch = edges
    nodeScratch = nodes
  }

  /// Makes room for descriptors, before the pass runs.
  ///
  /// - Throws: `.outOfMemory`.
  func keepDescriptors() throws(HoneError) {
    descriptors = try Buffer(repeating: 0, count: graph.localCount * model.descriptors.width)
  }

  func run() throws(HoneError) -> MessagePassingModel<T>.Result {
    try embed()
    for layer in model.layers.indices { try forward(layer) }
    readOut()
    if let descriptors {
      let layout = model.descriptors
      for (layer, rows) in features.dropFirst().enumerated() {
        layout.copy(
          layer: layer, rows: rows.view, rowLanes: model.layers[layer].outputLayout.rowLanes,
          count: graph.localCount, into: descriptors.view)
      }
    }
    if seeds > 0 {
      try reverse()
      if needsEdgeGradients {
        model.repulsion?.accumulateGradient(graph, scales: model.scales, into: edgeGradients[0])
      }
    }
    return MessagePassingModel.Result(
      energies: energies, edgeGradients: edgeGradients.first,
      edgeMoments: seeds == 4 ? Array(edgeGradients[1...]) : nil, descriptors: descriptors)
  }

  /// Sets the features before the first layer.
  private func embed() throws(HoneError) {
    let row = model.layers[0].inputLayout.rowLanes
    let first = try Buffer<T.Lanes>(count: graph.nodeCount * row)
    for node in 0..<graph.nodeCount {
      let source = model.embedding[Int(graph.species[node])]
      for block in 0..<row { first[node * row + block] = source[block] }
    }
    features = [first]
  }

  /// Sums readouts and pair repulsion, then scales.
  private func readOut() {
    team.split(graph.localCount) { [self] range, rank in
      let scratch = nodeScratch[rank]
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.rows) {
        let rows = min(Self.rows, range.upperBound - start)
        let target = energies.view(from: start, count: rows)
        for (layer, readout) in model.readouts {
          let lanes = model.layers[layer].outputLayout.rowLanes
          readout.accumulate(
            features[layer + 1].view(from: start * lanes, count: rows * lanes), rows: rows,
            work: scratch.work.view, into: target)
        }
        for row in 0..<rows {
          if training != nil { unscaled[start + row] = target[row] }
          target[row] = target[row] * model.scales.channel(Int(graph.species[start + row]))
        }
      }
    }
    model.repulsion?.accumulate(graph, scales: model.scales, into: energies)
    if training != nil, let repulsion = model.repulsion, repulsion.isScaled {
      repulsion.accumulate(graph, scales: nil, into: unscaled)
    }
  }

  /// Whether the reverse pass ends at the edges' vectors: one for weights does not.
  var needsEdgeGradients: Bool { !edgeGradients.isEmpty }

  static var rows: Int { MessagePassingModel<T>.blockRows }
}

/// One thread's working memory for blocks of atoms.
final class NodeScratch<T: HoneScalar>: @unchecked Sendable {
  /// Messages in the forward pass, their gradients (one per seed) in the reverse pass.
  let messages: Buffer<T.Lanes>
  /// Density gradients, one block of rows per seed.
  let densityGradients: Buffer<T>
  let work: Buffer<T.Lanes>

  init(for model: MessagePassingModel<T>, seeds: Int) throws(HoneError) {
    let rows = MessagePassingModel<T>.blockRows
    let message = model.layers.map(\.convolution.messageLayout.rowLanes).max() ?? 0
    messages = try Buffer(count: max(seeds, 1) * rows * message)
    densityGradients = try Buffer(repeating: .zero, count: max(seeds, 1) * rows)
    let updates = model.layers.map { $0.update.workLanes(rows: rows) }.max() ?? 0
    let readouts = model.readouts.map { $0.readout.workLanes(rows: rows) }.max() ?? 0
    work = try Buffer(count: max(updates, readouts))
  }
}
