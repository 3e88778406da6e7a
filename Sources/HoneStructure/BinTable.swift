internal import HoneNumerics

/// The bins of space that hold atoms, found by their integer coordinates.
///
/// A hash table of the occupied bins alone, so that memory is proportional to the number of atoms
/// however large or empty the box is. The memory is kept from one search to the next.
final class BinTable {
  /// The number of occupied bins.
  @exclusivity(unchecked) private(set) var count = 0
  /// The bins, to look things up; valid until the next `reset`.
  @exclusivity(unchecked) private(set) var lookup = Lookup(coordinates: .empty, slots: .empty)

  private let coordinateMemory = ReusableBuffer<Int>()
  private let slotMemory = ReusableBuffer<Int32>()

  /// Forgets all bins.
  ///
  /// - Parameter capacity: The number of bins there can be from now on, below 2^31.
  /// - Throws: `.outOfMemory`.
  func reset(capacity: Int) throws(HoneError) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    count = 0
    let slots = try slotMemory.resize(size)
    slots.fill(-1)
    lookup = Lookup(coordinates: try coordinateMemory.resize(3 * capacity), slots: slots)
  }

  /// The index of the bin at some coordinates, occupied from now on.
  func insert(_ bin: SIMD3<Int>) -> Int {
    let lookup = lookup
    let slot = lookup.slot(bin)
    let found = Int(lookup.slots[slot])
    if found >= 0 { return found }
    let index = count
    lookup.slots[slot] = Int32(truncatingIfNeeded: index)
    for direction in 0..<3 { lookup.coordinates[3 * index + direction] = bin[direction] }
    count += 1
    return index
  }

  /// The bins as the threads read them.
  struct Lookup {
    /// Coordinates of the occupied bins, shape `[bins, 3]`.
    fileprivate let coordinates: View<Int>
    /// Indices of occupied bins by hash, -1 where empty; at most half of them are taken.
    fileprivate let slots: View<Int32>

    /// The index of the occupied bin at some coordinates, or -1 where no atom is.
    @inline(__always)
    func find(_ bin: SIMD3<Int>) -> Int { Int(truncatingIfNeeded: slots[slot(bin)]) }

    /// The coordinates of an occupied bin.
    @inline(__always)
    func coordinates(of index: Int) -> SIMD3<Int> {
      SIMD3(coordinates[3 * index], coordinates[3 * index + 1], coordinates[3 * index + 2])
    }

    /// The slot that holds a bin or could hold it.
    @inline(__always)
    fileprivate func slot(_ bin: SIMD3<Int>) -> Int {
      // The number of slots is a power of two.
      let mask = slots.count &- 1
      var slot = Lookup.hash(bin) & mask
      while true {
        let index = Int(truncatingIfNeeded: slots[slot])
        if index < 0 { return slot }
        let base = 3 &* index
        if coordinates[base] == bin.x && coordinates[base &+ 1] == bin.y
          && coordinates[base &+ 2] == bin.z
        {
          return slot
        }
        slot = (slot &+ 1) & mask
      }
    }

    /// Spreads neighbouring bins over the table (odd multipliers, then a mix of the high bits).
    @inline(__always)
    private static func hash(_ bin: SIMD3<Int>) -> Int {
      var bits = UInt64(bitPattern: Int64(bin.x)) &* 0x9E37_79B9_7F4A_7C15
      bits ^= UInt64(bitPattern: Int64(bin.y)) &* 0xC2B2_AE3D_27D4_EB4F
      bits ^= UInt64(bitPattern: Int64(bin.z)) &* 0x1656_67B1_9E37_79F9
      bits = (bits ^ (bits >> 29)) &* 0xBF58_476D_1CE4_E5B9
      return Int(truncatingIfNeeded: bits ^ (bits >> 32))
    }
  }
}
