import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Gradients with respect to parameters")
struct ParameterGradientTests {
  static let files = ReferenceTests.files.filter { !ReferenceTests.refused.contains($0) }

  private static func model(_ file: String) throws -> (TrainableModel, [Structure]) {
    let folder = PackagePaths.golden + "/" + file.split(separator: "/")[0]
    let (name, sets) = try ReferenceSet.json(PackagePaths.golden + "/" + file)
    let model = try TrainableModel(ForceField(path: folder + "/" + name))
    // A few small ones: this is about derivatives.
    let structures = sets[0].structures.map(\.structure)
      .filter { (2...40).contains($0.atomCount) }
    return (model, Array(structures.prefix(3)))
  }

  /// The loss with the parameters moved along a direction.
  private static func loss(
    _ evaluator: GradientEvaluator<Double>, _ model: TrainableModel, _ batch: TrainingBatch,
    _ loss: LinearLoss<Double>, along direction: [Double], by step: Double
  ) throws -> Double {
    evaluator.load { model.initialValues[$0] + step * direction[$0] }
    return loss.value(
      try evaluator.evaluate(
        batch, forces: true, virials: true, team: Team(threadCount: 1)))
  }

  @Test(
    "equal central differences of losses on energies, forces and virials, for every option",
    arguments: files)
  func differences(_ file: String) throws {
    let (model, structures) = try Self.model(file)
    try #require(!structures.isEmpty)
    let batch = try BatchFixture(structures, model).batch
    let evaluator: GradientEvaluator<Double> = try model.evaluator(
      head: model.heads.count - 1, slotCount: 2)
    let loss = try LinearLoss<Double>(batch, seed: 17)
    let gradient = try Buffer<Double>(repeating: 0, count: model.parameterCount)
    try evaluator.gather(batch, loss.seeds, slots: 0..<2, team: Team(threadCount: 2))
    try evaluator.takeGradient(into: gradient.view)
    var random = RandomNumbers(seed: 23)
    // Every tensor along a direction of its own, so that none hides behind a larger one.
    for tensor in model.tensors where !tensor.name.hasSuffix("couplings") {
      var direction = [Double](repeating: 0, count: model.parameterCount)
      for index in tensor.range {
        direction[index] = random.normal() * max(model.initialValues[index].magnitude, 0.1)
      }
      let expected = try Self.difference {
        try Self.loss(evaluator, model, batch, loss, along: direction, by: $0)
      }
      let found = tensor.range.reduce(0) { $0 + gradient[$1] * direction[$1] }
      // The size of what is summed, lest a derivative that happens to be small counts as wrong.
      let size = tensor.range.reduce(0) { $0 + (gradient[$1] * direction[$1]).magnitude }
      #expect(
        (found - expected.value).magnitude <= 1e-6 * size,
        "\(tensor.name): \(found), differences \(expected)")
      // A difference that says nothing would hide a wrong derivative.
      #expect(
        expected.error <= 1e-6 * size || (size == 0 && expected.error < 1e-8),
        "\(tensor.name): differences \(expected)")
    }
  }

  @Test(
    "carry tangents of parameters: products with the Hessian equal differences of gradients",
    arguments: ["mace/vector-l3.json", "mace/density-zbl.json", "sevennet/l1-defaults.json"])
  func hessian(_ file: String) throws {
    let (model, structures) = try Self.model(file)
    let batch = try BatchFixture(Array(structures.prefix(1)), model).batch
    let count = model.parameterCount
    var random = RandomNumbers(seed: 31)
    let direction = (0..<count).map { _ in 0.1 * random.normal() }
    let team = Team(threadCount: 1)
    func gradient<S: TrainingScalar>(_: S.Type, _ parameter: (Int) -> S.Output) throws
      -> [S.Output]
    {
      let evaluator: GradientEvaluator<S> = try model.evaluator(head: 0, slotCount: 1)
      evaluator.load(parameter)
      let loss = try LinearLoss<S.Output>(batch, seed: 37)
      try evaluator.gather(batch, loss.seeds, slots: 0..<1, team: team)
      let sums = try Buffer<S.Output>(repeating: .zero, count: count)
      evaluator.takeGradient(into: sums.view)
      return (0..<count).map { sums[$0] }
    }
    let carried = try gradient(Dual<Double>.self) {
      Dual(model.initialValues[$0], tangent: direction[$0])
    }
    func moved(_ step: Double) throws -> [Double] {
      try gradient(Double.self) { model.initialValues[$0] + step * direction[$0] }
    }
    let here = try moved(0)
    let h = 1e-4
    let (one, other) = (zip(try moved(h), try moved(-h)), zip(try moved(2 * h), try moved(-2 * h)))
    let expected = zip(one, other).map { near, far in
      (8 * (near.0 - near.1) - (far.0 - far.1)) / (12 * h)
    }
    let size = expected.reduce(0) { max($0, $1.magnitude) }
    let gradientSize = here.reduce(0) { max($0, $1.magnitude) }
    try #require(size > 1e-3)
    for index in 0..<count {
      #expect((carried[index].primal - here[index]).magnitude <= 1e-11 * gradientSize)
      #expect((carried[index].tangent - expected[index]).magnitude <= 1e-6 * size)
    }
  }

  /// A derivative at 0 by central differences of sixth order, and what rounding and curvature may do.
  ///
  /// Of several steps the pair counts that agrees best: frequencies ask for short ones, and so do
  /// activations with kinks, which no difference may straddle.
  private static func difference(_ f: (Double) throws -> Double) throws -> (
    value: Double, error: Double
  ) {
    func sixth(_ h: Double) throws -> (value: Double, rounding: Double) {
      var sum = 0.0
      var size = 0.0
      for (k, weight) in [(1.0, 45.0), (2, -9), (3, 1)] {
        let (a, b) = (try f(k * h), try f(-k * h))
        sum += weight * (a - b) / (60 * h)
        size = max(size, a.magnitude, b.magnitude)
      }
      return (sum, 1e-15 * size / h)
    }
    var best = (value: 0.0, error: Double.infinity)
    var before = try sixth(4e-3)
    for h in [1e-3, 2e-4, 4e-5, 8e-6, 1.6e-6, 3e-7] {
      let now = try sixth(h)
      let error = (now.value - before.value).magnitude + 4 * now.rounding
      if error < best.error { best = (now.value, error) }
      before = now
    }
    return best
  }
}
