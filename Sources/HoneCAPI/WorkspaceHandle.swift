internal import HoneModels
internal import HoneNumerics

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
  private let exclusive = ExclusiveUse(WorkspaceHandle.argument)

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
    try exclusive.use { () throws(HoneError) in
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
}
