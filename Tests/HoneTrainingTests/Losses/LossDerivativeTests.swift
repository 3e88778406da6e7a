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
    let virial: Buffer<Double>

    init(atoms: Int, _ numbers: inout RandomNumbers) throws {
      // Labels of force beyond 100, 200 and 300 eV/Å, and errors of order one.
      labelForces = try Buffer(count: 3 * atoms)
      forces = try Buffer(count: 3 * atoms)
      for index in 0..<3 * atoms {
        labelForces[index] = 90 * Double(index / 3) * (1 + 0.1 * numbers.normal())
        forces[index] = labelForces[index] + 0.7 * numbers.normal()
      }
      atomWeights = try Buffer((0..<atoms).map { 0.5 + Double($0) })
      virial = try Buffer((0..<9).map { _ in numbers.normal() })
      energy = numbers.normal()
      var weights = FrameWeights()
      (weights.structure, weights.energy, weights.forces) = (1.3, 0.8, 1.2)
      (weights.stress, weights.virial) = (0.6, 1.9)
      labels = FrameLabels(
        atomCount: atoms, energy: energy + numbers.normal(), forces: labelForces.view,
        virial: matrix(Array(virial).map { $0 + numbers.normal() }), volume: 2000, weights: weights,
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
      var none: LossSeeds<Double>?
      return try loss.add(
        sample.labels,
        FramePrediction(
          energy: sample.energy, forces: sample.forces.view, virial: sample.virial.view),
        normalization, seeds: &none, values: &values)
    }

    for index in samples.indices {
      let memory = try Buffer<Double>(count: samples[index].forces.count)
      let virial = try Buffer<Double>(count: 9)
      var seeds: LossSeeds<Double>? = LossSeeds(forces: memory.view, virial: virial.view)
      let center = try loss.add(
        samples[index].labels,
        FramePrediction(
          energy: samples[index].energy, forces: samples[index].forces.view,
          virial: samples[index].virial.view),
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
          (found.virial[component], try slope { $0.virial[component] += $1 }))
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

  @Test("carry tangents of predictions", arguments: terms)
  func tangents(term: LossTerm) throws {
    var numbers = RandomNumbers(seed: 13)
    let sample = try Sample(atoms: 4, &numbers)
    let loss = try TrainingLoss(terms: [term])
    let normalization = loss.normalization(of: [sample.labels], epoch: 0)
    let direction = (0..<22).map { _ in numbers.normal() }
    /// The loss, its derivatives by the energy, 12 components of forces and 9 of the virial.
    func evaluate<T: HoneScalar>(_ moved: (Double, Double) -> T) throws -> [T] {
      let (forces, virial) = (try Buffer<T>(count: 12), try Buffer<T>(count: 9))
      for index in 0..<12 { forces[index] = moved(sample.forces[index], direction[1 + index]) }
      for index in 0..<9 { virial[index] = moved(sample.virial[index], direction[13 + index]) }
      let (forceSeeds, virialSeeds) = (try Buffer<T>(count: 12), try Buffer<T>(count: 9))
      var seeds: LossSeeds<T>? = LossSeeds(forces: forceSeeds.view, virial: virialSeeds.view)
      var values = [T.zero]
      let value = try loss.add(
        sample.labels,
        FramePrediction(
          energy: moved(sample.energy, direction[0]), forces: forces.view, virial: virial.view),
        normalization, seeds: &seeds, values: &values)
      return [value, seeds?.energy ?? .zero] + (0..<12).map { forceSeeds[$0] }
        + (0..<9).map { virialSeeds[$0] }
    }
    let carried = try evaluate { Dual($0, tangent: $1) }
    let h = 1e-5
    let (plus, minus) = (try evaluate { $0 + h * $1 }, try evaluate { $0 - h * $1 })
    let scale = carried.reduce(0) { max($0, $1.tangent.magnitude, $1.primal.magnitude) }
    for index in carried.indices {
      let slope = (plus[index] - minus[index]) / (2 * h)
      #expect((carried[index].tangent - slope).magnitude < 1e-7 * scale)
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
