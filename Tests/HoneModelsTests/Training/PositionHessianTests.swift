import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Products with the Hessian in positions")
struct PositionHessianTests {
  @Test(
    "equal differences of forces, are symmetric, and vanish for translations",
    arguments: [
      "mace/vector-l3.json", "mace/density-zbl.json", "mace/four-layers.json",
      "sevennet/l1-defaults.json",
    ])
  func differences(_ file: String) throws {
    let folder = PackagePaths.golden + "/" + file.split(separator: "/")[0]
    let (name, sets) = try ReferenceSet.json(PackagePaths.golden + "/" + file)
    let field = try ForceField(path: folder + "/" + name)
    let model = try TrainableModel(field)
    let structures = sets[0].structures.map(\.structure).filter { (3...40).contains($0.atomCount) }
    let members = Array(structures.prefix(2))
    try #require(!members.isEmpty)
    let batch = try BatchFixture(members, model).batch
    let count = 3 * batch.atomCount
    let hessian = try model.positionHessian(head: 0)
    var random = RandomNumbers(seed: 3)
    func product(_ vector: [Double]) throws -> [Double] {
      let result = try Buffer<Double>(count: count)
      let input = try Buffer(vector)
      try hessian.multiply(batch, input.view, into: result.view, team: Team(threadCount: 2))
      return (0..<count).map { result[$0] }
    }
    let v = (0..<count).map { _ in random.normal() }
    let w = (0..<count).map { _ in random.normal() }
    let (left, right) = (try product(v), try product(w))
    let size = left.reduce(0) { max($0, $1.magnitude) }
    try #require(size > 0.1)

    var settings = ComputeSettings()
    settings.precision = .float64
    settings.evaluator = .reference
    func forces(_ step: Double) throws -> [Double] {
      var result: [Double] = []
      for structure in members {
        let first = result.count
        let moved = structure.positions.indices.map {
          structure.positions[$0] + step * v[first + $0]
        }
        let found = try field.compute(
          atomicNumbers: structure.atomicNumbers.span, positions: moved.span,
          cell: structure.cell, quantities: [.forces], settings: settings)
        let own = try #require(found.forces)
        result += (0..<own.count).map { own[$0] }
      }
      return result
    }
    let h = 1e-4
    let near = zip(try forces(h), try forces(-h)).map { $0 - $1 }
    let far = zip(try forces(2 * h), try forces(-2 * h)).map { $0 - $1 }
    for index in 0..<count {
      let slope = (8 * near[index] - far[index]) / (12 * h)
      #expect((left[index] + slope).magnitude < 1e-6 * size)
    }
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    #expect((dot(left, w) - dot(v, right)).magnitude < 1e-10 * Double(count) * size)
    let shift = try product((0..<count).map { [0.3, -0.7, 1.1][$0 % 3] })
    #expect(shift.allSatisfy { $0.magnitude < 1e-10 * size })
  }

  @Test("arrays of the wrong size are refused")
  func sizes() throws {
    let model = try TrainableModel(ForceField(path: PackagePaths.golden + "/mace/vector-l3.model"))
    let structure = try Structure(atomicNumbers: [1, 1], positions: [0, 0, 0, 0, 0, 1])
    let batch = try BatchFixture([structure], model).batch
    let (few, enough) = (try Buffer<Double>(count: 5), try Buffer<Double>(count: 6))
    #expect(throws: HoneError.self) {
      try model.positionHessian(head: 0).multiply(
        batch, few.view, into: enough.view, team: Team(threadCount: 1))
    }
  }
}
