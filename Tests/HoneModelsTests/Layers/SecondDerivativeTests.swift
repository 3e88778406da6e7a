internal import HoneFormats
internal import HoneNumerics
internal import HoneO3
internal import HoneTestSupport
internal import Testing

@testable internal import HoneModels

/// Eight atoms that all see each other.
private struct Cluster {
  let atoms = 8
  let speciesCount: Int

  /// r_j − r_i of all pairs, centre by centre.
  var vectors: [Double] {
    let positions = (0..<atoms).map { atom in
      (0..<3).map { axis in
        1.7 * Double(atom >> axis & 1) + 0.3 * noise(71, 3 * atom + axis)
      }
    }
    return (0..<atoms).flatMap { i in
      (0..<atoms).filter { $0 != i }.flatMap { j in
        (0..<3).map { positions[j][$0] - positions[i][$0] }
      }
    }
  }

  func graph<T: HoneScalar>(_ vectors: [T]) throws -> EdgeGraph<T> {
    EdgeGraph(
      nodeCount: atoms, centerCount: atoms,
      species: try Buffer((0..<atoms).map { Int32($0 % speciesCount) }),
      edgeStarts: try Buffer((0...atoms).map { $0 * (atoms - 1) }),
      neighbors: try Buffer(
        (0..<atoms).flatMap { i in (0..<atoms).filter { $0 != i }.map { Int32($0) } }),
      vectors: try Buffer(vectors))
  }
}

/// Energies and edge gradients as arrays.
private func outcome<T: HoneScalar>(
  _ model: MessagePassingModel<T>, _ cluster: Cluster, _ vectors: [T]
) throws -> (energy: T, gradients: [T]) {
  let result = try model.compute(
    try cluster.graph(vectors), derivatives: .gradients, team: Team(threadCount: 1))
  var energy = T.zero
  for value in Array(result.energies) { energy += value }
  return (energy, Array(try #require(result.edgeGradients)))
}

@Suite("Second derivatives")
struct SecondDerivativeTests {
  static let models = [
    "mace/vector-l3.model", "mace/nonlinear.model", "mace/density-zbl.model",
    "mace/chebyshev-zbl.model", "sevennet/l2-parity.pth", "sevennet/bias-nequip-parity.pth",
  ]

  @Test("dual numbers through a whole model give Hessian-vector products", arguments: models)
  func hessianVectorProduct(_ name: String) throws {
    let definition = try ModelFile.read(
      try Bytes(contentsOfFile: PackagePaths.golden + "/" + name))
    let cluster = Cluster(speciesCount: definition.atomicNumbers.count)
    let plain: MessagePassingModel<Double> = try definition.model(head: 0)
    let dual: MessagePassingModel<Dual<Double>> = try definition.model(head: 0)
    let x = cluster.vectors
    let v = x.indices.map { noise(72, $0) }
    let center = try outcome(plain, cluster, x)
    let carried = try outcome(dual, cluster, zip(x, v).map { Dual($0, tangent: $1) })
    let scale = max(1, center.gradients.reduce(0) { max($0, abs($1)) })
    #expect(abs(carried.energy.primal - center.energy) < 1e-10 * max(1, abs(center.energy)))
    // The energy's tangent is the gradient times the direction.
    #expect(abs(carried.energy.tangent - inner(center.gradients, v)) < 1e-9 * scale)
    let h = 1e-4
    func moved(_ steps: Double) throws -> [Double] {
      try outcome(plain, cluster, zip(x, v).map { $0 + steps * h * $1 }).gradients
    }
    let (near, far) = ((try moved(1), try moved(-1)), (try moved(2), try moved(-2)))
    var worst = 0.0
    var largest = 0.0
    for index in x.indices {
      #expect(abs(carried.gradients[index].primal - center.gradients[index]) < 1e-10 * scale)
      let slope =
        (8 * (near.0[index] - near.1[index]) - (far.0[index] - far.1[index])) / (12 * h)
      worst = max(worst, abs(carried.gradients[index].tangent - slope))
      largest = max(largest, abs(slope))
    }
    #expect(largest > 1e-3)
    #expect(worst < 1e-7 * max(largest, scale))
  }

  @Test("Hessians of whole models are symmetric")
  func symmetry() throws {
    let definition = try ModelFile.read(
      try Bytes(contentsOfFile: PackagePaths.golden + "/mace/vector-l3.model"))
    let cluster = Cluster(speciesCount: definition.atomicNumbers.count)
    let model: MessagePassingModel<Dual<Double>> = try definition.model(head: 0)
    let x = cluster.vectors
    let (u, v) = (x.indices.map { noise(73, $0) }, x.indices.map { noise(74, $0) })
    let alongU = try outcome(model, cluster, zip(x, u).map { Dual($0, tangent: $1) })
    let alongV = try outcome(model, cluster, zip(x, v).map { Dual($0, tangent: $1) })
    let left = inner(v, alongU.gradients.map(\.tangent))
    let right = inner(u, alongV.gradients.map(\.tangent))
    #expect(abs(left) > 1e-3)
    #expect(abs(left - right) < 1e-10 * max(1, abs(left)))
  }

  @Test("tangents of a matrix's weights give the derivative along a direction of weights")
  func matrixWeights() throws {
    let (rows, depth, columns) = (5, 7, 11)
    func product<T: HoneScalar>(_ weight: (Int, Int) -> T.Weight) throws -> [T] {
      let matrix = try PackedMatrix<T>(rowCount: depth, columnCount: columns, element: weight)
      let input = try Packing<T>(scalars(depth), rows: rows).packed(
        (0..<rows * depth).map { T(noise(75, $0)) })
      let output = Packing<T>(scalars(columns), rows: rows)
      let buffer = try output.zeros()
      matrix.multiply(
        input.view, stride: T.Lanes.blocks(for: depth), into: buffer.view,
        stride: matrix.blockCount, rows: rows)
      return output.unpacked(buffer.view)
    }
    let weight = { (k: Int, c: Int) in noise(76, 100 * k + c) }
    let direction = { (k: Int, c: Int) in noise(77, 100 * k + c) }
    let carried: [Dual<Dual<Double>>] = try product {
      Dual(weight($0, $1), tangent: direction($0, $1))
    }
    let after: [Double] = try product { weight($0, $1) + 0.5 * direction($0, $1) }
    let before: [Double] = try product { weight($0, $1) - 0.5 * direction($0, $1) }
    for index in carried.indices {
      #expect(abs(carried[index].primal.tangent - (after[index] - before[index])) < 1e-14)
      #expect(carried[index].tangent.value == 0)
    }
  }
}
