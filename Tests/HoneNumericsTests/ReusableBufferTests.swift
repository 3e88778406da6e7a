internal import HoneNumerics
internal import HoneTestSupport
internal import Testing

@Suite("Buffers that are kept")
struct ReusableBufferTests {
  @Test("A view has as many elements as were asked for")
  func counts() throws {
    let buffer = ReusableBuffer<Double>()
    #expect(buffer.view.count == 0 && buffer.byteCount == 0)
    for count in [10, 3, 0, 11, 500, 10] {
      #expect(try buffer.resize(count).count == count)
      #expect(buffer.view.count == count)
      // All of them are there to be written.
      for index in 0..<count { buffer.view[index] = Double(index) }
      for index in 0..<count { #expect(buffer.view[index] == Double(index)) }
    }
  }

  @Test("What is no larger than before finds the memory there is")
  func reuse() throws {
    let buffer = ReusableBuffer<Int32>()
    // The first use is exact: many buffers are used once, or always alike.
    let first = try buffer.resize(1000).base
    #expect(buffer.byteCount == 4000)
    for count in [1000, 1, 0, 999, 1000] { #expect(try buffer.resize(count).base == first) }
    // Growing reserves a fifth more.
    try buffer.resize(2000)
    #expect(buffer.byteCount == 4 * 2400)
    let second = buffer.view.base
    for count in [2400, 1, 2399] { #expect(try buffer.resize(count).base == second) }
    #expect(buffer.byteCount == 4 * 2400)
    try buffer.resize(2401)
    #expect(buffer.byteCount == 4 * (2401 + 480))
    #expect(UInt(bitPattern: buffer.view.base) % 64 == 0)
  }

  @Test(
    "What cannot be had is an error, and the buffer is then empty and goes on",
    arguments: [Int.max, .max - .max / 6, .max / 8, 1 << 60, 1 << 57])
  func absurdSizes(_ count: Int) throws {
    let buffer = ReusableBuffer<Double>()
    for prior in [nil, 8] {
      if let prior { try buffer.resize(prior).fill(3) }
      let error = #expect(throws: HoneError.self) { try buffer.resize(count) }
      #expect(error?.kind == .outOfMemory)
      #expect(buffer.view.count == 0 && buffer.byteCount == 0)
    }
    #expect(try buffer.resize(5).count == 5)
  }
}
