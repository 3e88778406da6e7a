internal import Glibc
internal import HoneNumerics

/// What a host holds a pointer to without knowing what it is.
protocol Handle: AnyObject {
  /// What the memory behind such a pointer begins with; no two kinds share it.
  static var mark: UInt64 { get }
  /// The name that the argument has in every function that takes one, for messages.
  static var argument: StaticString { get }
}

/// What such a pointer points to.
///
/// The mark comes first and lies in plain memory, so that it can be looked at before anything is
/// believed about the rest.
private struct HandleBlock<Object: Handle> {
  var mark: UInt64
  var object: Unmanaged<Object>
}

/// What stands in the place of the mark when a handle has been freed.
private let freedMark: UInt64 = 0x686f_6e65_6672_6565

/// The living handles, kept when the environment asks for it with `HONE_CHECK_HANDLES=1`.
///
/// A freed block may hold anything; only a list can tell for certain.
private let living = Lock<Set<UInt>>([])

/// Whether the list is kept.
private let listsHandles: Bool = {
  guard let value = getenv("HONE_CHECK_HANDLES") else { return false }
  return strcmp(value, "1") == 0
}()

extension Handle {
  /// Gives the object to the host, who owns it until `release`.
  ///
  /// - Throws: `.outOfMemory`.
  func lend() throws(HoneError) -> OpaquePointer {
    guard let memory = malloc(MemoryLayout<HandleBlock<Self>>.stride) else {
      throw HoneError(.outOfMemory, "no memory for a handle")
    }
    let block = memory.bindMemory(to: HandleBlock<Self>.self, capacity: 1)
    block.initialize(to: HandleBlock(mark: Self.mark, object: .passRetained(self)))
    if listsHandles { living.withLock { _ = $0.insert(UInt(bitPattern: memory)) } }
    return OpaquePointer(memory)
  }

  /// The object behind a host's pointer.
  ///
  /// - Throws: `.invalidArgument` when it is NULL, or is seen to be no living handle of this kind.
  ///
  /// - Parameter name: The name of the argument where it has another one than usual.
  static func borrow(
    _ pointer: OpaquePointer?, _ name: StaticString = argument
  ) throws(HoneError) -> Self {
    try block(pointer, name).pointee.object.takeUnretainedValue()
  }

  /// Takes an object back from the host and lets go of it.
  ///
  /// - Throws: `.invalidArgument` when it is seen to be no living handle of this kind.
  static func release(_ pointer: OpaquePointer) throws(HoneError) {
    let block = try block(pointer, argument)
    if listsHandles { living.withLock { _ = $0.remove(UInt(bitPattern: block)) } }
    block.pointee.mark = freedMark
    block.pointee.object.release()
    free(block)
  }

  private static func block(
    _ pointer: OpaquePointer?, _ name: StaticString
  ) throws(HoneError) -> UnsafeMutablePointer<HandleBlock<Self>> {
    let pointer = try require(pointer, name)
    let address = UInt(bitPattern: pointer)
    let isListed = !listsHandles || living.withLock { $0.contains(address) }
    let isAligned = address % UInt(MemoryLayout<HandleBlock<Self>>.alignment) == 0
    let block = UnsafeMutablePointer<HandleBlock<Self>>(pointer)
    guard isListed, isAligned, block.pointee.mark == mark else {
      throw HoneError(
        .invalidArgument,
        "\(name) must be a handle that the library gave and that has not been freed")
    }
    return block
  }
}
