import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Losses")
struct TrainingLossTests {
  @Test("weights change with the epochs")
  func schedules() {
    #expect(WeightSchedule.constant(3).value(epoch: 7) == 3)
    let linear = WeightSchedule.linear(from: 1, to: 5, epochs: 10..<18)
    #expect([0, 10, 14, 18, 99].map(linear.value) == [1, 1, 3, 5, 5])
    let cosine = WeightSchedule.cosine(from: 1, to: 5, epochs: 10..<18)
    for (epoch, weight) in [(10, 1.0), (12, 3 - 2.0.squareRoot()), (14, 3), (18, 5)] {
      #expect(isClose(cosine.value(epoch: epoch), weight, 1e-15))
    }
    let switched = WeightSchedule.switched(from: 1, to: 1000, at: 4)
    #expect([0, 3, 4, 5].map(switched.value) == [1, 1, 1000, 1000])
    let empty = WeightSchedule.linear(from: 1, to: 2, epochs: 5..<5)
    #expect([5, 6].map(empty.value) == [1, 2])
  }

  @Test("the weight of the epoch is the one that counts")
  func epochs() throws {
    let batch = try GoldenBatch("labels-all")
    let loss = try TrainingLoss(terms: [
      LossTerm(.forces, .squared, weight: .switched(from: 1, to: 10, at: 2))
    ])
    let early = try batch.evaluate(loss, epoch: 1)
    let late = try batch.evaluate(loss, epoch: 2)
    #expect(isClose(late.value, 10 * early.value, 1e-14))
  }

  @Test("losses follow one another as mace's stages do")
  func stages() throws {
    let first = try TrainingLoss(mace: .universal)
    let second = try TrainingLoss(mace: .weighted)
    let schedule = try LossSchedule([.init(start: 5, loss: second), .init(start: 0, loss: first)])
    #expect(schedule.loss(epoch: 4) == first && schedule.loss(epoch: 5) == second)
    #expect((0..<8).filter(schedule.changes) == [5])
    #expect(throws: HoneError.self) { try LossSchedule([.init(start: 1, loss: first)]) }
    #expect(throws: HoneError.self) { try LossSchedule([]) }
    #expect(throws: HoneError.self) {
      try LossSchedule([.init(start: 0, loss: first), .init(start: 0, loss: second)])
    }
  }

  @Test("impossible losses are refused")
  func refusals() {
    #expect(
      throws: HoneError(
        .invalidArgument,
        "conditionalHuber(delta: 0.1) is a function of forces, got energy: choose squared, absolute "
          + "or huber")
    ) {
      try TrainingLoss(terms: [
        LossTerm(.energy, .conditionalHuber(delta: 0.1), weight: .constant(1))
      ])
    }
    for term in [
      LossTerm(.energy, .huber(delta: 0), weight: .constant(1)),
      LossTerm(.energy, .squared, weight: .constant(-1)),
      LossTerm(.energy, .squared, weight: .linear(from: 1, to: .nan, epochs: 0..<2)),
    ] {
      #expect(throws: HoneError.self) { try TrainingLoss(terms: [term]) }
    }
    #expect(throws: HoneError.self) { try TrainingLoss(terms: []) }
  }

  @Test("weights of atoms multiply what their forces add")
  func atomWeights() throws {
    let text =
      "2\nProperties=species:S:1:pos:R:3:forces:R:3:atom_weights:R:1\n"
      + "H 0 0 0 0 0 0 3\nH 1 0 0 0 0 0 0\n"
    let set = try dataSet(text)
    let loss = try TrainingLoss(terms: [LossTerm(.forces, .squared, weight: .constant(1))])
    let forces = try Buffer([1.0, 0, 0, 0, 5, 0])
    let memory = try Buffer<Double>(count: 6)
    let virial = try Buffer<Double>(count: 9)
    var seeds: LossSeeds<Double>? = LossSeeds(forces: memory.view, virial: virial.view)
    var values = [0.0]
    let value = try loss.add(
      set[0].labels, FramePrediction(energy: 0, forces: forces.view),
      loss.normalization(of: [set[0].labels], epoch: 0), seeds: &seeds, values: &values)
    // The mean is over components, whatever the weights.
    #expect(isClose(value, 3.0 / 6, 1e-15))
    #expect(Array(memory) == [1, 0, 0, 0, 0, 0])
  }

  @Test("predictions that lack something or have the wrong size are refused")
  func predictions() throws {
    let set = try DataSet(paths: [TrainingGolden.folder + "/labels-all.xyz"])
    let loss = try TrainingLoss(mace: .stress)
    let labels = set[5].labels
    let normalization = loss.normalization(of: [labels], epoch: 0)
    let few = try Buffer(repeating: 0.0, count: 6)
    let enough = try Buffer(repeating: 0.0, count: 9)
    for (forces, message) in [
      (nil, "the loss needs forces of the prediction, got none"),
      (few.view, "expected 9 numbers of forces of the prediction, got 6"),
      (enough.view, "the loss needs stress of the prediction, got none"),
    ] as [(View<Double>?, String)] {
      #expect(throws: HoneError(.invalidArgument, message)) {
        var seeds: LossSeeds<Double>?
        var values = [0.0, 0, 0]
        try loss.add(
          labels, FramePrediction(energy: 0, forces: forces), normalization, seeds: &seeds,
          values: &values)
      }
    }
  }

  @Test("a loss says which labels it needs")
  func neededLabels() throws {
    #expect(try TrainingLoss(mace: .l1l2).labels == [.energy, .forces])
    #expect(try TrainingLoss(mace: .universal).labels == [.energy, .forces, .virial])
    var weights = MACELossWeights()
    weights.stress = .constant(0)
    #expect(try TrainingLoss(mace: .stress, weights).labels == [.energy, .forces])
  }
}
