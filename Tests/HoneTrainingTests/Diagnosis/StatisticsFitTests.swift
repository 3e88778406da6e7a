import HoneDiagnosis
import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

@testable import HoneModels

@Suite("Fitting statistics of training data")
struct StatisticsFitTests {
  private func statistics(_ field: ForceField) throws -> TrainingStatistics {
    try TrainingStatistics(json: #require(field.statistics))
  }

  private func fitted(
    _ dataSet: DataSet, threads: Int = 1, _ field: ForceField? = nil
  ) throws -> ForceField {
    var settings = ComputeSettings()
    settings.threadCount = threads
    return try (field ?? ShakenMolecules.model()).fittingStatistics(
      to: dataSet, settings: settings, workspaces: WorkspacePool())
  }

  @Test("the file keeps statistics, distances and exemplars")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    let cell = try Cell([9, 0, 0], [1, 9, 0], [0, 0, 9])
    let molecules = try ShakenMolecules.structures(60, seed: 5)
    let crystal = try Structure(
      atomicNumbers: molecules[1].atomicNumbers, positions: molecules[1].positions, cell: cell)
    let field = try fitted(ShakenMolecules.dataSet(molecules + [crystal]))
    try field.save(to: path)
    let loaded = try ForceField(path: path)
    #expect(try statistics(loaded) == statistics(field))
    #expect(loaded.exemplars == field.exemplars && loaded.exemplars.count == 61)
    #expect(loaded.exemplars.contains(crystal))
    for structure in molecules.prefix(8) {
      let (before, after) = (try field.distances(structure), try loaded.distances(structure))
      for (x, y) in zip(before, after) {
        // The file holds single precision.
        #expect((x - y).magnitude < 1e-4 * max(1, x), "\(x) \(y)")
      }
    }
    // Written once more it stays what it is, byte by byte.
    let second = folder.path("second.safetensors")
    try loaded.save(to: second)
    func bytes(_ path: String) throws -> [UInt8] {
      try Bytes(contentsOfFile: path).withUnsafeBytes { Array($0) }
    }
    #expect(try bytes(path) == bytes(second))
    #expect(try loaded.describingTrainingData(nil, nil, exemplars: []).statistics == nil)
  }

  @Test("the result does not depend on the number of threads")
  func threads() throws {
    let data = try ShakenMolecules.dataSet(ShakenMolecules.structures(300, seed: 5))
    let probe = try ShakenMolecules.structures(2, seed: 6)
    let one = try fitted(data)
    let three = try fitted(data, threads: 3)
    #expect(try one.statistics?.text() == three.statistics?.text())
    #expect(one.exemplars == three.exemplars)
    for structure in probe { #expect(try one.distances(structure) == three.distances(structure)) }
  }

  @Test("forces are references where there are some, else the model's own")
  func forces() throws {
    let structures = try ShakenMolecules.structures(40, seed: 5)
    let field = try ShakenMolecules.model()
    let references = try statistics(fitted(ShakenMolecules.dataSet(structures)))
    let own = try statistics(fitted(ShakenMolecules.dataSet(structures, hasForces: false)))
    func meanNorm(_ vectors: [Double]) -> Double {
      let norms: [Double] = stride(from: 0, to: vectors.count, by: 3).map { first in
        let squares: [Double] = vectors[first..<first + 3].map { $0 * $0 }
        return squares.reduce(0, +).squareRoot()
      }
      return norms.reduce(0, +) / Double(norms.count)
    }
    let wanted = structures.map { meanNorm($0.positions.map { 0.1 * $0 }) }
    let mean = wanted.reduce(0, +) / Double(wanted.count)
    #expect(((references.forceNorms?.mean ?? 0) - mean).magnitude < 1e-12)
    var predicted = 0.0
    for structure in structures {
      let result = try field.compute(
        atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span, cell: nil,
        quantities: .forces, settings: ComputeSettings())
      let forces = try #require(result.forces)
      predicted += meanNorm((0..<3 * structure.atomCount).map { forces[$0] })
    }
    let found = try #require(own.forceNorms?.mean)
    #expect((found - predicted / 40).magnitude < 1e-9 * max(1, found))
    #expect(references.atomForceNorms.map(\.atomicNumber) == [1, 6, 8])
    #expect(references.atomForceNorms.map(\.norms.count) == [20 * 6, 20, 40])
  }

  @Test("atoms on their own are left out; a set of nothing else is refused")
  func singleAtoms() throws {
    let atoms = try [Int32(1), 6, 8].map {
      try Structure(atomicNumbers: [$0], positions: [0, 0, 0])
    }
    let molecules = try ShakenMolecules.structures(20, seed: 5)
    let with = try fitted(ShakenMolecules.dataSet(molecules + atoms))
    let without = try fitted(ShakenMolecules.dataSet(molecules))
    #expect(try statistics(with) == statistics(without))
    #expect(with.exemplars == without.exemplars)
    let error = #expect(throws: HoneError.self) { try fitted(ShakenMolecules.dataSet(atoms)) }
    #expect(error?.kind == .invalidArgument)
    let uranium = try Structure(atomicNumbers: [92, 1], positions: [0, 0, 0, 2, 0, 0])
    let unknown = #expect(throws: HoneError.self) {
      try fitted(ShakenMolecules.dataSet([uranium]))
    }
    #expect(unknown?.kind == .unknownSpecies)
  }

