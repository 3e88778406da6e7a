import Foundation
import HoneFormats
import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Training without labels")
struct ScoreRunTests {
  private static let stiffness = 12.0
  private static let distance = 1.1

  /// Samples of two atoms joined by a spring of 12 eV/Å² at 600 K, as a file.
  ///
  /// In space distances have the density r² exp(−k (r − r₀)² / 2kT): drawn by rejection.
  private static func samples(_ count: Int, seed: UInt64, temperature: Bool = true) -> String {
    var numbers = RandomNumbers(seed: seed)
    let width = (ScoreMatching.boltzmann * 600 / stiffness).squareRoot()
    var text = ""
    for _ in 0..<count {
      var r = 0.0
      repeat {
        r = distance + width * numbers.normal()
      } while !(r > 0 && numbers.uniform() < r * r / 4)
      var v = SIMD3(numbers.normal(), numbers.normal(), numbers.normal())
      v *= r / (v * v).sum().squareRoot()
      text += "2\nProperties=species:S:1:pos:R:3\(temperature ? " sampling_temperature=600" : "")\n"
      text += "H 0 0 0\nH \(v.x) \(v.y) \(v.z)\n"
    }
    return text
  }

  private static func configuration(_ loss: String, data: String = "", epochs: Int = 2) -> String {
    """
    {"model": {"family": "mace", "cutoff": 3.0, "hidden_irreps": "8x0e", "max_ell": 1,
               "correlation": 1, "radial_hidden": [16, 16], "interactions": 1},
     "data": {"training": "samples.xyz", "validation_count": 40\(data)},
     "loss": \(loss),
     "schedule": {"learning_rate": 0.01, "shape": "cosine", "length": \(epochs)},
     "run": {"epochs": \(epochs), "batch_size": 20, "precision": "float64", "average_decay": 0.9}}
    """
  }

  private func run(
    _ text: String, _ folder: TemporaryFolder, _ output: String = "run", resumes: Bool = false,
    steps: Int = .max
  ) throws -> TrainingResult {
    let path = folder.path(output)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let run = try TrainingRun(
      TrainingConfiguration(json: JSONValue(parsing: text)), inputDirectory: folder.path(""),
      outputDirectory: path, resumes: resumes)
    var taken = 0
    return try run.run { event in
      if case .step = event { taken += 1 }
      return taken < steps
    }
  }

  @Test(
    "learns the force of a spring from samples of its distances",
    arguments: [
      #"{"kind": "score", "samples": 2}"#,
      #"{"kind": "score", "method": "difference", "samples": 2}"#,
      #"{"kind": "score", "method": "denoising", "noise": 0.02, "samples": 2}"#,
    ])
  func spring(_ loss: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("samples.xyz", Self.samples(640, seed: 5))
    let field = try run(Self.configuration(loss, epochs: 40), folder).model
    var settings = ComputeSettings()
    settings.precision = .float64
    func pull(_ r: Double) throws -> Double {
      let numbers: [Int32] = [1, 1]
      let positions = [0, 0, 0, r, 0, 0]
      let result = try field.compute(
        atomicNumbers: numbers.span, positions: positions.span, cell: nil, quantities: [.forces],
        settings: settings)
      return try #require(result.forces)[3]
    }
    // Distances vary by 0.066 Å. 600 samples leave 6 % of the stiffness open, a noise of 0.02 Å makes the
    // spring softer by a tenth (twice σ² to 0.066²: both atoms move), and the network has to bend as well.
    let slope = (try pull(1.15) - pull(1.05)) / 0.1
    #expect((slope + Self.stiffness).magnitude < 0.35 * Self.stiffness, "\(slope)")
    #expect(try pull(1.2) < -0.5 && pull(1.0) > 0.5)
  }

