internal import HoneNumerics
internal import HoneTestSupport
internal import Testing

@Suite("Buffers")
struct BufferTests {
  @Test("memory is aligned to 64 bytes, whatever the elements")
  func alignment() throws {
    for count in [0, 1, 3, 1000] {
      #expect(UInt(bitPattern: try Buffer<UInt8>(count: count).base) % 64 == 0)
      #expect(UInt(bitPattern: try Buffer<Double>(count: count).base) % 64 == 0)
      #expect(UInt(bitPattern: try Buffer<SIMD16<Float>>(count: count).base) % 64 == 0)
      #expect(try Buffer<Int>(count: count).count == count)
    }
  }

  @Test(
    "sizes that nobody has are out of memory, not a trap",
    arguments: [Int.max, .max / 2, .max / 8, .max / 8 + 1, 1 << 60, 1 << 57, -1, .min])
  func absurdSizes(_ count: Int) throws {
    let errors = [
      #expect(throws: HoneError.self) { try Buffer<Double>(count: count) },
      #expect(throws: HoneError.self) { try Buffer(repeating: SIMD8<Double>(), count: count) },
    ]
    for error in errors {
      #expect(error?.kind == .outOfMemory)
      #expect(error?.message.contains("\(count)") == true)
    }
    guard count > 0 else { return }
    let growable = try GrowableBuffer<Double>()
    try growable.append(7)
    #expect(throws: HoneError.self) { try growable.reserve(count) }
    #expect(throws: HoneError.self) { try GrowableBuffer<Double>(reserving: count) }
    // What was there is still there.
    #expect(growable.count == 1 && growable[0] == 7)
    try growable.append(8)
    #expect(growable[1] == 8)
  }

  @Test("elements are set, filled, and copied from arrays")
  func elements() throws {
    let buffer = try Buffer([1, 2, 3, 4])
    #expect(Array(buffer) == [1, 2, 3, 4])
    buffer[2] = 9
    #expect(buffer.view[2] == 9)
    #expect(Array(try Buffer(repeating: 5.5, count: 3)) == [5.5, 5.5, 5.5])
    buffer.fill(-1)
    #expect(Array(buffer) == [-1, -1, -1, -1])
    #expect(Array(try Buffer<Int>([])) == [])
    let vectors = try Buffer([1.0, 2, 3, 4, 5, 6])
    vectors[vector: 1] = vectors[vector: 0] + vectors[vector: 1]
    #expect(Array(vectors) == [1, 2, 3, 5, 7, 9])
  }

  @Test("a growable buffer keeps what was appended through every growth")
  func growing() throws {
    for reserved in [0, -5, 1, 100] {
      let buffer = try GrowableBuffer<Int>(reserving: reserved)
      for value in 0..<1000 { try buffer.append(value * value) }
      #expect(buffer.count == 1000)
      #expect((0..<1000).allSatisfy { buffer[$0] == $0 * $0 && buffer.view[$0] == $0 * $0 })
      buffer[3] = -3
      try buffer.reserve(10)
      try buffer.reserve(5000)
      #expect(buffer.count == 1000 && buffer[3] == -3 && buffer[999] == 999 * 999)
      buffer.removeAll()
      #expect(buffer.count == 0)
      try buffer.append(42)
      #expect(buffer.view.count == 1 && buffer[0] == 42)
    }
  }

  @Test("views see parts of the same memory")
  func views() throws {
    let buffer = try Buffer((0..<10).map { Double($0) })
    let part = buffer.view(from: 2, count: 5)
    #expect(part.count == 5 && part[0] == 2)
    let tail = part.dropping(3)
    #expect(tail.count == 2 && tail[1] == 6)
    let middle = buffer.view.slice(4, 3)
    middle[0] = 40
    #expect(buffer[4] == 40 && part[2] == 40)
    middle.fill(1)
    #expect(Array(buffer) == [0, 1, 2, 3, 1, 1, 1, 7, 8, 9])
    middle.copy(from: buffer.view.dropping(7))
    #expect(Array(buffer) == [0, 1, 2, 3, 7, 8, 9, 7, 8, 9])
    #expect(buffer.view.dropping(10).count == 0)
    #expect(buffer.view.slice(10, 0).count == 0)
  }
}
