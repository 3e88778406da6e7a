internal import ArgumentParser
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HonePriors
internal import HoneRefinement
internal import HoneStructure
internal import HoneTraining

/// A preset, as the command line spells it.
enum RefinementPresetName: String, ExpressibleByArgument, CaseIterable {
  case standard, paper
}

/// The part of a representation, as the command line spells it.
enum RefinementPartName: String, ExpressibleByArgument, CaseIterable {
  case min, med, max
}

/// What is learnt of a prior's labels, as the command line spells it.
enum RefinementTargetsName: String, ExpressibleByArgument, CaseIterable {
  case corrected, prior
}

/// `hone refine train`: weights adapted to structures by labels of a prior.
struct RefineTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Adapt the weights of a model to structures by labels of a cheap prior.",
    discussion: """
      Training at test time (arXiv:2503.08674): the model needs a head that was trained on the prior \
      beside the one that is used; docs/refinement.md tells how to train one. With --replay, \
      structures of the training data hold the model to what it knew, and a model whose forces on \
      them change too much is refused. Frames may have the keys charge and multiplicity.
      """)

  @Argument(help: "The model file.")
  var model: String

  @Argument(help: "Structures of the system to adapt to, extended XYZ; - for standard input.")
  var data: String

  @Option(
    help: """
      The prior: lj, zbl, gfn1-xtb, gfn2-xtb, gfnff, model:PATH, model:PATH@HEAD, a sum such as \
      lj+zbl, or JSON.
      """)
  var prior: String

  @Option(help: "A file for the new model, .safetensors.")
  var output: String

  @Option(
    help: """
      What settings begin as: standard (the default), or paper for those of the publication.
      """)
  var preset: RefinementPresetName?

  @Option(
    help: """
      More settings, JSON with the keys of docs/refinement.md, such as '{"pull": 30}'; flags count \
      before them.
      """)
  var settings: String?

  @Option(help: "The number of steps, at most.")
  var steps: Int?

  @Option(help: "The structures of a batch.")
  var batchSize: Int?

  @Option(help: "The first learning rate.")
  var rate: Double?

  @Option(
    help: """
      What is learnt: corrected, by the main head, the prior's labels with what the two heads differ \
      in; or prior, by the prior's head, as in the publication.
      """)
  var targets: RefinementTargetsName?

  @Option(help: "The part of the representation that moves: min, med or max.")
  var part: RefinementPartName?

  @Option(
    help: """
      Structures of the training data, extended XYZ; by default those that the model carries.
      """)
  var replay: String?

  @Flag(help: "Hold replay structures to the labels in their file, not to what the model gives.")
  var replayLabels = false

  @Option(help: "How much forces on replay structures may change, relative.")
  var tolerance: Double?

  @Option(help: "The head that is used, by name.")
  var head: String?

  @Option(help: "The head of the prior, by name; by default 'prior'.")
  var priorHead: String?

  @Flag(help: "Fit a head to the prior on the replay structures first, for a model that has none.")
  var fitHead = false

  @Option(
    help: "Let dynamics on the prior at this temperature in K make structures of those given.")
  var temperature: Double?

  @Option(help: "The number of steps of that dynamics, of 0.5 fs; every fiftieth is used.")
  var dynamicsSteps = 1000

  @Option(help: "What batches, held-out structures and dynamics depend on. (default: 1)")
  var seed: UInt64?

  @OptionGroup var options: CommonOptions

  func validate() throws {
    guard output != model else {
      throw ValidationError("--output must be another file than the model's, got '\(output)'")
    }
    guard replay != nil || !(fitHead || replayLabels) else {
      throw ValidationError("--fit-head and --replay-labels need structures of --replay")
    }
  }

  func run() throws {
    let base = try ForceField(path: model)
    let prior = try PriorSpecification.prior(self.prior)
    let systems = try Self.systems(data)
    let replay = try replayStructures(base)
    Interruption.watch()
    var display = RefinementDisplay(options)
    let refinement = try WeightRefinement(
      fitHead ? try fittedHead(base, prior, &display) : base, mainHead: head,
      priorHead: fitHead ? priorHead ?? PriorHeadSettings().name : priorHead,
      settings: try weightSettings())
    let refined = try refinement.run(systems, prior: prior, replay: replay) {
      display.show($0)
      return !Interruption.isAsked
    }
    try refined.model.save(to: output)
    display.finish(refined.report, options)
    if options.json {
      try Console.write(RefinementDisplay.json(refined.report))
    } else {
      try Console.write(RefinementDisplay.text(refined.report))
    }
  }

  private func weightSettings() throws(HoneError) -> WeightRefinementSettings {
    var settings = try startingSettings()
    settings.stepCount = steps ?? settings.stepCount
    settings.batchSize = batchSize ?? settings.batchSize
    settings.learningRate = rate ?? settings.learningRate
    if let targets {
      settings.targets = .init(rawValue: targets.rawValue) ?? settings.targets
    }
    if let part { settings.part = RefinementPart(rawValue: part.rawValue) ?? settings.part }
    settings.tolerance = tolerance ?? settings.tolerance
    settings.seed = seed ?? settings.seed
    if seed != nil { settings.dynamics?.seed = settings.seed }
    if let temperature {
      var dynamics = PriorDynamics.Settings()
      dynamics.temperature = temperature
      dynamics.stepCount = dynamicsSteps
      dynamics.frameInterval = Swift.min(dynamics.frameInterval, Swift.max(dynamicsSteps, 1))
      dynamics.seed = settings.seed
      settings.dynamics = dynamics
    }
    return settings
  }

  /// What flags change: a preset, and what `--settings` says.
  private func startingSettings() throws(HoneError) -> WeightRefinementSettings {
    var members: [JSONValue.Member] = []
    if let settings {
      guard case .object(let given) = try JSONValue(parsing: settings) else {
        throw HoneError(.format, "expected an object of settings, '{…}', got '\(settings)'")
      }
      members = given
    }
    if let preset {
      members.removeAll { $0.key == "preset" }
      members.append(.init("preset", .string(preset.rawValue)))
    }
    return try WeightRefinementSettings(
      json: .object(members), precision: options.precision.precision,
      threadCount: options.threadCount)
  }

  /// Structures with charge and multiplicity where a file has them.
  private static func systems(_ path: String) throws(HoneError) -> [PriorSystem] {
    var reader = try StructureInput.reader(path)
    var systems: [PriorSystem] = []
    while let frame = try reader.next() {
      let multiplicity = try frame.number("multiplicity") ?? 0
      guard let whole = Int(exactly: multiplicity) else {
        throw reader.error("expected a whole multiplicity, got \(multiplicity)", atom: nil)
      }
      systems.append(
        try PriorSystem(
          frame.structure, charge: try frame.number("charge") ?? 0, multiplicity: whole))
    }
    return systems
  }

  private func replayStructures(_ base: ForceField) throws(HoneError) -> [ReplayStructure] {
    guard let replay else { return ReplayStructure.exemplars(of: base) }
    if replayLabels { return try ReplayStructure.structures(of: DataSet(paths: [replay])) }
    return try Self.systems(replay).map { ReplayStructure($0.structure) }
  }

  /// The model with a head fitted to the prior.
  private func fittedHead(
    _ base: ForceField, _ prior: any Prior, _ display: inout RefinementDisplay
  ) throws(HoneError) -> ForceField {
    var settings = PriorHeadSettings()
    settings.name = priorHead ?? settings.name
    settings.precision = options.precision.precision
    settings.threadCount = options.threadCount
    settings.seed = seed ?? settings.seed
    var shown = display
    let (field, report) = try WeightRefinement.fitPriorHead(
      to: base, mainHead: head, prior: prior, systems: Self.systems(replay ?? ""),
      settings: settings
    ) {
      shown.show($0)
      return !Interruption.isAsked
    }
    display = shown
    Console.note(
      "the head '\(settings.name)' follows the prior's forces on replay structures to "
        + "\((100 * report.relativeForceError).significant(3)) %", options)
    return field
  }
}
