// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HonePriors
internal import HoneRefinement
internal import HoneTraining

@c @implementation
public func hone_refine_weights(
  _ base: OpaquePointer?, _ n_structures: Int64, _ structures: UnsafePointer<hone_structure>?,
  _ prior: hone_prior?, _ prior_context: UnsafeMutableRawPointer?, _ replay: OpaquePointer?,
  _ options: UnsafePointer<CChar>?, _ observer: hone_refinement_observer?,
  _ observer_context: UnsafeMutableRawPointer?, _ report: UnsafeMutablePointer<hone_refinement>?,
  _ refined: UnsafeMutablePointer<OpaquePointer?>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let output = try require(refined, "refined")
    output.pointee = nil
    let handle = try ModelHandle.borrow(base, "base")
    let room = report == nil ? nil : try hone_refinement.room(report, "report")
    let list = try StructureList(count: n_structures, structures)
    guard list.count > 0 else {
      throw HoneError(.invalidArgument, "n_structures must be 1 or more, got 0")
    }
    let request = try RefinementRequest(
      options == nil ? .object([]) : json(options, "options"), handle)
    let prior = try HostPrior(prior, prior_context)
    let systems = try list.systems()
    let known =
      replay == nil
      ? ReplayStructure.exemplars(of: handle.forceField)
      : try ReplayStructure.structures(
        of: DataSetHandle.borrow(replay, "replay").frames("replay"))
    let tell = { (event: RefinementEvent) -> Bool in
      guard let observer, let progress = hone_refinement_progress(event) else { return true }
      return withUnsafePointer(to: progress) { observer(observer_context, $0) == 0 }
    }
    let result = try request.run(systems, prior, known, tell)
    output.pointee = try ModelHandle(result.model, settings: handle.settings).lend()
    if let room { hone_refinement(result.report).write(to: report, room: room) }
  }
}

/// What a host asks for, beside the settings of the refinement itself.
private struct RefinementRequest {
  private static let keys = ["main_head", "prior_head", "fit_prior_head"]
  private let field: ForceField
  private let settings: WeightRefinementSettings
  private let mainHead: String?
  private let priorHead: String?
  private let fitsHead: Bool

  init(_ json: JSONValue, _ handle: ModelHandle) throws(HoneError) {
    field = handle.forceField
    settings = try WeightRefinementSettings(
      json: json, others: Self.keys, precision: handle.settings.precision,
      threadCount: handle.settings.threadCount)
    let fields = try DescriptionFields(
      json, what: "the options", known: json.members?.map(\.key) ?? [])
    func name(_ key: String) throws(HoneError) -> String? {
      fields.value(key) == nil ? nil : try fields.string(key, "")
    }
    // A head that the host has chosen is the one it means to use.
    let chosen = handle.settings.head > 0 ? field.heads[handle.settings.head] : nil
    mainHead = try name("main_head") ?? chosen
    priorHead = try name("prior_head")
    fitsHead = try fields.bool("fit_prior_head", false)
  }

  func run(
    _ systems: [PriorSystem], _ prior: any Prior, _ replay: [ReplayStructure],
    _ tell: (RefinementEvent) -> Bool
  ) throws(HoneError) -> RefinedForceField {
    var base = field
    if fitsHead {
      guard !replay.isEmpty else {
        throw HoneError(
          .invalidArgument,
          "replay must not be NULL to fit a head: the model carries no structures of its training data"
        )
      }
      var head = PriorHeadSettings()
      if let priorHead { head.name = priorHead }
      head.precision = settings.precision
      head.threadCount = settings.threadCount
      head.seed = settings.seed
      var known: [PriorSystem] = []
      for structure in replay { known.append(try PriorSystem(structure.structure)) }
      base = try WeightRefinement.fitPriorHead(
        to: field, mainHead: mainHead, prior: prior, systems: known, settings: head, observe: tell
      ).model
    }
    return try WeightRefinement(
      base, mainHead: mainHead, priorHead: priorHead, settings: settings
    ).run(systems, prior: prior, replay: replay, observe: tell)
  }
}

extension hone_refinement_progress {
  /// What a host is told of an event; nil for those that are not for hosts.
  fileprivate init?(_ event: RefinementEvent) {
    self.init()
    size = MemoryLayout<Self>.size
    loss = .nan
    switch event {
    case .labelled(let count, let all):
      stage = Int32(HONE_REFINEMENT_LABELS.rawValue)
      (done, total) = (Int64(count), Int64(all))
    case .generated(let count, let all):
      stage = Int32(HONE_REFINEMENT_DYNAMICS.rawValue)
      (done, total) = (Int64(count), Int64(all))
    case .step(let step, let all, let loss):
      stage = Int32(HONE_REFINEMENT_STEPS.rawValue)
      (done, total) = (Int64(step), Int64(all))
      self.loss = loss
    case .look: return nil
    }
  }
}

extension hone_refinement: SizedStructure {
  static var typeName: StaticString { "hone_refinement" }
  static var leastSize: Int { end(of: \.accepted) }

  /// The report as the interface tells it.
  fileprivate init(_ report: RefinementReport) {
    self.init()
    n_steps = Int64(report.steps)
    chosen_step = Int64(report.chosenStep)
    n_structures = Int64(report.structureCount)
    n_held_out = Int64(report.heldOutCount)
    n_replay = Int64(report.replayCount)
    n_parameters = Int64(report.parameterCount)
    fraction = report.fraction
    prior_loss_before = report.priorLossBefore
    prior_loss_after = report.priorLossAfter
    held_out_before = report.heldOutBefore ?? .nan
    held_out_after = report.heldOutAfter ?? .nan
    force_error_before = report.forceErrorBefore
    force_error_after = report.forceErrorAfter
    replay_force_change = report.replayForceChange ?? .nan
    seconds = 1e-3 * report.milliseconds
    accepted = report.accepted ? 1 : 0
  }
}
