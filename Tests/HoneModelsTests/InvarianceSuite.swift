import HoneModels
import HoneStructure
import HoneTestSupport

/// What must hold for every force field whatever its weights: each function returns the worst
/// deviation, in eV and Å, of energies and virials per atom.
struct InvarianceSuite {
  let model: ForceField
  var head = 0
  var precision = Precision.float64
  var evaluator = Evaluator.automatic
  /// What tables may err, if not what suits the precision.
  var tableTolerance: Double?

  var description: String { "head \(head), \(evaluator)" }

  static let everything: Quantities = [.energy, .forces, .virial, .atomEnergies, .atomVirials]

  /// A rotation about no axis in particular, by 1.1.
  static let rotation: Tensor = {
    let axis = SIMD3(2.0, -1, 0.5) / 5.25.squareRoot()
    // cos 1.1 and sin 1.1.
    let (c, s) = (0.45359612142557737, 0.8912073600614354)
    return Tensor(
      rows: (0..<3).map { i in
        var row = (1 - c) * axis[i] * axis
        row[i] += c
        row[(i + 1) % 3] -= s * axis[(i + 2) % 3]
        row[(i + 2) % 3] += s * axis[(i + 1) % 3]
        return row
      })
  }()

  /// The map r → −r.
  static let inversion = Tensor(rows: [[-1, 0, 0], [0, -1, 0], [0, 0, -1]])

  /// Everything about a sample.
  func evaluate(_ sample: Sample, threads: Int = 1) throws -> Outcome {
    let result = try compute(sample, Self.everything, threads: threads)
    let forces = result.forces.map(Array.init) ?? []
    let virials = result.atomVirials.map(Array.init) ?? []
    return Outcome(
      energy: result.energy,
      forces: (0..<forces.count / 3).map {
        SIMD3(forces[3 * $0], forces[3 * $0 + 1], forces[3 * $0 + 2])
      },
      virial: result.virial.map { Tensor($0[...]) } ?? .zero,
      atomEnergies: result.atomEnergies.map(Array.init) ?? [],
      atomVirials: (0..<virials.count / 9).map { Tensor(virials[9 * $0..<9 * $0 + 9]) })
  }

  func energy(_ sample: Sample) throws -> Double { try compute(sample, .energy).energy }

  func compute(
    _ sample: Sample, _ quantities: Quantities, threads: Int = 1
  ) throws -> ComputeResult {
    var settings = ComputeSettings()
    settings.precision = precision
    settings.threadCount = threads
    settings.head = head
    settings.evaluator = evaluator
    settings.tableTolerance = tableTolerance
    let positions = sample.positions.flatMap { [$0.x, $0.y, $0.z] }
    return try model.compute(
      atomicNumbers: sample.numbers.span, positions: positions.span, cell: sample.cell(),
      quantities: quantities, settings: settings)
  }

  /// Energies stay; forces and virials go with the sample.
  func rotation(_ sample: Sample, by rotation: Tensor = Self.rotation) throws -> Double {
    var expected = try evaluate(sample)
    expected.forces = expected.forces.map(rotation.applied)
    expected.virial = expected.virial.rotated(rotation)
    expected.atomVirials = expected.atomVirials.map { $0.rotated(rotation) }
    return try evaluate(sample.mapped(rotation.applied)).deviation(from: expected)
  }

  /// Nothing depends on where the sample is, nor on which images of its atoms are given.
  func translation(_ sample: Sample) throws -> Double {
    let expected = try evaluate(sample)
    let moved = try evaluate(sample.translated([3.7, -11.2, 0.9]))
    var images = sample
    for atom in images.positions.indices {
      images.positions[atom] += sample.lattice(atom % 3 - 1, (atom * 2) % 5 - 2, 1 - atom % 2)
    }
    return max(
      moved.deviation(from: expected), try evaluate(images).deviation(from: expected))
  }

  /// The order of the atoms does not matter.
  func permutation(_ sample: Sample) throws -> Double {
    var expected = try evaluate(sample)
    var order = Array(0..<sample.count)
    var generator = SeededGenerator(state: 17)
    order.shuffle(using: &generator)
    var shuffled = sample
    shuffled.numbers = order.map { sample.numbers[$0] }
    shuffled.positions = order.map { sample.positions[$0] }
    expected.forces = order.map { expected.forces[$0] }
    expected.atomEnergies = order.map { expected.atomEnergies[$0] }
    expected.atomVirials = order.map { expected.atomVirials[$0] }
    return try evaluate(shuffled).deviation(from: expected)
  }

  /// Copies of a cell side by side are the same solid.
  func supercell(_ sample: Sample) throws -> Double {
    guard let direction = sample.isPeriodic.firstIndex(of: true) else { return .infinity }
    var times = [1, 1, 1]
    times[direction] = 2
    return try evaluate(sample.repeated(times)).deviation(from: twice(evaluate(sample)))
  }

  /// Two molecules far apart do not know of each other.
  func farCopies(_ sample: Sample) throws -> Double {
    let both = sample + sample.translated([80, -120, 40])
    return try evaluate(both).deviation(from: twice(evaluate(sample)))
  }

  /// An atom out of everyone's reach adds its own energy and nothing else.
  func isolatedAtom(_ sample: Sample) throws -> Double {
    let lone = Sample(numbers: [sample.numbers[0]], positions: [[0, 0, 900]])
    let atom = try evaluate(lone)
    var expected = try evaluate(sample)
    expected.energy += atom.energy
    expected.forces.append(.zero)
    expected.atomEnergies.append(atom.energy)
    expected.atomVirials.append(.zero)
    return try evaluate(sample + lone).deviation(from: expected)
  }

  /// The parts of atoms sum to the whole.
  func sums(_ sample: Sample) throws -> Double {
    let outcome = try evaluate(sample)
    let count = Double(sample.count)
    let virial = outcome.atomVirials.reduce(.zero, +) - outcome.virial
    return worst([
      (outcome.atomEnergies.reduce(0, +) - outcome.energy) / count, virial.largest / count,
      outcome.atomVirials.count == sample.count ? 0 : .infinity,
      largest(outcome.forces.reduce(.zero, +)),
    ])
  }

  /// An atom alone has an energy, and no forces.
  func loneAtom(_ number: Int32) throws -> Double {
    let outcome = try evaluate(Sample(numbers: [number], positions: [[0.3, -0.7, 1.9]]))
    guard outcome.forces.count == 1, outcome.atomVirials.count == 1 else { return .infinity }
    return worst([
      outcome.energy - (outcome.atomEnergies.first ?? .nan), largest(outcome.forces[0]),
      outcome.virial.largest, outcome.atomVirials[0].largest,
    ])
  }

  private func twice(_ one: Outcome) -> Outcome {
    Outcome(
      energy: 2 * one.energy, forces: one.forces + one.forces, virial: 2 * one.virial,
      atomEnergies: one.atomEnergies + one.atomEnergies,
      atomVirials: one.atomVirials + one.atomVirials)
  }
}

/// A generator whose numbers are the same on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
