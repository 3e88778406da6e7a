import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("A pull towards the first parameters")
struct StartingPullTests {
  @Test("is decoupled, follows the rates of groups, and never goes beyond the start")
  func formula() throws {
    let start = try Buffer([1.0, 2, 3, 4])
    let layout = try ParameterLayout(
      [
        ParameterGroup(name: "a", role: .interaction, range: 0..<2, rateFactor: 0.5),
        ParameterGroup(name: "b", role: .readout, range: 2..<3, rateFactor: 0),
        ParameterGroup(name: "c", role: .product, range: 3..<4, decays: false),
      ], parameterCount: 4)
    let values = try Buffer([2.0, 0, 5, 8])
    StartingPull(strength: 2, start: start).apply(values.view, layout, rate: 0.1)
    // η λ = 0.1 and 0.2, none for the frozen one.
    #expect(zip(Array(values), [1.9, 0.2, 5, 7.2]).allSatisfy { isClose($0, $1, 1e-15) })
    StartingPull(strength: 1e9, start: start).apply(values.view, layout, rate: 0.1)
    #expect(Array(values) == [1, 2, 5, 4])
  }

  @Test("a step of the trainer is that of the optimiser from the pulled parameters")
  func trainer() throws {
    func trainer(_ pull: Double) throws -> Trainer {
      var settings = TrainingSettings(
        loss: try LossSchedule([.init(start: 0, loss: .lengths())]),
        schedule: try LearningRateSchedule(initialRate: 1e-3))
      settings.optimizer = .gradientDescent(GradientDescentSettings())
      settings.startingPull = pull
      settings.precision = .float64
      settings.clipping = .none
      let data = try PairSample.dataSet(count: 4)
      let field = try ForceField(PairSample.description(), seed: 3)
      return try Trainer(
        field, cache: NeighborCache(data, cutoff: field.cutoff),
        split: Split(training: Array(0..<4), validation: []), settings: settings)
    }
    let (pulled, free) = (try trainer(50), try trainer(0))
    try pulled.step()
    try free.step()
    // Nothing to pull at in the first step.
    #expect((0..<free.values.count).allSatisfy { pulled.values[$0] == free.values[$0] })
    _ = (try pulled.finishEpoch(), try free.finishEpoch())
    try pulled.step()
    try free.step()
    let start = free.model.initialValues
    var moved = 0
    for group in pulled.layout.groups {
      for index in group.range {
        let before = pulled.values[index] - free.values[index]
        guard group.rateFactor > 0 else {
          #expect(before == 0)
          continue
        }
        let step = free.values[index] - start[index]
        if step.magnitude > 1e-9 { moved += 1 }
      }
    }
    #expect(moved > 100)
    func distance(_ trainer: Trainer) -> Double {
      (0..<start.count).reduce(0) { sum, index in
        let step = trainer.values[index] - start[index]
        return sum + step * step
      }
    }
    for _ in 0..<20 {
      for trainer in [pulled, free] {
        if trainer.progress.isEpochDone { _ = try trainer.finishEpoch() }
        try trainer.step()
      }
    }
    #expect(distance(pulled) < 0.9 * distance(free))
  }
}
