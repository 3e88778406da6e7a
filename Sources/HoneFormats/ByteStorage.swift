internal import Glibc
internal import HoneNumerics

/// A block of memory whose allocation can fail without ending the process.
///
/// Swift's arrays trap when memory runs out; whatever grows with a file lives in one of these.
/// It is filled before it is shared and never written afterwards, which makes it safe to share.
final class ByteStorage: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let count: Int

  /// Takes `count` bytes, zeroed where the system does that for free and undefined elsewhere.
  init(count: Int) throws(HoneError) {
    guard count >= 0, let base = malloc(max(count, 1)) else {
      throw HoneError(.outOfMemory, "expected \(count) bytes of memory, the system has fewer left")
    }
    self.base = base
    self.count = count
  }

  deinit { free(base) }

  /// Throws if a Swift array of that many bytes would not find its memory.
  ///
  /// Arrays are the pleasant currency between the rooms, but their allocation traps. Asking for the
  /// memory first turns the failure that matters (a size no machine has, or an address space limit)
  /// into an error; small sizes are not worth the question.
  static func requireMemory(elements: Int, of size: Int) throws(HoneError) {
    let (bytes, overflow) = elements.multipliedReportingOverflow(by: size)
    guard !overflow, elements >= 0 else {
      throw HoneError(.outOfMemory, "expected memory for \(elements) elements of \(size) bytes")
    }
    guard bytes >= 1 << 16 else { return }
    // Not `malloc`: optimisers know it, and take out a block that is freed unused.
    var probe: UnsafeMutableRawPointer?
    guard posix_memalign(&probe, 64, bytes) == 0 else {
      throw HoneError(.outOfMemory, "expected \(bytes) bytes of memory, the system has fewer left")
    }
    free(probe)
  }
}

extension Array {
  /// Appends an element; growth that finds no memory is an error, not a trap.
  mutating func appendChecked(_ element: Element) throws(HoneError) {
    if count == capacity {
      let wanted = count < 8 ? 16 : count * 2
      try ByteStorage.requireMemory(elements: wanted, of: MemoryLayout<Element>.stride)
      reserveCapacity(wanted)
    }
    append(element)
  }
}
