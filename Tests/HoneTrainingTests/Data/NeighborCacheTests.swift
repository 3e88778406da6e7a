import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Neighbours of data sets")
struct NeighborCacheTests {
  private func golden() throws -> DataSet {
    try DataSet(paths: [TrainingGolden.folder + "/labels-all.xyz"])
  }

  @Test("lists kept, lists searched for again and lists of many threads are the same")
  func memoryLimits() throws {
    let set = try golden()
    let all = try NeighborCache(set, cutoff: 4)
    try all.prepare(Array(0..<set.count), team: Team(threadCount: 2))
    #expect(all.keptCount == set.count)
    let none = try NeighborCache(set, cutoff: 4, memoryLimit: 0)
    let some = try NeighborCache(set, cutoff: 4, memoryLimit: all.byteCount / 2)
    let search = NeighborSearch()
    for _ in 0..<2 {
      for index in 0..<set.count {
        let list = try all.neighbors(of: index, with: search)
        let structure = try Structure(
          atomicNumbers: (0..<set.atomCount(of: index)).map { set[index].atomicNumbers[$0] },
          positions: (0..<3 * set.atomCount(of: index)).map { set[index].positions[$0] },
          cell: set[index].cell)
        let direct = try structure.neighborList(cutoff: 4)
        #expect(Array(list.neighbors) == (0..<direct.edgeCount).map { direct.neighbors[$0] })
        #expect(list.edgeCount > 0)
        for other in [none, some] {
          let found = try other.neighbors(of: index, with: search)
          #expect(Array(found.edgeStarts) == Array(list.edgeStarts))
          #expect(Array(found.neighbors) == Array(list.neighbors))
          #expect(Array(found.vectors) == Array(list.vectors))
          #expect(other.edgeCount(of: index) == list.edgeCount)
        }
      }
    }
    #expect(none.keptCount == 0 && none.byteCount == 0)
    #expect(some.keptCount > 0 && some.keptCount < set.count)
    #expect(some.byteCount <= some.memoryLimit)
  }

  @Test("the average number of neighbours is mace's")
  func average() throws {
    let set = try golden()
    let values = try #require(TrainingGolden.json()["statistics"])
    let cutoff = try #require(values["cutoff"]?.double)
    let cache = try NeighborCache(set, cutoff: cutoff, memoryLimit: 0)
    let average = try cache.averageNeighborCount(
      Array(0..<set.count), team: Team(threadCount: 2))
    #expect(isClose(average, try #require(values["neighbors"]?.double), 1e-14))
  }

  @Test("atoms without neighbours are not averaged over")
  func lonelyAtoms() throws {
    let far = "3\nenergy=1\nH 0 0 0\nH 1 0 0\nH 50 0 0\n"
    let set = try dataSet(far + "1\nenergy=1\nH 0 0 0\n")
    let cache = try NeighborCache(set, cutoff: 3)
    #expect(try cache.averageNeighborCount([0, 1], team: Team(threadCount: 1)) == 1)
    #expect(
      throws: HoneError(
        .invalidArgument,
        "expected neighbours within 3.0 Å in the training frames, got none: choose a larger cutoff, "
          + "or add structures with more than isolated atoms")
    ) { try cache.averageNeighborCount([1], team: Team(threadCount: 1)) }
  }

  @Test("atoms at one place are refused with file, line and frame")
  func coinciding() throws {
    let set = try dataSet(frame("energy=1") + "2\nenergy=1\nH 1 1 1\nH 1 1 1\n")
    let cache = try NeighborCache(set, cutoff: 3)
    let error = #expect(throws: HoneError.self) {
      try cache.prepare([0, 1], team: Team(threadCount: 2))
    }
    #expect(error?.message.hasPrefix("a.xyz:line 5 (frame 2): ") == true)
    #expect(error?.message.hasSuffix(": correct or remove the frame") == true)
    #expect(throws: HoneError.self) { try NeighborCache(set, cutoff: -1) }
  }
}
