public import HoneNumerics

/// The small network that turns radial basis functions into the weights of a convolution.
///
/// A chain `x ← act(norm(x W + b))`, the last link without activation. It covers e3nn's
/// `FullyConnectedNet` (no biases, no normalisation) and mace's `RadialMLP` (biases and layer
/// normalisation). An input may have, beside the basis, one contribution per species of either end.
public final class RadialNetwork<T: HoneScalar>: Sendable {
  /// One link of the chain.
  struct Link: Sendable {
    /// Weights, normalisation included.
    let matrix: WeightMatrix<T>
    /// Constants added to the result.
    let bias: WeightRow<T>?
    /// Gain and offset of a layer normalisation.
    let normalization: (gain: WeightRow<T>, offset: WeightRow<T>)?
    /// What follows; `nil` for the last link.
    let activation: Activation?

    /// The lanes of the output.
    var lanes: Int { matrix.forward.blockCount }
    /// The channels of the output.
    var channels: Int { matrix.forward.columnCount }
  }

  /// The links in order.
  let links: [Link]
  /// Contributions to the first link's result by the species of the sender and of the centre, a row
  /// for each species.
  let speciesTerms: (sender: [WeightRow<T>], center: [WeightRow<T>])?

  /// The lanes of one output row.
  public var outputLanes: Int { links[links.count - 1].lanes }
  /// The lanes of one input row.
  public let inputLanes: Int
  /// The lanes one edge needs for the intermediate values the reverse pass uses.
  public let scratchLanes: Int
  /// The lanes of the widest row inside.
  let widest: Int

  init(links: [Link], speciesTerms: (sender: [WeightRow<T>], center: [WeightRow<T>])?) {
    precondition(!links.isEmpty)
    self.links = links
    self.speciesTerms = speciesTerms
    inputLanes = T.Lanes.blocks(for: links[0].matrix.forward.rowCount)
    // Each hidden link keeps what enters its activation, and what normalisation saw before.
    scratchLanes = links.dropLast().reduce(0) {
      $0 + $1.lanes * ($1.normalization == nil ? 1 : 2)
    }
    widest = links.map(\.lanes).max() ?? 0
  }

  /// Lanes of working memory for a number of edges, beside the scratch.
  public func workLanes(edges: Int) -> Int { 2 * edges * widest }

  /// Evaluates the network for a number of edges.
  ///
  /// - Parameters:
  ///   - input: `[edges][inputLanes]`.
  ///   - ends: Species of sender and centre of an edge.
  ///   - edges: The number of edges.
  ///   - scratch: `edges · scratchLanes` lanes, kept for `gradient`.
  ///   - work: `workLanes(edges:)` lanes.
  ///   - output: `[edges][outputLanes]`.
  public func evaluate(
    _ input: View<T.Lanes>, ends: (Int) -> (sender: Int, center: Int), edges: Int,
    scratch: View<T.Lanes>, work: View<T.Lanes>, into output: View<T.Lanes>
  ) {
    var current = input
    var currentStride = inputLanes
    var used = 0
    for (index, link) in links.enumerated() {
      let isLast = index == links.count - 1
      let lanes = link.lanes
      let raw = isLast ? output : scratch.slice(used, edges * lanes)
      link.matrix.forward.multiply(
        current, stride: currentStride, into: raw, stride: lanes, rows: edges)
      if let bias = link.bias { add(bias, to: raw, edges: edges) }
      if index == 0, let terms = speciesTerms {
        for edge in 0..<edges {
          let (sender, center) = ends(edge)
          let row = raw.dropping(edge * lanes)
          for block in 0..<lanes {
            row[block] = row[block] + terms.sender[sender][block] + terms.center[center][block]
          }
        }
      }
      if isLast { return }
      used += edges * lanes
      var entering = raw
      if let normalization = link.normalization {
        entering = scratch.slice(used, edges * lanes)
        used += edges * lanes
        for edge in 0..<edges {
          normalize(
            raw.dropping(edge * lanes), count: link.channels, lanes: lanes,
            gain: normalization.gain, offset: normalization.offset,
            into: entering.dropping(edge * lanes))
        }
      }
      let result = work.slice((index & 1) * edges * widest, edges * lanes)
      activate(link.activation, entering, into: result, count: edges * lanes)
      current = result
      currentStride = lanes
    }
  }

  /// Where the gradient with respect to weights goes, and what it takes beside that to the input.
  struct WeightTargets {
    /// Added to.
    let gradients: WeightGradients<T>
    /// What was evaluated, `[edges][inputLanes]`.
    let input: View<T.Lanes>
    /// Species of sender and centre of an edge.
    let ends: (Int) -> (sender: Int, center: Int)
    /// `edges · widest` lanes of working memory.
    let work: View<T.Lanes>
  }

