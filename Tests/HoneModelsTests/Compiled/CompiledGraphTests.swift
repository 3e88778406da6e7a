import HoneNumerics
import HoneStructure
import Testing

@testable import HoneModels

@Suite("Graphs of the compiled evaluator")
struct CompiledGraphTests {
  /// How many species the model has; those that occur are fewer.
  private static let speciesCount = 7
  private static let cutoff = 3.0

  /// Species and neighbours of a sample whose atomic numbers stand for species, one more each.
  private func input(_ sample: Sample) throws -> (species: Buffer<Int32>, list: NeighborList) {
    (
      try Buffer(sample.numbers.map { $0 - 1 }),
      try sample.structure().neighborList(cutoff: Self.cutoff)
    )
  }

  /// Compares a graph with the neighbour list it was made from.
  private func check<T: CompiledScalar>(_ graph: CompiledGraph<T>, _ sample: Sample, threads: Int)
    throws
  {
    let (species, list) = try input(sample)
    try graph.arrange(species, list, speciesCount: Self.speciesCount, threads: threads)
    let count = sample.count
    #expect(graph.nodeCount == count)
    #expect(graph.edgeCount == list.edgeCount)
    let present = Set((0..<count).map { Int(species[$0]) }).sorted()
    #expect(graph.presentSpecies == present)
    // Squares of lengths.
    let lengths = (0..<list.edgeCount).map { edge in
      let vector = list.vectors[vector: edge]
      return vector.dot(vector)
    }
    #expect(graph.shortest == (lengths.min() ?? .infinity).squareRoot())
    func shell(_ square: Double) -> Int {
      Int(square * (Double(CompiledGraph<T>.shells) / (Self.cutoff * Self.cutoff)))
    }
    // Equal shares of threads, and blocks that follow each other.
    #expect((graph.blockCount > 0) == (count > 0) && graph.blockCount % threads == 0)
    #expect(graph.blockCount(layer: 1) == graph.blockCount)
    let blocks = (0..<graph.blockCount).map { graph.block($0) }
    let sizes = blocks.map(\.nodes.count)
    #expect(sizes.reduce(0, +) == count)
    try #require((sizes.max() ?? 0) <= CompiledGraph<T>.mostNodes)
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    #expect(graph.rowStarts.count == count * present.count + 1)
    #expect(Int(graph.rowStarts[count * present.count]) == list.edgeCount)
    var node = 0
    var edge = 0
    for block in blocks {
      #expect(block.nodes.lowerBound == node)
      // The same atoms, sorted by species, in their order where species are equal.
      let expected = block.nodes.sorted { (species[$0], $0) < (species[$1], $1) }
      #expect(block.nodes.map { Int(graph.atoms[$0]) } == expected)
      for node in block.nodes {
        let atom = Int(graph.atoms[node])
        #expect(Int(graph.nodes[atom]) == node)
        #expect(graph.species[node] == species[atom])
      }
      node = block.nodes.upperBound
      #expect(block.rows.count == block.nodes.count * present.count)
      for (slot, neighborSpecies) in present.enumerated() {
        #expect(block.rows(species: slot).count == block.nodes.count)
        for (row, center) in zip(block.rows(species: slot), block.nodes) {
          #expect(block.center(ofRow: row) == center)
          #expect(Int(graph.rowStarts[row]) == edge)
          // The list's edges of that centre to that species, by shells, in its order within each.
          let wanted = list.edges(of: Int(graph.atoms[center])).filter {
            Int(species[Int(list.neighbors[$0])]) == neighborSpecies
          }.sorted { (shell(lengths[$0]), $0) < (shell(lengths[$1]), $1) }
          #expect(Int(graph.rowStarts[row + 1]) == edge + wanted.count)
          for source in wanted {
            #expect(graph.atoms[Int(graph.neighbors[edge])] == list.neighbors[source])
            for axis in 0..<3 {
              let component = T(list.vectors[3 * source + axis])
              #expect(graph.vectors[3 * edge + axis].value == component.value)
            }
            edge += 1
          }
        }
      }
    }
    #expect(node == count && edge == list.edgeCount)
  }

