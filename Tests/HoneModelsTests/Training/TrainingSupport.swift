import HoneNumerics
import HoneStructure
import HoneTestSupport

@testable import HoneModels

/// Structures of a fixture with the neighbours a model asks for, kept alive for a batch.
struct BatchFixture {
  let batch: TrainingBatch

  /// Joins structures.
  ///
  /// - Parameter cutoffs: Radii of their own, in Å.
  init(_ structures: [Structure], _ model: TrainableModel, cutoffs: [Double]? = nil) throws {
    var numbers: [Buffer<Int32>] = []
    var lists: [NeighborList] = []
    var starts: [Buffer<Int>] = []
    for structure in structures {
      numbers.append(try Buffer(structure.atomicNumbers))
      let list = try structure.neighborList(cutoff: model.cutoff)
      starts.append(try Buffer((0...list.atomCount).map { Int(list.starts[$0]) }))
      lists.append(list)
    }
    batch = try TrainingBatch(
      structures.indices.map {
        BatchMember(
          atomicNumbers: numbers[$0].view, starts: starts[$0].view,
          neighbors: lists[$0].neighbors, vectors: lists[$0].vectors, cutoff: cutoffs?[$0])
      }, speciesIndex: model.speciesIndex(of:))
    withExtendedLifetime((numbers, lists, starts)) {}
  }
}

/// Random seeds for a loss that is linear in energies, forces and virials.
struct LinearLoss<Output: HoneScalar> {
  let energies: Buffer<Output>
  let forces: Buffer<Output>
  let virials: Buffer<Output>

  init(_ batch: TrainingBatch, seed: UInt64) throws {
    var random = RandomNumbers(seed: seed)
    energies = try Buffer((0..<batch.structureCount).map { _ in Output(random.normal()) })
    forces = try Buffer((0..<3 * batch.atomCount).map { _ in Output(random.normal()) })
    // Not symmetric: virials of losses need not be.
    virials = try Buffer((0..<9 * batch.structureCount).map { _ in Output(0.3 * random.normal()) })
  }

  var seeds: PredictionSeeds<Output> {
    PredictionSeeds(energies: energies.view, forces: forces.view, virials: virials.view)
  }

  /// The loss of predictions, its three parts apart: sums of different sizes cancel less so.
  func value(_ predictions: BatchPredictions<Output>) -> Output {
    func inner(_ a: Buffer<Output>, _ b: Buffer<Output>) -> Output {
      (0..<a.count).reduce(Output.zero) { $0 + a[$1] * b[$1] }
    }
    return inner(energies, predictions.energies) + inner(forces, predictions.forces)
      + inner(virials, predictions.virials)
  }
}
