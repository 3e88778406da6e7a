internal import HoneNumerics
internal import HoneStructure

/// Atoms that are taken together: nodes in a row, and the rows of edges that end at them.
struct AtomBlock {
  /// The nodes.
  let nodes: Range<Int>
  /// The first row of edges.
  let firstRow: Int
  /// The number of species that neighbours have anywhere in the structure.
  let speciesCount: Int

  /// All rows of the block: by the neighbours' species, then by centre.
  var rows: Range<Int> { firstRow..<firstRow + speciesCount * nodes.count }

  /// The rows of edges to neighbours of one species.
  func rows(species: Int) -> Range<Int> {
    let start = firstRow + species * nodes.count
    return start..<start + nodes.count
  }

  /// The centre of a row's edges.
  @inline(__always)
  func center(ofRow row: Int) -> Int {
    nodes.lowerBound + (row - firstRow) % nodes.count
  }
}

/// Atoms and the directed edges between them, arranged for the compiled evaluator.
///
/// Nodes are points, sorted by species within blocks of about equal size; points that no layer is
/// computed for come last and are in no block. The edges of a block are sorted by the species of the
/// neighbour, then by centre, then roughly by distance: neighbours of one species meet one radial table,
/// a factorised layer sums over them alone, and edges of about the same length find what they read of
/// the table in the first cache.
final class CompiledGraph<T: CompiledScalar>: @unchecked Sendable {
  private(set) var nodeCount = 0
  /// How many nodes each layer is computed for, the first ones, `[layers]`.
  var centerCounts: View<Int> { centerCountsMemory.view }
  /// The number of nodes whose energies are wanted, the first ones.
  private(set) var localCount = 0
  private(set) var edgeCount = 0
  /// The blocks of the nodes that the first layer is computed for.
  private(set) var blockCount = 0
  /// The model's index of each species that occurs, ascending.
  private(set) var presentSpecies: [Int] = []
  /// The shortest edge in Å; infinite when there is none.
  private(set) var shortest = Double.infinity

  /// The point of each node.
  var atoms: View<Int32> { atomsMemory.view }
  /// The node of each point.
  var nodes: View<Int32> { nodesMemory.view }
  /// The species of each node, an index into the model's species.
  var species: View<Int32> { speciesMemory.view }
  /// Where each row's edges start; one more than there are rows.
  var rowStarts: View<Int32> { rowStartsMemory.view }
  /// The node of the neighbour at the other end of each edge.
  var neighbors: View<Int32> { neighborsMemory.view }
  /// r_j − r_i of each edge in Å, `[edges][3]`.
  var vectors: View<T> { vectorsMemory.view }

  private let atomsMemory = ReusableBuffer<Int32>()
  private let nodesMemory = ReusableBuffer<Int32>()
  private let speciesMemory = ReusableBuffer<Int32>()
  private let centerCountsMemory = ReusableBuffer<Int>()
  private let blockStarts = ReusableBuffer<Int32>()
  private let rowStartsMemory = ReusableBuffer<Int32>()
  private let neighborsMemory = ReusableBuffer<Int32>()
  private let vectorsMemory = ReusableBuffer<T>()
  private let blockDistances = ReusableBuffer<Double>()
  private let shellEnds = ReusableBuffer<Int32>()
  /// The place of each of the model's species among those present, or −1.
  private var slots: [Int] = []

  /// One block.
  func block(_ index: Int) -> AtomBlock {
    let start = Int(blockStarts.view[index])
    let end = Int(blockStarts.view[index + 1])
    return AtomBlock(
      nodes: start..<end, firstRow: start * presentSpecies.count,
      speciesCount: presentSpecies.count)
  }

  /// The number of blocks that a layer is computed for, the first ones.
  func blockCount(layer: Int) -> Int {
    let nodes = centerCounts[layer]
    // A block is computed for a layer as a whole or not at all.
    var count = blockCount
    while count > 0 && Int(blockStarts.view[count - 1]) >= nodes { count -= 1 }
    return count
  }
}

extension CompiledGraph {
  /// The most atoms of a block: enough rows for the matrix products of the node updates.
  static var mostNodes: Int { 2 * T.Lanes.width }
  /// How many shells of equal area the neighbours of an atom are sorted into.
  static var shells: Int { 32 }

