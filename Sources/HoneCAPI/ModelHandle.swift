internal import Glibc
internal import HoneModels
internal import HoneNumerics
internal import HoneTraining

/// A model in a host's hands: shared weights, settings of its own, memory for those who compute, and
/// the strings lent to the host.
final class ModelHandle: Handle {
  static let mark: UInt64 = 0x686f_6e65_6d6f_6431
  static let argument: StaticString = "model"

  let forceField: ForceField
  var settings: ComputeSettings
  /// Memory of computations that are not under way.
  let workspaces = WorkspacePool()
  /// The text of `hone_model_fallback`.
  let fallbacks = FallbackRecord()
  /// The text of `hone_model_description`.
  let description: UnsafePointer<CChar>
  /// The texts of `hone_model_head_name`.
  let headNames: [UnsafePointer<CChar>]

  /// Makes a handle.
  ///
  /// - Throws: `.outOfMemory`.
  init(_ forceField: ForceField, settings: ComputeSettings) throws(HoneError) {
    var texts: [UnsafePointer<CChar>] = []
    for text in [forceField.description] + forceField.heads {
      guard let copy = strdup(text) else {
        for copy in texts { free(UnsafeMutablePointer(mutating: copy)) }
        throw HoneError(.outOfMemory, "no memory for the description of a model")
      }
      texts.append(UnsafePointer(copy))
    }
    self.forceField = forceField
    self.settings = settings
    description = texts[0]
    headNames = Array(texts.dropFirst())
  }

  /// What compares structures with the training data, once somebody asked.
  private let made = Lock<Diagnostician?>(nil)

  /// Compares structures with the training data.
  ///
  /// - Throws: As `Diagnostician.init`.
  func diagnostician() throws(HoneError) -> Diagnostician {
    try made.withLock { (known) throws(HoneError) in
      if let known { return known }
      let result = try Diagnostician(forceField)
      known = result
      return result
    }
  }

  deinit {
    free(UnsafeMutablePointer(mutating: description))
    for name in headNames { free(UnsafeMutablePointer(mutating: name)) }
  }
}
