internal import Glibc
internal import HoneModels
internal import HoneNumerics
internal import Synchronization

/// What a `hone_model *` points to.
///
/// The mark comes first and lies in plain memory, so that it can be looked at before anything is
/// believed about the rest.
private struct HandleBlock {
  static let mark: UInt64 = 0x686f_6e65_6d6f_6431
  static let freed: UInt64 = 0x686f_6e65_6672_6565

  var mark: UInt64
  var handle: Unmanaged<ModelHandle>
}

/// The living handles, kept when the environment asks for it with `HONE_CHECK_HANDLES=1`.
///
/// A freed block may hold anything; only a list can tell for certain.
private let living = Mutex<Set<UInt>>([])

/// Whether the list is kept.
private let listsHandles: Bool = {
  guard let value = getenv("HONE_CHECK_HANDLES") else { return false }
  return strcmp(value, "1") == 0
}()

/// A model in a host's hands: shared weights, settings of its own, and the strings lent to the host.
final class ModelHandle {
  let forceField: ForceField
  var settings: ComputeSettings
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

  deinit {
    free(UnsafeMutablePointer(mutating: description))
    for name in headNames { free(UnsafeMutablePointer(mutating: name)) }
  }

  /// Gives the handle to the host, who owns it until `release`.
  ///
  /// - Throws: `.outOfMemory`.
  consuming func lend() throws(HoneError) -> OpaquePointer {
    guard let memory = malloc(MemoryLayout<HandleBlock>.stride) else {
      throw HoneError(.outOfMemory, "no memory for a handle")
    }
    let block = memory.bindMemory(to: HandleBlock.self, capacity: 1)
    block.initialize(to: HandleBlock(mark: HandleBlock.mark, handle: .passRetained(self)))
    if listsHandles { living.withLock { _ = $0.insert(UInt(bitPattern: memory)) } }
    return OpaquePointer(memory)
  }

  /// The handle behind a host's pointer.
  ///
  /// - Throws: `.invalidArgument` when it is NULL, or is seen to be no living handle.
  static func borrow(_ model: OpaquePointer?) throws(HoneError) -> ModelHandle {
    try block(model).pointee.handle.takeUnretainedValue()
  }

  /// Takes the handle back from the host and lets go of it.
  ///
  /// - Throws: `.invalidArgument` when it is seen to be no living handle.
  static func release(_ model: OpaquePointer) throws(HoneError) {
    let block = try block(model)
    if listsHandles { living.withLock { _ = $0.remove(UInt(bitPattern: block)) } }
    block.pointee.mark = HandleBlock.freed
    block.pointee.handle.release()
    free(block)
  }

  private static func block(
    _ model: OpaquePointer?
  ) throws(HoneError) -> UnsafeMutablePointer<HandleBlock> {
    let pointer = try require(model, "model")
    let address = UInt(bitPattern: pointer)
    let isListed = !listsHandles || living.withLock { $0.contains(address) }
    let isAligned = address % UInt(MemoryLayout<HandleBlock>.alignment) == 0
    let block = UnsafeMutablePointer<HandleBlock>(pointer)
    guard isListed, isAligned, block.pointee.mark == HandleBlock.mark else {
      throw HoneError(
        .invalidArgument,
        "model must be a handle that the library gave and that has not been freed")
    }
    return block
  }
}
