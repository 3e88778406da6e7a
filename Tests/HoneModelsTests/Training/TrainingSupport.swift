import HoneNumerics
import HoneStructure
import HoneTestSupport

@testable import HoneModels

/// Structures of a fixture with the neighbours a model asks for, kept alive for a batch.
struct BatchFixture {
  let batch: TrainingBatch

  /// Joins structures.
  init(_ structures: [Structure], _ model: TrainableModel) throws {
    var numbers: [Buffer<Int32>] = []
    var lists: [NeighborList] = []
    for structure in structures {
      numbers.append(try Buffer(structure.atomicNumbers))
      lists.append(try structure.neighborList(cutoff: model.cutoff))
    }
    batch = try TrainingBatch(
      zip(numbers, lists).map {
        BatchMember(
          atomicNumbers: $0.view, starts: $1.starts, neighbors: $1.neighbors, vectors: $1.vectors)
      }, speciesIndex: model.speciesIndex(of:))
    withExtendedLifetime((numbers, lists)) {}
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

  var seeds: LossSeeds<Output> {
    LossSeeds(energies: energies.view, forces: forces.view, virials: virials.view)
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
