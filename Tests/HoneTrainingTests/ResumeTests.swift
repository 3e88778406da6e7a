import HoneFormats
import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneTraining

/// A small model on a small data set, several batches to an epoch.
private struct SmallRun {
  static let frames = PackagePaths.golden + "/training/labels-all.xyz"

  static func settings(
    optimizer: OptimizerMethod = .adam(AdamSettings()), rate: Double = 0.01
  ) throws -> TrainingSettings {
    var settings = TrainingSettings(
      loss: try LossSchedule([.init(start: 0, loss: TrainingLoss(mace: .weighted))]),
      schedule: try LearningRateSchedule(
        initialRate: rate, shape: .cosine(length: 4, minimum: 0), unit: .epoch))
    settings.optimizer = optimizer
    settings.epochCount = 3
    settings.batchLimit = .structures(1)
    return settings
  }

  static func trainer(_ settings: TrainingSettings) throws -> Trainer {
    let data = try DataSet(paths: [frames])
    var description = MACEDescription()
    description.species = data.species.map { Int($0) }
    description.cutoff = 4
    description.hiddenIrreps = "8x0e+8x1o"
    description.maxEll = 2
    description.correlation = [2]
    description.radialHidden = [16]
    description.averageNeighborCount = 10
    let field = try ForceField(description, seed: 3)
    return try Trainer(
      field, cache: NeighborCache(data, cutoff: field.cutoff),
      split: Split(of: Array(0..<data.count), validation: .count(1), seed: 2), settings: settings)
  }

  /// Everything that a run ends with.
  static func run(_ trainer: Trainer) throws -> [EpochRecord] {
    var records: [EpochRecord] = []
    while !trainer.isDone {
      while !trainer.progress.isEpochDone { try trainer.step() }
      records.append(try trainer.finishEpoch())
    }
    return records
  }
}

private func bitPatterns(_ values: Buffer<Double>) -> [UInt64] {
  (0..<values.count).map { values[$0].bitPattern }
}

@Suite("Runs of training")
struct RunTests {
  @Test("make the loss small, and are the same for a seed and a number of threads")
  func repeats() throws {
    for precision in [Precision.float32, .float64] {
      var settings = try SmallRun.settings()
      settings.precision = precision
      settings.threadCount = 3
      settings.batchLimit = .structures(8)
      let first = try SmallRun.trainer(settings)
      let second = try SmallRun.trainer(settings)
      let records = try SmallRun.run(first)
      _ = try SmallRun.run(second)
      #expect(bitPatterns(first.values) == bitPatterns(second.values))
      #expect(bitPatterns(first.bestValues) == bitPatterns(second.bestValues))
      try #require(records.count == 3)
      #expect(records[2].trainingLoss < records[0].trainingLoss)
    }
  }

  @Test("threads and single precision change gradients by rounding alone")
  func rounding() throws {
    var settings = try SmallRun.settings()
    settings.batchLimit = .structures(8)
    func gradient(_ precision: Precision, _ threads: Int) throws -> (loss: Double, [Double]) {
      settings.precision = precision
      settings.threadCount = threads
      let trainer = try SmallRun.trainer(settings)
      let loss = try trainer.step()
      return (loss, (0..<trainer.gradient.count).map { trainer.gradient[$0] })
    }
    let exact = try gradient(.float64, 1)
    let size = exact.1.reduce(0) { max($0, $1.magnitude) }
    try #require(size > 0)
    for (precision, threads, tolerance) in [
      (Precision.float64, 2, 1e-12), (.float64, 5, 1e-12), (.float32, 1, 1e-4), (.float32, 3, 1e-4),
    ] {
      let other = try gradient(precision, threads)
      #expect((other.loss - exact.loss).magnitude <= tolerance * exact.loss)
      let worst = zip(exact.1, other.1).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
      #expect(worst <= tolerance * size, "\(precision), \(threads) threads: \(worst) of \(size)")
    }
  }

  static let methods: [OptimizerMethod] = [
    .adam(AdamSettings()), .muon(MuonSettings()),
    .gradientDescent(GradientDescentSettings(momentum: 0.9)),
  ]

