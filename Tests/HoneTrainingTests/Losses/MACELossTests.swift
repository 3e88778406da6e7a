import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

/// A loss of a batch with its derivatives, from labels of a file and predictions of a golden one.
struct GoldenBatch {
  let set: DataSet
  let predictions: [(energy: Double, forces: Buffer<Double>, virial: Buffer<Double>)]

  init(_ name: String) throws {
    set = try DataSet(paths: [TrainingGolden.folder + "/\(name).xyz"])
    guard
      case .array(let values) = try #require(TrainingGolden.json()["sets"]?[name]?["predictions"])
    else { throw HoneError(.format, "expected predictions") }
    predictions = try values.map { value in
      let virial = try TrainingGolden.numbers(value["virial"])
      return (
        try #require(value["energy"]?.double),
        try Buffer(TrainingGolden.numbers(value["forces"])), try Buffer(virial)
      )
    }
  }

  struct Result {
    var value = 0.0
    var terms: [Double]
    var energy: [Double] = []
    var forces: [Double] = []
    var virial: [Double] = []
  }

  func evaluate(_ loss: TrainingLoss, epoch: Int = 0) throws -> Result {
    let normalization = loss.normalization(of: (0..<set.count).map { set[$0].labels }, epoch: epoch)
    var result = Result(terms: Array(repeating: 0, count: loss.terms.count))
    for (index, prediction) in predictions.enumerated() {
      let memory = try Buffer<Double>(count: prediction.forces.count)
      let virial = try Buffer<Double>(count: 9)
      var seeds: LossSeeds<Double>? = LossSeeds(forces: memory.view, virial: virial.view)
      result.value += try loss.add(
        set[index].labels,
        FramePrediction(
          energy: prediction.energy, forces: prediction.forces.view,
          virial: prediction.virial.view),
        normalization, seeds: &seeds, values: &result.terms)
      result.energy.append(seeds?.energy ?? .nan)
      result.forces += Array(memory)
      result.virial += Array(virial)
    }
    return result
  }
}

func matrix(_ x: [Double]) -> Matrix3 {
  Matrix3([x[0], x[1], x[2]], [x[3], x[4], x[5]], [x[6], x[7], x[8]])
}

@Suite("mace's losses")
struct MACELossTests {
  private func weights() throws -> MACELossWeights {
    let json = try TrainingGolden.json()
    var weights = MACELossWeights()
    weights.energy = .constant(try #require(json["weights"]?["energy"]?.double))
    weights.forces = .constant(try #require(json["weights"]?["forces"]?.double))
    weights.stress = .constant(try #require(json["weights"]?["stress"]?.double))
    weights.huberDelta = try #require(json["huber_delta"]?.double)
    return weights
  }

  private func expect(
    _ name: MACELoss, _ file: String, _ missing: TrainingLoss.MissingLabels
  ) throws {
    let golden = try #require(TrainingGolden.json()["sets"]?[file]?["losses"]?[name.rawValue])
    let result = try GoldenBatch(file).evaluate(
      TrainingLoss(mace: name, weights(), missing: missing))
    #expect(isClose(result.value, try #require(golden["value"]?.double), 1e-12))
    #expect(isClose(result.terms.reduce(0, +), result.value, 1e-14))
    for (found, key) in [
      (result.energy, "energy"), (result.forces, "forces"), (result.virial, "virial"),
    ] {
      let expected = try TrainingGolden.numbers(golden[key])
      #expect(found.count == expected.count)
      let scale = expected.reduce(0) { max($0, $1.magnitude) }
      let error = zip(found, expected).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
      #expect(error <= 1e-12 * scale)
    }
  }

  @Test("values and derivatives where all labels are there", arguments: MACELoss.allCases)
  func allLabels(name: MACELoss) throws {
    try expect(name, "labels-all", .notCounted)
    try expect(name, "labels-all", .counted)
  }

  @Test(
    "values and derivatives where mace switches missing labels off by their weights",
    arguments: [MACELoss.weighted, .forcesOnly, .virials, .stress, .universal])
  func someLabels(name: MACELoss) throws {
    try expect(name, "labels-some", .counted)
  }

  @Test("labels that are missing are neither counted nor fitted")
  func missingLabels() throws {
    let batch = try GoldenBatch("labels-some")
    for name in MACELoss.allCases {
      let result = try batch.evaluate(TrainingLoss(mace: name, weights()))
      let counted = try batch.evaluate(TrainingLoss(mace: name, weights(), missing: .counted))
      // The files lack the energy of frame 0, two forces and two virials; the labels that are there
      // weigh more for it.
      #expect(result.energy[0] == 0)
      #expect(result.value > counted.value)
      let hasVirial: [MACELoss] = [.virials, .stress, .huber, .universal]
      if hasVirial.contains(name) {
        #expect(result.virial[18..<36].allSatisfy { $0 == 0 })
        let last = result.terms.count - 1
        #expect(isClose(result.terms[last] * 5, counted.terms[last] * 7, 1e-13))
      }
    }
  }
}