  /// Arranges points.
  ///
  /// - Parameters:
  ///   - speciesCount: How many species the model has.
  ///   - team: The threads; there are as many blocks as makes their shares equal.
  /// - Throws: `.outOfMemory`.
  func arrange(_ points: EvaluationPoints, speciesCount: Int, _ team: Team) throws(HoneError) {
    let pointSpecies = points.species
    let list = points.neighbors
    nodeCount = points.count
    edgeCount = list.edgeCount
    try centerCountsMemory.resize(points.centerCounts.count).copy(from: points.centerCounts)
    localCount = points.localCount
    try cutBlocks(team)
    findSpecies(pointSpecies, speciesCount)
    let atoms = try atomsMemory.resize(nodeCount)
    let nodes = try nodesMemory.resize(nodeCount)
    let species = try speciesMemory.resize(nodeCount)
    let centerCount = blockCount == 0 ? 0 : Int(blockStarts.view[blockCount])
    let starts = try rowStartsMemory.resize(centerCount * presentSpecies.count + 1)
    try neighborsMemory.resize(edgeCount)
    try vectorsMemory.resize(3 * edgeCount)
    var next = 0
    for index in 0..<blockCount {
      let block = block(index)
      next = block.nodes.lowerBound
      for present in presentSpecies {
        for point in block.nodes where Int(pointSpecies[point]) == present {
          atoms[next] = Int32(truncatingIfNeeded: point)
          nodes[point] = Int32(truncatingIfNeeded: next)
          species[next] = pointSpecies[point]
          next += 1
        }
      }
    }
    for point in centerCount..<nodeCount {
      atoms[point] = Int32(truncatingIfNeeded: point)
      nodes[point] = Int32(truncatingIfNeeded: point)
      species[point] = pointSpecies[point]
    }
    starts[starts.count - 1] = Int32(truncatingIfNeeded: edgeCount)
    let distances = try blockDistances.resize(blockCount)
    let endCount = Self.mostNodes * presentSpecies.count * Self.shells
    let ends = try shellEnds.resize(team.threadCount * endCount)
    team.split(blockCount) { [self] blocks, rank in
      let ends = ends.slice(rank * endCount, endCount)
      for index in blocks { distances[index] = arrangeEdges(block(index), list, ends) }
    }
    shortest = (0..<blockCount).reduce(.infinity) { min($0, distances[$1]) }.squareRoot()
  }

  /// Cuts the nodes that layers are computed for into blocks that no layer cuts through.
  private func cutBlocks(_ team: Team) throws(HoneError) {
    let share = Self.mostNodes * team.threadCount
    let most = (nodeCount / share + centerCounts.count + 1) * team.threadCount
    let starts = try blockStarts.resize(most + 1)
    blockCount = 0
    starts[0] = 0
    var first = 0
    for layer in (0..<centerCounts.count).reversed() {
      let size = centerCounts[layer] - first
      guard size > 0 else { continue }
      let count = (size + share - 1) / share * team.threadCount
      for index in 1...count {
        starts[blockCount + index] = Int32(truncatingIfNeeded: first + size * index / count)
      }
      blockCount += count
      first += size
    }
  }

  private func findSpecies(_ species: View<Int32>, _ speciesCount: Int) {
    if slots.count != speciesCount { slots = [Int](repeating: -1, count: speciesCount) }
    for index in slots.indices { slots[index] = -1 }
    for atom in 0..<species.count { slots[Int(species[atom])] = 0 }
    presentSpecies.removeAll(keepingCapacity: true)
    for index in slots.indices where slots[index] == 0 {
      slots[index] = presentSpecies.count
      presentSpecies.append(index)
    }
  }

  /// Sorts the edges of a block's centres into its rows and shells: counts, then fills.
  ///
  /// - Parameter ends: Memory for the place behind the last edge of each shell of each row.
  /// - Returns: The square of the shortest.
  private func arrangeEdges(_ block: AtomBlock, _ list: NeighborList, _ ends: View<Int32>) -> Double
  {
    var shortest = Double.infinity
    let size = block.nodes.count
    let (atoms, nodes, species) = (atoms, nodes, species)
    let shells = Double(Self.shells)
    let scale = shells / (list.cutoff * list.cutoff)
    // The place in `ends` of an edge to a node of some species at the square of a distance.
    func bin(_ index: Int, _ other: Int32, _ square: Double) -> Int {
      let shell = square * scale < shells ? Int(square * scale) : Self.shells - 1
      return (slots[Int(species[Int(other)])] * size + index) * Self.shells + shell
    }
    let used = ends.slice(0, block.rows.count * Self.shells)
    used.fill(0)
    for (index, node) in block.nodes.enumerated() {
      for edge in list.edges(of: Int(atoms[node])) {
        let vector = list.vectors[vector: edge]
        let square = vector.dot(vector)
        shortest = min(shortest, square)
        used[bin(index, nodes[Int(list.neighbors[edge])], square)] += 1
      }
    }
    // Atoms of a block are neighbours in the structure's own order too, so its edges start where
    // those of its first atom do.
    var sum = list.starts[block.nodes.lowerBound]
    for bin in 0..<used.count {
      if bin % Self.shells == 0 { rowStarts[block.firstRow + bin / Self.shells] = sum }
      let count = used[bin]
      used[bin] = sum
      sum += count
    }
    for (index, node) in block.nodes.enumerated() {
      for edge in list.edges(of: Int(atoms[node])) {
        let other = nodes[Int(list.neighbors[edge])]
        let vector = list.vectors[vector: edge]
        let bin = bin(index, other, vector.dot(vector))
        let place = Int(used[bin])
        used[bin] += 1
        neighbors[place] = other
        for axis in 0..<3 { vectors[3 * place + axis] = T(vector[axis]) }
      }
    }
    return shortest
  }
}
