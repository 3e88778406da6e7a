internal import HoneNumerics
internal import Testing

@Suite("Headroom")
struct HeadroomTests {
  @Test("what is there is granted, and given back")
  func granted() throws {
    for _ in 0..<100_000 { try Headroom.require(1 << 20, of: 64) }
  }

  @Test(
    "what no machine has is out of memory, not a trap",
    arguments: [1 << 50, Int.max / 64, .max / 64 + 1, .max])
  func absurd(_ count: Int) {
    let error = #expect(throws: HoneError.self) { try Headroom.require(count, of: 64) }
    #expect(error?.kind == .outOfMemory)
  }
}
