internal import HoneNumerics

/// Frames found by what they hold: a hash table of their numbers.
///
/// Open addressing, at most half full. Whether two frames of the same hash are equal is the caller's
/// to say.
final class FrameTable {
  private struct Entry {
    var hash: UInt64
    var frame: Int
  }

  private var slots: Buffer<Entry>
  private var count = 0

  private static let empty = Entry(hash: 0, frame: -1)

  /// Makes an empty table.
  ///
  /// - Throws: `.outOfMemory`.
  init() throws(HoneError) {
    slots = try Buffer(repeating: FrameTable.empty, count: 64)
  }

  /// The first frame entered that has a hash and satisfies a condition, or nil.
  func first(_ hash: UInt64, where isEqual: (_ frame: Int) -> Bool) -> Int? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot].frame >= 0 {
      let entry = slots[slot]
      if entry.hash == hash && isEqual(entry.frame) { return entry.frame }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Enters a frame.
  ///
  /// - Throws: `.outOfMemory`.
  func insert(_ hash: UInt64, _ frame: Int) throws(HoneError) {
    if 2 * (count + 1) > slots.count {
      let old = slots
      slots = try Buffer(repeating: FrameTable.empty, count: 2 * old.count)
      for index in 0..<old.count where old[index].frame >= 0 { place(old[index]) }
    }
    place(Entry(hash: hash, frame: frame))
    count += 1
  }

  private func place(_ entry: Entry) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: entry.hash) & mask
    while slots[slot].frame >= 0 { slot = (slot + 1) & mask }
    slots[slot] = entry
  }
}

/// A hash of numbers, one after the other.
struct NumberHash {
  /// The hash so far.
  private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// Adds an integer.
  @inline(__always)
  mutating func add(_ bits: UInt64) {
    // The finaliser of MurmurHash3 between multiplications by odd numbers.
    var mixed = (value ^ bits) &* 0xFF51_AFD7_ED55_8CCD
    mixed ^= mixed >> 33
    mixed = mixed &* 0xC4CE_B9FE_1A85_EC53
    value = mixed ^ (mixed >> 29)
  }

  /// Adds a number; both zeros are the same.
  @inline(__always)
  mutating func add(_ number: Double) {
    add((number + 0).bitPattern)
  }
}
