internal import HoneNumerics
internal import HoneStructure

/// A model of one head in one precision, ready for either evaluator.
final class PreparedModel<T: CompiledScalar>: Sendable {
  /// The reference evaluator.
  let model: MessagePassingModel<T>
  /// The constant energy of an atom of each species in eV.
  let constants: [Double]
  private let functions: RadialFunctions
  /// Compiled models by tolerance, the one used last at the end: made when first asked for.
  private let compiled = Lock<[(tolerance: Double, model: Compiled)]>([])

  private enum Compiled: Sendable {
    case model(CompiledModel<T>)
    case refused(String)
  }

  /// Builds the model.
  ///
  /// - Throws: `.format` where parameters are missing or of a wrong size, `.outOfMemory`.
  init(_ definition: ModelDefinition, head: Int) throws(HoneError) {
    model = try definition.model(head: head)
    constants = try definition.constants(head: head)
    functions = try definition.radialFunctions()
  }

  /// What the error of a table is unless somebody asks for less: what keeps forces within 1e-8 eV/Å
  /// in double, and below rounding in single precision.
  static var defaultTolerance: Double { T.Lanes.width == 16 ? 1e-7 : 3e-11 }

  /// The largest error of the tables made so far for a tolerance.
  ///
  /// It is that of `RadialTable.error`; zero when there are none.
  ///
  /// - Throws: `.outOfMemory`.
  func tableError(tolerance: Double?) throws(HoneError) -> Double {
    let wanted = tolerance ?? Self.defaultTolerance
    let known = compiled.withLock { table in table.first { $0.tolerance == wanted }?.model }
    // No species at all are covered by whatever there is.
    guard case .model(let model) = known, case .tables(let tables) = try model.tables(for: [])
    else { return 0 }
    return tables.error
  }

  /// Computes for points.
  ///
  /// - Parameter targets: Of points: energies of those that are wanted, forces and virials of all.
  /// - Returns: Why the reference evaluator did it, or `nil`.
  /// - Throws: `.outOfMemory`; `.notConverged` when a result is not finite.
  func compute(
    _ points: EvaluationPoints, _ targets: ComputeTargets, _ settings: ComputeSettings,
    _ team: Team, _ memory: WorkspaceMemory<T>
  ) throws(HoneError) -> String? {
    let refusal = try computeCompiled(points, targets, settings, team, memory)
    if refusal != nil {
      try ReferenceEvaluation(model: model, constants: constants, points: points)
        .run(targets, team)
    }
    return refusal
  }

  /// Computes with the compiled evaluator; says why, if it cannot.
  private func computeCompiled(
    _ points: EvaluationPoints, _ targets: ComputeTargets, _ settings: ComputeSettings,
    _ team: Team, _ memory: WorkspaceMemory<T>
  ) throws(HoneError) -> String? {
    guard settings.evaluator == .automatic else { return "the reference evaluator was asked for" }
    let compiledModel: CompiledModel<T>
    switch try compile(tolerance: settings.tableTolerance ?? Self.defaultTolerance) {
    case .model(let model): compiledModel = model
    case .refused(let reason): return reason
    }
    let workspace = memory.workspace(for: compiledModel)
    let graph = workspace.graph
    try graph.arrange(points, speciesCount: constants.count, team)
    guard graph.shortest >= CompiledModel<T>.shortestDistance else {
      return "two atoms are closer than \(CompiledModel<T>.shortestDistance) Å"
    }
    let descriptors =
      targets.descriptors == nil
      ? nil : try workspace.descriptors.resize(graph.localCount * compiledModel.descriptors.width)
    let tables: CompiledTables<T>
    switch try compiledModel.tables(for: graph.presentSpecies) {
    case .tables(let made): tables = made
    case .refused(let reason): return reason
    }
    try CompiledEvaluation(
      pass: CompiledPass(
        model: compiledModel, tables: tables, workspace: workspace, team: team,
        seeds: Self.seeds(targets), needsVirial: targets.virial != nil,
        exchange: points.exchange, keepsGhostVirials: points.keepsGhostVirials,
        descriptors: descriptors),
      constants: constants
    ).run(points.species, targets)
    return nil
  }

  private static func seeds(_ targets: ComputeTargets) -> Int {
    if targets.atomVirials != nil { return 4 }
    return targets.forces == nil && targets.virial == nil ? 0 : 1
  }

  /// The most tolerances whose tables are kept: a host that tries many must not fill its memory.
  private static var mostTolerances: Int { 4 }

  private func compile(tolerance: Double) throws(HoneError) -> Compiled {
    try compiled.withLock { (table) throws(HoneError) in
      if let place = table.firstIndex(where: { $0.tolerance == tolerance }) {
        let known = table[place]
        if place + 1 < table.count { table.append(table.remove(at: place)) }
        return known.model
      }
      if table.count >= Self.mostTolerances { table.removeFirst() }
      let made: Compiled
      if let model = try CompiledModel(model, functions: functions, tolerance: tolerance) {
        made = .model(model)
      } else {
        made = .refused("the compiled evaluator covers degrees up to 4")
      }
      table.append((tolerance, made))
      return made
    }
  }
}
