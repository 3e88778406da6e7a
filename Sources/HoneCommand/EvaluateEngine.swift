internal import HoneModels
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

/// Computes frames, several at once where there are threads and frames enough.
struct EvaluateEngine {
  private let field: ForceField
  private let settings: ComputeSettings
  private let team: Team
  private let workspaces = WorkspacePool()

  /// Makes an engine with as many threads as the settings say.
  init(field: ForceField, settings: ComputeSettings) {
    self.field = field
    self.settings = settings
    team = Team(threadCount: settings.threadCount)
  }

  /// The number of threads.
  var threadCount: Int { team.threadCount }

  /// How far some frames are.
  private struct State: Sendable {
    var next = 0
    var results: [ComputeResult?]
    var failure: (index: Int, error: HoneError)?
  }

  /// Computes frames.
  ///
  /// Many small frames are computed one per thread, a few or large ones by all threads together. Which
  /// it is depends on the frames and the number of threads alone, so results do not vary.
  ///
  /// - Parameters:
  ///   - frames: The frames.
  ///   - virials: Whether virials are wanted of all frames, not only of those that have references.
  /// - Returns: The results, in order.
  /// - Throws: What is wrong with the first frame that cannot be computed.
  func compute(_ frames: [EvaluateFrame], virials: Bool) throws(HoneError) -> [ComputeResult] {
    guard team.threadCount > 1, frames.count >= team.threadCount else {
      var results: [ComputeResult] = []
      for frame in frames {
        results.append(try compute(frame, virials, threadCount: settings.threadCount))
      }
      return results
    }
    let state = Lock(State(results: Array(repeating: nil, count: frames.count)))
    team.run { _ in
      while let index = state.withLock({ Self.take(&$0, below: frames.count) }) {
        do throws(HoneError) {
          let result = try compute(frames[index], virials, threadCount: 1)
          state.withLock { $0.results[index] = result }
        } catch {
          state.withLock { if index < $0.failure?.index ?? .max { $0.failure = (index, error) } }
        }
      }
    }
    let (failure, results) = state.withLock { ($0.failure, $0.results.compactMap { $0 }) }
    if let failure { throw failure.error }
    return results
  }

  /// The next frame, in order: when one fails, all before it have been taken, and are finished.
  private static func take(_ state: inout State, below count: Int) -> Int? {
    guard state.failure == nil, state.next < count else { return nil }
    state.next += 1
    return state.next - 1
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
