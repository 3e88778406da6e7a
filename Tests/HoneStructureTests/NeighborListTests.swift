import HoneNumerics
import HoneStructure
import Testing

@Suite struct NeighborListTests {
  @Test(
    "finds what a naive search finds, in the documented order",
    arguments: Array(0..<8) as [UInt8], [0.8, 2.5, 6])
  func agreesWithNaive(mask: UInt8, size: Double) throws {
    var generator = SeededGenerator(seed: UInt64(mask) * 100 + UInt64(size * 10))
    for count in [1, 2, 5, 12] {
      for _ in 0..<3 {
        let cell = randomCell(&generator, Periodicity(rawValue: mask), size: size)
        let positions = randomPositions(&generator, count, size: size)
        let cutoff = generator.number(0.7...3.5)
        let list = try NeighborList(positions: positions.span, cell: cell, cutoff: cutoff)
        #expect(edges(list) == naiveEdges(positions, cell, cutoff))
      }
    }
  }

  @Test("vectors are the positions as given plus the shift, and reverse edges are opposite")
  func vectors() throws {
    var generator = SeededGenerator(seed: 4)
    let cell = randomCell(&generator, .all, size: 3)
    let positions = randomPositions(&generator, 15, size: 9)
    let list = try NeighborList(positions: positions.span, cell: cell, cutoff: 4)
    var found: [Edge: [Double]] = [:]
    for (index, edge) in edges(list).enumerated() {
      let got = (0..<3).map { list.vectors[3 * index + $0] }
      let expected = vector(edge, positions, cell.rows)
      for component in 0..<3 {
        #expect(abs(got[component] - expected[component]) < 1e-13)
      }
      found[edge] = got
    }
    #expect(found.count == list.edgeCount && list.edgeCount > 100)
    for (edge, vector) in found {
      let reverse = Edge(
        centre: edge.neighbor, neighbor: edge.centre, shift: edge.shift.map { -$0 })
      #expect(found[reverse] == vector.map { -$0 })
    }
  }
}
