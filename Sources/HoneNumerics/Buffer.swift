internal import Glibc

/// Memory for what grows with the input: aligned, of fixed length, and allowed to fail.
///
/// A Swift array ends the process when memory runs out. A library inside a simulation must return
/// an error instead, so whatever is proportional to atoms, edges or file sizes lives in buffers.
public final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The number of elements.
  public let count: Int
  /// The first element; memory is aligned to 64 bytes.
  public let base: UnsafeMutablePointer<Element>

  /// Makes a buffer whose elements are not set.
  ///
  /// - Throws: `.outOfMemory` when the memory cannot be had or its size overflows.
  public init(count: Int) throws(HoneError) {
    base = try allocate(Element.self, count: count)
    self.count = count
  }

  /// Makes a buffer of equal elements.
  ///
  /// - Throws: `.outOfMemory` when the memory cannot be had or its size overflows.
  public convenience init(repeating element: Element, count: Int) throws(HoneError) {
    try self.init(count: count)
    base.initialize(repeating: element, count: count)
  }

  /// Makes a buffer with the elements of an array.
  ///
  /// - Throws: `.outOfMemory` when the memory cannot be had.
  public convenience init(_ elements: [Element]) throws(HoneError) {
    try self.init(count: elements.count)
    for (index, element) in elements.enumerated() { base[index] = element }
  }

  deinit { free(base) }

  /// One element; the index is checked in debug builds.
  @inlinable
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

  /// All elements as a view, which must not outlive the buffer.
  @inlinable
  public var view: View<Element> { View(base: base, count: count) }

  /// A part of the elements as a view, which must not outlive the buffer.
  @inlinable
  public func view(from start: Int, count: Int) -> View<Element> {
    assert(start >= 0 && count >= 0 && start + count <= self.count)
    return View(base: base + start, count: count)
  }

  /// Sets every element.
  public func fill(_ element: Element) {
    base.update(repeating: element, count: count)
  }
}

/// Memory that grows by doubling and is allowed to fail.
public final class GrowableBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The number of elements appended so far.
  public private(set) var count = 0
  private var capacity = 0
  private var base: UnsafeMutablePointer<Element>

  /// Makes an empty buffer with room for some elements.
  ///
  /// - Throws: `.outOfMemory` when the memory cannot be had.
  public init(reserving capacity: Int = 16) throws(HoneError) {
    base = try allocate(Element.self, count: max(capacity, 16))
    self.capacity = max(capacity, 16)
  }

  deinit { free(base) }

  /// One element; the index is checked in debug builds.
  public subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < count)
      return base[index]
    }
    set {
      assert(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  /// Adds an element at the end.
  ///
  /// - Throws: `.outOfMemory` when the memory cannot be had.
  public func append(_ element: Element) throws(HoneError) {
    if count == capacity { try reserve(capacity * 2) }
    base[count] = element
    count += 1
  }

  /// Makes room for a number of elements in all.
  ///
  /// - Throws: `.outOfMemory` when the memory cannot be had.
  public func reserve(_ wanted: Int) throws(HoneError) {
    guard wanted > capacity else { return }
    let larger = try allocate(Element.self, count: wanted)
    larger.update(from: base, count: count)
    free(base)
    base = larger
    capacity = wanted
  }

  /// Forgets the elements and keeps the memory.
  public func removeAll() { count = 0 }

  /// Forgets the elements from a place on, and keeps the memory.
  public func truncate(to count: Int) { self.count = min(self.count, max(0, count)) }

  /// All elements as a view, valid until the next `append` or `reserve`.
  public var view: View<Element> { View(base: base, count: count) }
}

/// Memory of another owner, seen as elements.
///
/// The kernels' currency: a pointer with a length that debug builds check. It owns nothing.
@frozen
public struct View<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The first element.
  public let base: UnsafeMutablePointer<Element>
  /// The number of elements.
  public let count: Int

  /// Wraps memory that outlives the view.
  @inlinable @inline(__always)
  public init(base: UnsafeMutablePointer<Element>, count: Int) {
    self.base = base
    self.count = count
  }

  /// No elements.
  @inlinable
  public static var empty: View {
    // Any aligned address will do: nobody reads from it.
    let address = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    return View(base: address.assumingMemoryBound(to: Element.self), count: 0)
  }

  /// One element; the index is checked in debug builds.
  @inlinable
  public subscript(index: Int) -> Element {
    @inline(__always) get {
      assert(index >= 0 && index < count)
      return base[index]
    }
    @inline(__always) nonmutating set {
      assert(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  /// The elements from `start` on.
  @inlinable @inline(__always)
  public func dropping(_ start: Int) -> View {
    assert(start >= 0 && start <= count)
    return View(base: base + start, count: count &- start)
  }

  /// `length` elements from `start` on.
  @inlinable @inline(__always)
  public func slice(_ start: Int, _ length: Int) -> View {
    assert(start >= 0 && length >= 0 && start + length <= count)
    return View(base: base + start, count: length)
  }

  /// Sets every element.
  @inlinable @inline(__always)
  public func fill(_ element: Element) {
    base.update(repeating: element, count: count)
  }

  /// Copies as many elements as this view holds.
  @inlinable @inline(__always)
  public func copy(from other: View) {
    assert(other.count >= count)
    base.update(from: other.base, count: count)
  }
}

private func allocate<Element>(_: Element.Type, count: Int) throws(HoneError)
  -> UnsafeMutablePointer<Element>
{
  let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(
    by: MemoryLayout<Element>.stride)
  var pointer: UnsafeMutableRawPointer?
  guard count >= 0, !overflow, posix_memalign(&pointer, 64, bytes) == 0, let pointer else {
    throw HoneError(.outOfMemory, "no memory for \(count) values of \(Element.self)")
  }
  return pointer.bindMemory(to: Element.self, capacity: max(count, 1))
}
