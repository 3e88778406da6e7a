import HoneNumerics
import Testing

@testable import HoneFormats

/// Uses a value where the optimiser cannot see it: it removes memory that nobody looks at.
@inline(never) private func keep(_ storage: ByteStorage) {}

@Suite struct MemoryTests {
  @Test("Memory that no machine has is an error, not a trap")
  func outOfMemory() {
    for count in [1 << 50, Int.max] {
      #expect(
        kind { () throws(HoneError) in keep(try ByteStorage(count: count)) } == .outOfMemory)
      #expect(
        kind { () throws(HoneError) in
          try ByteStorage.requireMemory(elements: count, of: 8)
        } == .outOfMemory)
    }
    #expect(
      kind { () throws(HoneError) in try ByteStorage.requireMemory(elements: 10, of: 8) } == nil)
  }

  @Test("The checksum of the standard's test string is the published one")
  func checksum() throws {
    #expect(try CRC32.checksum(of: Bytes(Array("123456789".utf8))) == 0xCBF4_3926)
    #expect(try CRC32.checksum(of: Bytes([])) == 0)
  }
}
