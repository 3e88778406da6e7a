import HoneFormats
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Models from scratch are those of mace-torch and SevenNet")
struct InitializationTests {
  @Test("There are models of both codes, with statistics")
  func golden() {
    for family in ["mace", "nequip"] {
      let models = InitializationGolden.all.filter { $0.description.hasPrefix(family) }
      #expect(models.count >= 5)
      #expect(models.filter { $0.seeds > 0 }.count >= 3)
    }
  }

  @Test("Names and shapes of all tensors are the original's", arguments: InitializationGolden.all)
  func shapes(_ golden: InitializationGolden) throws {
    let definition = try ModelDescription(json: golden.model).definition(seed: 1)
    #expect(definition.parameters.names == golden.tensors.keys.sorted())
    for (name, tensor) in golden.tensors {
      #expect(definition.parameters[name]?.shape == tensor.shape, "\(name)")
    }
    // It can be built, in both precisions and for every head.
    for head in definition.heads.indices {
      let _: MessagePassingModel<Float> = try definition.model(head: head)
      let _: MessagePassingModel<Double> = try definition.model(head: head)
    }
  }

  @Test(
    "Numbers are distributed as the original's",
    arguments: InitializationGolden.all.filter { $0.seeds > 0 })
  func distributions(_ golden: InitializationGolden) throws {
    let description = try ModelDescription(json: golden.model)
    var values: [String: [Double]] = [:]
    for seed in 0..<golden.seeds {
      let parameters = try description.definition(seed: UInt64(seed)).parameters
      for name in parameters.names { values[name, default: []] += try parameters.values(name) }
    }
    var compared = 0
    for (name, tensor) in golden.tensors {
      guard let expected = tensor.moments else { continue }
      let found = Moments(try #require(values[name]))
      try #require(found.count == expected.count, "\(name)")
      expect(found, expected, name)
      compared += 1
    }
    #expect(compared >= 10)
  }

  /// Both sides are samples: five standard errors of a difference are √2 times five of one.
  private func expect(_ found: Moments, _ expected: Moments, _ name: String) {
    guard expected.deviation > 0 else {
      #expect(abs(found.minimum - expected.minimum) <= 1e-6 * abs(expected.minimum), "\(name)")
      #expect(abs(found.maximum - expected.maximum) <= 1e-6 * abs(expected.maximum), "\(name)")
      return
    }
    let n = Double(expected.count)
    let errors = 5 * (2 / n).squareRoot()
    #expect(abs(found.mean - expected.mean) < errors * expected.deviation, "mean of \(name)")
    let spread = errors * expected.deviation * ((expected.kurtosis - 1) / 4).squareRoot()
    // Constants of two values have a kurtosis of one, and no error.
    #expect(abs(found.deviation - expected.deviation) <= spread, "deviation of \(name)")
    // The standard error of normal numbers' kurtosis is √(24/n), that of uniform ones less.
    if expected.count >= 1000 {
      let limit = min(errors * 24.0.squareRoot(), 0.8)
      #expect(abs(found.kurtosis - expected.kurtosis) < limit, "kurtosis of \(name)")
    }
    if expected.kurtosis < 2.2, expected.count >= 500 {
      // Uniform: the largest of n numbers is 2 bound / n below the bound on average.
      let gap = 40 * expected.maximum / n
      #expect(abs(found.maximum - expected.maximum) < gap, "maximum of \(name)")
      #expect(abs(found.minimum - expected.minimum) < gap, "minimum of \(name)")
    }
  }

  @Test("Every file's tensors are those its configuration plans", arguments: ModelFileTests.models)
  func plans(_ file: String) throws {
    let definition = try ModelFile.read(Bytes(contentsOfFile: PackagePaths.golden + "/" + file))
    let heads = definition.heads.map { HeadDescription(name: $0) }
    let count = definition.atomicNumbers.count
    let plan: [PlannedTensor]
    switch definition.architecture {
    case .mace(let configuration):
      plan = try configuration.plan(speciesCount: count, heads: heads)
    case .nequip(let configuration): plan = configuration.plan(speciesCount: count, heads: heads)
    }
    // Files may hold couplings, and one row of constants for all heads or one for each.
    let names = definition.parameters.names.filter { !$0.hasSuffix(".couplings") }
    #expect(plan.map(\.name).sorted() == names)
    for tensor in plan where !["atomic_energies", "scale", "shift"].contains(tensor.name) {
      let shape = definition.parameters[tensor.name]?.shape
      #expect(shape == tensor.shape, "\(tensor.name)")
    }
  }
}
