internal import Glibc
public import HoneNumerics

/// A fixed number of elements in 64-byte aligned memory whose allocation can fail.
///
/// A Swift array ends the process when memory runs out, and with it the host; this does not.
public final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The number of elements.
  public let count: Int
  /// The first element.
  public let base: UnsafeMutablePointer<Element>

  /// Makes a buffer of uninitialised elements.
  ///
  /// - Parameter count: The number of elements, zero or more.
  /// - Throws: `.outOfMemory` when the size overflows or the memory cannot be had.
  public init(count: Int) throws(HoneError) {
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow, size <= Int.max - 64 else {
      throw HoneError(.outOfMemory, "no memory can hold \(count) elements")
    }
    guard let memory = aligned_alloc(64, (max(size, 1) + 63) / 64 * 64) else {
      throw HoneError(.outOfMemory, "could not allocate \(size) bytes")
    }
    self.count = count
    self.base = memory.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  /// Makes a buffer of equal elements.
  ///
  /// - Parameters:
  ///   - value: The value of every element.
  ///   - count: The number of elements, zero or more.
  /// - Throws: `.outOfMemory`, as `init(count:)`.
  public convenience init(repeating value: Element, count: Int) throws(HoneError) {
    try self.init(count: count)
    base.initialize(repeating: value, count: count)
  }

  deinit {
    free(UnsafeMutableRawPointer(base))
  }

  /// The element at an index in `0..<count`.
  public subscript(index: Int) -> Element {
    @inline(__always) get {
      assert(index >= 0 && index < count)
      return base[index]
    }
    @inline(__always) set {
      assert(index >= 0 && index < count)
      base[index] = newValue
    }
  }
}
