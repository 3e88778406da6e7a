import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Matching of scores")
struct ScoreMatchingTests {
  private static let kT = ScoreMatching.boltzmann * 500

  @Test(
    "the mean over all vectors of signs has the exact trace, which is not zero",
    arguments: ScoreSample.Family.allCases)
  func signs(_ family: ScoreSample.Family) throws {
    let sample = try ScoreSample(family, ScoreSample.molecules())
    try #require(sample.set.atomCount(of: 0) == 3)
    let (forces, hessian) = try sample.exact(0)
    let trace = hessian.indices.reduce(0) { $0 + hessian[$1][$1] }
    #expect(trace.magnitude > 0.1)
    // Any one component of the forces summed over all atoms has no slope at all: its "trace" is zero.
    var rigid = 0.0
    for row in 0..<9 {
      for atom in 0..<3 { rigid += hessian[row][3 * atom + row % 3] }
    }
    #expect(rigid.magnitude < 1e-10 * trace.magnitude)
    let score = try ScoreMatching(.sliced, temperature: 500)
    var sum = 0.0
    for signs in 0..<512 {
      sum += try sample.value([0], score) { direction, _, _ in
        for index in 0..<9 { direction[index] = signs >> index & 1 == 0 ? 1 : -1 }
      }
    }
    let square = forces.reduce(0) { $0 + $1 * $1 }
    let expected = 0.5 * square - Self.kT * trace
    #expect((sum / 512 - expected).magnitude < 1e-11 * (0.5 * square + (Self.kT * trace).magnitude))
  }

  @Test("one direction has the second derivative along it", arguments: ScoreSample.Family.allCases)
  func direction(_ family: ScoreSample.Family) throws {
    let sample = try ScoreSample(family, ScoreSample.molecules())
    // Three directions each; the second frame has a temperature of its own.
    let score = try ScoreMatching(.sliced, directions: .gaussian, sampleCount: 3, temperature: 500)
    let draw = score.draw(epoch: 4)
    let found = try sample.value([0, 1, 2], score, normalization: 0.3) {
      draw.fill($0, frame: $1, sample: $2)
    }
    var (expected, size) = (0.0, 0.0)
    for frame in 0..<3 {
      let kT = ScoreMatching.boltzmann * (frame == 1 ? 900 : 500)
      let (forces, hessian) = try sample.exact(frame)
      var curvature = 0.0
      let v = try Buffer<Double>(count: forces.count)
      for number in 0..<3 {
        draw.fill(v.view, frame: frame, sample: number)
        for (row, values) in hessian.enumerated() {
          for (column, value) in values.enumerated() { curvature += v[row] * value * v[column] }
        }
      }
      let square = forces.reduce(0) { $0 + $1 * $1 }
      expected += 0.3 * (0.5 * square - kT * curvature / 3)
      size += 0.3 * (0.5 * square + (kT * curvature).magnitude)
    }
    #expect((found - expected).magnitude < 1e-11 * size)
  }

  @Test("the trace does not depend on how a molecule lies")
  func rotation() throws {
    let set = try ScoreSample.molecules()
    let sample = try ScoreSample(.mace, set)
    let (cosine, sine) = (0.6, 0.8)
    var options = DataSetOptions()
    options.unlabeled = .keep
    let reader = try DataSetReader(options: options)
    for frame in 0..<set.count {
      var positions: [Double] = []
      for atom in 0..<set.atomCount(of: frame) {
        let r = (0..<3).map { set[frame].positions[3 * atom + $0] }
        // About z, then about x, and away.
        let (x, y) = (cosine * r[0] - sine * r[1], sine * r[0] + cosine * r[1])
        positions += [x + 1, sine * y - cosine * r[2] - 2, cosine * y + sine * r[2] + 3]
      }
      try reader.add(
        Structure(
          atomicNumbers: (0..<set.atomCount(of: frame)).map { set[frame].atomicNumbers[$0] },
          positions: positions), StructureLabels())
    }
    let turned = try ScoreSample(.mace, DataSet(reader))
    for frame in 0..<set.count {
      let traces = try [sample, turned].map {
        let hessian = try $0.exact(frame).hessian
        return hessian.indices.reduce(0) { $0 + hessian[$1][$1] }
      }
      #expect((traces[0] - traces[1]).magnitude < 1e-11 * traces[0].magnitude)
    }
  }

