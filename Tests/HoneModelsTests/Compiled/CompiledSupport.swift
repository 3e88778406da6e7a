import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport

@testable import HoneModels

/// What a force field says of a structure, with who said it.
struct Evaluation: Equatable {
  var energy = 0.0
  var forces: [Double]
  var virial = [Double](repeating: 0, count: 9)
  var atomEnergies: [Double]
  var atomVirials: [Double]
  /// Why the reference evaluator did the work; `nil` when it did not.
  var fallback: String?

  /// The largest deviations from another evaluation.
  func deviation(from other: Evaluation) -> (
    energyPerAtom: Double, forces: Double, virialPerAtom: Double, atomEnergies: Double,
    atomVirials: Double
  ) {
    let count = Double(max(atomEnergies.count, 1))
    func largest(_ a: [Double], _ b: [Double]) -> Double {
      a.count == b.count ? worst(zip(a, b).map { $0 - $1 }) : .infinity
    }
    return (
      worst([energy - other.energy]) / count, largest(forces, other.forces),
      largest(virial, other.virial) / count, largest(atomEnergies, other.atomEnergies),
      largest(atomVirials, other.atomVirials)
    )
  }
}

extension ForceField {
  /// Everything about a structure, or what is chosen of it.
  func evaluate(
    _ structure: Structure, _ settings: ComputeSettings, in workspace: Workspace = Workspace(),
    _ quantities: Quantities = InvarianceSuite.everything
  ) throws -> Evaluation {
    let count = structure.atomCount
    // What nobody writes is seen.
    let mark = -4.25e300
    let energy = try Buffer(repeating: mark, count: 1)
    let forces = try Buffer(repeating: mark, count: 3 * count)
    let virial = try Buffer(repeating: mark, count: 9)
    let atomEnergies = try Buffer(repeating: mark, count: count)
    let atomVirials = try Buffer(repeating: mark, count: 9 * count)
    var targets = ComputeTargets()
    if quantities.contains(.energy) { targets.energy = energy.view }
    if quantities.contains(.forces) { targets.forces = forces.view }
    if quantities.contains(.virial) { targets.virial = virial.view }
    if quantities.contains(.atomEnergies) { targets.atomEnergies = atomEnergies.view }
    if quantities.contains(.atomVirials) { targets.atomVirials = atomVirials.view }
    try structure.atomicNumbers.withUnsafeBufferPointer { numbers in
      try structure.positions.withUnsafeBufferPointer { positions in
        try compute(
          atomicNumbers: numbers.span, positions: positions.span, cell: structure.cell,
          into: targets, settings: settings, workspace: workspace)
      }
    }
    return Evaluation(
      energy: energy[0], forces: Array(forces), virial: Array(virial),
      atomEnergies: Array(atomEnergies), atomVirials: Array(atomVirials),
      fallback: workspace.fallback)
  }
}

extension ComputeSettings {
  /// Settings that differ from the defaults in some.
  init(
    _ precision: Precision, _ evaluator: Evaluator = .automatic, head: Int = 0, threads: Int = 1,
    tolerance: Double? = nil
  ) {
    self.init()
    self.precision = precision
    self.evaluator = evaluator
    self.head = head
    threadCount = threads
    tableTolerance = tolerance
  }
}

extension Sample {
  /// The atoms and their cell.
  func structure() throws -> Structure {
    try Structure(
      atomicNumbers: numbers, positions: positions.flatMap { [$0.x, $0.y, $0.z] }, cell: cell())
  }

  /// Atoms of some species at random places of a periodic cube, no two closer than `apart`.
  static func random(_ species: [Int32], count: Int, edge: Double, apart: Double, seed: UInt64)
    -> Sample
  {
    var generator = SeededGenerator(state: seed)
    var sample = Sample(
      numbers: [], positions: [], rows: [[edge, 0, 0], [0, edge, 0], [0, 0, edge]])
    while sample.count < count {
      let place = SIMD3<Double>.random(in: 0..<edge, using: &generator)
      let isFree = sample.positions.allSatisfy { other in
        var difference = (place - other) / edge
        difference -= difference.rounded(.toNearestOrAwayFromZero)
        return (difference * difference).sum().squareRoot() * edge >= apart
      }
      guard isFree else { continue }
      sample.positions.append(place)
      sample.numbers.append(species[Int.random(in: 0..<species.count, using: &generator)])
    }
    return sample
  }
}

extension CompiledGraph {
  /// Arranges all atoms of a structure for two layers.
  func arrange(
    _ species: Buffer<Int32>, _ list: NeighborList, speciesCount: Int, threads: Int
  ) throws {
    let counts = try Buffer(repeating: species.count, count: 2)
    try arrange(
      EvaluationPoints(
        species: species.view, neighbors: list, centerCounts: counts.view, exchange: nil,
        keepsGhostVirials: true), speciesCount: speciesCount, Team(threadCount: threads))
    withExtendedLifetime(counts) {}
  }
}
