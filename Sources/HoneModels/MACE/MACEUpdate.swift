internal import HoneNumerics

/// The node update of MACE: reduce the messages, raise them to symmetric powers, mix, and add the
/// atom's own features.
///
/// `h' = linear(B(A)) (+ W_z h)`, A the reduced messages.
/// - SeeAlso: Batatia et al., NeurIPS 2022, arXiv:2206.07697, eqs. (8) to (11).
struct MACEUpdate<T: HoneScalar>: Sendable {
  /// How an atom's own features enter.
  enum Residual: Sendable {
    case none
    case linear(EquivariantLinear<T>)
    case bySpecies(SpeciesLinear<T>)
  }

  let reduction: MessageReduction<T>
  let product: SymmetricProduct<T>
  let linear: EquivariantLinear<T>
  let residual: Residual

  var outputLayout: FeatureLayout { linear.outputLayout }
  var savedLanes: Int { reduction.outputLayout.rowLanes + reduction.savedLanes }

  func workLanes(rows: Int) -> Int {
    rows * (product.outputLayout.rowLanes + reduction.outputLayout.rowLanes)
      + product.workLanes + reduction.workLanes(rows: rows)
  }

  func evaluate(_ block: NodeBlock<T>, message: View<T.Lanes>, into output: View<T.Lanes>) {
    let parts = split(block)
    reduction.evaluate(
      block, message: message, saved: parts.saved, work: parts.rest, into: parts.reduced)
    product.evaluate(
      parts.reduced, species: block.species, work: parts.tree, into: parts.powers, rows: block.rows)
    linear.evaluate(parts.powers, into: output, rows: block.rows)
    switch residual {
    case .none: break
    case .linear(let map):
      map.evaluate(block.own, into: output, rows: block.rows, accumulate: true)
    case .bySpecies(let map):
      map.accumulate(block.own, species: block.species, into: output, rows: block.rows)
    }
  }

  func accumulateGradient(
    _ block: NodeBlock<T>, _ outputGradient: View<T.Lanes>, into gradients: NodeGradients<T>
  ) {
    let parts = split(block)
    if let weights = gradients.weights {
      accumulateWeightGradient(block, parts, outputGradient, into: weights)
    }
    if let own = gradients.own {
      switch residual {
      case .none: break
      case .linear(let map): map.accumulateGradient(outputGradient, into: own, rows: block.rows)
      case .bySpecies(let map):
        map.accumulateGradient(
          outputGradient, species: block.species, into: own, rows: block.rows)
      }
    }
    parts.powers.fill(.zero)
    parts.gradient.fill(.zero)
    linear.accumulateGradient(outputGradient, into: parts.powers, rows: block.rows)
    product.accumulateGradient(
      parts.powers, at: parts.reduced, species: block.species, work: parts.tree,
      into: parts.gradient, rows: block.rows, weights: gradients.weights)
    reduction.accumulateGradient(
      block, parts.gradient, output: parts.reduced, saved: parts.saved, work: parts.rest,
      into: gradients)
  }

  /// Adds the gradients with respect to the weights of the maps that end in the output.
  private func accumulateWeightGradient(
    _ block: NodeBlock<T>, _ parts: Parts, _ outputGradient: View<T.Lanes>,
    into weights: WeightGradients<T>
  ) {
    // Nobody kept the powers.
    product.evaluate(
      parts.reduced, species: block.species, work: parts.tree, into: parts.powers, rows: block.rows)
    linear.accumulateWeightGradient(
      outputGradient, at: parts.powers, rows: block.rows, into: weights)
    switch residual {
    case .none: break
    case .linear(let map):
      map.accumulateWeightGradient(outputGradient, at: block.own, rows: block.rows, into: weights)
    case .bySpecies(let map):
      map.accumulateWeightGradient(
        outputGradient, at: block.own, species: block.species, rows: block.rows, into: weights)
    }
  }

  /// The parts of the saved and working memory.
  private struct Parts {
    let reduced: View<T.Lanes>
    let saved: View<T.Lanes>
    let powers: View<T.Lanes>
    let gradient: View<T.Lanes>
    let tree: View<T.Lanes>
    let rest: View<T.Lanes>
  }

  private func split(_ block: NodeBlock<T>) -> Parts {
    let reducedCount = block.rows * reduction.outputLayout.rowLanes
    let powerCount = block.rows * product.outputLayout.rowLanes
    var work = block.work
    func take(_ count: Int) -> View<T.Lanes> {
      defer { work = work.dropping(count) }
      return work.slice(0, count)
    }
    let powers = take(powerCount)
    let gradient = take(reducedCount)
    let tree = take(product.workLanes)
    return Parts(
      reduced: block.saved.slice(0, reducedCount), saved: block.saved.dropping(reducedCount),
      powers: powers, gradient: gradient, tree: tree, rest: work)
  }
}
