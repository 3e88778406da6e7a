internal import HoneModels
internal import HoneNumerics
internal import Synchronization

/// A workspace in a host's hands: the weights and settings of a model as they were when it was made,
/// and memory for one computation at a time.
final class WorkspaceHandle: Handle {
  static let mark: UInt64 = 0x686f_6e65_776f_726b
  static let argument: StaticString = "workspace"
  /// How much further than the cutoff neighbours are looked for unless the host says otherwise, Å.
  static let defaultSkin = 0.5

  let forceField: ForceField
  let settings: ComputeSettings
  /// The text of `hone_workspace_fallback`.
  let fallbacks = FallbackRecord()
  private var workspace = Workspace()
  private let isInUse = Atomic(false)

  /// Makes a workspace for a model.
  init(_ model: ModelHandle) {
    forceField = model.forceField
    settings = model.settings
    workspace.skin = Self.defaultSkin
  }

  /// Runs a body that may look at the workspace.
  ///
  /// - Throws: `.invalidArgument` when another thread is doing so, or what the body throws.
  func use(_ body: (Workspace) throws(HoneError) -> Void) throws(HoneError) {
    let (isMine, _) = isInUse.compareExchange(
      expected: false, desired: true, ordering: .acquiringAndReleasing)
    guard isMine else {
      throw HoneError(
        .invalidArgument, "workspace must be used by one thread at a time, but another one uses it")
    }
    defer { isInUse.store(false, ordering: .releasing) }
    do throws(HoneError) {
      try body(workspace)
    } catch {
      // What ran out of memory gives back what it holds: the handle stays as usable as before.
      if error.kind == .outOfMemory {
        let skin = workspace.skin
        workspace = Workspace()
        workspace.skin = skin
      }
      throw error
    }
  }
}
