public import HoneNumerics

/// A structure with its neighbours, as a member of a batch: views of somebody's memory, which must live
/// as long as the batch is being made.
public struct BatchMember: Sendable {
  /// Atomic numbers, `[atoms]`.
  public let atomicNumbers: View<Int32>
  /// Where the edges of each centre start, `[atoms + 1]`.
  public let starts: View<Int>
  /// The neighbour of each edge, `[edges]`.
  public let neighbors: View<Int32>
  /// r_j − r_i in Å, `[edges][3]`; every edge shorter than the model's cutoff.
  public let vectors: View<Double>
  /// Where the cutoff function ends and edges are left out, in Å; `nil` for the model's cutoff.
  public let cutoff: Double?

  /// Wraps the parts.
  public init(
    atomicNumbers: View<Int32>, starts: View<Int>, neighbors: View<Int32>, vectors: View<Double>,
    cutoff: Double? = nil
  ) {
    self.cutoff = cutoff
    self.atomicNumbers = atomicNumbers
    self.starts = starts
    self.neighbors = neighbors
    self.vectors = vectors
  }

  /// Whether an edge is shorter than the cutoff.
  @inline(__always)
  fileprivate func keeps(_ edge: Int) -> Bool {
    guard let cutoff else { return true }
    let vector = vectors[vector: edge]
    return vector.dot(vector) < cutoff * cutoff
  }

  /// The number of edges that are shorter than the cutoff.
  fileprivate var edgeCount: Int {
    cutoff == nil ? neighbors.count : (0..<neighbors.count).reduce(0) { $0 + (keeps($1) ? 1 : 0) }
  }
}

/// Structures that are evaluated together as one graph without edges between them.
///
/// Nodes are the atoms of all structures sorted by species, so that maps and product bases with weights
/// of their own for each species see long runs.
public final class TrainingBatch: Sendable {
  /// Where the atoms of each structure start; one more at the end.
  public let atomStarts: [Int]
  /// The number of structures.
  public var structureCount: Int { atomStarts.count - 1 }
  /// The number of atoms of all structures.
  public var atomCount: Int { atomStarts[structureCount] }
  /// The number of edges of all structures.
  public var edgeCount: Int { neighbors.count }

  /// The species of each node.
  let species: Buffer<Int32>
  /// The atom of each node, and its structure.
  let atoms: Buffer<Int32>
  let structures: Buffer<Int32>
  /// Where the edges of each node start, `[nodes + 1]`.
  let edgeStarts: Buffer<Int>
  /// The node at the other end of each edge.
  let neighbors: Buffer<Int32>
  /// In Å, `[edges][3]`.
  let vectors: Buffer<Double>
  /// The cutoff of each node in Å, where structures have cutoffs of their own.
  let cutoffs: Buffer<Double>?

  /// Joins structures.
  ///
  /// - Parameters:
  ///   - members: The structures; all of them have a cutoff of their own, or none.
  ///   - speciesIndex: The model's index of an atomic number.
  /// - Throws: `.unknownSpecies` naming structure and atom, `.outOfMemory`.
  public init(_ members: [BatchMember], speciesIndex: (Int32) -> Int32?) throws(HoneError) {
    var atomStarts = [0]
    var edgeCount = 0
    for member in members {
      atomStarts.append(atomStarts[atomStarts.count - 1] + member.atomicNumbers.count)
      edgeCount += member.edgeCount
    }
    let count = atomStarts[members.count]
    let atomSpecies = try Buffer<Int32>(count: count)
    for (index, member) in members.enumerated() {
      for atom in 0..<member.atomicNumbers.count {
        guard let species = speciesIndex(member.atomicNumbers[atom]) else {
          throw HoneError(
            .unknownSpecies,
            "the model does not know atomic number \(member.atomicNumbers[atom]) of atom \(atom) "
              + "in structure \(index) of the batch")
        }
        atomSpecies[atomStarts[index] + atom] = species
      }
    }
    let order = (0..<count).sorted { (atomSpecies[$0], $0) < (atomSpecies[$1], $1) }
    self.atomStarts = atomStarts
    species = try Buffer(count: count)
    atoms = try Buffer(count: count)
    structures = try Buffer(count: count)
    edgeStarts = try Buffer(count: count + 1)
    let hasCutoffs = members.contains { $0.cutoff != nil }
    cutoffs = hasCutoffs ? try Buffer(count: count) : nil
    neighbors = try Buffer(count: edgeCount)
    vectors = try Buffer(count: 3 * edgeCount)
    let nodes = try Buffer<Int32>(count: count)
    for (node, atom) in order.enumerated() { nodes[atom] = Int32(node) }
    var structure = 0
    for atom in 0..<count {
      while atomStarts[structure + 1] <= atom { structure += 1 }
      structures[Int(nodes[atom])] = Int32(structure)
    }
    var next = 0
    for (node, atom) in order.enumerated() {
      let structure = Int(structures[node])
      let first = atomStarts[structure]
      let member = members[structure]
      species[node] = atomSpecies[atom]
      atoms[node] = Int32(atom)
      edgeStarts[node] = next
      if let cutoff = member.cutoff { cutoffs?[node] = cutoff }
      for edge in member.starts[atom - first]..<member.starts[atom - first + 1]
      where member.keeps(edge) {
        neighbors[next] = nodes[first + Int(member.neighbors[edge])]
        for axis in 0..<3 { vectors[3 * next + axis] = member.vectors[3 * edge + axis] }
        next += 1
      }
    }
    edgeStarts[count] = next
  }

  /// The graph for one kind of number.
  ///
  /// - Parameter vectors: Per edge and axis the component, with whatever tangents it carries.
  func graph<T: HoneScalar>(_ component: (_ edge: Int, _ axis: Int) -> T) throws(HoneError)
    -> EdgeGraph<T>
  {
    let components = try Buffer<T>(count: 3 * edgeCount)
    for edge in 0..<edgeCount {
      for axis in 0..<3 { components[3 * edge + axis] = component(edge, axis) }
    }
    return EdgeGraph(
      nodeCount: atomCount, centerCount: atomCount, layerCenterCounts: nil, species: species,
      edgeStarts: edgeStarts, neighbors: neighbors, vectors: components, cutoffs: cutoffs)
  }
}
