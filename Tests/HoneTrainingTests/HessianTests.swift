import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Products with the Hessian of a loss")
struct HessianTests {
  @Test(
    "equal differences of its gradient, forces and stresses included, and are symmetric",
    arguments: [MACELoss.stress, .huber, .l1l2])
  func differences(_ kind: MACELoss) throws {
    let data = try DataSet(paths: [PackagePaths.golden + "/training/labels-all.xyz"])
    var description = MACEDescription()
    description.species = data.species.map { Int($0) }
    description.cutoff = 4
    description.hiddenIrreps = "4x0e+4x1o"
    description.maxEll = 2
    description.correlation = [2]
    description.radialHidden = [8]
    description.averageNeighborCount = 10
    let model = try TrainableModel(ForceField(description, seed: 3))
    let cache = try NeighborCache(data, cutoff: model.cutoff)
    var weights = MACELossWeights()
    weights.huberDelta = 0.5
    let loss = try TrainingLoss(mace: kind, weights)
    let frames = Array(0..<min(3, data.count))
    let count = model.parameterCount
    var numbers = RandomNumbers(seed: 5)
    let directions = (0..<2).map { _ in (0..<count).map { _ in 0.1 * numbers.normal() } }

    func gradient<S: TrainingScalar>(
      _ engine: BatchEngine<S>, _ parameter: (Int) -> S.Output
    ) throws -> [S.Output] {
      let values = try Buffer<S.Output>(count: count)
      for index in 0..<count { values[index] = parameter(index) }
      engine.load(values.view)
      let result = try Buffer<S.Output>(count: count)
      _ = try engine.loss(frames, loss, epoch: 0, gradient: result.view)
      return (0..<count).map { result[$0] }
    }
    let second = try BatchEngine<Dual<Double>>(model, cache, threadCount: 2, fixed: [])
    let first = try BatchEngine<Double>(model, cache, threadCount: 2, fixed: [])
    let start = model.initialValues
    let products = try directions.map { direction in
      try gradient(second) { Dual(start[$0], tangent: direction[$0]) }.map(\.tangent)
    }
    let size = products[0].reduce(0) { max($0, $1.magnitude) }
    #expect(size > 1e-3)
    let h = 1e-4
    func moved(_ step: Double) throws -> [Double] {
      try gradient(first) { start[$0] + step * directions[0][$0] }
    }
    let (one, other) = (zip(try moved(h), try moved(-h)), zip(try moved(2 * h), try moved(-2 * h)))
    for (index, (near, far)) in zip(one, other).enumerated() {
      let difference = (8 * (near.0 - near.1) - (far.0 - far.1)) / (12 * h)
      #expect((products[0][index] - difference).magnitude < 1e-6 * size)
    }
    // ⟨Hv, w⟩ = ⟨v, Hw⟩
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let (left, right) = (dot(products[0], directions[1]), dot(directions[0], products[1]))
    #expect((left - right).magnitude < 1e-10 * (left.magnitude + right.magnitude))
  }
}
