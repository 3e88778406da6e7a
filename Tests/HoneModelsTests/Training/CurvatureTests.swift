import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

/// Second derivatives along curves, for models in which every kind of layer occurs.
@Suite("Second derivatives along curves")
struct CurvatureTests {
  static let files = [
    "mace/vector-l3.json", "mace/density-zbl.json", "mace/nonlinear.json",
    "mace/chebyshev-zbl.json",
    "sevennet/l1-defaults.json", "sevennet/l2-parity.json", "sevennet/readout-network.json",
  ]

  private struct Sample {
    let model: TrainableModel
    let fixture: BatchFixture
    let direction: Buffer<Double>
    let bend: Buffer<Double>
    var batch: TrainingBatch { fixture.batch }
    var path: AtomPath<Double> { AtomPath(direction: direction.view, bend: bend.view) }

    init(_ file: String) throws {
      let folder = PackagePaths.golden + "/" + file.split(separator: "/")[0]
      let (name, sets) = try ReferenceSet.json(PackagePaths.golden + "/" + file)
      model = try TrainableModel(ForceField(path: folder + "/" + name))
      let all = sets[0].structures.map(\.structure).filter { (3...40).contains($0.atomCount) }
      try #require(!all.isEmpty)
      fixture = try BatchFixture(Array(all.prefix(2)), model)
      var random = RandomNumbers(seed: 7)
      let count = 3 * fixture.batch.atomCount
      direction = try Buffer((0..<count).map { _ in random.normal() })
      bend = try Buffer((0..<count).map { _ in 0.3 * random.normal() })
    }
  }

  @Test("are products with the Hessian, and slopes along the bend", arguments: files)
  func values(_ file: String) throws {
    let sample = try Sample(file)
    defer { withExtendedLifetime(sample) {} }
    let batch = sample.batch
    let team = Team(threadCount: 2)
    let evaluator: CurvatureEvaluator<Double> = try sample.model.curvatureEvaluator(
      head: 0, slotCount: 2)
    let found = try evaluator.evaluate(batch, sample.path, team: team)
    let product = try Buffer<Double>(count: sample.direction.count)
    try sample.model.positionHessian(head: 0).multiply(
      batch, sample.direction.view, into: product.view, team: team)
    let plain: GradientEvaluator<Double> = try sample.model.evaluator(head: 0, slotCount: 1)
    let forces = try plain.evaluate(batch, forces: true, virials: false, team: team).forces
    for index in 0..<batch.structureCount {
      var (expected, size) = (0.0, 0.0)
      for component in 3 * batch.atomStarts[index]..<3 * batch.atomStarts[index + 1] {
        let parts = [
          0.5 * sample.direction[component] * product[component],
          -sample.bend[component] * forces[component],
        ]
        expected += parts[0] + parts[1]
        size += parts[0].magnitude + parts[1].magnitude
      }
      #expect((found[index] - expected).magnitude < 1e-11 * size)
    }
  }