  /// The gradient with respect to the input, and to the weights if wanted.
  ///
  /// Adjoint of `evaluate`, which must have filled `scratch`.
  ///
  /// - Parameters:
  ///   - outputGradient: `[edges][outputLanes]`.
  ///   - scratch: As left by `evaluate`.
  ///   - work: `workLanes(edges:)` lanes.
  ///   - edges: The number of edges.
  ///   - inputGradient: `[edges][inputLanes]`, overwritten; `nil` where nobody needs it.
  ///   - weights: Where gradients with respect to the weights are added, if wanted.
  func gradient(
    _ outputGradient: View<T.Lanes>, scratch: View<T.Lanes>, work: View<T.Lanes>, edges: Int,
    into inputGradient: View<T.Lanes>?, weights: WeightTargets? = nil
  ) {
    var current = outputGradient
    var end = edges * scratchLanes
    for index in stride(from: links.count - 1, through: 0, by: -1) {
      let link = links[index]
      if let weights {
        accumulateWeightGradient(
          index, current, before: end, scratch: scratch, edges: edges, into: weights)
      }
      guard index > 0 || inputGradient != nil else { return }
      let place = work.slice((index & 1) * edges * widest, edges * widest)
      let target = index == 0 ? inputGradient ?? place : place
      let targetStride = index == 0 ? inputLanes : links[index - 1].lanes
      link.matrix.reverse.multiply(
        current, stride: link.lanes, into: target, stride: targetStride, rows: edges)
      guard index > 0 else { return }
      let previous = links[index - 1]
      let lanes = previous.lanes
      end -= edges * lanes
      let entering = scratch.slice(end, edges * lanes)
      multiplyByDerivative(previous.activation, entering, target, count: edges * lanes)
      if let normalization = previous.normalization {
        end -= edges * lanes
        let raw = scratch.slice(end, edges * lanes)
        for edge in 0..<edges {
          normalizeGradient(
            raw.dropping(edge * lanes), count: previous.channels, lanes: lanes,
            gain: normalization.gain, offset: normalization.offset,
            gradient: target.dropping(edge * lanes), weights: weights?.gradients)
        }
      }
      current = target
    }
  }

  /// The gradient with respect to one link's weights and biases, and to the species' terms.
  ///
  /// - Parameters:
  ///   - gradient: That of the link's result, before what follows it.
  ///   - end: Where the scratch of the links before it ends.
  private func accumulateWeightGradient(
    _ index: Int, _ gradient: View<T.Lanes>, before end: Int, scratch: View<T.Lanes>, edges: Int,
    into weights: WeightTargets
  ) {
    let link = links[index]
    var input = weights.input
    var inputStride = inputLanes
    if index > 0 {
      // What entered is what left the activation before, which nobody kept.
      inputStride = links[index - 1].lanes
      input = weights.work.slice(0, edges * inputStride)
      activate(
        links[index - 1].activation,
        scratch.slice(end - edges * inputStride, edges * inputStride), into: input,
        count: edges * inputStride)
    }
    link.matrix.accumulateWeightGradient(
      gradient, stride: link.lanes, at: input, stride: inputStride, rows: edges,
      into: weights.gradients)
    link.bias?.accumulateSum(gradient, stride: link.lanes, rows: edges, into: weights.gradients)
    guard index == 0, let terms = speciesTerms else { return }
    for edge in 0..<edges {
      let (sender, center) = weights.ends(edge)
      let row = gradient.dropping(edge * link.lanes)
      terms.sender[sender].accumulateSum(
        row, stride: link.lanes, rows: 1, into: weights.gradients)
      terms.center[center].accumulateSum(
        row, stride: link.lanes, rows: 1, into: weights.gradients)
    }
  }

  private func add(_ bias: WeightRow<T>, to rows: View<T.Lanes>, edges: Int) {
    for edge in 0..<edges {
      let row = rows.dropping(edge * bias.lanes)
      for block in 0..<bias.lanes { row[block] = row[block] + bias[block] }
    }
  }

  private func activate(
    _ activation: Activation?, _ input: View<T.Lanes>, into output: View<T.Lanes>, count: Int
  ) {
    guard let activation else { return output.slice(0, count).copy(from: input) }
    activation.apply(input, into: output, count: count)
  }

  private func multiplyByDerivative(
    _ activation: Activation?, _ input: View<T.Lanes>, _ gradient: View<T.Lanes>, count: Int
  ) {
    activation?.multiplyByDerivative(input, gradient, count: count)
  }
}
