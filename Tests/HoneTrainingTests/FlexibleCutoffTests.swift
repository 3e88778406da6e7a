import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Training with radii that vary")
struct FlexibleCutoffTests {
  private func settings(least: Double?, epochs: Int = 2) throws -> TrainingSettings {
    var settings = TrainingSettings(
      loss: try LossSchedule([.init(start: 0, loss: TrainingLoss(mace: .weighted))]),
      schedule: try LearningRateSchedule(initialRate: 0.01))
    settings.leastCutoff = least
    settings.epochCount = epochs
    settings.precision = .float64
    settings.batchLimit = .structures(5)
    settings.averageDecay = nil
    return settings
  }

  private func trainer(
    _ settings: TrainingSettings, count: Int = 20, field: ForceField? = nil
  ) throws -> Trainer {
    var head = HeadDescription()
    head.atomicEnergies = [-1, -8]
    let field = try field ?? ForceField(PairSample.description(heads: [head]), seed: 3)
    let data = try PairSample.dataSet(count: count)
    return try Trainer(
      field, cache: NeighborCache(data, cutoff: field.cutoff),
      split: Split(of: Array(0..<count), validation: .count(5), seed: 2), settings: settings)
  }

  @Test("radii depend on seed, epoch, step and frame, and are uniform")
  func draws() {
    let draw = RadiusDraw(least: 3, largest: 5, seed: 7)
    let first = draw.step(4, epoch: 2)
    #expect(first[11] == draw.step(4, epoch: 2)[11])
    let others = [
      first[12], draw.step(5, epoch: 2)[11], draw.step(4, epoch: 3)[11],
      RadiusDraw(least: 3, largest: 5, seed: 8).step(4, epoch: 2)[11],
    ]
    #expect(!others.contains(first[11]) && Set(others).count == 4)
    var bins = [Int](repeating: 0, count: 10)
    for step in 0..<50 {
      for frame in 0..<200 {
        let radius = draw.step(step, epoch: 1)[frame]
        #expect(radius >= 3 && radius < 5)
        bins[min(9, Int((radius - 3) * 5))] += 1
      }
    }
    // Of 10000 in ten bins: a standard deviation of 30.
    #expect(bins.allSatisfy { (850...1150).contains($0) }, "\(bins)")
  }

  @Test("the gradient of a batch with drawn radii equals central differences")
  func gradient() throws {
    let trainer = try trainer(try settings(least: 2))
    let engine = try BatchEngine<Double>(trainer.model, trainer.cache, threadCount: 2, fixed: [])
    let radii = RadiusDraw(least: 2, largest: 4, seed: 1).step(3, epoch: 1)
    let loss = try TrainingLoss(mace: .weighted)
    let frames = [0, 3, 7, 8]
    let count = trainer.model.parameterCount
    let values = try Buffer<Double>(count: count)
    let gradient = try Buffer<Double>(count: count)
    var numbers = RandomNumbers(seed: 5)
    let direction = (0..<count).map { _ in numbers.normal() }
    func value(_ step: Double) throws -> Double {
      for index in 0..<count {
        values[index] = trainer.model.initialValues[index] + step * direction[index]
      }
      engine.load(values.view)
      return try engine.loss(frames, loss, epoch: 0, radii: radii, gradient: gradient.view).value
    }
    let h = 1e-4
    let near = try value(h) - value(-h)
    let far = try value(2 * h) - value(-2 * h)
    let difference = (8 * near - far) / (12 * h)
    let center = try value(0)
    let slope = (0..<count).reduce(0) { $0 + gradient[$1] * direction[$1] }
    #expect(isClose(slope, difference, 1e-6), "\(slope), differences \(difference)")
    let full = try engine.loss(frames, loss, epoch: 0, gradient: gradient.view).value
    #expect((full - center).magnitude > 1e-3 * full)
  }

  @Test("runs go on from checkpoints bit for bit, and have the same radii with more threads")
  func resumed() throws {
    var settings = try settings(least: 2.5)
    let whole = try trainer(settings)
    while !whole.isDone {
      while !whole.progress.isEpochDone { try whole.step() }
      _ = try whole.finishEpoch()
    }
    let folder = try TemporaryFolder()
    let path = folder.path("checkpoint.safetensors")
    var part = try trainer(settings)
    while !part.isDone {
      while !part.progress.isEpochDone {
        try part.step()
        try part.saveCheckpoint(to: path, description: "")
        part = try trainer(settings)
        try part.restoreCheckpoint(from: path, description: "")
      }
      _ = try part.finishEpoch()
    }
    #expect((0..<whole.values.count).allSatisfy { whole.values[$0] == part.values[$0] })
    settings.threadCount = 2
    let (one, two) = (try trainer(try self.settings(least: 2.5)), try trainer(settings))
    #expect(isClose(try one.step(), try two.step(), 1e-12))
    let fixed = try trainer(try self.settings(least: nil))
    #expect(!isClose(try fixed.step(), try trainer(settings).step(), 1e-6))
  }

  @Test("the model says what radii it knows, validates with its own, and is better at smaller ones")
  func smallerRadius() throws {
    func trained(_ least: Double?) throws -> (field: ForceField, record: EpochRecord) {
      let trainer = try trainer(try settings(least: least, epochs: 40), count: 60)
      var last: EpochRecord?
      while !trainer.isDone {
        while !trainer.progress.isEpochDone { try trainer.step() }
        last = try trainer.finishEpoch()
      }
      return (try trainer.bestForceField(), try #require(last))
    }
    let flexible = try trained(2.6)
    let fixed = try trained(nil)
    #expect(flexible.field.leastTrainingRadius == 2.6 && fixed.field.leastTrainingRadius == nil)
    let folder = try TemporaryFolder()
    try flexible.field.save(to: folder.path("a.safetensors"))
    let read = try ForceField(path: folder.path("a.safetensors"))
    #expect(read.leastTrainingRadius == 2.6 && read.cutoff == 4)

    let test = try PairSample.dataSet(count: 20, seed: 77)
    var compute = ComputeSettings()
    compute.precision = .float64
    func error(_ field: ForceField, _ radius: Double?) throws -> Double {
      let field = try field.refined(
        radius.map { RadiusRefinement(mode: .envelope, radius: $0) })
      let errors = try field.errors(on: test, settings: compute, workspaces: WorkspacePool())
      return try #require(errors.forces.rootMeanSquare)
    }
    for radius in [2.8, 3.2] {
      let (with, without) = (try error(flexible.field, radius), try error(fixed.field, radius))
      #expect(with < 0.7 * without, "at \(radius) Å: \(with) and \(without) eV/Å")
    }
    // At its own radius it is about as good, which is where it is validated.
    let validation = try #require(flexible.record.validation?.forces.rootMeanSquare)
    #expect(try error(flexible.field, nil) < 2 * validation)
  }

  @Test("radii that make no sense are refused")
  func refusals() throws {
    for least in [0, -1, 4.5, .nan, .infinity] {
      #expect(throws: HoneError.self, "\(least)") { try trainer(try settings(least: least)) }
    }
    let refined = try ForceField(PairSample.description(), seed: 1).refined(
      RadiusRefinement(mode: .envelope, radius: 3))
    #expect(throws: HoneError.self) { try trainer(try settings(least: 2), field: refined) }
    _ = try trainer(try settings(least: 4))
  }
}