  @Test("exemplars are few, of all sets of elements, and from the whole of the data")
  func exemplars() throws {
    let molecules = try ShakenMolecules.structures(1000, seed: 5)
    let rare = try Structure(atomicNumbers: [1, 1], positions: [0, 0, 0, 0.74, 0, 0])
    let many = try fitted(ShakenMolecules.dataSet(molecules + [rare])).exemplars
    #expect(many.count == 256 && many.contains(rare))
    let waters = many.count { $0.atomCount == 3 }
    #expect((127...128).contains(waters))
    let places = many.compactMap { molecules.firstIndex(of: $0) }
    for quarter in 0..<4 {
      #expect(places.count { $0 / 250 == quarter } >= 56, "\(quarter)")
    }
    // 330 atoms each: no more than 12 of them are 4096.
    let large = try (0..<30).map { index in
      let positions: [Double] = (0..<330).flatMap { atom -> [Double] in
        [1.1 * Double(atom), 0.01 * Double(index), 0]
      }
      return try Structure(
        atomicNumbers: [Int32](repeating: 1, count: 330), positions: positions)
    }
    let chosen = try fitted(ShakenMolecules.dataSet(large)).exemplars
    #expect((8...12).contains(chosen.count))
  }

  @Test("damaged tensors of statistics are refused in words")
  func damage() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    try fitted(ShakenMolecules.dataSet(ShakenMolecules.structures(40, seed: 5))).save(to: path)
    let file = try SafetensorsFile(path: path)
    let names = file.names.filter { $0.hasPrefix("statistics.") }
    #expect(names.count == 12)
    for name in names {
      let tensor = try file.requiredTensor(name)
      let numbers = try tensor.doubles()
      // An atom, an axis, an element too few; what is no number; what is none of the kind.
      let damages: [(String, [Double], [Int])] = [
        ("short", Array(numbers.dropLast()), [numbers.count - 1]),
        ("nan", [.nan] + numbers.dropFirst(), [numbers.count]),
        ("negative", [-7] + numbers.dropFirst(), [numbers.count]),
      ]
      for (what, values, shape) in damages {
        // Any sign is right for positions, cells, means and directions.
        let isSigned = ["positions", "cells", "means", "axes", "scales", "variances"].contains {
          name.hasSuffix($0)
        }
        if what == "negative" && isSigned { continue }
        var writer = SafetensorsWriter()
        writer.metadata = file.metadata
        for other in file.names {
          if other == name {
            try writer.add(other, StoredTensor(values, shape: shape))
          } else {
            try writer.add(other, file.requiredTensor(other))
          }
        }
        let damaged = folder.path("damaged.safetensors")
        try writer.write(to: damaged)
        let error = #expect(throws: HoneError.self, "\(name) \(what)") {
          _ = try ForceField(path: damaged)
        }
        #expect(error?.kind == .format, "\(name) \(what)")
      }
    }
    let model = try ForceField(path: path)
    #expect(throws: HoneError.self) {
      let large = try Structure(
        atomicNumbers: [Int32](repeating: 1, count: 4097),
        positions: (0..<3 * 4097).map(Double.init))
      _ = try model.describingTrainingData(nil, nil, exemplars: [large])
    }
  }
}
