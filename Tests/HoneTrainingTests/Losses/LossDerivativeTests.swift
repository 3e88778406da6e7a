import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Derivatives of losses")
struct LossDerivativeTests {
  static let quantities: [LossTerm.Quantity] = [
    .energyPerAtom, .energy, .forces, .virialPerAtom, .virial, .stress,
  ]

  /// All functions that a quantity may have, with errors on both sides of the kinks.
  static let terms: [LossTerm] = quantities.flatMap { quantity -> [LossTerm] in
    var functions: [LossFunction] = [.squared, .absolute, .huber(delta: 0.3)]
    if quantity == .forces { functions += [.conditionalHuber(delta: 0.5), .vectorLength] }
    if quantity == .stress { functions = [.squared, .absolute, .huber(delta: 3e-4)] }
    return functions.flatMap { function in
      [LossTerm.StructureWeighting.none, .factor, .error].map {
        LossTerm(quantity, function, weight: .constant(1.7), weighting: $0)
      }
    }
  }

  private struct Sample {
    var labels: FrameLabels
    let labelForces: Buffer<Double>
    let atomWeights: Buffer<Double>
    var energy: Double
    let forces: Buffer<Double>
    var virial: [Double]

    init(atoms: Int, _ numbers: inout RandomNumbers) throws {
      // Labels of force beyond 100, 200 and 300 eV/Å, and errors of order one.
      labelForces = try Buffer(count: 3 * atoms)
      forces = try Buffer(count: 3 * atoms)
      for index in 0..<3 * atoms {
        labelForces[index] = 90 * Double(index / 3) * (1 + 0.1 * numbers.normal())
        forces[index] = labelForces[index] + 0.7 * numbers.normal()
      }
      atomWeights = try Buffer((0..<atoms).map { 0.5 + Double($0) })
      virial = (0..<9).map { _ in numbers.normal() }
      energy = numbers.normal()
      var weights = FrameWeights()
      (weights.structure, weights.energy, weights.forces) = (1.3, 0.8, 1.2)
      (weights.stress, weights.virial) = (0.6, 1.9)
      labels = FrameLabels(
        atomCount: atoms, energy: energy + numbers.normal(), forces: labelForces.view,
        virial: matrix(virial.map { $0 + numbers.normal() }), volume: 2000, weights: weights,
        atomWeights: atomWeights.view)
    }
  }

  @Test("equal central differences", arguments: terms)
  func centralDifferences(term: LossTerm) throws {
    var numbers = RandomNumbers(seed: 11)
    var samples = [
      try Sample(atoms: 4, &numbers), try Sample(atoms: 5, &numbers),
      try Sample(atoms: 1, &numbers),
    ]
    let loss = try TrainingLoss(terms: [term])
    let normalization = loss.normalization(of: samples.map(\.labels), epoch: 0)
    var values = [0.0]

    func value(_ sample: Sample) throws -> Double {
      var none: LossSeeds?
      return try loss.add(
        sample.labels,
        FramePrediction(
          energy: sample.energy, forces: sample.forces.view, virial: matrix(sample.virial)),
        normalization, seeds: &none, values: &values)
    }

    for index in samples.indices {
      let memory = try Buffer<Double>(count: samples[index].forces.count)
      var seeds: LossSeeds? = LossSeeds(forces: memory.view)
      let center = try loss.add(
        samples[index].labels,
        FramePrediction(
          energy: samples[index].energy, forces: samples[index].forces.view,
          virial: matrix(samples[index].virial)),
        normalization, seeds: &seeds, values: &values)
      #expect(try value(samples[index]) == center)
      let found = try #require(seeds)
      let step = 1e-4
      var slopes: [(Double, Double)] = []
      func slope(_ change: (inout Sample, Double) -> Void) throws -> Double {
        change(&samples[index], step)
        let plus = try value(samples[index])
        change(&samples[index], -2 * step)
        let minus = try value(samples[index])
        change(&samples[index], step)
        return (plus - minus) / (2 * step)
      }
      slopes.append((found.energy, try slope { $0.energy += $1 }))
      for component in 0..<memory.count {
        slopes.append((memory[component], try slope { $0.forces[component] += $1 }))
      }
      for component in 0..<9 {
        slopes.append(
          (found.virial.elements[component], try slope { $0.virial[component] += $1 }))
      }
      let scale = slopes.reduce(0) { max($0, $1.0.magnitude) }
      #expect(scale > 0)
      // A length has third derivatives: the step's own error is 1e-8 of it. The sums are of order
      // one and lose 1e-16 over the step.
      for (derivative, difference) in slopes {
        #expect((derivative - difference).magnitude < 1e-7 * scale + 1e-11)
      }
    }
  }

  @Test("derivatives are added to what is there")
  func accumulation() throws {
    let batch = try GoldenBatch("labels-all")
    let energy = LossTerm(.energyPerAtom, .squared, weight: .constant(2))
    let total = LossTerm(.energy, .absolute, weight: .constant(3))
    let both = try batch.evaluate(TrainingLoss(terms: [energy, total]))
    let first = try batch.evaluate(TrainingLoss(terms: [energy]))
    let second = try batch.evaluate(TrainingLoss(terms: [total]))
    for index in both.energy.indices {
      #expect(isClose(both.energy[index], first.energy[index] + second.energy[index], 1e-14))
    }
  }
}
