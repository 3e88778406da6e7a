import HoneDiagnosis
import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

@testable import HoneModels

@Suite("Distances of descriptors")
struct DescriptorDistanceTests {
  private static let rotation: [[Double]] = [
    [0.36, 0.48, -0.8], [-0.8, 0.6, 0], [0.48, 0.64, 0.6],
  ]

  private func settings(
    _ precision: Precision, _ evaluator: Evaluator = .automatic, threads: Int = 1
  ) -> ComputeSettings {
    var settings = ComputeSettings()
    settings.precision = precision
    settings.evaluator = evaluator
    settings.threadCount = threads
    return settings
  }

  /// The largest difference, as a part of the larger of distance and 1.
  private func difference(_ x: [Double], _ y: [Double]) -> Double {
    guard x.count == y.count else { return .infinity }
    return zip(x, y).map { ($0 - $1).magnitude / max(1, $0.magnitude) }.max() ?? 0
  }

  @Test(
    "are equal in both evaluators, both precisions, and for any threads",
    arguments: ["mace", "nequip"])
  func evaluators(_ family: String) throws {
    let field = try ShakenMolecules.fitted(family: family)
    // 90 atoms far apart enough for several threads to share.
    var numbers: [Int32] = []
    var positions: [Double] = []
    for (index, structure) in try ShakenMolecules.structures(20, seed: 9).enumerated() {
      numbers += structure.atomicNumbers
      positions += structure.positions.enumerated().map {
        $0.element + ($0.offset % 3 == 0 ? 5.0 * Double(index) : 0)
      }
    }
    let many = try Structure(atomicNumbers: numbers, positions: positions)
    let exact = try field.distances(many, settings(.float64, .reference))
    #expect(exact.allSatisfy { $0 > 0.01 && $0 < 10 })
    // Tables in double precision are good to 3e-11 of slopes, single precision to its rounding, which
    // the smallest variances of descriptors magnify.
    #expect(difference(exact, try field.distances(many, settings(.float64))) < 1e-6)
    #expect(difference(exact, try field.distances(many, settings(.float32))) < 5e-3)
    #expect(difference(exact, try field.distances(many, settings(.float32, .reference))) < 5e-3)
    for precision in [Precision.float32, .float64] {
      let one = try field.distances(many, settings(precision))
      for threads in [2, 5] {
        let several = try field.distances(many, settings(precision, threads: threads))
        #expect(difference(one, several) < (precision == .float32 ? 1e-3 : 1e-9))
      }
    }
  }

  @Test(
    "do not depend on orientation, place and order of the atoms", arguments: ["mace", "nequip"])
  func invariance(_ family: String) throws {
    let field = try ShakenMolecules.fitted(family: family)
    for structure in try ShakenMolecules.structures(6, seed: 10) {
      let exact = try field.distances(structure, settings(.float64))
      let positions = structure.positions
      var moved: [Double] = []
      for atom in 0..<structure.atomCount {
        let place = positions[3 * atom..<3 * atom + 3]
        for row in Self.rotation {
          let products: [Double] = zip(row, place).map { $0 * $1 }
          moved.append(7 + products.reduce(0, +))
        }
      }
      let other = try Structure(atomicNumbers: structure.atomicNumbers, positions: moved)
      #expect(difference(exact, try field.distances(other, settings(.float64))) < 1e-6)
      let reversed = try Structure(
        atomicNumbers: structure.atomicNumbers.reversed(),
        positions: (0..<structure.atomCount).reversed().flatMap {
          positions[3 * $0..<3 * $0 + 3]
        })
      #expect(
        difference(exact.reversed(), try field.distances(reversed, settings(.float64))) < 1e-6)
    }
  }

  @Test("are those of a supercell")
  func supercell() throws {
    let field = try ShakenMolecules.fitted()
    let molecule = try ShakenMolecules.structures(2, seed: 12)[1]
    func crystal(_ copies: Int) throws -> Structure {
      let cell = try Cell(
        rows: Matrix3([4.2 * Double(copies), 0, 0], [0.3, 4.4, 0], [0, 0.1, 4.6]), periodicity: .all
      )
      return try Structure(
        atomicNumbers: (0..<copies).flatMap { _ in molecule.atomicNumbers },
        positions: (0..<copies).flatMap { copy in
          molecule.positions.enumerated().map {
            $0.element + ($0.offset % 3 == 0 ? 4.2 * Double(copy) : 0)
          }
        }, cell: cell)
    }
    let one = try field.distances(crystal(1), settings(.float64))
    let three = try field.distances(crystal(3), settings(.float64))
    #expect(difference(one + one + one, three) < 1e-6)
  }

  @Test("a hundredth of new atoms of the same distribution is beyond 1, squeezed ones all are")
  func calibration() throws {
    let field = try ShakenMolecules.fitted()
    let new = try ShakenMolecules.structures(600, seed: 77).flatMap { try field.distances($0) }
    let part = Double(new.count { $0 > 1 }) / Double(new.count)
    // 2700 atoms, of which 27 are expected. They come in molecules that are strange as a whole, some
    // three atoms at once, so the deviation is near 27^½ · 3^½ = 9, and units were measured with as few:
    // four times both together is 0.6 to 54, and no fault of calibration is smaller than a factor.
    #expect(part > 0.002 && part < 0.025, "\(part)")
    let structure = try ShakenMolecules.structures(1, seed: 8)[0]
    func scaled(_ factor: Double) throws -> Structure {
      try Structure(
        atomicNumbers: structure.atomicNumbers, positions: structure.positions.map { factor * $0 })
    }
    #expect(try field.distances(scaled(0.45)).allSatisfy { $0 > 2 })
    #expect(try field.distances(scaled(0.3)).allSatisfy { $0 > 10 })
    // What is drawn apart sees less and less, which a Gaussian may take for something between what it
    // knows; its graph is another one, though.
    let apart = try Diagnostician(field).diagnose(
      scaled(3), forces: nil, settings: ComputeSettings(), workspace: Workspace())
    #expect(apart.isConnectivityShifted && apart.connectivity?.quantile == 1)
  }

  @Test("cannot be had without statistics, and are infinite for elements that these lack")
  func refusals() throws {
    let bare = try ShakenMolecules.model()
    let water = try ShakenMolecules.structures(1, seed: 1)
    let error = #expect(throws: HoneError.self) { try bare.distances(water[0]) }
    #expect(error?.kind == .invalidArgument && error?.message.contains("--fit") == true)
    // Water alone: the model knows carbon, its training data do not.
    let onlyWater = try ShakenMolecules.structures(100, seed: 2).filter { $0.atomCount == 3 }
    let field = try bare.fittingStatistics(
      to: ShakenMolecules.dataSet(onlyWater), settings: ComputeSettings(),
      workspaces: WorkspacePool())
    let methanol = try ShakenMolecules.structures(2, seed: 3)[1]
    let distances = try field.distances(methanol)
    #expect(distances[0] == .infinity && distances.dropFirst().allSatisfy { $0.isFinite })
  }
}
