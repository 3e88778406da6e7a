public import HoneNumerics

/// How the atoms of a batch move: r + ε v + ε² t.
public struct AtomPath<Output: HoneScalar>: Sendable {
  /// v, `[atoms][3]`.
  public var direction: View<Double>
  /// t, `[atoms][3]`.
  public var bend: View<Output>

  /// Wraps the parts.
  public init(direction: View<Double>, bend: View<Output>) {
    self.direction = direction
    self.bend = bend
  }
}

/// Second derivatives of a head's energies along curves, and their gradients with respect to the weights.
///
/// Where atoms move along r + ε v + ε² t, the coefficient of ε² of the energy is ½ vᵀ H v + ∇E · t, and that
/// of ∂E/∂θ its gradient at fixed v and t. So one forward and one ordinary reverse pass on Taylor
/// polynomials of degree two (`Jet`) give what would be a third derivative, without a third reverse pass;
/// with a suitable t they give the gradient of ½|F|² beside it.
///
/// Like `GradientEvaluator`, which says why its work is in specialised methods.
public final class CurvatureEvaluator<S: TrainingScalar>: @unchecked Sendable {
  private let model: MessagePassingModel<Jet<S>>
  private let ledger: WeightLedger<Jet<S>>
  private let parameters: Buffer<S>
  /// By slot, the gradients gathered so far.
  private let weightGradients: [WeightGradients<Jet<S>>]
  /// The gradient with respect to the parameters, while it is summed.
  private let sums: Buffer<S>

  /// Builds the evaluator of a head.
  ///
  /// - Parameters:
  ///   - slotCount: How many threads may gather gradients at once.
  ///   - fixed: Tensors that stay as they are, whose gradients nobody asks for.
  /// - Throws: `.format` where parameters are missing or of a wrong size, `.outOfMemory`.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  init(
    _ definition: ModelDefinition, head: Int, slotCount: Int, fixed: Set<String>
  ) throws(HoneError) {
    try definition.requireHeadroom()
    let ledger = try WeightLedger<Jet<S>>(definition.parameters, fixed: fixed)
    model = try definition.model(head: head, ledger: ledger)
    self.ledger = ledger
    parameters = try Buffer(repeating: S(0), count: ledger.parameterCount)
    var gradients: [WeightGradients<Jet<S>>] = []
    for _ in 0..<slotCount { gradients.append(try WeightGradients(for: ledger)) }
    weightGradients = gradients
    sums = try Buffer(repeating: .zero, count: ledger.parameterCount)
  }

  /// Takes new parameters, while nobody evaluates.
  ///
  /// - Parameter parameter: The number of a place in the vector of parameters.
  public func load(_ parameter: (Int) -> S.Output) {
    for index in 0..<parameters.count { parameters[index] = S(output: parameter(index)) }
    loadNumbers()
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  private func loadNumbers() { ledger.load(parameters.view) }

  /// ½ vᵀ H v + ∇E · t of each structure, `[structures]`.
  ///
  /// Any number of threads may do so at once. Cells stay as they are.
  ///
  /// - Throws: `.invalidArgument` for a path of the wrong size, `.outOfMemory`.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func evaluate(
    _ batch: TrainingBatch, _ path: AtomPath<S.Output>, team: Team
  ) throws(HoneError) -> Buffer<S.Output> {
    let graph = try graph(batch, path)
    let result = try model.compute(graph, derivatives: .none, team: team)
    return try curvatures(batch, result.energies)
  }

  /// Gathers the gradient of Σ factor · (½ vᵀ H v + ∇E · t) over the structures at fixed factors, v and t.
  ///
  /// - Parameters:
  ///   - batch: The structures.
  ///   - path: v and t.
  ///   - factors: `[structures]`.
  ///   - slots: Where the team's threads gather, as many as it has. No other thread may use them
  ///     meanwhile.
  /// - Returns: ½ vᵀ H v + ∇E · t of each structure, `[structures]`.
  /// - Throws: `.invalidArgument` for a path or factors of the wrong size, `.outOfMemory`.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func gather(
    _ batch: TrainingBatch, _ path: AtomPath<S.Output>, factors: View<S.Output>, slots: Range<Int>,
    team: Team
  ) throws(HoneError) -> Buffer<S.Output> {
    guard factors.count == batch.structureCount else {
      throw HoneError(
        .invalidArgument,
        "expected factors of \(batch.structureCount) structures, got \(factors.count)")
    }
    let graph = try graph(batch, path)
    let seeds = try Buffer<Jet<S>>(count: batch.atomCount)
    for node in 0..<batch.atomCount {
      seeds[node] = Jet(weight: S(output: factors[Int(batch.structures[node])]))
    }
    let pass = try EvaluationPass(
      model: model, graph: graph, derivatives: .gradients, exchange: nil, team: team,
      training: .init(seeds: seeds.view, gradients: Array(weightGradients[slots])))
    return try curvatures(batch, try pass.run().energies)
  }

  /// Forgets what was gathered.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func discardGradient() {
    for gradients in weightGradients { gradients.lanes.fill(.zero) }
  }

  /// Adds what was gathered in all slots, in their order, to the gradient with respect to the
  /// parameters, and forgets it.
  ///
  /// - Parameter gradient: As many numbers as the model has parameters, added to.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func takeGradient(into gradient: View<S.Output>) {
    for other in weightGradients.dropFirst() { weightGradients[0].add(other) }
    sums.fill(.zero)
    ledger.pullBack(weightGradients[0], at: parameters.view, into: sums.view)
    for index in 0..<sums.count { gradient[index] += S.output(sums[index]) }
    discardGradient()
  }

  /// The graph of a batch whose edges follow the path of their ends.
  private func graph(
    _ batch: TrainingBatch, _ path: AtomPath<S.Output>
  ) throws(HoneError) -> EdgeGraph<Jet<S>> {
    let count = 3 * batch.atomCount
    guard path.direction.count == count, path.bend.count == count else {
      throw HoneError(
        .invalidArgument,
        "expected paths of \(count) numbers for \(batch.atomCount) atoms, got "
          + "\(path.direction.count) and \(path.bend.count)")
    }
    let graph = try batch.graph { edge, axis in Jet<S>(batch.vectors[3 * edge + axis]) }
    batch.forEachEdge { edge, atom, other in
      for axis in 0..<3 {
        let (from, to) = (3 * atom + axis, 3 * other + axis)
        graph.vectors[3 * edge + axis].first = S(path.direction[to] - path.direction[from])
        graph.vectors[3 * edge + axis].second = S(output: path.bend[to] - path.bend[from])
      }
    }
    return graph
  }

  /// The second coefficients of atoms' energies, summed by structure.
  private func curvatures(
    _ batch: TrainingBatch, _ energies: Buffer<Jet<S>>
  ) throws(HoneError) -> Buffer<S.Output> {
    let result = try Buffer<S.Output>(repeating: .zero, count: batch.structureCount)
    for node in 0..<batch.atomCount {
      result[Int(batch.structures[node])] += S.output(energies[node].second)
    }
    return result
  }
}