  @Test(
    "Every edge of the list stands once, in its row",
    arguments: [1, 2, 3], [1, 2, 15, 16, 31, 32, 33, 64, 65, 97])
  func everyEdge(threads: Int, count: Int) throws {
    let edge = max(2.0, Double(count).squareRoot())
    let sample = Sample.random(
      [7, 2, 5], count: count, edge: edge, apart: 0.4, seed: UInt64(count))
    try check(CompiledGraph<Double>(), sample, threads: threads)
    try check(CompiledGraph<Float>(), sample, threads: threads)
  }

  @Test("One graph serves structures of any size, one after another", arguments: [1, 2, 3])
  func reuse(threads: Int) throws {
    let graph = CompiledGraph<Float>()
    for (count, species) in [(40, [1, 2]), (3, [4]), (90, [7, 1, 3, 2]), (90, [2]), (0, [1])] {
      let sample = Sample.random(
        species.map { Int32($0) }, count: count, edge: 9, apart: 0.4, seed: 3)
      try check(graph, sample, threads: threads)
    }
  }

  @Test("Structures without edges, and without atoms, are graphs too", arguments: [1, 2, 3])
  func nothing(threads: Int) throws {
    try check(CompiledGraph<Double>(), Sample(numbers: [], positions: []), threads: threads)
    try check(
      CompiledGraph<Double>(), Sample(numbers: [3], positions: [[1, 2, 3]]), threads: threads)
    // Some atoms have neighbours and some have none, at the end and in between.
    var sample = Sample(numbers: [], positions: [])
    for atom in 0..<50 {
      sample.numbers.append(Int32(1 + atom * 3 % 7))
      let isAlone = atom % 5 == 2 || atom > 44
      sample.positions.append([
        isAlone ? 100 * Double(atom) : Double(atom % 5), 0.1 * Double(atom), 0,
      ])
    }
    try check(CompiledGraph<Double>(), sample, threads: threads)
  }

  @Test("A batch has the segments of its edges, wherever it begins and ends")
  func segments() throws {
    let sample = Sample.random([1, 3, 2], count: 45, edge: 6, apart: 0.4, seed: 11)
    let (species, list) = try input(sample)
    let graph = CompiledGraph<Float>()
    try graph.arrange(species, list, speciesCount: Self.speciesCount, threads: 2)
    let batch = try EdgeBatch<Float>(harmonicCount: 1, couplingCount: 0, widestRoute: 1)
    for number in 0..<graph.blockCount {
      let block = graph.block(number)
      let first = Int(graph.rowStarts[block.rows.lowerBound])
      let end = Int(graph.rowStarts[block.rows.upperBound])
      try #require(end - first > 2 * EdgeBatch<Float>.capacity)
      let ranges = [
        (first, EdgeBatch<Float>.capacity), (first + 5, 1), (first + 13, 37), (end - 20, 20),
      ]
      for (start, size) in ranges {
        batch.load(
          graph, block, start..<start + size, firstRow: block.firstRow, normalizes: true)
        #expect(batch.count == size)
        var slot = 0
        for segment in 0..<batch.segmentCount {
          let part = batch.segments[segment]
          #expect(batch.slots(segment).lowerBound == slot)
          #expect(!batch.slots(segment).isEmpty)
          for index in batch.slots(segment) {
            let edge = start + index
            let row = try #require(
              block.rows.first { Int(graph.rowStarts[$0 + 1]) > edge })
            #expect(part.center == block.center(ofRow: row))
            #expect(batch.neighbors[index] == graph.neighbors[edge])
            let species = Int(graph.species[Int(graph.neighbors[edge])])
            #expect(graph.presentSpecies[part.neighborSpecies] == species)
          }
          slot = batch.slots(segment).upperBound
        }
        #expect(slot == size)
      }
    }
  }
}
