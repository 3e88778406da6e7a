public import HoneNumerics
public import HoneStructure

/// One structure of many, in memory of the caller.
public struct BatchItem {
  /// `[atoms]`.
  public var atomicNumbers: UnsafeBufferPointer<Int32>
  /// In Å, `[atoms][3]`.
  public var positions: UnsafeBufferPointer<Double>
  /// The periodic cell; `nil` for a molecule.
  public var cell: Cell?
  /// What to compute, and where to put it.
  public var targets: ComputeTargets

  /// Describes a structure.
  public init(
    atomicNumbers: UnsafeBufferPointer<Int32>, positions: UnsafeBufferPointer<Double>, cell: Cell?,
    targets: ComputeTargets
  ) {
    self.atomicNumbers = atomicNumbers
    self.positions = positions
    self.cell = cell
    self.targets = targets
  }
}

/// What stopped a batch.
public struct BatchFailure: Sendable {
  /// The structure at fault: the first one.
  public let index: Int
  /// What is wrong with it.
  public let error: HoneError
}

/// How far a batch is, and how it went: of all that could be said, what belongs to the first
/// structure it is true of, so that it does not depend on which thread was faster.
private struct BatchState: Sendable {
  var next = 0
  var failure: BatchFailure?
  var fallback: (index: Int, reason: String)?

  /// The next structure, in order: when one fails, all before it have been taken, and are finished.
  mutating func take(below count: Int) -> Int? {
    guard failure == nil, next < count else { return nil }
    next += 1
    return next - 1
  }

  mutating func fail(_ index: Int, _ error: HoneError) {
    if index < failure?.index ?? .max { failure = BatchFailure(index: index, error: error) }
  }

  mutating func fallBack(_ index: Int, _ reason: String?) {
    guard let reason, index < fallback?.index ?? .max else { return }
    fallback = (index, reason)
  }
}

extension ForceField {
  /// Computes many structures, each on one thread, with the results of `compute` with one thread.
  ///
  /// - Parameters:
  ///   - count: The number of structures.
  ///   - settings: How; as many structures are under way at once as there are threads.
  ///   - workspaces: Where the threads' memory comes from.
  ///   - item: One of the structures; called from several threads, once for an index at most.
  /// - Returns: The first structure that cannot be computed, or `nil`; the targets are then
  ///   unspecified. And why the first structure of those left to the reference evaluator was, or
  ///   `nil`.
  public func computeBatch(
    count: Int, settings: ComputeSettings, workspaces: WorkspacePool,
    _ item: @escaping (_ index: Int) throws(HoneError) -> BatchItem
  ) -> (failure: BatchFailure?, fallback: String?) {
    let state = Lock(BatchState())
    var single = settings
    single.threadCount = 1
    let alone = single
    let team = Team(threadCount: max(1, min(settings.threadCount, count)))
    team.run { [self] _ in
      while let index = state.withLock({ $0.take(below: count) }) {
        do throws(HoneError) {
          let item = try item(index)
          let reason = try workspaces.with { (workspace) throws(HoneError) in
            try compute(
              atomicNumbers: item.atomicNumbers.span, positions: item.positions.span,
              cell: item.cell, into: item.targets, settings: alone, workspace: workspace)
            return workspace.fallback
          }
          state.withLock { $0.fallBack(index, reason) }
        } catch {
          state.withLock { $0.fail(index, error) }
        }
      }
    }
    return state.withLock { ($0.failure, $0.fallback?.reason) }
  }

  /// The largest error of the tables that computations with these settings have made so far,
  /// relative to the steepest of the functions; zero when there are none.
  ///
  /// - Throws: `.outOfMemory`.
  public func tableError(_ settings: ComputeSettings) throws(HoneError) -> Double {
    switch try prepare(head: settings.head, settings.precision) {
    case .float32(let model): try model.tableError(tolerance: settings.tableTolerance)
    case .float64(let model): try model.tableError(tolerance: settings.tableTolerance)
    }
  }
}
