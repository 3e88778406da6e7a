import HoneNumerics
@testable import HoneStructure
import Testing

@Suite struct NeighborSearchTests {
  /// The numbers of a list, bit by bit.
  private struct Content: Equatable {
    let starts: [Int32]
    let neighbors: [Int32]
    let shifts: [Int32]
    let vectors: [UInt64]

    init(_ list: NeighborList) {
      starts = (0..<list.starts.count).map { list.starts[$0] }
      neighbors = (0..<list.edgeCount).map { list.neighbors[$0] }
      shifts = (0..<3 * list.edgeCount).map { list.shifts[$0] }
      vectors = (0..<3 * list.edgeCount).map { list.vectors[$0].bitPattern }
    }
  }

  /// Cells of all kinds, from far larger to far smaller than the cutoff of 3 Å.
  private static func cells(_ generator: inout SeededGenerator) throws -> [Cell?] {
    var cells: [Cell?] = [nil]
    for mask in 0..<8 as Range<UInt8> {
      for size in [2.0, 5, 9] {
        cells.append(randomCell(&generator, Periodicity(rawValue: mask), size: size))
      }
    }
    cells.append(try Cell([2.1, 0, 0], [0, 1.9, 0], [0, 0, 2.3]))
    let sheared = SIMD3<Double>(0.5, 5.25, 0) + 7 * SIMD3<Double>(5, 0, 0)
    cells.append(try Cell([5, 0, 0], sheared, [1, -0.25, 4.5]))
    return cells
  }

  @Test("edges kept through a random walk give the list of a fresh search", arguments: [1, 3])
  func randomWalk(threadCount: Int) throws {
    var generator = SeededGenerator(seed: 21)
    let team = Team(threadCount: threadCount)
    let search = NeighborSearch()
    var kept = 0
    for cell in try NeighborSearchTests.cells(&generator) {
      // Enough atoms for threads to be used, sparse enough not to meet.
      let count = (cell?.periodicity.count ?? 0) == 3 ? 12 : 80
      var positions = randomPositions(&generator, count, size: 6)
      let before = search.updates
      for _ in 0..<12 {
        let list = try search.find(
          positions: positions.span, cell: cell, cutoff: 3, skin: 0.8, team: team)
        let fresh = try NeighborList(positions: positions.span, cell: cell, cutoff: 3)
        #expect(Content(list) == Content(fresh))
        #expect(edges(list) == naiveEdges(positions, cell, 3))
        for index in positions.indices { positions[index] += generator.number(-0.08...0.08) }
      }
      #expect(search.updates > before)
      kept += search.updates - before
    }
    #expect(kept + search.searches == 27 * 12 && search.searches > 27)
  }

