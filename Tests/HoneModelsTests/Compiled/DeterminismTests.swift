import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("The same numbers every time")
struct DeterminismTests {
  /// A factorised first layer, one that is not, tables for pairs, and densities.
  static let names = [
    "mace/chebyshev-zbl.json", "mace/density-zbl.json", "sevennet/l2-parity.json",
    "sevennet/bias.json",
  ]

  struct Options: Sendable, CustomStringConvertible {
    let name: String
    let precision: Precision
    var description: String { "\(name) in \(precision)" }
  }

  static let options = names.flatMap { name in
    [Precision.float32, .float64].map { Options(name: name, precision: $0) }
  }

  /// Crystals of more atoms than a block holds for each thread, and of one atom.
  private static func structures(_ subject: InvarianceCase) throws -> (
    small: Structure, large: Structure, single: Structure
  ) {
    let crystal = subject.crystal
    let copies = (100 + crystal.count - 1) / crystal.count
    return (
      try crystal.repeated([(50 + crystal.count - 1) / crystal.count, 1, 1]).structure(),
      try crystal.repeated([copies, 1, 1]).structure(),
      try Sample(numbers: [crystal.numbers[0]], positions: [[1, 2, 3]]).structure()
    )
  }

  @Test(
    "What species were met before does not change a bit",
    arguments: ["mace/four-layers.json", "mace/seventeen-elements.json"],
    [Precision.float32, .float64])
  func history(_ name: String, _ precision: Precision) throws {
    // A model of its own, which has met nothing.
    let path = PackagePaths.golden + "/" + name.replacing(".json", with: ".model")
    let model = try ForceField(path: path)
    let sample = try InvarianceCase.named(name).molecule
    var two = sample
    two.numbers = sample.numbers.indices.map { model.species[$0 % 2] }
    let settings = ComputeSettings(precision)
    let fresh = try model.evaluate(try two.structure(), settings)
    #expect(fresh.fallback == nil)
    _ = try model.evaluate(try sample.structure(), settings)
    #expect(try model.evaluate(try two.structure(), settings) == fresh)
  }

  @Test("Runs agree to the last bit for every number of threads", arguments: options)
  func runs(_ options: Options) throws {
    let subject = try InvarianceCase.named(options.name)
    let model = subject.model
    let (small, large, single) = try Self.structures(subject)
    let other = try InvarianceCase.named("sevennet/l1-defaults.json")
    let otherStructure = try other.crystal.structure()
    for threads in 1...3 {
      let settings = ComputeSettings(options.precision, threads: threads)
      let fresh = try model.evaluate(small, settings)
      #expect(fresh.fallback == nil)
      for _ in 0..<3 { #expect(try model.evaluate(small, settings) == fresh) }
      let workspace = Workspace()
      for _ in 0..<3 { #expect(try model.evaluate(small, settings, in: workspace) == fresh) }
      // What larger and smaller structures, other quantities and other models leave does not show.
      let before = try model.evaluate(large, settings, in: workspace)
      #expect(try model.evaluate(small, settings, in: workspace) == fresh)
      _ = try model.evaluate(single, settings, in: workspace)
      #expect(try model.evaluate(small, settings, in: workspace) == fresh)
      _ = try model.evaluate(large, settings, in: workspace, .energy)
      #expect(try model.evaluate(small, settings, in: workspace) == fresh)
      _ = try other.model.evaluate(otherStructure, settings, in: workspace)
      #expect(try model.evaluate(small, settings, in: workspace) == fresh)
      _ = try model.evaluate(
        small, ComputeSettings(options.precision, threads: 4 - threads), in: workspace)
      #expect(try model.evaluate(small, settings, in: workspace) == fresh)
      #expect(try model.evaluate(large, settings, in: workspace) == before)
    }
  }

  @Test("Numbers of threads agree to rounding", arguments: options)
  func threads(_ options: Options) throws {
    let subject = try InvarianceCase.named(options.name)
    let (_, large, _) = try Self.structures(subject)
    let one = try subject.model.evaluate(large, ComputeSettings(options.precision))
    let tolerance = options.precision == .float32 ? 1e-5 : 1e-12
    for threads in [2, 3] {
      let found = try subject.model.evaluate(
        large, ComputeSettings(options.precision, threads: threads))
      let deviation = found.deviation(from: one)
      #expect(deviation.energyPerAtom <= tolerance * max(1, abs(one.energy)))
      #expect(deviation.forces <= tolerance * max(1, worst(one.forces)))
      #expect(deviation.virialPerAtom <= tolerance * max(1, worst(one.virial)))
      #expect(deviation.atomEnergies <= tolerance * max(1, worst(one.atomEnergies)))
      #expect(deviation.atomVirials <= tolerance * max(1, worst(one.atomVirials)))
    }
  }

  @Test("The order in which species are met changes nothing", arguments: options)
  func species(_ options: Options) throws {
    let file = options.name.split(separator: "/")
    let name = try ReferenceSet.json(PackagePaths.golden + "/" + options.name).model
    let path = "\(PackagePaths.golden)/\(file[0])/\(name)"
    let known = try ForceField(path: path).species
    try #require(known.count > 1)
    // One species alone, each pair of neighbours in the list, and all together.
    let subsets = known.map { [$0] } + zip(known, known.dropFirst()).map { [$0, $1] } + [known]
    let structures = try subsets.enumerated().map { index, subset in
      try Sample.random(subset, count: 12, edge: 7, apart: 1.2, seed: UInt64(index)).structure()
    }
    let settings = ComputeSettings(options.precision)
    let alone = try structures.map { try ForceField(path: path).evaluate($0, settings) }
    #expect(alone.allSatisfy { $0.fallback == nil })
    let count = structures.count
    for order in [Array(0..<count), Array((0..<count).reversed())] {
      let model = try ForceField(path: path)
      let workspace = Workspace()
      for index in order + order {
        #expect(try model.evaluate(structures[index], settings, in: workspace) == alone[index])
      }
    }
  }
}
