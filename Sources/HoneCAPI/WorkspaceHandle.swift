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
  /// Whether computations measure distances of descriptors; changed by those who use the workspace.
  var measuresDistances = false
  private var distances = ReusableBuffer<Double>()
  /// The number of atoms whose distances the last computation measured; nil where it did not.
  private var measuredCount: Int?

  /// Makes a workspace for a model.
  init(_ model: ModelHandle) {
    forceField = model.forceField
    settings = model.settings
    workspace.skin = Self.defaultSkin
  }

  /// Computes, and keeps the distances of descriptors where they are wanted.
  ///
  /// - Parameters:
  ///   - targets: Where the host wants its results.
  ///   - atomCount: The number of atoms, a domain's own ones.
  ///   - body: Computes into targets.
  /// - Throws: As `use`.
  func compute(
    _ targets: ComputeTargets, atomCount: Int,
    _ body: (ComputeTargets, Workspace) throws(HoneError) -> Void
  ) throws(HoneError) {
    try use { (memory) throws(HoneError) in
      measuredCount = nil
      var targets = targets
      if measuresDistances { targets.descriptorDistances = try distances.resize(atomCount) }
      try body(targets, memory)
      if measuresDistances { measuredCount = atomCount }
      try fallbacks.note(memory.fallback, settings)
    }
  }

  /// The distances that the last computation measured.
  ///
  /// - Parameter count: The number of atoms that there should be.
  /// - Throws: `.invalidArgument` when there are none, or those of another number of atoms.
  func measured(_ count: Int64) throws(HoneError) -> View<Double> {
    guard let measuredCount else {
      throw HoneError(
        .invalidArgument,
        "workspace must have measured distances in its last computation: set diagnosis, then compute"
      )
    }
    guard count == measuredCount else {
      throw HoneError(
        .invalidArgument,
        "count must be the number of atoms of the last computation, \(measuredCount), got \(count)")
    }
    return try distances.resize(measuredCount)
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
          distances = ReusableBuffer()
          measuredCount = nil
        }
        throw error
      }
    }
  }
}