  @Test("central differences tend to the exact derivative with the square of the step")
  func centralDifferences() throws {
    let sample = try ScoreSample(.mace, ScoreSample.molecules())
    func value(_ method: ScoreMatching.Method) throws -> Double {
      let score = try ScoreMatching(method, sampleCount: 2, temperature: 500)
      let draw = score.draw(epoch: 0)
      return try sample.value([0, 1, 2], score) { draw.fill($0, frame: $1, sample: $2) }
    }
    let exact = try value(.sliced)
    let errors = try [0.01, 0.005, 0.0025].map { try value(.difference(step: $0)) - exact }
    try #require(errors[2].magnitude > 1e-9 * exact.magnitude)
    for (larger, smaller) in zip(errors, errors.dropFirst()) {
      #expect((larger / smaller - 4).magnitude < 0.05)
    }
    // What is left of the error's first term, by Richardson.
    let rest = (4 * errors[2] - errors[1]) / 3
    #expect(rest.magnitude < 1e-2 * errors[2].magnitude)
  }

  @Test("denoising compares the forces of displaced atoms with −kT u / σ²")
  func denoising() throws {
    let set = try ScoreSample.molecules()
    let sample = try ScoreSample(.mace, set)
    let field = try ScoreSample.field(.mace, species: set.species)
    let noise = 0.07
    let score = try ScoreMatching(.denoising(noise: noise), sampleCount: 2, temperature: 500)
    let draw = score.draw(epoch: 9)
    #expect(draw.isGaussian)
    let found = try sample.value([0, 1, 2], score, normalization: 0.4) {
      draw.fill($0, frame: $1, sample: $2)
    }
    var settings = ComputeSettings()
    (settings.precision, settings.evaluator) = (.float64, .reference)
    var expected = 0.0
    for frame in 0..<set.count {
      let kT = ScoreMatching.boltzmann * (frame == 1 ? 900 : 500)
      let count = 3 * set.atomCount(of: frame)
      let v = try Buffer<Double>(count: count)
      for number in 0..<2 {
        draw.fill(v.view, frame: frame, sample: number)
        let u = (0..<count).map { noise * v[$0] }
        let species = (0..<count / 3).map { set[frame].atomicNumbers[$0] }
        let moved = (0..<count).map { set[frame].positions[$0] + u[$0] }
        let result = try field.compute(
          atomicNumbers: species.span, positions: moved.span, cell: nil, quantities: [.forces],
          settings: settings)
        let forces = try #require(result.forces)
        for index in 0..<count {
          let error = forces[index] + kT * u[index] / (noise * noise)
          expected += 0.4 / 2 * 0.5 * (noise / kT) * (noise / kT) * error * error
        }
      }
    }
    #expect(isClose(found, expected, 1e-12))
  }

  static let methods: [ScoreMatching.Method] = [
    .sliced, .difference(step: 0.02), .denoising(noise: 0.05),
  ]

  @Test(
    "gradients are differences in the weights", arguments: methods, ScoreSample.Family.allCases)
  func gradients(_ method: ScoreMatching.Method, _ family: ScoreSample.Family) throws {
    let sample = try ScoreSample(family, ScoreSample.molecules())
    let loss = TrainingLoss(
      score: try ScoreMatching(
        method, directions: .gaussian, sampleCount: 2, temperature: 500, seed: 5))
    let count = sample.model.parameterCount
    let start = sample.model.initialValues
    let (values, gradient) = (try Buffer<Double>(count: count), try Buffer<Double>(count: count))
    values.view.copy(from: start.view)
    func value(_ gradient: View<Double>?) throws -> Double {
      sample.engine.load(values.view)
      let result = try sample.engine.loss([0, 1, 2], loss, epoch: 3, gradient: gradient)
      #expect(result.terms == [result.value])
      return result.value
    }
    let plain = try value(nil)
    #expect(isClose(try value(gradient.view), plain, 1e-13))
    let size = (0..<count).reduce(0) { max($0, gradient[$1].magnitude) }
    try #require(size > 1e-4)
    // Every parameter by itself.
    for index in 0..<count {
      let h = 2e-4
      func moved(_ step: Double) throws -> Double {
        values[index] = start[index] + step
        defer { values[index] = start[index] }
        return try value(nil)
      }
      let (near, far) = (try moved(h) - moved(-h), try moved(2 * h) - moved(-2 * h))
      let slope = (8 * near - far) / (12 * h)
      #expect((gradient[index] - slope).magnitude < 1e-6 * size, "parameter \(index)")
    }
  }

