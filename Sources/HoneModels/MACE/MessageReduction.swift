internal import HoneNumerics

/// From the sum of an atom's messages to the features its product basis takes.
enum MessageReduction<T: HoneScalar>: Sendable {
  case linear(LinearReduction<T>)
  case gated(GatedReduction<T>)

  /// The rows it gives.
  var outputLayout: FeatureLayout {
    switch self {
    case .linear(let reduction): reduction.outputLayout
    case .gated(let reduction): reduction.outputLayout
    }
  }

  /// The linear map that messages meet first.
  var messageMap: EquivariantLinear<T> {
    switch self {
    case .linear(let reduction): reduction.linear
    case .gated(let reduction): reduction.first
    }
  }

  /// The map of the centre's species that follows, where the two can be joined.
  var speciesMap: SpeciesLinear<T>? {
    switch self {
    case .linear(let reduction): reduction.linear.hasBiases ? nil : reduction.skip
    case .gated: nil
    }
  }

  /// Lanes kept per atom for the reverse pass, beside the output itself.
  var savedLanes: Int {
    switch self {
    case .linear: 0
    case .gated(let reduction): reduction.savedLanes
    }
  }

  /// Lanes of working memory for a number of atoms.
  func workLanes(rows: Int) -> Int {
    switch self {
    case .linear(let reduction): reduction.workLanes(rows: rows)
    case .gated(let reduction): reduction.workLanes(rows: rows)
    }
  }

  /// Computes the features.
  ///
  /// - Parameters:
  ///   - saved: `[rows][savedLanes]`, filled.
  ///   - output: `[rows][output row]`, overwritten.
  func evaluate(
    _ block: NodeBlock<T>, message: View<T.Lanes>, saved: View<T.Lanes>, work: View<T.Lanes>,
    into output: View<T.Lanes>
  ) {
    switch self {
    case .linear(let reduction):
      reduction.evaluate(block, message: message, work: work, into: output)
    case .gated(let reduction):
      reduction.evaluate(block, message: message, saved: saved, work: work, into: output)
    }
  }

  /// Adds the gradients with respect to messages, densities and senders.
  ///
  /// - Parameters:
  ///   - outputGradient: ∂E/∂output.
  ///   - output: As left by `evaluate`.
  ///   - saved: As left by `evaluate`.
  func accumulateGradient(
    _ block: NodeBlock<T>, _ outputGradient: View<T.Lanes>, output: View<T.Lanes>,
    saved: View<T.Lanes>, work: View<T.Lanes>, into gradients: NodeGradients<T>
  ) {
    switch self {
    case .linear(let reduction):
      reduction.accumulateGradient(
        block, outputGradient, output: output, work: work, into: gradients)
    case .gated(let reduction):
      reduction.accumulateGradient(
        block, outputGradient, saved: saved, work: work, into: gradients)
    }
  }
}

/// The linear reductions: `A = skip_z(linear(M) / norm)`.
///
/// The norm is a constant, already part of the weights, or one plus the atom's density. The second
/// map, one per species, exists in blocks without a residual connection only.
struct LinearReduction<T: HoneScalar>: Sendable {
  let linear: EquivariantLinear<T>
  let dividesByDensity: Bool
  let skip: SpeciesLinear<T>?

  var outputLayout: FeatureLayout { linear.outputLayout }

  func workLanes(rows: Int) -> Int { skip == nil ? 0 : rows * outputLayout.rowLanes }

  func evaluate(
    _ block: NodeBlock<T>, message: View<T.Lanes>, work: View<T.Lanes>, into output: View<T.Lanes>
  ) {
    let lanes = outputLayout.rowLanes
    let skip = block.messageStage == .mappedBySpecies ? nil : skip
    let target = skip == nil ? output : work
    linear.evaluate(
      messages: message, block.messageStage, into: target, rows: block.rows)
    divide(target, block)
    guard let skip else { return }
    output.slice(0, block.rows * lanes).fill(.zero)
    skip.accumulate(target, species: block.species, into: output, rows: block.rows)
  }

  func accumulateGradient(
    _ block: NodeBlock<T>, _ outputGradient: View<T.Lanes>, output: View<T.Lanes>,
    work: View<T.Lanes>, into gradients: NodeGradients<T>
  ) {
    let lanes = outputLayout.rowLanes
    if dividesByDensity {
      // ∂E/∂ρ = −⟨∂E/∂x, x⟩ / (1 + ρ) with x what was divided; the skip is linear, so
      // ⟨∂E/∂x, x⟩ = ⟨∂E/∂A, A⟩.
      for row in 0..<block.rows {
        let product = inner(
          outputGradient.dropping(row * lanes), output.dropping(row * lanes), lanes)
        gradients.density[row] = -product / (T(1) + block.density[row])
      }
    }
    if let weights = gradients.weights, let skip, let message = block.message {
      // What the skip was applied to, which nobody kept.
      linear.evaluate(message, into: work, rows: block.rows)
      divide(work, block)
      skip.accumulateWeightGradient(
        outputGradient, at: work, species: block.species, rows: block.rows, into: weights)
    }
    var gradient = outputGradient
    if let skip, block.messageStage != .mappedBySpecies {
      work.slice(0, block.rows * lanes).fill(.zero)
      skip.accumulateGradient(
        outputGradient, species: block.species, into: work, rows: block.rows)
      gradient = work
    }
    divide(gradient, block)
    if let weights = gradients.weights, let message = block.message {
      linear.accumulateWeightGradient(gradient, at: message, rows: block.rows, into: weights)
    }
    linear.accumulateGradient(
      gradient, toMessages: gradients.message, block.messageStage, rows: block.rows)
  }

