internal import HoneNumerics

/// The steps of a pass, numbered in order: three for each layer forward, one for the readouts, and
/// three for each layer back.
struct PassSteps {
  /// The number of layers.
  let layers: Int

  /// The parts of a layer.
  ///
  /// In the forward pass senders are made, exchanged and summed; in the reverse pass the other way
  /// around.
  enum Part: Int {
    case senders = 0
    case exchange = 1
    case nodes = 2
  }

  /// A part of a layer of the forward pass.
  func forward(_ layer: Int, _ part: Part) -> Int { 3 * layer + part.rawValue }
  /// The readouts.
  var readout: Int { 3 * layers }
  /// A part of a layer of the reverse pass.
  func reverse(_ layer: Int, _ part: Part) -> Int {
    3 * layers + 1 + 3 * (layers - 1 - layer) + (2 - part.rawValue)
  }
}

extension CompiledPass {
  /// The number of nodes that have rows as senders of a layer, the first ones.
  func senderCount(_ layer: Int) -> Int {
    layer == 0 || exchange != nil ? graph.nodeCount : graph.centerCounts[layer - 1]
  }

  /// ∂E/∂(features after a layer) or a moment of it, `[nodes][row]`.
  func featureGradient(_ layer: Int, seed: Int) -> View<T.Lanes> {
    let count = graph.centerCounts[layer] * model.layers[layer].layer.outputLayout.rowLanes
    return workspace.featureGradients[layer].view.slice(seed * count, count)
  }

  /// Finds memory for the rows of all nodes: what the reverse pass reads is kept, all else shares.
  ///
  /// Most is needed where the pass turns back. What lives there for a short time is placed first, what
  /// is kept last and from the last layer to the first: then little is lost between arrays, 2 % for five
  /// layers.
  ///
  /// - Throws: `.outOfMemory`.
  func placeRows() throws(HoneError) {
    workspace.memory.removeAll()
    if seeds > 0 { placeGradients() }
    placeFeatures()
    if let exchange { placeExchanged(exchange) }
    placeKept()
    try workspace.memory.reserve()
  }

  private var steps: PassSteps { PassSteps(layers: model.layers.count) }

  private func placeGradients() {
    let last = model.layers.count - 1
    var most = 0
    for index in model.layers.indices.dropFirst() {
      most = max(most, senderCount(index) * model.layers[index].layer.up.outputLayout.rowLanes)
    }
    for thread in workspace.threads.prefix(team.threadCount) {
      for seed in 0..<seeds {
        thread.senderGradients[seed].place(
          count: most, life: steps.reverse(last, .nodes)...steps.reverse(0, .nodes))
      }
    }
    for index in model.layers.indices.reversed() {
      let row = model.layers[index].layer.outputLayout.rowLanes
      workspace.featureGradients[index].place(
        count: seeds * graph.centerCounts[index] * row,
        life: steps.reverse(min(index + 1, last), .nodes)...steps.reverse(index, .nodes))
    }
  }

  private func placeFeatures() {
    let last = model.layers.count - 1
    for index in model.layers.indices.reversed() {
      let row = model.layers[index].layer.outputLayout.rowLanes
      var end = index < last ? steps.forward(index + 1, .nodes) : steps.readout
      if model.model.readouts.contains(where: { $0.layer == index }) {
        end = seeds > 0 ? steps.reverse(index, .nodes) : steps.readout
      }
      workspace.features[index + 1].place(
        count: graph.centerCounts[index] * row, life: steps.forward(index, .nodes)...end)
    }
    workspace.features[0].place(
      count: graph.nodeCount * model.layers[0].layer.inputLayout.rowLanes,
      life: steps.forward(0, .senders)...steps.forward(0, .nodes))
  }

  private func placeExchanged(_ exchange: FeatureExchange) {
    for index in model.layers.indices.dropFirst() {
      let count = exchange.valueCount(model.layers[index].layer.up.outputLayout)
      let there = steps.forward(index, .exchange)
      workspace.sent[index].place(count: count, life: there...there)
      guard seeds > 0 else { continue }
      let back = steps.reverse(index, .exchange)
      workspace.returned[index].place(count: seeds * count, life: back...back)
    }
  }

  private func placeKept() {
    for index in model.layers.indices.reversed() {
      let layer = model.layers[index].layer
      let summed = steps.forward(index, .nodes)
      let reversed = seeds > 0 ? steps.reverse(index, .nodes) : summed
      // In a factorised layer the reverse pass asks for the species of neighbours alone.
      let read = model.layers[index].isFactorised ? summed : reversed
      workspace.saved[index].place(
        count: graph.centerCounts[index] * layer.update.savedLanes, life: summed...reversed)
      workspace.senders[index].place(
        count: senderCount(index) * layer.up.outputLayout.rowLanes,
        life: steps.forward(index, .senders)...read)
    }
  }
}