  @Test(
    "threads and single precision change little, epochs and seeds much", arguments: methods)
  func rounding(_ method: ScoreMatching.Method) throws {
    let set = try ScoreSample.molecules()
    func gradient<S: TrainingScalar>(
      _: S.Type, threads: Int, epoch: Int = 2, seed: UInt64 = 1
    ) throws -> [Double] where S.Output == Double {
      let model = try TrainableModel(ScoreSample.field(.mace, species: set.species))
      let engine = try BatchEngine<S>(
        model, NeighborCache(set, cutoff: model.cutoff), threadCount: threads, fixed: [],
        needsCurvature: true)
      let loss = TrainingLoss(score: try ScoreMatching(method, temperature: 500, seed: seed))
      let gradient = try Buffer<Double>(count: model.parameterCount)
      // Twice, for what is gathered must be forgotten.
      _ = try engine.loss([0, 1, 2, 0], loss, epoch: epoch, gradient: gradient.view)
      let value = try engine.loss([0, 1, 2, 0], loss, epoch: epoch, gradient: gradient.view).value
      return [value] + Array(gradient)
    }
    let exact = try gradient(Double.self, threads: 1)
    let size = exact.reduce(0) { max($0, $1.magnitude) }
    func distance(_ other: [Double]) -> Double {
      zip(exact, other).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } / size
    }
    #expect(distance(try gradient(Double.self, threads: 2)) < 1e-12)
    #expect(distance(try gradient(Double.self, threads: 5)) < 1e-12)
    #expect(distance(try gradient(Float.self, threads: 2)) < 1e-3)
    #expect(distance(try gradient(Double.self, threads: 1, epoch: 3)) > 1e-3)
    #expect(distance(try gradient(Double.self, threads: 1, seed: 2)) > 1e-3)
  }

  @Test("a Hessian of the loss in the weights comes out as of any other", arguments: methods)
  func hessian(_ method: ScoreMatching.Method) throws {
    let set = try ScoreSample.molecules()
    let model = try TrainableModel(ScoreSample.field(.mace, species: set.species))
    let cache = try NeighborCache(set, cutoff: model.cutoff)
    let loss = TrainingLoss(score: try ScoreMatching(method, temperature: 500))
    let count = model.parameterCount
    let start = model.initialValues
    var numbers = RandomNumbers(seed: 5)
    let direction = (0..<count).map { _ in 0.1 * numbers.normal() }
    func gradient<S: TrainingScalar>(
      _: S.Type, _ parameter: (Int) -> S.Output
    ) throws -> [S.Output] {
      let engine = try BatchEngine<S>(
        model, cache, threadCount: 1, fixed: [], needsCurvature: true)
      let values = try Buffer<S.Output>(count: count)
      for index in 0..<count { values[index] = parameter(index) }
      engine.load(values.view)
      let result = try Buffer<S.Output>(count: count)
      _ = try engine.loss([0, 1], loss, epoch: 0, gradient: result.view)
      return (0..<count).map { result[$0] }
    }
    let product = try gradient(Dual<Double>.self) { Dual(start[$0], tangent: direction[$0]) }
    let size = product.reduce(0) { max($0, $1.tangent.magnitude) }
    try #require(size > 1e-4)
    func moved(_ step: Double) throws -> [Double] {
      try gradient(Double.self) { start[$0] + step * direction[$0] }
    }
    let h = 1e-4
    let (near, far) = (zip(try moved(h), try moved(-h)), zip(try moved(2 * h), try moved(-2 * h)))
    for (index, (one, two)) in zip(near, far).enumerated() {
      let slope = (8 * (one.0 - one.1) - (two.0 - two.1)) / (12 * h)
      #expect((product[index].tangent - slope).magnitude < 1e-6 * size)
    }
  }

  @Test("weights of structures and of forces multiply; frames without temperature add nothing")
  func weights() throws {
    var options = DataSetOptions()
    options.unlabeled = .keep
    options.keys.temperature = "T"
    let plain = frame("T=300") + frame("T=600", atoms: 3, shift: 0.1)
    let cold = plain + frame("", atoms: 4, shift: 0.2) + frame("T=0", shift: 0.3)
    let weighted =
      frame("T=300 config_weight=2")
      + frame("T=600 config_weight=0.5 config_forces_weight=3", atoms: 3, shift: 0.1)
    let sets = try [plain, cold, weighted].map { try dataSet($0, options: options) }
    #expect(sets[1].count == 4 && sets[1].labels.isEmpty && sets[1].unlabeledCount == 0)
    #expect((0..<4).map { sets[1][$0].labels.temperature } == [300, 600, nil, 0])
    let loss = TrainingLoss(score: try ScoreMatching(.sliced))
    func value(_ set: DataSet, _ frames: [Int]) throws -> Double {
      try ScoreSample(.mace, set).engine.loss(frames, loss, epoch: 0, gradient: nil).value
    }
    let parts = try [value(sets[0], [0]), value(sets[0], [1])]
    // Means are over atoms: two of five, and three of five.
    let both = try value(sets[0], [0, 1])
    #expect(isClose(both, 0.4 * parts[0] + 0.6 * parts[1], 1e-12))
    #expect(try value(sets[1], [0, 1, 2, 3]) == both)
    #expect(try value(sets[1], [2, 3]) == 0)
    #expect(
      isClose(try value(sets[2], [0, 1]), 0.4 * 2 * parts[0] + 0.6 * 1.5 * parts[1], 1e-12))
    #expect(loss.labels.isEmpty && loss.termCount == 1 && loss.terms.isEmpty)
    // What is no sample stays none, whatever the temperature of the others.
    let warm = try ScoreMatching(.sliced, temperature: 300)
    #expect(
      (0..<4).map { warm.thermalEnergy(of: sets[1][$0].labels) != nil } == [
        true, true, true, false,
      ])
    // Of the velocities of a frame, as programs of dynamics write it, nothing follows.
    let dynamics = try dataSet(frame("temperature=271"), options: options)
    #expect(dynamics[0].labels.temperature == nil)
    for text in ["T=cold", "T=nan"] {
      #expect(throws: HoneError.self) { try dataSet(frame(text), options: options) }
    }
  }

  @Test("directions have a mean of zero and a variance of one, and are signs if wanted")
  func draws() throws {
    let score = try ScoreMatching(.sliced)
    let (signs, again) = (try Buffer<Double>(count: 4000), try Buffer<Double>(count: 4000))
    score.draw(epoch: 7).fill(signs.view, frame: 3, sample: 1)
    score.draw(epoch: 7).fill(again.view, frame: 3, sample: 1)
    #expect(Array(signs) == Array(again))
    #expect(Array(signs).allSatisfy { $0.magnitude == 1 })
    #expect(Array(signs).reduce(0, +).magnitude < 4 * 4000.0.squareRoot())
    let others: [(Int?, Int, Int)] = [(8, 3, 1), (7, 4, 1), (7, 3, 0), (nil, 3, 1)]
    for (epoch, frame, sample) in others {
      score.draw(epoch: epoch).fill(again.view, frame: frame, sample: sample)
      let product = (0..<4000).reduce(0) { $0 + signs[$1] * again[$1] }
      #expect(product.magnitude < 4 * 4000.0.squareRoot())
    }
    let gaussian = try ScoreMatching(.sliced, directions: .gaussian).draw(epoch: 0)
    gaussian.fill(again.view, frame: 0, sample: 0)
    #expect((Array(again).reduce(0) { $0 + $1 * $1 } / 4000 - 1).magnitude < 0.1)
  }

  @Test("objectives without sense are refused")
  func refusals() {
    for (method, count, temperature, message) in [
      (
        .difference(step: 0), 1, 300,
        "expected a step of central differences in Å above 0, got 0.0"
      ),
      (.denoising(noise: -1), 1, 300, "expected a noise in Å above 0, got -1.0"),
      (.sliced, 0, 300, "expected one sample of a frame or more, got 0"),
      (.sliced, 1, 0, "expected a temperature in K above 0, got 0.0"),
      (.sliced, 1, .nan, "expected a temperature in K above 0, got nan"),
    ] as [(ScoreMatching.Method, Int, Double, String)] {
      #expect(
        sentence {
          _ = try ScoreMatching(method, sampleCount: count, temperature: temperature)
        } == message)
    }
  }
}
