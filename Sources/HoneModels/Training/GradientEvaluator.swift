public import HoneNumerics

/// Energies, forces and virials of a batch, summed in `Output`.
public struct BatchPredictions<Output: HoneScalar>: Sendable {
  /// The energy of each structure in eV.
  public let energies: Buffer<Output>
  /// Forces in eV/Å, `[atoms][3]`; empty where they were not asked for.
  public let forces: Buffer<Output>
  /// The virial of each structure in eV, `[structures][3][3]`; empty where they were not asked for.
  public let virials: Buffer<Output>
}

/// The derivatives of a loss with respect to predictions, of the same shapes; empty where the loss does
/// not depend on them.
public struct PredictionSeeds<Output: HoneScalar>: Sendable {
  /// ∂L/∂E of each structure.
  public var energies: View<Output>
  /// ∂L/∂F, `[atoms][3]`.
  public var forces: View<Output>
  /// ∂L/∂W, `[structures][3][3]`.
  public var virials: View<Output>

  /// Wraps the parts.
  public init(energies: View<Output>, forces: View<Output>, virials: View<Output>) {
    self.energies = energies
    self.forces = forces
    self.virials = virials
  }
}

/// Evaluates one head of a model whose parameters change, and takes derivatives of losses back to them.
///
/// With v = ∂L/∂F the gradient of a loss on forces is the derivative of ∂E/∂θ along the displacement −v,
/// so it is what the reverse pass gives on dual numbers whose positions carry that tangent; losses on
/// virials add a displacement of each edge, and losses on energies seed the same pass. One reverse pass
/// gives all three.
///
/// Callers in other modules may not be specialised for their scalar; what does the work is, whoever
/// calls, hence `@_specialize`: without it double precision ran forty times slower.
///
/// - SeeAlso: Pearlmutter, Neural Comput. 6, 147 (1994), on products of Hessians by such passes.
public final class GradientEvaluator<S: TrainingScalar>: @unchecked Sendable {
  private let plain: MessagePassingModel<S.Plain>
  private let dual: MessagePassingModel<Dual<S>>
  private let plainLedger: WeightLedger<S.Plain>
  private let dualLedger: WeightLedger<Dual<S>>
  /// What the constant energy of an atom of each species is made from.
  private let constants: RowEntries
  /// The constant energies themselves, in eV: single precision has too few digits for them.
  private var constantEnergies: [S.Output]
  private let parameters: Buffer<S>
  /// By slot, the gradients gathered so far.
  private let weightGradients: [WeightGradients<Dual<S>>]
  /// By slot, Σ ∂L/∂E over the atoms of each species.
  private let speciesSeeds: [Buffer<S.Output>]
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
    let plainLedger = try WeightLedger<S.Plain>(definition.parameters, fixed: fixed)
    let dualLedger = try WeightLedger<Dual<S>>(definition.parameters, fixed: fixed)
    plain = try definition.model(head: head, ledger: plainLedger)
    dual = try definition.model(head: head, ledger: dualLedger)
    constants = try definition.constantEntries(head: head, start: plainLedger.start(of:))
    constantEnergies = constants.values.map { S.Output($0) }
    self.plainLedger = plainLedger
    self.dualLedger = dualLedger
    parameters = try Buffer(repeating: S(0), count: plainLedger.parameterCount)
    var gradients: [WeightGradients<Dual<S>>] = []
    var seeds: [Buffer<S.Output>] = []
    for _ in 0..<slotCount {
      gradients.append(try WeightGradients(for: dualLedger))
      seeds.append(try Buffer(repeating: .zero, count: constants.values.count))
    }
    weightGradients = gradients
    speciesSeeds = seeds
    sums = try Buffer(repeating: .zero, count: plainLedger.parameterCount)
  }

  /// The number of parameters of the model, all heads together.
  public var parameterCount: Int { parameters.count }

  /// Takes new parameters, while nobody evaluates.
  ///
  /// - Parameter parameter: The number of a place in the vector of parameters.
  public func load(_ parameter: (Int) -> S.Output) {
    for index in 0..<parameters.count { parameters[index] = S(output: parameter(index)) }
    loadNumbers()
    for (species, terms) in constants.terms.enumerated() {
      var sum = S.Output.zero
      for term in terms { sum += parameter(term.parameter) * S.Output(term.factor) }
      constantEnergies[species] = sum
    }
  }

  /// Takes the parameters to the numbers of both models.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  private func loadNumbers() {
    plainLedger.load(parameters.view)
    dualLedger.load(parameters.view)
  }

  /// Computes energies, and forces and virials if wanted.
  ///
  /// Any number of threads may do so at once.
  ///
  /// - Throws: `.outOfMemory`.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func evaluate(
    _ batch: TrainingBatch, forces: Bool, virials: Bool, team: Team
  ) throws(HoneError) -> BatchPredictions<S.Output> {
    let graph = try batch.graph { S.Plain(batch.vectors[3 * $0 + $1]) }
    let result = try plain.compute(
      graph, derivatives: forces || virials ? .gradients : .none, team: team)
    let predictions = BatchPredictions<S.Output>(
      energies: try Buffer(repeating: .zero, count: batch.structureCount),
      forces: try Buffer(repeating: .zero, count: forces ? 3 * batch.atomCount : 0),
      virials: try Buffer(repeating: .zero, count: virials ? 9 * batch.structureCount : 0))
    for node in 0..<batch.atomCount {
      let structure = Int(batch.structures[node])
      predictions.energies[structure] +=
        S.output(result.energies[node]) + constantEnergies[Int(batch.species[node])]
    }
    guard let gradients = result.edgeGradients else { return predictions }
    for node in 0..<batch.atomCount {
      let atom = Int(batch.atoms[node])
      let structure = Int(batch.structures[node])
      for edge in batch.edgeStarts[node]..<batch.edgeStarts[node + 1] {
        let other = Int(batch.atoms[Int(batch.neighbors[edge])])
        for b in 0..<3 {
          let gradient = S.output(gradients[3 * edge + b])
          if forces {
            predictions.forces[3 * atom + b] += gradient
            predictions.forces[3 * other + b] -= gradient
          }
          guard virials else { continue }
          for a in 0..<3 {
            predictions.virials[9 * structure + 3 * a + b] -=
              S.Output(batch.vectors[3 * edge + a]) * gradient
          }
        }
      }
    }
    return predictions
  }

  /// Gathers the gradient of a loss of a batch.
  ///
  /// - Parameters:
  ///   - batch: What was evaluated.
  ///   - seeds: The derivatives of the loss with respect to the predictions.
  ///   - slots: Where the team's threads gather, as many as it has. No other thread may use them
  ///     meanwhile.
  /// - Throws: `.outOfMemory`.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func gather(
    _ batch: TrainingBatch, _ seeds: PredictionSeeds<S.Output>, slots: Range<Int>, team: Team
  ) throws(HoneError) {
    let graph = try batch.graph { edge, axis in
      Dual(S(batch.vectors[3 * edge + axis]), tangent: .zero)
    }
    for node in 0..<batch.atomCount {
      for edge in batch.edgeStarts[node]..<batch.edgeStarts[node + 1] {
        for b in 0..<3 {
          graph.vectors[3 * edge + b].tangent = S(
            output: displacement(batch, seeds, node: node, edge: edge, axis: b))
        }
      }
    }
    let energySeeds = try Buffer<Dual<S>>(count: batch.atomCount)
    let bySpecies = speciesSeeds[slots.lowerBound]
    for node in 0..<batch.atomCount {
      let seed =
        seeds.energies.count > 0 ? seeds.energies[Int(batch.structures[node])] : S.Output.zero
      energySeeds[node] = Dual(S(1), tangent: S(output: seed))
      bySpecies[Int(batch.species[node])] += seed
    }
    let pass = try EvaluationPass(
      model: dual, graph: graph, derivatives: .gradients, exchange: nil, team: team,
      training: .init(
        seeds: energySeeds.view, gradients: Array(weightGradients[slots])))
    _ = try pass.run()
  }

  /// Forgets what was gathered.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func discardGradient() {
    for seeds in speciesSeeds { seeds.fill(.zero) }
    for gradients in weightGradients { gradients.lanes.fill(.zero) }
  }

  /// Adds what was gathered in all slots, in their order, to the gradient with respect to the
  /// parameters, and forgets it.
  ///
  /// - Parameter gradient: `parameterCount` numbers, added to.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func takeGradient(into gradient: View<S.Output>) {
    for other in weightGradients.dropFirst() { weightGradients[0].add(other) }
    sums.fill(.zero)
    dualLedger.pullBack(weightGradients[0], at: parameters.view, into: sums.view)
    for index in 0..<parameterCount { gradient[index] += S.output(sums[index]) }
    for seeds in speciesSeeds {
      for (species, terms) in constants.terms.enumerated() {
        for term in terms { gradient[term.parameter] += seeds[species] * S.Output(term.factor) }
      }
    }
    discardGradient()
  }

  /// The tangent of an edge's vector along which ∂E/∂θ is derived: v_i − v_j for v = ∂L/∂F, and
  /// −Σ_a r_a ∂L/∂W[a][b].
  private func displacement(
    _ batch: TrainingBatch, _ seeds: PredictionSeeds<S.Output>, node: Int, edge: Int, axis b: Int
  ) -> S.Output {
    var sum = S.Output.zero
    if seeds.forces.count > 0 {
      let other = Int(batch.neighbors[edge])
      sum +=
        seeds.forces[3 * Int(batch.atoms[node]) + b]
        - seeds.forces[3 * Int(batch.atoms[other]) + b]
    }
    if seeds.virials.count > 0 {
      let structure = Int(batch.structures[node])
      for a in 0..<3 {
        sum -=
          S.Output(batch.vectors[3 * edge + a]) * seeds.virials[9 * structure + 3 * a + b]
      }
    }
    return sum
  }
}
