import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneTraining

/// Small models and molecules for matching scores.
struct ScoreSample {
  enum Family: String, CaseIterable, Sendable {
    case mace, nequip
  }

  static func field(_ family: Family, species: [Int32], cutoff: Double = 4) throws -> ForceField {
    let species = species.map { Int($0) }
    switch family {
    case .mace:
      var description = MACEDescription()
      (description.species, description.cutoff) = (species, cutoff)
      description.hiddenIrreps = "4x0e+4x1o"
      description.maxEll = 2
      description.correlation = [2]
      description.radialHidden = [8]
      description.averageNeighborCount = 6
      return try ForceField(description, seed: 3)
    case .nequip:
      var description = NequIPDescription()
      (description.species, description.cutoff) = (species, cutoff)
      description.channels = 4
      description.interactionCount = 2
      description.radialHidden = [8]
      description.averageNeighborCount = 6
      description.precision = .float64
      return try ForceField(description, seed: 3)
    }
  }

  let model: TrainableModel
  let cache: NeighborCache
  let engine: BatchEngine<Double>
  var set: DataSet { cache.dataSet }

  init(_ family: Family, _ set: DataSet, threads: Int = 1) throws {
    model = try TrainableModel(Self.field(family, species: set.species))
    cache = try NeighborCache(set, cutoff: model.cutoff)
    engine = try BatchEngine(model, cache, threadCount: threads, fixed: [], needsCurvature: true)
  }

  /// Distorted molecules without labels, the second with a temperature of its own.
  static func molecules() throws -> DataSet {
    let golden = try FidelityGolden().cheap
    var options = DataSetOptions()
    options.unlabeled = .keep
    let reader = try DataSetReader(options: options)
    for index in [7, 5, 8] {
      let frame = golden[index]
      var labels = StructureLabels()
      if index == 5 { labels.temperature = 900 }
      try reader.add(
        Structure(
          atomicNumbers: (0..<frame.atomCount).map { frame.atomicNumbers[$0] },
          positions: (0..<3 * frame.atomCount).map { frame.positions[$0] }), labels)
    }
    return try DataSet(reader)
  }

  /// The objective of frames, with directions of the caller's.
  func value(
    _ frames: [Int], _ score: ScoreMatching, normalization: Double = 1,
    _ directions: @escaping ScoreDirections
  ) throws -> Double {
    try engine.score(
      frames, score, normalization: normalization, directions: directions, radii: nil, slots: nil,
      Team(threadCount: 1))
  }

  /// Energies, forces and the Hessian of a frame with the first parameters.
  func exact(_ frame: Int) throws -> (forces: [Double], hessian: [[Double]]) {
    let batch = try engine.batch([frame])
    let team = Team(threadCount: 1)
    let evaluator = try #require(engine.evaluators[0])
    let forces = try evaluator.evaluate(batch, forces: true, virials: false, team: team).forces
    let product = try model.positionHessian(head: 0)
    let count = forces.count
    let rows = try (0..<count).map { index in
      let (unit, row) = (try Buffer(repeating: 0.0, count: count), try Buffer<Double>(count: count))
      unit[index] = 1
      try product.multiply(batch, unit.view, into: row.view, team: team)
      withExtendedLifetime(unit) {}
      return (0..<count).map { row[$0] }
    }
    return ((0..<count).map { forces[$0] }, rows)
  }
}