  @Test("goes on from checkpoints bit for bit", arguments: ["sliced", "denoising"])
  func resumed(_ method: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("samples.xyz", Self.samples(120, seed: 2))
    let text = Self.configuration(#"{"kind": "score", "method": "\#(method)"}"#, epochs: 3)
    let whole = try run(text, folder, "whole")
    let stopped = try run(text, folder, "parts", steps: 5)
    #expect(stopped.isCancelled)
    let rest = try run(text, folder, "parts", resumes: true)
    #expect(!rest.isCancelled && rest.epochCount == 3)
    let models = try [whole, rest].map { try TrainableModel($0.model).initialValues }
    #expect(Array(models[0]).map(\.bitPattern) == Array(models[1]).map(\.bitPattern))
    let log = try Bytes(contentsOfFile: folder.path("whole/log.jsonl"))
    let first = try JSONValue(
      parsing: Bytes(
        log.withUnsafeBytes { Array($0.prefix { $0 != UInt8(ascii: "\n") }) }))
    #expect(first["validation_loss"]?.double != nil && first["force_mae"] == nil)
    #expect(first["loss_terms"]?.array?.count == 1)
  }

  @Test("validates with directions that stay, whatever the epoch")
  func validation() throws {
    let set = try ScoreSample.molecules()
    let field = try ScoreSample.field(.mace, species: set.species)
    var settings = TrainingSettings(
      loss: try LossSchedule([
        .init(start: 0, loss: TrainingLoss(score: ScoreMatching(.sliced, temperature: 500)))
      ]), schedule: try LearningRateSchedule(initialRate: 0.01))
    settings.precision = .float64
    settings.averageDecay = nil
    settings.batchLimit = .structures(1)
    let trainer = try Trainer(
      field, cache: NeighborCache(set, cutoff: field.cutoff),
      split: Split(training: [0, 1], validation: [2]), settings: settings)
    let start = trainer.model.initialValues
    let before = try trainer.judge([2], with: start).loss
    for _ in 0..<2 { try trainer.step() }
    _ = try trainer.finishEpoch()
    #expect(trainer.progress.epoch == 1)
    #expect(try trainer.judge([2], with: start).loss == before)
    #expect(try trainer.judge([0, 1, 2], with: start).errors == ErrorStatistics())
  }

  @Test("a default temperature, keys and frames with labels go through the configuration")
  func configuration() throws {
    func settings(_ text: String) throws -> TrainingConfiguration {
      try TrainingConfiguration(json: JSONValue(parsing: text))
    }
    let plain = try settings(Self.configuration(#"{"kind": "score", "temperature": 300}"#))
    let expected = try ScoreMatching(.sliced, temperature: 300, seed: 1)
    #expect(plain.settings.loss.stages.map(\.loss.score) == [expected])
    #expect(plain.data.options.unlabeled == .keep && plain.fidelity == nil)
    let other = try settings(
      Self.configuration(
        #"{"kind": "score", "method": "difference", "step": 0.01, "directions": "gaussian", "samples": 4}"#,
        data: #", "unlabeled": "skip", "temperature_key": "T""#))
    #expect(other.data.options.unlabeled == .skip && other.data.options.keys.temperature == "T")
    #expect(
      other.settings.loss.stages[0].loss.score
        == (try ScoreMatching(.difference(step: 0.01), directions: .gaussian, sampleCount: 4)))
    let labels = try settings(Self.configuration(#"{"kind": "weighted"}"#))
    #expect(labels.data.options.unlabeled == .refuse)
    for (loss, message) in [
      (
        #"{"kind": "score", "noise": 0.1}"#,
        "expected one of the keys kind, method, temperature, samples, directions, got 'loss.noise'"
      ),
      (
        #"{"kind": "score", "method": "exact"}"#,
        "expected one of 'sliced', 'difference', 'denoising' as 'loss.method', got \"exact\""
      ),
      (
        #"{"kind": "score", "temperature": -3}"#, "expected a temperature in K above 0, got -3.0"
      ),
    ] { #expect(sentence { _ = try settings(Self.configuration(loss)) } == message) }
  }

  @Test("needs a temperature, and says where there is none")
  func temperatures() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file(
      "samples.xyz", Self.samples(60, seed: 3, temperature: false) + Self.samples(1, seed: 4))
    let text = Self.configuration(#"{"kind": "score"}"#)
    // The one frame with a temperature may be one to validate with: then none is left to train on.
    let alone = text.replacingOccurrences(
      of: #""validation_count": 40"#, with: #""validation_fraction": 0"#)
    var missing: [MissingLabel] = []
    try FileManager.default.createDirectory(
      atPath: folder.path("run"), withIntermediateDirectories: true)
    let some = try TrainingRun(
      TrainingConfiguration(json: JSONValue(parsing: alone)), inputDirectory: folder.path(""),
      outputDirectory: folder.path("run"), resumes: false)
    _ = try some.run { event in
      if case .began(let summary) = event { missing = summary.missingLabels }
      return false
    }
    #expect(missing.map(\.name) == ["temperature"] && missing.map(\.count) == [60])
    _ = try folder.file("samples.xyz", Self.samples(60, seed: 3, temperature: false))
    #expect(
      sentence { _ = try run(text, folder, "none") }
        == "the loss from epoch 0 on needs a temperature, which no frame to train on has: give the one "
        + "that the structures were sampled at, or the key of the temperatures")
    #expect(
      sentence { _ = try run(Self.configuration(#"{"kind": "weighted"}"#), folder, "labels") }?
        .contains("expected labels under one of") == true)
  }

  @Test("weights of fidelity come from the file of biases that a configuration names")
  func fidelity() throws {
    let folder = try TemporaryFolder()
    let golden = try FidelityGolden()
    try golden.bias().write(to: folder.path("bias.safetensors"))
    func trainer(_ fidelity: String) throws -> Trainer {
      let text = """
        {"data": {"validation_fraction": 0.34}, \(fidelity)
         "loss": {"kind": "l1l2energyforces"}, "run": {"epochs": 1, "precision": "float64"}}
        """
      let configuration = try TrainingConfiguration(
        json: JSONValue(parsing: text), hasModel: true, given: .training)
      return try Trainer.make(
        configuration, field: ScoreSample.field(.mace, species: golden.cheap.species),
        training: golden.cheap, validation: nil)
    }
    func table(_ rest: String) -> String {
      #""fidelity": {"bias": "\#(folder.path("bias.safetensors"))", \#(rest)},"#
    }
    let plain = try trainer("")
    let weighted = try trainer(table(#""gamma": 1"#))
    let expected = try ForceWeights(
      golden.bias().selecting(plain.split.training, of: golden.cheap), .deviations(1))
    var start = 0
    for frame in plain.split.training {
      let weights = try #require(weighted.cache.dataSet[frame].labels.fidelityWeights)
      for atom in 0..<weights.count { #expect(weights[atom] == expected.values[start + atom]) }
      start += weights.count
    }
    for frame in plain.split.validation {
      #expect(weighted.cache.dataSet[frame].labels.fidelityWeights == nil)
    }
    #expect(try weighted.step() != plain.step())
    let atoms = try trainer(
      table(#""gamma": 0.5, "unit": "absolute", "per": "atom", "least_effective": 0.2"#))
    let frame = try #require(plain.split.training.first)
    let weights = try #require(atoms.cache.dataSet[frame].labels.fidelityWeights)
    #expect(weights[0] != weights[1])
    for (rest, message) in [
      (#""per": "frame""#, "expected a positive number as 'fidelity.gamma', got nothing"),
      (#""gamma": 0"#, "expected a positive number as 'fidelity.gamma', got 0"),
      (
        #""gamma": 1, "per": "element""#,
        "expected one of 'frame', 'atom' as 'fidelity.per', got \"element\""
      ),
    ] { #expect(sentence { _ = try trainer(table(rest)) } == message) }
    // The least biased of six frames alone.
    let steep = try #require(
      sentence { _ = try trainer(table(#""gamma": 1e-6, "least_effective": 0.5"#)) })
    #expect(
      steep.hasPrefix(
        "expected weights with which at least 50 % of the frames count, got 16.7 % at γ = "))
  }
}
