public import HoneModels
public import HoneNumerics
public import HonePriors
internal import HoneStructure
internal import HoneTraining

/// How a head is fitted to a prior.
public struct PriorHeadSettings: Sendable {
  /// The name of the head.
  public var name = RefinementHeads.priorName
  /// The number of passes over the structures.
  public var epochCount = 100
  /// The structures of a batch.
  public var batchSize = 8
  /// The first learning rate of Adam, which falls to zero along half a cosine.
  public var learningRate = 0.01
  /// The weight of the mean length of force errors, in Å/eV, beside 1/eV for energies per atom.
  public var forcesWeight = 1.0
  /// The precision of the network.
  public var precision = Precision.float32
  /// The number of threads of steps.
  public var threadCount = 1
  /// Whether the forces of the prior are compared with differences of its energy first.
  public var checksPrior = true
  /// What batches depend on.
  public var seed: UInt64 = 1

  /// The defaults.
  public init() {}
}

/// What fitting a head came to.
public struct PriorHeadReport: Sendable, Equatable {
  /// The root mean square error of force components on the structures, in eV/Å: of the main head, with
  /// which the new one begins, and of the new one.
  public let forceErrorBefore, forceErrorAfter: Double
  /// The error after over the root mean square of the prior's forces.
  public let relativeForceError: Double
  /// The number of parameters that could move.
  public let parameterCount: Int
}

extension WeightRefinement {
  /// Adds a head for a prior to a model that has none, and fits its readout; nothing else moves.
  ///
  /// The representation has then never seen the prior, so its main head need not gain from what
  /// pleases the new one: a head that was trained with the representation serves better
  /// (`docs/refinement.md`). The readout begins as that of the main head, energies of single atoms with
  /// what fits the difference of prior and main head best.
  ///
  /// - Parameters:
  ///   - base: The model; its energies and forces stay.
  ///   - mainHead: The name of the head to begin with; nil for the first.
  ///   - prior: What labels the structures.
  ///   - systems: Structures that the model was trained on or knows well.
  ///   - settings: How.
  ///   - observe: Told what happens; false cancels.
  /// - Returns: The model with one head more, the last, and how well that follows the prior.
  /// - Throws: `.unsupported` for models whose heads share a readout (NequIP's); `.invalidArgument` for a
  ///   name there is; `.notConverged`, `.cancelled`; what the prior throws.
  public static func fitPriorHead(
    to base: ForceField, mainHead: String? = nil, prior: any Prior, systems: [PriorSystem],
    settings: PriorHeadSettings = PriorHeadSettings(),
    observe: (RefinementEvent) -> Bool = { _ in true }
  ) throws(HoneError) -> (model: ForceField, report: PriorHeadReport) {
    guard !systems.isEmpty else {
      throw HoneError(.invalidArgument, "expected structures to fit a head to, got none")
    }
    if settings.checksPrior { _ = try PriorCheck.verify(prior, systems[0], seed: settings.seed) }
    let main = try head(mainHead, of: base)
    var description = try base.headDescription(main)
    guard !description.atomicEnergies.isEmpty else {
      throw HoneError(
        .unsupported,
        "the heads of a NequIP model share a readout, so one cannot be fitted to a prior alone: train "
          + "the model on both kinds of labels, as docs/refinement.md tells")
    }
    var compute = WeightRefinementSettings.standard
    compute.threadCount = settings.threadCount
    let known = BaseModel(base, head: main, compute)
    let (differences, labelled) = (try DataSetReader(), try DataSetReader())
    for (index, system) in systems.enumerated() {
      let found = try prior.labels(of: system)
      try found.check(atomCount: system.structure.atomCount, name: prior.name)
      var own = StructureLabels()
      own.energy = found.energy - (try known.predict(system.structure).energy)
      try differences.add(system.structure, own)
      (own.energy, own.forces, own.head) = (found.energy, found.forces, settings.name)
      try labelled.add(system.structure, own)
      guard observe(.labelled(count: index + 1, of: systems.count)) else { throw cancellation }
    }
    let offsets = try offsets(DataSet(differences), base)
    description.name = settings.name
    description.atomicEnergies = zip(description.atomicEnergies, offsets).map { $0 + $1 }
    let extended = try base.addingHead(description, readout: .copied(from: main))
    return try fit(extended, DataSet(labelled), settings, observe)
  }

  private static func head(_ name: String?, of field: ForceField) throws(HoneError) -> Int {
    guard let name else { return 0 }
    guard let index = field.heads.firstIndex(of: name) else {
      throw HoneError(
        .invalidArgument,
        "expected one of the model's heads \(field.heads.joined(separator: ", ")), got '\(name)'")
    }
    return index
  }

  /// Energies of single atoms, in the model's order of species, that fit energies of frames best.
  private static func offsets(_ frames: DataSet, _ base: ForceField) throws(HoneError) -> [Double] {
    try frames.requireSpecies(base.species)
    let fitted = try AtomicEnergies(
      fitting: frames, frames: Array(0..<frames.count), species: frames.species)
    let model = try TrainableModel(base)
    var offsets = [Double](
      repeating: 0, count: try base.headDescription(0).atomicEnergies.count)
    for number in base.species {
      guard let index = model.speciesIndex(of: number) else { continue }
      offsets[Int(index)] = fitted[number] ?? 0
    }
    return offsets
  }

  private static func fit(
    _ field: ForceField, _ frames: DataSet, _ settings: PriorHeadSettings,
    _ observe: (RefinementEvent) -> Bool
  ) throws(HoneError) -> (model: ForceField, report: PriorHeadReport) {
    let terms = [
      LossTerm(.energyPerAtom, .absolute, weight: .constant(1)),
      LossTerm(.forces, .vectorLength, weight: .constant(settings.forcesWeight)),
    ]
    var training = TrainingSettings(
      loss: try LossSchedule([.init(start: 0, loss: TrainingLoss(terms: terms))]),
      schedule: try LearningRateSchedule(
        initialRate: settings.learningRate,
        shape: .cosine(length: max(settings.epochCount, 1), minimum: 0)))
    training.precision = settings.precision
    training.threadCount = settings.threadCount
    training.batchLimit = .structures(settings.batchSize)
    training.seed = settings.seed
    training.averageDecay = nil
    training.epochCount = settings.epochCount
    // Without decay and with one head's frames, other heads' readouts have neither gradient nor pull.
    training.optimizer = .adam(AdamSettings())
    training.rateFactors = [
      .embedding: 0, .radial: 0, .interaction: 0, .product: 0, .energyScale: 0, .readout: 1,
    ]
    let all = Array(0..<frames.count)
    let trainer = try Trainer(
      field, cache: NeighborCache(frames, cutoff: field.cutoff),
      split: Split(training: all, validation: []), settings: training)
    let before = try trainer.judge(all, with: trainer.model.initialValues)
    while !trainer.isDone {
      while !trainer.progress.isEpochDone {
        let loss = try trainer.step()
        let progress = trainer.progress
        let count = trainer.stepCount * settings.epochCount
        guard observe(.step(progress.totalSteps, of: count, loss: loss)) else {
          throw cancellation
        }
      }
      _ = try trainer.finishEpoch()
    }
    let after = try trainer.judge(all, with: trainer.bestValues)
    return (
      try trainer.bestForceField(),
      PriorHeadReport(
        forceErrorBefore: before.errors.forces.rootMeanSquare ?? 0,
        forceErrorAfter: after.errors.forces.rootMeanSquare ?? 0,
        relativeForceError: after.errors.forces.relativeRootMeanSquare ?? 0,
        parameterCount: trainer.trainedParameterCount)
    )
  }
}