  @Test("go on from checkpoints, ten of them, bit for bit", arguments: methods.indices)
  func resumed(_ index: Int) throws {
    var settings = try SmallRun.settings(optimizer: Self.methods[index], rate: 1e-4)
    settings.weightAverageStart = index == 1 ? 1 : nil
    settings.sharpnessRadius = index == 2 ? 0.01 : nil
    let whole = try SmallRun.trainer(settings)
    let expected = try SmallRun.run(whole)
    let folder = try TemporaryFolder()
    let path = folder.path("checkpoint.safetensors")
    var trainer = try SmallRun.trainer(settings)
    let steps = whole.progress.totalSteps
    try #require(steps >= 10)
    let stops = Set((1...10).map { $0 * steps / 11 })
    var records: [EpochRecord] = []
    while !trainer.isDone {
      while !trainer.progress.isEpochDone {
        try trainer.step()
        guard stops.contains(trainer.progress.totalSteps) else { continue }
        try trainer.saveCheckpoint(to: path, description: "a run")
        trainer = try SmallRun.trainer(settings)
        try trainer.restoreCheckpoint(from: path, description: "a run")
      }
      records.append(try trainer.finishEpoch())
    }
    #expect(bitPatterns(trainer.values) == bitPatterns(whole.values))
    #expect(bitPatterns(trainer.bestValues) == bitPatterns(whole.bestValues))
    #expect(records.map(\.trainingLoss) == expected.map(\.trainingLoss))
    #expect(records.map(\.validationLoss) == expected.map(\.validationLoss))
  }

  @Test("refuse checkpoints of other runs, and damaged ones")
  func refusedCheckpoints() throws {
    let settings = try SmallRun.settings()
    let trainer = try SmallRun.trainer(settings)
    let folder = try TemporaryFolder()
    let path = folder.path("checkpoint.safetensors")
    try trainer.saveCheckpoint(to: path, description: "a run")
    #expect(throws: HoneError.self) {
      try trainer.restoreCheckpoint(from: path, description: "another")
    }
    var bytes = try Bytes(contentsOfFile: path).withUnsafeBytes { Array($0) }
    bytes.removeLast(100)
    try AtomicFile.write(to: path) { (sink) throws(HoneError) in try sink.write(bytes) }
    #expect(throws: HoneError.self) {
      try trainer.restoreCheckpoint(from: path, description: "a run")
    }
  }

  @Test("refuse checkpoints with numbers that are none, and stay as they were")
  func damagedNumbers() throws {
    let settings = try SmallRun.settings()
    let (writer, reader) = (try SmallRun.trainer(settings), try SmallRun.trainer(settings))
    let folder = try TemporaryFolder()
    let path = folder.path("checkpoint.safetensors")
    try writer.step()
    try reader.step()
    try reader.step()
    let (before, progress) = (bitPatterns(reader.values), reader.progress)
    func refused() throws -> Bool {
      try writer.saveCheckpoint(to: path, description: "")
      do {
        try reader.restoreCheckpoint(from: path, description: "")
      } catch let error as HoneError {
        #expect(error.kind == .format && error.message.contains("damaged"), "\(error)")
        #expect(bitPatterns(reader.values) == before && reader.progress == progress)
        return true
      }
      return false
    }
    let value = writer.bestValues[3]
    writer.bestValues[3] = .nan
    #expect(try refused())
    writer.bestValues[3] = value
    let right = writer.progress
    writer.progress.bestLoss = .nan
    #expect(try refused())
    writer.progress = right
    writer.progress.step = 1_000_000
    #expect(try refused())
    writer.progress = right
    writer.progress.isEpochDone = true
    #expect(try refused())
    writer.progress = right
    #expect(try !refused())
    #expect(reader.progress == right && bitPatterns(reader.values) == bitPatterns(writer.values))
  }

  @Test("that diverge say where, and keep their parameters")
  func divergence() throws {
    let trainer = try SmallRun.trainer(try SmallRun.settings(rate: 1e150))
    var failure: HoneError?
    var before = bitPatterns(trainer.values)
    do {
      for _ in 0..<20 {
        before = bitPatterns(trainer.values)
        try trainer.step()
        if trainer.progress.isEpochDone { _ = try trainer.finishEpoch() }
      }
    } catch let error as HoneError {
      failure = error
    }
    #expect(failure?.kind == .notConverged)
    #expect(failure?.message.contains("labels-all.xyz") == true, "\(failure?.message ?? "none")")
    #expect(bitPatterns(trainer.values) == before)
  }

  @Test("refuse frames that are not there, and losses of labels that nobody has")
  func refusals() throws {
    let data = try DataSet(paths: [SmallRun.frames])
    let field = try ForceField(path: PackagePaths.golden + "/mace/vector-l3.model")
    #expect(throws: HoneError.self) {
      try Trainer(
        field, cache: NeighborCache(data, cutoff: field.cutoff),
        split: Split(training: [0, data.count], validation: []),
        settings: SmallRun.settings())
    }
    let trainer = try SmallRun.trainer(try SmallRun.settings())
    #expect(throws: HoneError.self) { _ = try trainer.finishEpoch() }
  }
}
