public import HoneNumerics
internal import HoneStructure

/// Memory that computations leave for those that follow.
///
/// It belongs to nobody: any force field may use it, one computation at a time. Results do not depend
/// on what it was used for before.
public final class Workspace: @unchecked Sendable {
  /// The species of a structure's atoms, or of a domain's.
  public let species = ReusableBuffer<Int32>()
  let centerCounts = ReusableBuffer<Int>()
  /// What computations in domains keep.
  let domain = DomainMemory()
  /// Descriptors, where only their distances are asked for.
  let descriptors = ReusableBuffer<Double>()
  /// What distances of descriptors are computed with.
  let deviations = ReusableBuffer<SIMD8<Double>>()
  let memory32 = WorkspaceMemory<Float>()
  let memory64 = WorkspaceMemory<Double>()
  let search = NeighborSearch()
  /// A team of the caller alone; teams with threads end with their computation.
  private let alone = Team(threadCount: 1)
  /// How much further than the cutoff neighbours are looked for, in Å, so that those found serve
  /// until an atom has moved by half of it; at least zero.
  public var skin = 0.0
  /// Why the last computation was left to the reference evaluator; `nil` when it was not.
  public internal(set) var fallback: String?

  /// Makes an empty workspace.
  public init() {}

  /// The team of one computation.
  func team(threadCount: Int) -> Team {
    threadCount > 1 ? Team(threadCount: threadCount) : alone
  }
}

/// The memory of computations in a host's domains.
final class DomainMemory: @unchecked Sendable {
  let points = DomainPoints()
  /// Rows on their way between processes.
  let exchanged = ReusableBuffer<Double>()
  let energies = ReusableBuffer<Double>()
  let distances = ReusableBuffer<Double>()
  let forces = ReusableBuffer<Double>()
  let virials = ReusableBuffer<Double>()
}

/// The memory of computations in one precision.
final class WorkspaceMemory<T: CompiledScalar>: @unchecked Sendable {
  private var workspace: CompiledWorkspace<T>?
  private var owner: CompiledModel<T>?

  /// The memory for a model; that of another model is let go.
  func workspace(for model: CompiledModel<T>) -> CompiledWorkspace<T> {
    if let workspace, owner === model { return workspace }
    let made = CompiledWorkspace(for: model)
    workspace = made
    owner = model
    return made
  }
}

/// Workspaces that wait for the next computation, as many as there were computations at once.
///
/// The one used last is handed out first: its memory is the likeliest to be in a cache.
public final class WorkspacePool: Sendable {
  private let idle = Lock<[Workspace]>([])

  /// The most that are kept; beyond that a workspace goes when its computation ends.
  static var capacity: Int { 256 }

  /// Makes an empty pool.
  public init() {}

  /// Runs a computation with a workspace that nobody else uses meanwhile.
  ///
  /// Where memory runs out, that of the workspaces which wait is given back and the computation
  /// begun again: what was computed before must not decide what can be.
  ///
  /// - Parameter mayRepeat: Whether it may begin again.
  /// - Throws: What the body throws.
  public func with<Result>(
    mayRepeat: Bool = true, _ body: (Workspace) throws(HoneError) -> Result
  ) throws(HoneError) -> Result {
    var kept = idle.withLock { list in list.popLast() }
    let wasKept = kept != nil
    let failure: HoneError
    do throws(HoneError) {
      return try use(kept ?? Workspace(), body)
    } catch {
      guard error.kind == .outOfMemory else { throw error }
      failure = error
    }
    let dropped = idle.withLock { list in
      let count = list.count
      list = []
      return count
    }
    // The one that ran out of memory goes before another one tries.
    kept = nil
    guard mayRepeat, wasKept || dropped > 0 else { throw failure }
    return try use(Workspace(), body)
  }

  /// The number of workspaces that wait.
  var idleCount: Int { idle.withLock { list in list.count } }

  /// One that ran out of memory is not kept: it holds what there was.
  private func use<Result>(
    _ workspace: Workspace, _ body: (Workspace) throws(HoneError) -> Result
  ) throws(HoneError) -> Result {
    do throws(HoneError) {
      let result = try body(workspace)
      giveBack(workspace)
      return result
    } catch {
      if error.kind != .outOfMemory { giveBack(workspace) }
      throw error
    }
  }

  private func giveBack(_ workspace: Workspace) {
    idle.withLock { list in
      if list.count < Self.capacity { list.append(workspace) }
    }
  }
}
