internal import HoneNumerics

/// One piece of memory for arrays of which each is needed for a part of a computation only: those that
/// are never needed at once may lie in the same place.
///
/// An array goes to the lowest place that is not taken by one placed before it and needed at the same
/// time. Where to begin matters: arrays that are large and needed for a short time come first. Nothing
/// is allocated when a computation asks for no more than one before.
final class SharedMemory: @unchecked Sendable {
  private struct Place {
    let bytes: Range<Int>
    let life: ClosedRange<Int>
  }

  private let memory = ReusableBuffer<UInt8>()
  private var places: [Place] = []

  /// The bytes that all arrays take together, shared ones once.
  private(set) var byteCount = 0

  /// Forgets all places.
  func removeAll() {
    places.removeAll(keepingCapacity: true)
    byteCount = 0
  }

  /// Finds a place.
  ///
  /// - Parameter life: The first and the last step of the computation that needs the array.
  /// - Returns: Where it starts, in bytes; a multiple of 64.
  func place(byteCount: Int, life: ClosedRange<Int>) -> Int {
    let size = (byteCount + 63) / 64 * 64
    var start = 0
    // Moves behind one array that is in the way after another. The end only grows, so this ends.
    var isFree = size == 0
    while !isFree {
      isFree = true
      for other in places
      where other.life.overlaps(life) && other.bytes.overlaps(start..<start + size) {
        start = other.bytes.upperBound
        isFree = false
      }
    }
    places.append(Place(bytes: start..<start + size, life: life))
    self.byteCount = max(self.byteCount, start + size)
    return start
  }

  /// Gets the memory for what has been placed.
  ///
  /// - Throws: `.outOfMemory`.
  func reserve() throws(HoneError) { try memory.resize(byteCount) }

  /// An array at some place.
  fileprivate func view<Element>(_: Element.Type, at start: Int, count: Int) -> View<Element> {
    let raw = UnsafeMutableRawPointer(memory.view.base + start)
    return View(base: raw.bindMemory(to: Element.self, capacity: count), count: count)
  }
}

/// An array in a shared memory, which holds what was written into it for as long as it said it lives.
final class PlacedArray<Element: BitwiseCopyable>: @unchecked Sendable {
  private let memory: SharedMemory
  private var start = 0
  private var count = 0

  /// Makes an array without elements.
  init(in memory: SharedMemory) { self.memory = memory }

  /// Finds a place for some elements; there is memory after `SharedMemory.reserve()`.
  func place(count: Int, life: ClosedRange<Int>) {
    self.count = count
    start = memory.place(byteCount: count * MemoryLayout<Element>.stride, life: life)
  }

  /// The elements.
  var view: View<Element> {
    count == 0 ? .empty : memory.view(Element.self, at: start, count: count)
  }
}
