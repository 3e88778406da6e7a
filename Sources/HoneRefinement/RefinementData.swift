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
  /// Structures with forces of the base model, by which its change is measured: not those of batches,
  /// where there are enough of both.
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
    let reader = try DataSetReader()
    for (entry, target) in zip(labelled, try Self.targets(labelled, base, heads, settings)) {
      var labels = StructureLabels()
      labels.energy = target.energy
      labels.forces = settings.forcesWeight > 0 || target.energy == nil ? target.forces : nil
      labels.head = base.heads[settings.targets == .prior ? heads.prior : heads.main]
      try reader.add(entry.system.structure, labels)
    }
    let main = BaseModel(base, head: heads.main, settings)
    var (replay, guarded): ([Int], [Int]) = ([], [])
    for (index, entry) in structures.enumerated() {
      let (isReplayed, isGuarded) = Self.roles(index, of: structures.count, settings)
      var own = StructureLabels()
      let prediction = try main.predict(entry.structure)
      (own.energy, own.forces) = (prediction.energy, prediction.forces)
      own.head = base.heads[heads.main]
      // What a prior or another level of theory gives is not what the main head should.
      let isOfAnother = entry.labels?.head.map { $0 != own.head && base.heads.contains($0) }
      var given = isOfAnother == true ? nil : entry.labels
      given?.head = own.head
      // Weights are those of replay among the other frames, and of no concern to the guard.
      own.weights.structure = settings.replayWeight
      if isGuarded || given == nil {
        if isGuarded { guarded.append(reader.count) }
        if isReplayed && given == nil { replay.append(reader.count) }
        try reader.add(entry.structure, own)
      }
      if isReplayed, var weighted = given {
        replay.append(reader.count)
        weighted.weights.structure *= settings.replayWeight
        try reader.add(entry.structure, weighted)
      }
    }
    frames = try DataSet(reader)
    training = split.training
    heldOut = split.validation
    self.replay = replay
    self.guarded = guarded
  }

  /// How many structures there must be for some to be kept from batches, and which part of them is.
  private static let (fewest, guardedPart) = (8, 4)

  /// Whether a structure of the training data is replayed, and whether change is measured by it.
  ///
  /// What batches have seen stays better than what they have not, so a quarter is kept from them.
  private static func roles(
    _ index: Int, of count: Int, _ settings: WeightRefinementSettings
  ) -> (isReplayed: Bool, isGuarded: Bool) {
    guard settings.replayWeight > 0 else { return (false, true) }
    guard count >= fewest else { return (true, true) }
    let isGuarded = index % guardedPart == guardedPart - 1
    return (!isGuarded, isGuarded)
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

  /// What a structure should have: an energy in eV, where one counts, and forces in eV/Å.
  private struct Target {
    var energy: Double?
    var forces: [Double]
    /// What the prior has more than its head, in eV.
    var excess = 0.0
  }

  /// What the head that learns should give.
  private static func targets(
    _ labelled: [Labelled], _ base: ForceField, _ heads: RefinementHeads,
    _ settings: WeightRefinementSettings
  ) throws(HoneError) -> [Target] {
    let energies = settings.energyWeight > 0 ? settings.energies : .ignored
    let main = BaseModel(base, head: heads.main, settings)
    let head = BaseModel(base, head: heads.prior, settings)
    var targets: [Target] = []
    for entry in labelled {
      var target = Target(energy: entry.labels.energy, forces: entry.labels.forces)
      if settings.targets == .corrected || energies == .differences {
        let own = try head.predict(entry.system.structure)
        target.excess = entry.labels.energy - own.energy
        if settings.targets == .corrected {
          let used = try main.predict(entry.system.structure)
          target.energy = entry.labels.energy + used.energy - own.energy
          for index in target.forces.indices {
            target.forces[index] += used.forces[index] - own.forces[index]
          }
        }
      }
      targets.append(target)
    }
    switch energies {
    case .totals: break
    case .ignored: for index in targets.indices { targets[index].energy = nil }
    case .differences: centre(&targets, labelled.map { Composition($0.system) })
    }
    return targets
  }

  /// Takes the mean excess of structures of one composition from their energies; one that is alone with
  /// its composition has no energy.
  private static func centre(_ targets: inout [Target], _ keys: [Composition]) {
    var groups: [Composition: (sum: Double, count: Int)] = [:]
    for (target, key) in zip(targets, keys) {
      let group = groups[key] ?? (0, 0)
      groups[key] = (group.sum + target.excess, group.count + 1)
    }
    for (index, key) in keys.enumerated() {
      guard let group = groups[key], group.count > 1 else {
        targets[index].energy = nil
        continue
      }
      targets[index].energy = targets[index].energy.map { $0 - group.sum / Double(group.count) }
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