  @Test("the number of threads changes nothing", arguments: [2, 5])
  func threads(threadCount: Int) throws {
    var generator = SeededGenerator(seed: 22)
    let team = Team(threadCount: threadCount)
    for cell in try NeighborSearchTests.cells(&generator) {
      let positions = randomPositions(&generator, 150, size: 9)
      let cutoff = (cell?.volume ?? 0) < 50 && cell?.periodicity.count ?? 0 > 0 ? 1.5 : 3
      let list = try NeighborSearch().find(
        positions: positions.span, cell: cell, cutoff: cutoff, team: team)
      #expect(
        try Content(list)
          == Content(NeighborList(positions: positions.span, cell: cell, cutoff: cutoff)))
      #expect(list.edgeCount > 0)
    }
  }

  @Test("what makes the edges kept useless makes a search")
  func searching() throws {
    let team = Team(threadCount: 1)
    let search = NeighborSearch()
    var positions: [Double] = [0.1, 0, 0, 1.1, 0, 0, 0, 1.2, 3.9]
    var (cell, cutoff, skin) = (try Cell([4, 0, 0], [0, 4, 0], [0, 0, 4]), 1.5, 0.5)
    func find() throws -> (searches: Int, updates: Int) {
      let list = try search.find(
        positions: positions.span, cell: cell, cutoff: cutoff, skin: skin, team: team)
      let fresh = try NeighborList(positions: positions.span, cell: cell, cutoff: cutoff)
      #expect(Content(list) == Content(fresh))
      return (search.searches, search.updates)
    }
    #expect(try find() == (1, 0))
    #expect(try find() == (1, 1))
    positions[0] += 0.2499
    #expect(try find() == (1, 2))
    positions[0] += 0.0002
    #expect(try find() == (2, 2))
    positions[3] += 4  // a cell vector
    #expect(try find() == (3, 2))
    #expect(try find() == (3, 3))
    cell = try Cell([4, 0, 0], [0, 4, 0], [0, 0, 4.0.nextUp])
    #expect(try find() == (4, 3))
    cell = try Cell(rows: cell.rows, periodicity: Periodicity(true, true, false))
    #expect(try find() == (5, 3))
    cutoff = 1.4
    #expect(try find() == (6, 3))
    skin = 0.6
    #expect(try find() == (7, 3))
    positions += [2, 2, 2]
    #expect(try find() == (8, 3))
    #expect(try find() == (8, 4))
    skin = 0
    #expect(try find() == (9, 4))
    #expect(try find() == (10, 4))
  }

  @Test("edges kept refuse what a search refuses, and recover")
  func errors() throws {
    let team = Team(threadCount: 1)
    let search = NeighborSearch()
    func find(_ positions: [Double], limit: Int = 100) throws -> Int {
      var limits = NeighborList.Limits()
      limits.neighborsPerAtom = limit
      return try search.find(
        positions: positions.span, cell: nil, cutoff: 2, skin: 1, limits: limits, team: team
      ).edgeCount
    }
    let start: [Double] = [0, 0, 0, 0.2, 0, 0, 2.3, 0, 0]
    #expect(try find(start) == 2)
    let coincident = #expect(throws: HoneError.self) { try find([0, 0, 0, 0, 0, 0, 2.3, 0, 0]) }
    #expect(coincident?.message.contains("atoms 0 and 1 coincide") == true)
    let infinite = #expect(throws: HoneError.self) {
      try find([0, 0, 0, 0.2, .infinity, 0, 2.3, 0, 0])
    }
    #expect(infinite?.message.contains("component 1 of atom 1 is inf") == true)
    #expect(try find([0, 0, 0, 0.4, 0, 0, 2.3, 0, 0]) == 4)
    let crowded = #expect(throws: HoneError.self) {
      try find([0, 0, 0, 0.4, 0, 0, 2.3, 0, 0], limit: 1)
    }
    #expect(crowded?.message.contains("more around atom 1") == true)
    #expect(try find(start, limit: 1) == 2)
    #expect((search.searches, search.updates) == (1, 4))
  }

  @Test("a skin that cannot be had costs nothing but its use")
  func impossibleSkin() throws {
    let team = Team(threadCount: 1)
    let search = NeighborSearch()
    let cell = try Cell([0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5])
    for _ in 0..<2 {
      let list = try search.find(
        positions: [0, 0, 0].span, cell: cell, cutoff: 0.6, skin: 60, team: team)
      #expect(list.edgeCount == 6)
    }
    #expect((search.searches, search.updates) == (2, 0))
    #expect(
      throws: HoneError(.invalidArgument, "the skin must be finite and not negative, got -1.0 Å")
    ) {
      try search.find(positions: [0, 0, 0].span, cell: cell, cutoff: 0.6, skin: -1, team: team)
    }
  }

  @Test("many candidates around a bin are gathered in parts")
  func crowdedBin() throws {
    var generator = SeededGenerator(seed: 23)
    // A long row of images and several atoms: more candidates than are gathered at once.
    let cell = try Cell(
      rows: Matrix3([1e-3, 0, 0], .zero, .zero), periodicity: Periodicity(true, false, false))
    let positions = (0..<12 * 3).map { _ in generator.number(0...1) }
    let list = try NeighborList(positions: positions.span, cell: cell, cutoff: 4)
    #expect(edges(list) == naiveEdges(positions, cell, 4) && list.edgeCount > 12 * 65536)
  }

  @Test("memory is used again when systems of different sizes alternate")
  func alternating() throws {
    var generator = SeededGenerator(seed: 24)
    let team = Team(threadCount: 2)
    let search = NeighborSearch()
    for count in [100, 3, 0, 300, 1, 100] {
      let positions = randomPositions(&generator, count, size: 5)
      let list = try search.find(
        positions: positions.span, cell: nil, cutoff: 3, skin: 0.5, team: team)
      #expect(edges(list) == naiveEdges(positions, nil, 3))
    }
    #expect(search.searches == 6)
  }
}
