internal import HoneNumerics

/// The node update of NequIP: mix the messages, add the atom's own features, gate.
///
/// `h' = gate(linear(M) + W_z h)`.
/// - SeeAlso: Batzner et al., Nat. Commun. 13, 2453 (2022), doi:10.1038/s41467-022-29939-5.
struct NequIPUpdate<T: HoneScalar>: Sendable {
  /// How an atom's own features enter.
  enum SelfConnection: Sendable {
    case linear(EquivariantLinear<T>)
    case bySpecies(SpeciesLinear<T>)
  }

  let linear: EquivariantLinear<T>
  let selfConnection: SelfConnection
  let gate: Gate<T>

  var outputLayout: FeatureLayout { gate.outputLayout }
  /// What enters the gate.
  var savedLanes: Int { gate.inputLayout.rowLanes }

  func workLanes(rows: Int) -> Int { rows * gate.inputLayout.rowLanes }

  func evaluate(_ block: NodeBlock<T>, message: View<T.Lanes>, into output: View<T.Lanes>) {
    linear.evaluate(
      messages: message, block.messageStage, into: block.saved, rows: block.rows)
    switch selfConnection {
    case .linear(let map):
      map.evaluate(block.own, into: block.saved, rows: block.rows, accumulate: true)
    case .bySpecies(let map):
      map.accumulate(block.own, species: block.species, into: block.saved, rows: block.rows)
    }
    output.slice(0, block.rows * outputLayout.rowLanes).fill(.zero)
    gate.evaluate(block.saved, into: output, rows: block.rows)
  }

  func accumulateGradient(
    _ block: NodeBlock<T>, _ outputGradient: View<T.Lanes>, into gradients: NodeGradients<T>
  ) {
    let gradient = block.work.slice(0, block.rows * gate.inputLayout.rowLanes)
    gradient.fill(.zero)
    gate.accumulateGradient(outputGradient, at: block.saved, into: gradient, rows: block.rows)
    linear.accumulateGradient(
      gradient, toMessages: gradients.message, block.messageStage, rows: block.rows)
    if let weights = gradients.weights {
      accumulateWeightGradient(block, gradient, into: weights)
    }
    guard let own = gradients.own else { return }
    switch selfConnection {
    case .linear(let map): map.accumulateGradient(gradient, into: own, rows: block.rows)
    case .bySpecies(let map):
      map.accumulateGradient(gradient, species: block.species, into: own, rows: block.rows)
    }
  }

  /// Adds the gradients with respect to the weights, from those of what enters the gate.
  private func accumulateWeightGradient(
    _ block: NodeBlock<T>, _ gradient: View<T.Lanes>, into weights: WeightGradients<T>
  ) {
    if let message = block.message {
      linear.accumulateWeightGradient(gradient, at: message, rows: block.rows, into: weights)
    }
    switch selfConnection {
    case .linear(let map):
      map.accumulateWeightGradient(gradient, at: block.own, rows: block.rows, into: weights)
    case .bySpecies(let map):
      map.accumulateWeightGradient(
        gradient, at: block.own, species: block.species, rows: block.rows, into: weights)
    }
  }
}
