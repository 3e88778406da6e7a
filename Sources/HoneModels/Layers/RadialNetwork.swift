public import HoneNumerics

/// The small network that turns radial basis functions into the weights of a convolution.
///
/// A chain `x ← act(norm(x W + b))`, the last link without activation. It covers e3nn's
/// `FullyConnectedNet` (no biases, no normalisation) and mace's `RadialMLP` (biases and layer
/// normalisation). An input may have, beside the basis, one contribution per species of either end.
public final class RadialNetwork<T: HoneScalar>: Sendable {
  /// One link of the chain.
  public struct Link: Sendable {
    /// Weights, normalisation included.
    public let forward: PackedMatrix<T>
    /// Their transpose.
    public let reverse: PackedMatrix<T>
    /// Constants added to the result.
    public let bias: [T.Lanes]?
    /// Gain and offset of a layer normalisation.
    public let normalization: (gain: [T.Lanes], offset: [T.Lanes])?
    /// What follows; `nil` for the last link.
    public let activation: Activation?

    /// The lanes of the output.
    var lanes: Int { forward.blockCount }
  }

  /// The links in order.
  public let links: [Link]
  /// Contributions to the first link's result by the species of the sender and of the centre,
  /// each `[species][lanes]`.
  let speciesTerms: (sender: [[T.Lanes]], center: [[T.Lanes]])?

  /// The lanes of one output row.
  public var outputLanes: Int { links[links.count - 1].lanes }
  /// The lanes of one input row.
  public let inputLanes: Int
  /// The lanes one edge needs for the intermediate values the reverse pass uses.
  public let scratchLanes: Int
  /// The lanes of the widest row inside.
  let widest: Int

  init(links: [Link], speciesTerms: (sender: [[T.Lanes]], center: [[T.Lanes]])?) {
    precondition(!links.isEmpty)
    self.links = links
    self.speciesTerms = speciesTerms
    inputLanes = T.Lanes.blocks(for: links[0].forward.rowCount)
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
      link.forward.multiply(
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
            raw.dropping(edge * lanes), count: link.forward.columnCount, lanes: lanes,
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

  /// The gradient with respect to the input.
  ///
  /// Adjoint of `evaluate`, which must have filled `scratch`.
  ///
  /// - Parameters:
  ///   - outputGradient: `[edges][outputLanes]`.
  ///   - scratch: As left by `evaluate`.
  ///   - work: `workLanes(edges:)` lanes.
  ///   - edges: The number of edges.
  ///   - inputGradient: `[edges][inputLanes]`, overwritten.
  public func gradient(
    _ outputGradient: View<T.Lanes>, scratch: View<T.Lanes>, work: View<T.Lanes>, edges: Int,
    into inputGradient: View<T.Lanes>
  ) {
    var current = outputGradient
    var end = edges * scratchLanes
    for index in stride(from: links.count - 1, through: 0, by: -1) {
      let link = links[index]
      let target =
        index == 0 ? inputGradient : work.slice((index & 1) * edges * widest, edges * widest)
      let targetStride = index == 0 ? inputLanes : links[index - 1].lanes
      link.reverse.multiply(
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
            raw.dropping(edge * lanes), count: previous.forward.columnCount, lanes: lanes,
            gain: normalization.gain, gradient: target.dropping(edge * lanes))
        }
      }
      current = target
    }
  }

  private func add(_ bias: [T.Lanes], to rows: View<T.Lanes>, edges: Int) {
    for edge in 0..<edges {
      let row = rows.dropping(edge * bias.count)
      for block in 0..<bias.count { row[block] = row[block] + bias[block] }
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
