import HoneFormats
import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("The loss of lengths of force errors")
struct LengthLossTests {
  @Test("is the mean magnitude of energy errors and the mean length of force errors, weighted")
  func value() throws {
    let loss = try TrainingLoss.lengths()
    let forces = [try Buffer([3.0, 4, 0]), try Buffer([0.0, 0, 1, 0, 0, 0])]
    let labels = [
      FrameLabels(atomCount: 1, energy: 2, forces: forces[0].view),
      FrameLabels(atomCount: 2, energy: -1, forces: forces[1].view),
    ]
    let normalization = loss.normalization(of: labels, epoch: 0)
    var values = [0.0, 0.0]
    for label in labels {
      let zeros = try Buffer<Double>(repeating: 0, count: 3 * label.atomCount)
      let room = try Buffer<Double>(count: 3 * label.atomCount)
      let virial = try Buffer<Double>(count: 9)
      var seeds: LossSeeds<Double>? = LossSeeds(forces: room.view, virial: virial.view)
      try loss.add(
        label, FramePrediction(energy: 0, forces: zeros.view), normalization, seeds: &seeds,
        values: &values)
      // An error of zero has a derivative of zero, where the length has none.
      #expect(Array(room).allSatisfy { $0.isFinite })
      if label.atomCount == 2 { #expect(Array(room)[3...].allSatisfy { $0 == 0 }) }
      withExtendedLifetime((zeros, virial)) {}
    }
    withExtendedLifetime(forces) {}
    #expect(isClose(values[0], (2 + 1) / 2.0, 1e-15))
    #expect(isClose(values[1], 1000 * (5 + 1 + 0) / 3.0, 1e-15))
  }

  @Test("its gradient in parameters equals central differences")
  func gradient() throws {
    let data = try PairSample.dataSet(count: 4)
    let model = try TrainableModel(ForceField(PairSample.description(), seed: 5))
    let cache = try NeighborCache(data, cutoff: model.cutoff)
    let engine = try BatchEngine<Double>(model, cache, threadCount: 1, fixed: [])
    let loss = try TrainingLoss.lengths()
    let count = model.parameterCount
    let values = try Buffer<Double>(count: count)
    let gradient = try Buffer<Double>(count: count)
    var numbers = RandomNumbers(seed: 9)
    let direction = (0..<count).map { _ in numbers.normal() }
    func value(_ step: Double) throws -> Double {
      for index in 0..<count {
        values[index] = model.initialValues[index] + step * direction[index]
      }
      engine.load(values.view)
      return try engine.loss([0, 1, 2, 3], loss, epoch: 0, gradient: gradient.view).value
    }
    let h = 1e-4
    let near = try value(h) - value(-h)
    let far = try value(2 * h) - value(-2 * h)
    let difference = (8 * near - far) / (12 * h)
    _ = try value(0)
    let slope = (0..<count).reduce(0) { $0 + gradient[$1] * direction[$1] }
    #expect(isClose(slope, difference, 1e-6), "\(slope), differences \(difference)")
  }

  @Test("a configuration names it, with weights of 1 and 1000")
  func configuration() throws {
    func loss(_ text: String) throws -> TrainingLoss {
      try TrainingConfiguration(
        json: JSONValue(parsing: "{\"loss\": \(text)}"), hasModel: true, given: .training
      ).settings.loss.stages[0].loss
    }
    #expect(try loss("{\"kind\": \"l2mae\"}") == TrainingLoss.lengths())
    #expect(
      try loss("{\"kind\": \"l2mae\", \"forces_weight\": 5}")
        == TrainingLoss.lengths(forces: .constant(5)))
    #expect(throws: HoneError.self) { try loss("{\"kind\": \"l3mae\"}") }
  }
}
