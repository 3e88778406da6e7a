internal import HoneFormats
public import HoneModels
public import HoneNumerics
public import HonePriors
internal import HoneStructure
internal import HoneTraining

/// Adapts the representation of a model to structures unlike those it was trained on, by labels of a cheap
/// prior: training at test time.
///
/// A model with two heads over one representation takes steps on the loss of the prior's head, with both
/// heads as they are; the main head then sees structures through a representation that knows them. It
/// helps where the heads were trained together, or the main head over a representation that came from
/// the prior; a head fitted afterwards is a weaker substitute (`fitPriorHead`).
///
/// The model that comes out is one for these structures; the base model stays, and every other system
/// begins with it again. A simulation must not change weights on its way.
///
/// - SeeAlso: Kreiman, Krishnapriyan, arXiv:2503.08674.
public struct WeightRefinement: Sendable {
  /// The model that is adapted.
  public let base: ForceField
  /// Its heads.
  public let heads: RefinementHeads
  /// How.
  public let settings: WeightRefinementSettings

  /// Prepares to adapt a model.
  ///
  /// - Parameters:
  ///   - base: The model, with a head for use and one of the prior.
  ///   - mainHead: The name of the head for use; nil where two heads leave only one.
  ///   - priorHead: The name of the prior's head; nil for `prior`.
  ///   - settings: How.
  /// - Throws: `.invalidArgument` for a model without a head of a prior, for names of heads that leave a
  ///   choice, and for settings that make no sense.
  public init(
    _ base: ForceField, mainHead: String? = nil, priorHead: String? = nil,
    settings: WeightRefinementSettings = .standard
  ) throws(HoneError) {
    try settings.validate()
    self.base = base
    heads = try RefinementHeads(base, main: mainHead, prior: priorHead)
    self.settings = settings
  }

  static let cancellation = HoneError(.cancelled, "the refinement was cancelled")

  /// Adapts the model.
  ///
  /// - Parameters:
  ///   - systems: Structures of the system to adapt to; with dynamics in the settings their starts.
  ///   - prior: What labels them.
  ///   - replay: Structures of the training data; without any nothing but the pull holds the model to
  ///     what it knew, and nothing tells how much it changed.
  ///   - observe: Told what happens; false cancels.
  /// - Returns: The new model and what it came to. Statistics of the base model's descriptors are not in
  ///   it: they belong to the representation that was.
  /// - Throws: `.notConverged` for numbers that are not finite, and where nothing lowers the loss within
  ///   the bound on changes, or the model knows the structures; `.invalidArgument`, also for a prior that
  ///   is not the one of its head; `.cancelled`; `.unknownSpecies`; what the prior throws. The base model
  ///   stays as it was in any case.
  public func run(
    _ systems: [PriorSystem], prior: any Prior, replay: [ReplayStructure] = [],
    observe: (RefinementEvent) -> Bool = { _ in true }
  ) throws(HoneError) -> RefinedForceField {
    let began = ContinuousClock.now
    guard !systems.isEmpty else {
      throw HoneError(.invalidArgument, "expected structures to adapt the model to, got none")
    }
    var report = RefinementReport()
    if settings.checksPrior {
      _ = try PriorCheck.verify(prior, systems[0], seed: settings.seed)
    }
    let labelled = try label(systems, prior, observe, &report)
    try compare(labelled, prior, replay, observe)
    let data = try RefinementData(labelled, replay: replay, base, heads, settings)
    let trainer = try Trainer(
      base, cache: NeighborCache(data.frames, cutoff: base.cutoff),
      split: Split(
        training: data.training, validation: [], companions: data.replay,
        companionCount: settings.replayBatchSize),
      settings: try settings.training(layerCount: base.layerCount))
    report.structureCount = data.training.count
    report.heldOutCount = data.heldOut.count
    report.replayCount = replay.count
    report.parameterCount = trainer.trainedParameterCount
    var path = try RefinementPath(trainer, data, settings)
    try path.run(observe)
    let values = try path.finish(&report)
    let model = try trainer.forceField(values.view)
      .describingTrainingData(base.statistics, nil, exemplars: base.exemplars)
      .withProvenance(Self.provenanceName, try provenance(prior.name, report).text())
    report.milliseconds = milliseconds(since: began)
    return RefinedForceField(model: model, report: report)
  }

  /// Refuses a prior that is not the one of its head, and structures that the model knows.
  private func compare(
    _ labelled: [RefinementData.Labelled], _ prior: any Prior, _ replay: [ReplayStructure],
    _ observe: (RefinementEvent) -> Bool
  ) throws(HoneError) {
    guard settings.checksPrior || settings.gate != nil else { return }
    let check = PriorHeadCheck(base, heads, settings)
    let errors = try check.errors(on: labelled)
    let known = try check.errors(on: replay.map(\.structure), prior) { done, count in
      observe(.labelled(count: labelled.count + done, of: labelled.count + count))
    }
    if settings.checksPrior { try check.verify(errors, known: known, prior: prior.name) }
    if let gate = settings.gate { try check.requireShift(errors, known: known, gate: gate) }
  }

  /// Structures with labels of the prior: those given, or others that dynamics makes of them.
  private func label(
    _ systems: [PriorSystem], _ prior: any Prior, _ observe: (RefinementEvent) -> Bool,
    _ report: inout RefinementReport
  ) throws(HoneError) -> [RefinementData.Labelled] {
    var labelled: [RefinementData.Labelled] = []
    for (index, system) in systems.enumerated() {
      guard var dynamics = settings.dynamics else {
        let labels = try prior.labels(of: system)
        try labels.check(atomCount: system.structure.atomCount, name: prior.name)
        labelled.append(.init(system: system, labels: labels))
        guard observe(.labelled(count: index + 1, of: systems.count)) else {
          throw Self.cancellation
        }
        continue
      }
      dynamics.seed = dynamics.seed &+ UInt64(index)
      let trajectory = try PriorDynamics(dynamics).run(
        prior, from: system,
        isCancelled: { !observe(.generated(count: labelled.count, starts: index)) })
      for frame in trajectory.frames {
        labelled.append(.init(system: frame.system, labels: frame.labels))
      }
      if let interruption = trajectory.interruption { report.interruptions.append(interruption) }
    }
    return labelled
  }

  /// The line of provenance that tells of it.
  static let provenanceName = "weight_refinement"

  /// What was done, for the file of the new model.
  private func provenance(
    _ prior: String, _ report: RefinementReport
  ) throws(HoneError) -> JSONValue {
    .object([
      .init("base", .string(try base.fingerprint())), .init("prior", .string(prior)),
      .init("main_head", .string(base.heads[heads.main])),
      .init("prior_head", .string(base.heads[heads.prior])),
      .init("preset", .string(settings.preset.rawValue)),
      .init("targets", .string(settings.targets.rawValue)),
      .init("part", .string(settings.part.rawValue)),
      .init("steps", .integer(Int64(report.chosenStep))),
      .init("fraction", .number(report.fraction)),
      .init("structures", .integer(Int64(report.structureCount))),
      .init("seed", .string("\(settings.seed)")),
    ])
  }
}

/// The time since a moment.
func milliseconds(since start: ContinuousClock.Instant) -> Double {
  let (seconds, attoseconds) = start.duration(to: .now).components
  return 1e3 * Double(seconds) + 1e-15 * Double(attoseconds)
}
