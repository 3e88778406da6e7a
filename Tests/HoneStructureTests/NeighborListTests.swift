import HoneNumerics
import HoneStructure
import Testing

@Suite struct NeighborListTests {
  @Test(
    "finds what a naive search finds, in the documented order",
    arguments: 0..<8 as Range<UInt8>, [0.8, 2.5, 6])
  func agreesWithNaive(mask: UInt8, size: Double) throws {
    var generator = SeededGenerator(seed: UInt64(mask) * 100 + UInt64(size * 10))
    for count in [1, 2, 5, size < 1 ? 7 : 12] {
      for _ in 0..<2 {
        let cell = randomCell(&generator, Periodicity(rawValue: mask), size: size)
        let positions = randomPositions(&generator, count, size: size)
        let cutoff = generator.number(0.7...(size < 1 ? 2.5 : 3.5))
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

  @Test("a cell much smaller than the cutoff gives all images of its atom")
  func tinyCell() throws {
    let cell = try Cell([1, 0, 0], [0, 1, 0], [0, 0, 1])
    let list = try NeighborList(positions: [5.5, -7, 0].span, cell: cell, cutoff: 10)
    // Lattice points within a sphere of radius 10, without the centre and those on the surface.
    let expected = naiveEdges([0, 0, 0], cell, 10)
    #expect(list.edgeCount == expected.count && list.edgeCount == 4138)
    #expect(edges(list) == expected)
  }

  @Test("no atoms, one atom, two atoms far apart and atoms at the cutoff")
  func few() throws {
    let none: [Double] = []
    #expect(try NeighborList(positions: none.span, cell: nil, cutoff: 3).edgeCount == 0)
    #expect(try NeighborList(positions: [1, 2, 3].span, cell: nil, cutoff: 3).edgeCount == 0)
    let far: [Double] = [-1e12, 0, 0, 1e12, 1e12, -1e12]
    #expect(try NeighborList(positions: far.span, cell: nil, cutoff: 3).edgeCount == 0)
    let pair: [Double] = [0, 0, 0, 0, 3, 0]
    #expect(try NeighborList(positions: pair.span, cell: nil, cutoff: 3).edgeCount == 0)
    let list = try NeighborList(positions: pair.span, cell: nil, cutoff: 3.0.nextUp)
    #expect(edges(list).map(\.neighbor) == [1, 0])
    #expect((0..<6).map { list.vectors[$0] } == [0, 3, 0, 0, -3, 0])
    let unit = try Cell([3, 0, 0], [0, 3, 0], [0, 0, 3])
    #expect(try NeighborList(positions: [0, 0, 0].span, cell: unit, cutoff: 3).edgeCount == 0)
  }

  @Test("flat and straight systems", arguments: [1, 2, 3])
  func flat(dimensions: Int) throws {
    var generator = SeededGenerator(seed: UInt64(dimensions))
    var positions: [Double] = []
    for _ in 0..<60 {
      for direction in 0..<3 {
        positions.append(direction < dimensions ? generator.number(-8...8) : 4)
      }
    }
    let list = try NeighborList(positions: positions.span, cell: nil, cutoff: 2)
    #expect(edges(list) == naiveEdges(positions, nil, 2) && list.edgeCount > 0)
  }

  @Test(
    "a strongly sheared cell has the neighbours of its compact form", arguments: [7.0, 1000])
  func sheared(shear: Double) throws {
    var generator = SeededGenerator(seed: 11)
    let positions = randomPositions(&generator, 6, size: 4)
    let (a, b, c) = (
      SIMD3<Double>(4, 0, 0), SIMD3<Double>(0.5, 4.25, 0), SIMD3<Double>(1, -0.25, 4.5)
    )
    let compact = try Cell(a, b, c)
    let cell = try Cell(a, b + shear * a, c - shear * b - 3 * a)
    let list = try NeighborList(positions: positions.span, cell: cell, cutoff: 5)
    let reference = naiveEdges(positions, compact, 5)
    #expect(list.edgeCount == reference.count)
    // Shifts of the sheared cell, brought back to those of the compact one.
    let back = edges(list).map { edge in
      let s = edge.shift.map(Double.init)
      let shift = [s[0] + shear * s[1] - 3 * s[2], s[1] - shear * s[2], s[2]].map { Int32($0) }
      return Edge(centre: edge.centre, neighbor: edge.neighbor, shift: shift)
    }
    #expect(back.sorted() == reference)
    #expect(edges(list) == edges(list).sorted())
  }

  @Test("moving all atoms, or single ones by cell vectors, changes shifts alone")
  func translation() throws {
    var generator = SeededGenerator(seed: 5)
    let cell = try Cell([5, 0, 0], [1, 6, 0], [0, -1, 4])
    let positions = randomPositions(&generator, 20, size: 5)
    let reference = try NeighborList(positions: positions.span, cell: cell, cutoff: 3.7)
    let moved = positions.enumerated().map { $1 + [3.25, -71.5, 1024][$0 % 3] }
    let list = try NeighborList(positions: moved.span, cell: cell, cutoff: 3.7)
    #expect(edges(list) == edges(reference))

    var hops: [[Int32]] = []
    var hopped = positions
    for atom in 0..<20 {
      let hop = (0..<3).map { _ in Int32.random(in: -4...4, using: &generator) }
      hops.append(hop)
      for component in 0..<3 {
        for direction in 0..<3 {
          hopped[3 * atom + component] += Double(hop[direction]) * cell.rows[direction][component]
        }
      }
    }
    let expected = edges(reference).map { edge in
      let shift = (0..<3).map { edge.shift[$0] + hops[edge.centre][$0] - hops[edge.neighbor][$0] }
      return Edge(centre: edge.centre, neighbor: edge.neighbor, shift: shift)
    }.sorted()
    #expect(try edges(NeighborList(positions: hopped.span, cell: cell, cutoff: 3.7)) == expected)
  }

  @Test("renumbering the atoms renumbers the edges")
  func permutation() throws {
    var generator = SeededGenerator(seed: 6)
    let cell = randomCell(&generator, Periodicity(true, false, true), size: 4)
    let positions = randomPositions(&generator, 25, size: 4)
    let order = Array(0..<25).shuffled(using: &generator)
    let shuffled = order.flatMap { positions[3 * $0..<3 * $0 + 3] }
    let renamed = try edges(NeighborList(positions: shuffled.span, cell: cell, cutoff: 4)).map {
      Edge(centre: order[$0.centre], neighbor: order[$0.neighbor], shift: $0.shift)
    }
    #expect(renamed.sorted() == naiveEdges(positions, cell, 4))
  }

  @Test("clusters in a huge box cost no more than the clusters", arguments: [Periodicity.all, []])
  func hugeBox(periodicity: Periodicity) throws {
    var generator = SeededGenerator(seed: 8)
    let size = 1e6
    let cell = try Cell(
      rows: Matrix3([size, 0, 0], [0, size, 0], [0, 0, size]), periodicity: periodicity)
    var positions: [Double] = []
    for _ in 0..<3 {
      let middle = generator.vector(0...size)
      for _ in 0..<3000 {
        let offset = generator.vector(-20...20)
        for component in 0..<3 { positions.append(middle[component] + offset[component]) }
      }
    }
    let list = try NeighborList(positions: positions.span, cell: cell, cutoff: 2)
    var count = 0
    for cluster in 0..<3 {
      let part = Array(positions[9000 * cluster..<9000 * cluster + 900])
      count += naiveEdges(part, nil, 2).count
    }
    let found = edges(list).filter { $0.centre % 3000 < 300 && $0.neighbor % 3000 < 300 }
    #expect(found.count == count && count > 0)
    #expect(edges(list).allSatisfy { $0.centre / 3000 == $0.neighbor / 3000 })
  }

  @Test("a molecule across the faces of a huge cell stays whole")
  func acrossFaces() throws {
    let cell = try Cell([1e6, 0, 0], [0, 1e6, 0], [0, 0, 1e6])
    let positions: [Double] = [0.25, 0, 0, 1e6 - 0.25, 1e6, -2e6]
    let list = try NeighborList(positions: positions.span, cell: cell, cutoff: 1)
    #expect(edges(list).map(\.shift) == [[-1, -1, 2], [1, 1, -2]])
    #expect((0..<3).map { list.vectors[$0] } == [-0.5, 0, 0])
  }

  @Test("the transpose holds each edge once, at its neighbour")
  func transpose() throws {
    var generator = SeededGenerator(seed: 12)
    let cell = randomCell(&generator, .all, size: 4)
    let positions = randomPositions(&generator, 12, size: 4)
    let list = try NeighborList(positions: positions.span, cell: cell, cutoff: 4)
    let transpose = try list.transposed()
    var seen = Set<Int32>()
    for atom in 0..<12 {
      var last: Int32 = -1
      for place in transpose.starts[atom]..<transpose.starts[atom + 1] {
        let edge = transpose.edges[Int(place)]
        #expect(Int(list.neighbors[Int(edge)]) == atom && edge > last)
        #expect(list.edges(of: Int(transpose.centres[Int(edge)])).contains(Int(edge)))
        #expect(seen.insert(edge).inserted)
        last = edge
      }
    }
    #expect(seen.count == list.edgeCount && list.edgeCount > 0)
  }
}
