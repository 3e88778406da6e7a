import HoneModels
import HoneNumerics
import HonePriors
import HoneRefinement
import HoneStructure
import HoneTestSupport
import HoneTraining

/// A small model with two heads that were trained together, and priors for it.
enum RefinementSample {
  static let reference = PairClusters.Morse()
  static let pairPrior = PairClusters.Morse(depth: 0.35, distance: 1.7, constant: -2)

  /// Heads `main` and `prior` over one representation of hydrogen and oxygen.
  static func base() throws -> ForceField { try made.get() }

  private static let made = Result<ForceField, any Error> { try make() }

  private static func make() throws -> ForceField {
    let data = try dataSet([("main", reference), ("prior", pairPrior)], count: 24)
    var main = HeadDescription(name: "main")
    var prior = HeadDescription(name: "prior")
    (main.atomicEnergies, prior.atomicEnergies) = ([-1, -8], [-2, -16])
    let field = try ForceField(description(heads: [main, prior]), seed: 3)
    var settings = TrainingSettings(
      loss: try LossSchedule([.init(start: 0, loss: .lengths(forces: .constant(10)))]),
      schedule: try LearningRateSchedule(
        initialRate: 0.01, shape: .cosine(length: 25, minimum: 0)))
    settings.epochCount = 25
    settings.precision = .float64
    settings.averageDecay = nil
    let trainer = try Trainer(
      field, cache: NeighborCache(data, cutoff: field.cutoff),
      split: Split(training: Array(0..<data.count), validation: []), settings: settings)
    while !trainer.isDone {
      while !trainer.progress.isEpochDone { try trainer.step() }
      _ = try trainer.finishEpoch()
    }
    return try trainer.bestForceField()
  }

  static func description(heads: [HeadDescription]) -> MACEDescription {
    var description = MACEDescription()
    description.species = [1, 8]
    description.cutoff = 4
    description.hiddenIrreps = "8x0e+8x1o"
    description.maxEll = 2
    description.correlation = [2]
    description.radialHidden = [16]
    description.averageNeighborCount = 4
    description.heads = heads
    return description
  }

  static func dataSet(
    _ heads: [(name: String, potential: PairClusters.Morse)], count: Int
  ) throws -> DataSet {
    let reader = try DataSetReader()
    for (index, head) in heads.enumerated() {
      for structure in try PairClusters.structures(count, seed: 1 + 1000 * UInt64(index)) {
        var labels = StructureLabels()
        (labels.energy, labels.forces) = head.potential.labels(structure)
        labels.head = head.name
        try reader.add(structure, labels)
      }
    }
    return try DataSet(reader)
  }

  /// Closer together than the training data, and of another composition.
  static func systems(_ count: Int = 12, seed: UInt64 = 9) throws -> [PriorSystem] {
    try PairClusters.structures(
      count, species: [8, 8, 1, 8, 8, 1], spacing: 1.35, noise: 0.1, seed: seed
    ).map { try PriorSystem($0) }
  }

  static func replay(_ count: Int = 10) throws -> [ReplayStructure] {
    try PairClusters.structures(count, seed: 1).map { ReplayStructure($0) }
  }

  /// A potential as a prior, its energies shifted.
  static func prior(
    _ potential: PairClusters.Morse = pairPrior, shift: Double = 0
  ) -> CallbackPrior {
    CallbackPrior(name: "morse") { system in
      let (energy, forces) = potential.labels(system.structure)
      return PriorLabels(energy: energy + shift, forces: forces)
    }
  }

  /// The presets in double precision; the standard one with labels of the prior for its head.
  static func settings(
    _ preset: WeightRefinementSettings.Preset = .standard, steps: Int? = nil
  ) -> WeightRefinementSettings {
    var settings = WeightRefinementSettings.preset(preset)
    settings.precision = .float64
    if preset == .standard {
      // Small steps of the prior's head alone: what the parts do shows better.
      (settings.targets, settings.part) = (.prior, .min)
      (settings.learningRate, settings.batchSize, settings.stepCount) = (3e-4, 8, 200)
    }
    settings.stepCount = steps ?? settings.stepCount
    return settings
  }

  /// The root mean square error of force components, in eV/Å.
  static func error(
    _ field: ForceField, _ head: Int, _ potential: PairClusters.Morse, _ systems: [PriorSystem]
  ) throws -> Double {
    var sum = 0.0
    var count = 0
    for system in systems {
      let structure = system.structure
      let labels = potential.labels(structure)
      let forces = try forces(field, head, structure)
      for (predicted, wanted) in zip(forces, labels.forces) {
        sum += (predicted - wanted) * (predicted - wanted)
      }
      count += forces.count
    }
    return (sum / Double(count)).squareRoot()
  }

  static func forces(_ field: ForceField, _ head: Int, _ structure: Structure) throws -> [Double] {
    var settings = ComputeSettings()
    settings.precision = .float64
    settings.evaluator = .reference
    settings.head = head
    let result = try field.compute(
      atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span, cell: nil,
      quantities: .forces, settings: settings)
    guard let forces = result.forces else { return [] }
    return (0..<forces.count).map { forces[$0] }
  }
}