  /// Divides rows of the output by one plus their atoms' densities, where that is the norm.
  private func divide(_ rows: View<T.Lanes>, _ block: NodeBlock<T>) {
    guard dividesByDensity else { return }
    let lanes = outputLayout.rowLanes
    for row in 0..<block.rows {
      scaleRow(rows.dropping(row * lanes), lanes, by: T(1) / (T(1) + block.density[row]))
    }
  }
}

/// The non-linear reduction: `A = linear₂(gate(linear₁(M) / (β ρ + α) + residual(h')))`, h' the
/// atom's own features as senders.
struct GatedReduction<T: HoneScalar>: Sendable {
  let first: EquivariantLinear<T>
  let residual: EquivariantLinear<T>
  let gate: Gate<T>
  let second: EquivariantLinear<T>
  let alpha: WeightRow<T>
  let beta: WeightRow<T>

  var outputLayout: FeatureLayout { second.outputLayout }
  /// What was divided, and what enters the gate.
  var savedLanes: Int { 2 * first.outputLayout.rowLanes }

  func workLanes(rows: Int) -> Int {
    rows * (first.outputLayout.rowLanes + gate.outputLayout.rowLanes)
  }

  func evaluate(
    _ block: NodeBlock<T>, message: View<T.Lanes>, saved: View<T.Lanes>, work: View<T.Lanes>,
    into output: View<T.Lanes>
  ) {
    let lanes = first.outputLayout.rowLanes
    let size = block.rows * lanes
    let divided = saved.slice(0, size)
    let entering = saved.slice(size, size)
    first.evaluate(
      messages: message, block.messageStage, into: divided, rows: block.rows)
    for row in 0..<block.rows {
      scaleRow(divided.dropping(row * lanes), lanes, by: norm(block, row))
    }
    entering.copy(from: divided)
    residual.evaluate(block.sender, into: entering, rows: block.rows, accumulate: true)
    gate.evaluate(entering, into: work, rows: block.rows)
    second.evaluate(work, into: output, rows: block.rows)
  }

  func accumulateGradient(
    _ block: NodeBlock<T>, _ outputGradient: View<T.Lanes>, saved: View<T.Lanes>,
    work: View<T.Lanes>, into gradients: NodeGradients<T>
  ) {
    let lanes = first.outputLayout.rowLanes
    let size = block.rows * lanes
    let divided = saved.slice(0, size)
    let entering = saved.slice(size, size)
    let gated = work.slice(0, block.rows * gate.outputLayout.rowLanes)
    let gradient = work.dropping(gated.count).slice(0, size)
    if let weights = gradients.weights {
      gate.evaluate(entering, into: gated, rows: block.rows)
      second.accumulateWeightGradient(outputGradient, at: gated, rows: block.rows, into: weights)
    }
    gated.fill(.zero)
    gradient.fill(.zero)
    second.accumulateGradient(outputGradient, into: gated, rows: block.rows)
    gate.accumulateGradient(gated, at: entering, into: gradient, rows: block.rows)
    if let sender = gradients.sender {
      residual.accumulateGradient(gradient, into: sender, rows: block.rows)
    }
    if let weights = gradients.weights {
      residual.accumulateWeightGradient(
        gradient, at: block.sender, rows: block.rows, into: weights)
    }
    for row in 0..<block.rows {
      let target = gradient.dropping(row * lanes)
      let factor = norm(block, row)
      let product = -factor * inner(target, divided.dropping(row * lanes), lanes)
      gradients.density[row] = beta.channel(0) * product
      if let weights = gradients.weights {
        accumulate(product, in: alpha, weights)
        accumulate(product * block.density[row], in: beta, weights)
      }
      scaleRow(target, lanes, by: factor)
    }
    if let weights = gradients.weights, let message = block.message {
      first.accumulateWeightGradient(gradient, at: message, rows: block.rows, into: weights)
    }
    first.accumulateGradient(
      gradient, toMessages: gradients.message, block.messageStage, rows: block.rows)
  }

  private func norm(_ block: NodeBlock<T>, _ row: Int) -> T {
    T(1) / (beta.channel(0) * block.density[row] + alpha.channel(0))
  }

  /// Adds a number to the gradient of one of the norm's constants.
  private func accumulate(_ value: T, in constant: WeightRow<T>, _ weights: WeightGradients<T>) {
    guard let target = constant.gradient(in: weights) else { return }
    var lanes = T.Lanes.zero
    lanes[0] = value
    target[0] = T.Lanes.accumulateWeight(target[0], T.Lanes(repeating: T(1)), lanes)
  }
}

private func scaleRow<L: HoneLanes>(_ row: View<L>, _ lanes: Int, by factor: L.Element) {
  let scale = L(repeating: factor)
  for block in 0..<lanes { row[block] = row[block] * scale }
}

private func inner<L: HoneLanes>(_ a: View<L>, _ b: View<L>, _ lanes: Int) -> L.Element {
  var sum = L.zero
  for block in 0..<lanes { sum = L.multiplyAdd(sum, a[block], b[block]) }
  return sum.sum()
}