  @Test("have gradients that are differences in the weights", arguments: files)
  func gradients(_ file: String) throws {
    let sample = try Sample(file)
    defer { withExtendedLifetime(sample) {} }
    let batch = sample.batch
    let team = Team(threadCount: 2)
    let count = sample.model.parameterCount
    let evaluator: CurvatureEvaluator<Double> = try sample.model.curvatureEvaluator(
      head: 0, slotCount: 2)
    let factors = try Buffer((0..<batch.structureCount).map { 0.7 - 1.1 * Double($0) })
    let gradient = try Buffer<Double>(repeating: 0, count: count)
    let values = try evaluator.gather(
      batch, sample.path, factors: factors.view, slots: 0..<2, team: team)
    evaluator.takeGradient(into: gradient.view)
    let again = try evaluator.evaluate(batch, sample.path, team: team)
    for index in 0..<values.count {
      #expect((values[index] - again[index]).magnitude <= 1e-13 * values.largest)
    }

    let start = sample.model.initialValues
    func sum(_ parameter: (Int) -> Double) throws -> Double {
      evaluator.load(parameter)
      let values = try evaluator.evaluate(batch, sample.path, team: team)
      return (0..<values.count).reduce(0) { $0 + factors[$1] * values[$1] }
    }
    // A direction of its own for each tensor: none may hide behind another.
    var random = RandomNumbers(seed: 11)
    for tensor in sample.model.tensors {
      let scale = tensor.range.reduce(0.1) { max($0, start[$1].magnitude) }
      let direction = tensor.range.map { _ in scale * random.normal() }
      let first = tensor.range.lowerBound
      func moved(_ step: Double) throws -> Double {
        try sum { index in
          tensor.range.contains(index)
            ? start[index] + step * direction[index - first] : start[index]
        }
      }
      let h = 1e-4
      let (near, far) = (try moved(h) - moved(-h), try moved(2 * h) - moved(-2 * h))
      let slope = (8 * near - far) / (12 * h)
      let found = tensor.range.reduce(0) { $0 + gradient[$1] * direction[$1 - first] }
      let size = tensor.range.reduce(0) {
        $0 + (gradient[$1] * direction[$1 - first]).magnitude
      }
      let least = 1e-9 * values.largest
      #expect((found - slope).magnitude < 1e-6 * size + least, "\(tensor.name)")
    }
  }

  @Test("single precision differs by rounding alone, fixed tensors have no gradient")
  func single() throws {
    let sample = try Sample("mace/vector-l3.json")
    defer { withExtendedLifetime(sample) {} }
    let team = Team(threadCount: 1)
    func gradient<S: TrainingScalar>(
      _: S.Type, fixed: Set<String> = []
    ) throws -> [Double] where S.Output == Double {
      let evaluator: CurvatureEvaluator<S> = try sample.model.curvatureEvaluator(
        head: 0, slotCount: 1, fixed: fixed)
      let factors = try Buffer<Double>(repeating: 1, count: sample.batch.structureCount)
      _ = try evaluator.gather(
        sample.batch, sample.path, factors: factors.view, slots: 0..<1, team: team)
      withExtendedLifetime(factors) {}
      let result = try Buffer<Double>(repeating: 0, count: sample.model.parameterCount)
      evaluator.takeGradient(into: result.view)
      return (0..<result.count).map { result[$0] }
    }
    let double = try gradient(Double.self)
    let size = double.reduce(0) { max($0, $1.magnitude) }
    let float = try gradient(Float.self)
    #expect(zip(double, float).allSatisfy { ($0 - $1).magnitude < 1e-4 * size })
    let radial = sample.model.tensors.filter { $0.name.contains("radial") }
    try #require(!radial.isEmpty)
    let fixed = try gradient(Double.self, fixed: Set(radial.map(\.name)))
    for tensor in sample.model.tensors {
      let isFixed = radial.contains(tensor)
      for index in tensor.range {
        #expect(fixed[index] == (isFixed ? 0 : double[index]))
      }
    }
  }

  @Test("paths and factors of the wrong size are refused")
  func refusals() throws {
    let sample = try Sample("sevennet/l1-defaults.json")
    defer { withExtendedLifetime(sample) {} }
    let evaluator: CurvatureEvaluator<Double> = try sample.model.curvatureEvaluator(
      head: 0, slotCount: 1)
    let count = 3 * sample.batch.atomCount
    let short = AtomPath(
      direction: sample.direction.view, bend: sample.bend.view.slice(0, count - 1))
    #expect(
      throws: HoneError(
        .invalidArgument,
        "expected paths of \(count) numbers for \(count / 3) atoms, got \(count) and \(count - 1)")
    ) { try evaluator.evaluate(sample.batch, short, team: Team(threadCount: 1)) }
    #expect(
      throws: HoneError(
        .invalidArgument,
        "expected factors of \(sample.batch.structureCount) structures, got 0")
    ) {
      try evaluator.gather(
        sample.batch, sample.path, factors: .empty, slots: 0..<1, team: Team(threadCount: 1))
    }
  }
}

extension Buffer<Double> {
  /// The largest magnitude.
  fileprivate var largest: Double { (0..<count).reduce(0) { max($0, self[$1].magnitude) } }
}
