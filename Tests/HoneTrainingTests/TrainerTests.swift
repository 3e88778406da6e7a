import HoneFormats
import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Trainer")
struct TrainerTests {
  /// A recorded run of mace-torch, as a file and settings.
  private struct Recorded {
    let field: ForceField
    let data: DataSet
    let losses: [Double]
    let settings: JSONValue

    init(_ name: String) throws {
      let document = try JSONValue(
        parsing: Bytes(contentsOfFile: PackagePaths.golden + "/training/adam-\(name).json"))
      field = try ForceField(
        path: PackagePaths.golden + "/" + (try #require(document["model"]?.string)))
      losses = (document["losses"]?.array ?? []).compactMap(\.double)
      settings = try #require(document["settings"])
      var text = ""
      for frame in try #require(document["frames"]?.array) { text += try Self.text(frame) }
      let reader = try DataSetReader()
      try reader.add(bytes: Array(text.utf8), name: name)
      data = try DataSet(reader)
    }

    private static func numbers(_ value: JSONValue?) -> [Double] {
      (value?.array ?? []).flatMap { row in
        row.array.map { $0.compactMap(\.double) } ?? [row.double].compactMap { $0 }
      }
    }

    private static func text(_ frame: JSONValue) throws -> String {
      let elements = numbers(frame["atomic_numbers"])
      let (positions, forces) = (numbers(frame["positions"]), numbers(frame["forces"]))
      let cell = numbers(frame["cell"])
      var text = "\(elements.count)\n"
      if cell.count == 9 { text += "Lattice=\"\(cell.map { "\($0)" }.joined(separator: " "))\" " }
      let periodic = (frame["pbc"]?.array ?? []).map { $0.bool == true ? "T" : "F" }
      text += "pbc=\"\(periodic.joined(separator: " "))\" "
      text += "Properties=Z:I:1:pos:R:3:forces:R:3 energy=\(frame["energy"]?.double ?? .nan)\n"
      for (atom, element) in elements.enumerated() {
        let row = positions[3 * atom..<3 * atom + 3] + forces[3 * atom..<3 * atom + 3]
        text += "\(Int(element)) " + row.map { "\($0)" }.joined(separator: " ") + "\n"
      }
      return text
    }

    func trainer(threads: Int = 1, precision: Precision = .float64) throws -> Trainer {
      func setting(_ name: String) throws -> Double { try #require(settings[name]?.double) }
      var weights = MACELossWeights()
      weights.energy = .constant(try setting("energy_weight"))
      weights.forces = .constant(try setting("forces_weight"))
      var adam = AdamSettings()
      adam.keepsLargest = settings["amsgrad"]?.bool == true
      adam.weightDecay = try setting("weight_decay")
      var run = TrainingSettings(
        loss: try LossSchedule([.init(start: 0, loss: TrainingLoss(mace: .weighted, weights))]),
        schedule: try LearningRateSchedule(initialRate: try setting("learning_rate")))
      run.precision = precision
      run.threadCount = threads
      run.batchLimit = .structures(data.count)
      run.optimizer = .adam(adam)
      run.clipping = .none
      run.epochCount = losses.count
      return try Trainer(
        field, cache: NeighborCache(data, cutoff: field.cutoff),
        split: Split(training: Array(0..<data.count), validation: []), settings: run)
    }
  }

  @Test(
    "fifty steps of Adam follow the losses of mace-torch", arguments: ["vector-l3", "density-zbl"])
  func recorded(_ name: String) throws {
    let run = try Recorded(name)
    try #require(run.losses.count == 50)
    let trainer = try run.trainer()
    for expected in run.losses {
      let loss = try trainer.step()
      #expect((loss - expected).magnitude < 1e-6 * expected.magnitude, "\(loss), mace \(expected)")
      _ = try trainer.finishEpoch()
    }
    #expect(trainer.isDone)
    #expect(run.losses[49] < 0.9 * run.losses[0])
  }
}
