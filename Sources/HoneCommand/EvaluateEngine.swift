internal import HoneModels
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

/// Computes frames, several at once where there are threads and frames enough.
struct EvaluateEngine {
  private let field: ForceField
  private let settings: ComputeSettings
  private let team: FrameTeam
  private let workspaces = WorkspacePool()

  /// Makes an engine with as many threads as the settings say.
  init(field: ForceField, settings: ComputeSettings) {
    self.field = field
    self.settings = settings
    team = FrameTeam(threadCount: settings.threadCount)
  }

  /// The number of threads.
  var threadCount: Int { team.threadCount }

  /// Computes frames.
  ///
  /// - Parameters:
  ///   - frames: The frames.
  ///   - virials: Whether virials are wanted of all frames, not only of those that have references.
  /// - Returns: The results, in order.
  /// - Throws: What is wrong with the first frame that cannot be computed.
  func compute(_ frames: [EvaluateFrame], virials: Bool) throws(HoneError) -> [ComputeResult] {
    try team.map(frames) { (frame, threadCount) throws(HoneError) in
      try compute(frame, virials, threadCount: threadCount)
    }
  }

  private func compute(
    _ frame: EvaluateFrame, _ virials: Bool, threadCount: Int
  ) throws(HoneError) -> ComputeResult {
    var settings = settings
    settings.threadCount = threadCount
    settings.head = frame.head
    var quantities: Quantities = [.energy, .forces]
    if virials || frame.labels?.virial != nil { quantities.insert(.virial) }
    let (wanted, how) = (quantities, settings)
    return try frame.located { () throws(HoneError) in
      try workspaces.with { (workspace) throws(HoneError) in
        try field.compute(frame.frame.structure, wanted, how, workspace)
      }
    }
  }
}
