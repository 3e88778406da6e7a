import HoneFormats
import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Weights of cheap forces")
struct ForceWeightsTests {
  private static func bias(_ values: [Double]) throws -> ForceBias {
    let ones = try Buffer(values)
    return ForceBias(
      frames: Array(values.indices), atomStarts: try Buffer(Array(0...values.count)),
      frameValues: ones, atomNorms: ones, atomMagnitudes: ones,
      structures: try Buffer(repeating: 0, count: values.count))
  }

  @Test("and the losses they make are those of NumPy")
  func golden() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let bias = try golden.bias()
    let cases = try #require(golden.json["weights"]?.array)
    try #require(cases.count == 6)
    for expected in cases {
      let number = try #require(expected["gamma"]?.double)
      let weights = try ForceWeights(
        bias, expected["unit"]?.string == "absolute" ? .absolute(number) : .deviations(number),
        per: expected["per"]?.string == "frame" ? .frame : .atom)
      let values = try TrainingGolden.numbers(expected["weights"])
      #expect(FidelityGolden.areClose(Array(weights.values), values))
      let part = try #require(expected["effective"]?.double)
      #expect(isClose(weights.effectiveFraction, part, 1e-12))
      let weighted = try golden.cheap.weightingForces(by: weights)
      for (name, function) in [
        ("squared", LossFunction.squared), ("absolute", .absolute), ("huber", .huber(delta: 0.3)),
        ("vectorLength", .vectorLength),
      ] {
        for weighting in [LossTerm.StructureWeighting.none, .factor] {
          let loss = try TrainingLoss(terms: [
            LossTerm(.forces, function, weight: .constant(1), weighting: weighting)
          ])
          let wanted = try #require(expected["losses"]?[name]?.double)
          #expect(isClose(try value(loss, weighted, golden.forces), wanted, 1e-12), "\(name)")
        }
      }
    }
  }

  /// The loss of all frames as one batch.
  private func value(
    _ loss: TrainingLoss, _ set: DataSet, _ forces: Buffer<Double>
  ) throws -> Double {
    let normalization = loss.normalization(of: (0..<set.count).map { set[$0].labels }, epoch: 0)
    var none: LossSeeds<Double>?
    var values = [Double](repeating: 0, count: loss.terms.count)
    var (sum, start) = (0.0, 0)
    for index in 0..<set.count {
      let size = 3 * set.atomCount(of: index)
      sum += try loss.add(
        set[index].labels,
        FramePrediction(energy: 0, forces: forces.view(from: start, count: size)), normalization,
        seeds: &none, values: &values)
      start += size
    }
    return sum
  }

  @Test("multiply what forces add to the gradient, and nothing that energies or virials add")
  func gradients() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let bias = try golden.bias()
    let weights = try ForceWeights(bias, .absolute(0.3), per: .atom)
    let weighted = try golden.cheap.weightingForces(by: weights)
    let loss = try TrainingLoss(mace: .weighted)
    var start = 0
    for index in 0..<golden.cheap.count {
      func seeds(_ set: DataSet) throws -> (energy: Double, forces: [Double], value: Double) {
        let labels = set[index].labels
        let memory = try Buffer<Double>(count: 3 * labels.atomCount)
        let virial = try Buffer<Double>(count: 9)
        var seeds: LossSeeds<Double>? = LossSeeds(forces: memory.view, virial: virial.view)
        var values = [0.0, 0.0]
        try loss.add(
          labels,
          FramePrediction(
            energy: 1, forces: golden.forces.view(from: 3 * start, count: memory.count)),
          loss.normalization(of: [labels], epoch: 0), seeds: &seeds, values: &values)
        return (try #require(seeds).energy, Array(memory), values[0])
      }
      let (plain, own) = (try seeds(golden.cheap), try seeds(weighted))
      #expect(plain.energy == own.energy && plain.value == own.value)
      for component in plain.forces.indices {
        let weight = weights.values[start + component / 3]
        #expect(isClose(own.forces[component], weight * plain.forces[component], 1e-14))
      }
      start += golden.cheap.atomCount(of: index)
    }
  }

  @Test("have a mean of one, whatever the biases")
  func extremes() throws {
    let least = Double.leastNonzeroMagnitude
    for values in [
      [0.1, 0.2, 0.4], [0, 0, 0], [least, 1000 * least, 1], [1e300, 1.7e308, 3], [0, 1e5, 1e-5],
      [7],
    ] {
      for gamma in [
        ForceWeights.Gamma.absolute(least), .absolute(1e-3), .absolute(1e3), .absolute(.infinity),
        .deviations(1e-3), .deviations(0.5), .deviations(.infinity),
      ] {
        for granularity in ForceWeights.Granularity.allCases {
          let weights = try ForceWeights(
            Self.bias(values), gamma, per: granularity, leastEffectiveFraction: 0)
          let found = Array(weights.values)
          #expect(found.allSatisfy { $0.isFinite && $0 >= 0 })
          #expect(isClose(found.reduce(0, +) / Double(found.count), 1, 1e-15))
          let part = weights.effectiveFraction
          #expect(part >= (1 - 1e-15) / Double(found.count) && part <= 1 + 1e-15)
          // The order of the biases is that of the weights, turned around.
          for (first, b) in zip(found, values) {
            for (second, c) in zip(found, values) where b < c { #expect(first >= second) }
          }
        }
      }
    }
  }

  @Test("are exactly one at γ = ∞, and where all biases are equal")
  func infinity() throws {
    let bias = try FidelityGolden().bias()
    for gamma in [ForceWeights.Gamma.absolute(.infinity), .deviations(.infinity)] {
      for granularity in ForceWeights.Granularity.allCases {
        let weights = try ForceWeights(bias, gamma, per: granularity)
        #expect(Array(weights.values).allSatisfy { $0 == 1 })
        #expect(weights.effectiveFraction == 1)
      }
    }
    let equal = try ForceWeights(Self.bias([0.3, 0.3, 0.3]), .deviations(0.1))
    #expect(Array(equal.values) == [1, 1, 1])
  }

  @Test("that leave too little are refused, and so is what is no bias and no γ")
  func refusals() throws {
    let steep = try Self.bias([0] + [Double](repeating: 1, count: 19))
    #expect(
      sentence { _ = try ForceWeights(steep, .absolute(0.01)) }
        == "expected weights with which at least 10 % of the frames count, got 5 % at γ = 0.01 eV/Å: "
        + "raise γ, or lower the bound")
    #expect(
      sentence {
        _ = try ForceWeights(steep, .absolute(0.01), per: .atom, leastEffectiveFraction: 0.055)
      }
        == "expected weights with which at least 5.5 % of the atoms count, got 5 % at γ = 0.01 eV/Å: "
        + "raise γ, or lower the bound")
    let allowed = try ForceWeights(steep, .absolute(0.01), leastEffectiveFraction: 0.05)
    #expect(isClose(allowed.values[0], 20, 1e-12))
    #expect(isClose(allowed.effectiveFraction, 0.05, 1e-12))
    for (values, message) in [
      ([], "expected one bias at least, got none: add labels"),
      (
        [0.1, .nan],
        "a bias must be finite and not negative, got nan as number 1: compute the biases anew"
      ),
      (
        [-0.1],
        "a bias must be finite and not negative, got -0.1 as number 0: compute the biases anew"
      ),
      (
        [0, .infinity],
        "a bias must be finite and not negative, got inf as number 1: compute the biases anew"
      ),
    ] as [([Double], String)] {
      #expect(sentence { _ = try ForceWeights(Self.bias(values), .absolute(1)) } == message)
    }
    for (gamma, text) in [
      (ForceWeights.Gamma.absolute(0), "0.0 eV/Å"), (.absolute(-1), "-1.0 eV/Å"),
      (.deviations(.nan), "nan standard deviations"),
    ] {
      #expect(
        sentence { _ = try ForceWeights(steep, gamma) }
          == "γ must be positive, got \(text): choose infinity for equal weights")
    }
    #expect(
      sentence { _ = try ForceWeights(steep, .absolute(1), leastEffectiveFraction: 1.5) }
        == "expected a least effective part of the labels from 0 to 1, got 1.5")
  }

  @Test("belong to a data set of their own, which may be copied, and to no other")
  func attachment() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let weights = try ForceWeights(golden.bias(), .deviations(1))
    let weighted = try golden.cheap.weightingForces(by: weights)
    #expect(golden.cheap[0].labels.fidelityWeights == nil)
    #expect(weighted.fingerprint != golden.cheap.fingerprint)
    let reader = try DataSetReader()
    try reader.add(golden.cheap)
    try reader.add(weighted)
    let both = try DataSet(reader)
    #expect(both.duplicates.conflictCount == golden.cheap.count)
    #expect(both[0].labels.fidelityWeights == nil)
    var start = 0
    for index in 0..<weighted.count {
      let count = weighted.atomCount(of: index)
      let expected = (start..<start + count).map { weights.values[$0] }
      #expect(weighted[index].labels.fidelityWeights.map { Array($0) } == expected)
      #expect(both[weighted.count + index].labels.fidelityWeights.map { Array($0) } == expected)
      start += count
    }
    // Weights of some frames alone leave the others without.
    let few = try ForceWeights(golden.bias().selecting([4, 1], of: golden.cheap), .deviations(1))
    let partly = try weighted.weightingForces(by: few)
    #expect((0..<9).filter { partly[$0].labels.fidelityWeights != nil } == [1, 4])
    let other = try dataSet(frame("energy=1", forces: "forces"))
    let zeros = try Buffer<Double>(repeating: 0, count: 6)
    let one = try ForceBias(of: other, against: zeros.view)
    withExtendedLifetime(zeros) {}
    #expect(
      sentence { _ = try golden.cheap.weightingForces(by: ForceWeights(one, .absolute(1))) }
        == "structure 0: expected weights of the structures of this data set, got those of another: "
        + "compute them from its own bias")
  }

  @Test(
    "at γ = ∞ a whole run is that without weights, bit for bit; at another it is not",
    arguments: [Precision.float32, .float64])
  func runs(_ precision: Precision) throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let bias = try golden.bias()
    func run(_ set: DataSet) throws -> [UInt64] {
      let field = try ScoreSample.field(.mace, species: set.species)
      var settings = TrainingSettings(
        loss: try LossSchedule([.init(start: 0, loss: TrainingLoss(mace: .l1l2))]),
        schedule: try LearningRateSchedule(initialRate: 0.01))
      settings.precision = precision
      settings.threadCount = 2
      settings.batchLimit = .structures(2)
      settings.epochCount = 3
      let trainer = try Trainer(
        field, cache: NeighborCache(set, cutoff: field.cutoff),
        split: Split(training: Array(0..<7), validation: [7, 8]), settings: settings)
      var losses: [UInt64] = []
      while !trainer.isDone {
        while !trainer.progress.isEpochDone { losses.append(try trainer.step().bitPattern) }
        losses.append(try #require(try trainer.finishEpoch().validationLoss).bitPattern)
      }
      return losses + Array(trainer.values).map(\.bitPattern)
    }
    let loss = try run(golden.cheap)
    for granularity in ForceWeights.Granularity.allCases {
      let equal = try ForceWeights(bias, .absolute(.infinity), per: granularity)
      #expect(try run(golden.cheap.weightingForces(by: equal)) == loss)
      let steep = try ForceWeights(bias, .deviations(1), per: granularity)
      #expect(try run(golden.cheap.weightingForces(by: steep)) != loss)
    }
  }
}
