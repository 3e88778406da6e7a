internal import HoneModels
internal import HoneNumerics
internal import HonePriors
internal import HoneStructure
internal import HoneTraining

/// The frames of a run: structures with labels of the prior, and structures to replay.
struct RefinementData {
  /// All of them.
  let frames: DataSet
  /// Structures to adapt to, and those parameters are chosen by.
  let training, heldOut: [Int]
  /// Structures to replay in batches.
  let replay: [Int]
  /// Structures to replay with forces of the base model, by which its change is measured.
  let guarded: [Int]

  /// A structure and what the prior says of it.
  struct Labelled {
    let system: PriorSystem
    let labels: PriorLabels
  }

  /// Joins the frames.
  ///
  /// - Parameters:
  ///   - labelled: What to adapt to, held-out structures among them.
  ///   - replay: What to replay.
  ///   - base: The model before.
  ///   - heads: Its heads.
  ///   - settings: How.
  /// - Throws: `.invalidArgument`, `.unknownSpecies`, `.notConverged`, `.outOfMemory`.
  init(
    _ labelled: [Labelled], replay structures: [ReplayStructure], _ base: ForceField,
    _ heads: RefinementHeads, _ settings: WeightRefinementSettings
  ) throws(HoneError) {
    let split = try Self.split(labelled.count, settings)
    let energies = try Self.energies(labelled, base, heads, settings)
    let reader = try DataSetReader()
    for (entry, energy) in zip(labelled, energies) {
      var labels = StructureLabels()
      labels.energy = energy
      labels.forces = settings.forcesWeight > 0 || energy == nil ? entry.labels.forces : nil
      labels.head = base.heads[heads.prior]
      try reader.add(entry.system.structure, labels)
    }
    let main = BaseModel(base, head: heads.main, settings)
    var (replay, guarded): ([Int], [Int]) = ([], [])
    for entry in structures {
      var own = StructureLabels()
      let prediction = try main.predict(entry.structure)
      (own.energy, own.forces) = (prediction.energy, prediction.forces)
      own.head = base.heads[heads.main]
      // What a prior or another level of theory gives is not what the main head should.
      let isOfAnother = entry.labels?.head.map { $0 != own.head && base.heads.contains($0) }
      var given = isOfAnother == true ? nil : entry.labels
      given?.head = own.head
      // Weights are those of replay among the other frames, and of no concern to the guard.
      guarded.append(reader.count)
      own.weights.structure = settings.replayWeight
      try reader.add(entry.structure, own)
      if let given {
        replay.append(reader.count)
        var weighted = given
        weighted.weights.structure *= settings.replayWeight
        try reader.add(entry.structure, weighted)
      } else {
        replay.append(reader.count - 1)
      }
    }
    frames = try DataSet(reader)
    training = split.training
    heldOut = split.validation
    self.replay = settings.replayWeight > 0 ? replay : []
    self.guarded = guarded
  }

  /// Structures to adapt to and held-out ones.
  private static func split(
    _ count: Int, _ settings: WeightRefinementSettings
  ) throws(HoneError) -> Split {
    let all = Array(0..<count)
    guard settings.heldOutFraction > 0 else { return Split(training: all, validation: []) }
    guard count >= 2 else {
      throw HoneError(
        .invalidArgument,
        "expected two structures at least, one of them to hold out, got \(count): give more, let "
          + "dynamics on the prior make them, or hold out none")
    }
    return try Split(
      of: all, validation: .fraction(settings.heldOutFraction), seed: settings.seed)
  }

  /// What of the prior's energies counts, in eV; nil where nothing does.
  private static func energies(
    _ labelled: [Labelled], _ base: ForceField, _ heads: RefinementHeads,
    _ settings: WeightRefinementSettings
  ) throws(HoneError) -> [Double?] {
    switch settings.energyWeight > 0 ? settings.energies : .ignored {
    case .ignored: return labelled.map { _ in nil }
    case .totals: return labelled.map(\.labels.energy)
    case .differences: break
    }
    let head = BaseModel(base, head: heads.prior, settings)
    var differences: [Double] = []
    var groups: [Composition: (sum: Double, count: Int)] = [:]
    let keys = labelled.map { Composition($0.system) }
    for (entry, key) in zip(labelled, keys) {
      let predicted = try head.predict(entry.system.structure).energy
      differences.append(entry.labels.energy - predicted)
      let group = groups[key] ?? (0, 0)
      groups[key] = (group.sum + differences[differences.count - 1], group.count + 1)
    }
    return zip(labelled, keys).map { entry, key in
      guard let group = groups[key], group.count > 1 else { return nil }
      return entry.labels.energy - group.sum / Double(group.count)
    }
  }
}

/// What energies of a prior must agree in to be compared.
private struct Composition: Hashable {
  private let counts: [Int32: Int]
  private let charge: Double
  private let multiplicity: Int

  init(_ system: PriorSystem) {
    counts = system.structure.atomicNumbers.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    charge = system.charge
    multiplicity = system.multiplicity
  }
}

/// A head of the model before it is adapted.
struct BaseModel {
  private let field: ForceField
  private let settings: ComputeSettings
  private let workspaces = WorkspacePool()

  init(_ field: ForceField, head: Int, _ settings: WeightRefinementSettings) {
    self.field = field
    var compute = ComputeSettings()
    compute.head = head
    compute.threadCount = settings.threadCount
    // Exact functions in double: differences from what the trainer computes are its rounding alone.
    compute.precision = .float64
    compute.evaluator = .reference
    self.settings = compute
  }

  /// Energy in eV and forces in eV/Å.
  func predict(_ structure: Structure) throws(HoneError) -> (energy: Double, forces: [Double]) {
    let result = try workspaces.with { (workspace) throws(HoneError) in
      try field.compute(
        atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span,
        cell: structure.cell, quantities: [.energy, .forces], settings: settings,
        workspace: workspace)
    }
    guard let forces = result.forces else {
      throw HoneError(.internalError, "the model gave no forces although it was asked for them")
    }
    return (result.energy, (0..<forces.count).map { forces[$0] })
  }
}
