internal import HoneNumerics

/// Memory that computations leave for those that follow.
///
/// It belongs to nobody: any force field may use it, one computation at a time.
public final class Workspace: @unchecked Sendable {
  let species = ReusableBuffer<Int32>()
  let memory32 = WorkspaceMemory<Float>()
  let memory64 = WorkspaceMemory<Double>()
  /// Why the last computation was left to the reference evaluator; `nil` when it was not.
  public internal(set) var fallback: String?

  /// Makes an empty workspace.
  public init() {}
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
