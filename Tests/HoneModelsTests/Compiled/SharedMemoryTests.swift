import HoneNumerics
import Testing

@testable import HoneModels

@Suite("Memory that arrays share over time")
struct SharedMemoryTests {
  @Test("Arrays that are never needed at once lie in the same place")
  func sharing() throws {
    let memory = SharedMemory()
    let first = memory.place(byteCount: 1000, life: 0...2)
    let second = memory.place(byteCount: 500, life: 2...4)
    let third = memory.place(byteCount: 900, life: 3...5)
    #expect(first == 0)
    #expect(second == 1024)
    #expect(third == 0)
    #expect(memory.byteCount == 1024 + 512)
    memory.removeAll()
    #expect(memory.byteCount == 0)
    #expect(memory.place(byteCount: 10, life: 0...9) == 0)
  }

  @Test("A gap between arrays is used where it is large enough")
  func gaps() throws {
    let memory = SharedMemory()
    _ = memory.place(byteCount: 64, life: 0...9)
    _ = memory.place(byteCount: 128, life: 0...1)
    _ = memory.place(byteCount: 64, life: 0...9)
    #expect(memory.place(byteCount: 192, life: 5...6) == 256)
    #expect(memory.place(byteCount: 128, life: 5...6) == 64)
    #expect(memory.place(byteCount: 0, life: 0...9) == 0)
  }

  @Test("What is written into an array stays for as long as it lives", arguments: 1...20)
  func contents(seed: Int) throws {
    let memory = SharedMemory()
    let steps = 12
    var arrays: [(array: PlacedArray<Int64>, life: ClosedRange<Int>)] = []
    for index in 0..<30 {
      func random(_ salt: Int, below limit: Int) -> Int {
        Int((noise(seed, 3 * index + salt) + 1) / 2 * Double(limit)) % limit
      }
      let start = random(0, below: steps)
      let life = start...start + random(1, below: steps - start)
      let array = PlacedArray<Int64>(in: memory)
      array.place(count: random(2, below: 50), life: life)
      arrays.append((array, life))
    }
    try memory.reserve()
    var total = 0
    for step in 0..<steps {
      for (index, entry) in arrays.enumerated() where entry.life.lowerBound == step {
        entry.array.view.fill(Int64(index))
        total += entry.array.view.count
      }
      for (index, entry) in arrays.enumerated() where entry.life.contains(step) {
        for place in 0..<entry.array.view.count {
          #expect(entry.array.view[place] == Int64(index))
        }
      }
    }
    #expect(memory.byteCount < total * MemoryLayout<Int64>.stride)
  }

  @Test("The steps of a pass are numbered in the order in which they happen")
  func steps() {
    let steps = PassSteps(layers: 3)
    var order: [Int] = []
    for layer in 0..<3 {
      order += [PassSteps.Part.senders, .exchange, .nodes].map { steps.forward(layer, $0) }
    }
    order.append(steps.readout)
    for layer in (0..<3).reversed() {
      order += [PassSteps.Part.nodes, .exchange, .senders].map { steps.reverse(layer, $0) }
    }
    #expect(order == Array(0..<19))
  }
}
