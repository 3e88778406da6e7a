import HoneModels
import HoneNumerics
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Parameter groups")
struct ParameterGroupTests {
  @Test("groups differ where their matrices do")
  func equality() {
    let group = ParameterGroup(
      name: "up", role: .interaction, range: 0..<12, matrices: [(rows: 3, columns: 4)])
    var other = group
    #expect(other == group)
    other.matrices = [(rows: 4, columns: 3)]
    #expect(other != group)
  }

  @Test("every tensor of a model has the role that its name says, and only one")
  func roles() throws {
    let mace = try groups("mace/vector-l3.model")
    #expect(mace["embedding.weight"]?.role == .embedding)
    #expect(mace["layers.0.network.1.weight"]?.role == .radial)
    #expect(mace["layers.0.up.weight"]?.role == .interaction)
    #expect(mace["layers.0.mix.weight"]?.role == .interaction)
    #expect(mace["atomic_energies"]?.role == .energyScale)
    let products = mace.filter { $0.key.contains(".product.") && !$0.key.hasSuffix("couplings") }
    #expect(products.count > 2 && products.allSatisfy { $0.value.role == .product })
    let readouts = mace.filter { $0.key.contains(".readout.") }
    #expect(readouts.count > 1 && readouts.allSatisfy { $0.value.role == .readout })
    let nequip = try groups("sevennet/l1-defaults.pth")
    #expect(!nequip.values.contains { $0.role == .product })
    #expect(Set(nequip.values.map(\.role)).count == ParameterGroup.Role.allCases.count - 1)
  }

  @Test("a factor of 0 freezes a role, and no other")
  func frozen() throws {
    let frozen = try groups("mace/vector-l3.model", [.product: 0])
    for group in frozen.values where !group.name.hasSuffix("couplings") {
      let stays = [.product, .energyScale].contains(group.role) || group.name == "radial.constants"
      #expect(group.rateFactor == (stays ? 0 : 1), "\(group.name)")
    }
  }

  @Test("factors by layer are those of the layer, the first of them for what belongs to none")
  func byLayer() throws {
    let rates: [ParameterGroup.Role: RateFactor] = [
      .embedding: [2, 3], .interaction: [1, 0], .readout: 0,
    ]
    let groups = try groups("mace/vector-l3.model", rates)
    #expect(groups["embedding.weight"]?.rateFactor == 2)
    #expect(groups["layers.0.up.weight"]?.rateFactor == 1)
    #expect(groups["layers.1.up.weight"]?.rateFactor == 0)
    #expect(groups["layers.1.network.1.weight"]?.rateFactor == 1)
    #expect(groups["layers.1.up.weight"]?.layer == 1 && groups["embedding.weight"]?.layer == nil)
    for wrong: RateFactor in [[1], [1, 1, 1], []] {
      #expect(throws: HoneError.self) {
        try self.groups("mace/vector-l3.model", [.interaction: wrong])
      }
    }
  }

  @Test("weight decay is for mace's groups, or for everything")
  func decay() throws {
    let model = try TrainableModel(ForceField(path: PackagePaths.golden + "/mace/vector-l3.model"))
    let some = try ParameterGroup.groups(of: model)
    #expect(some.contains { $0.decays } && some.contains { !$0.decays })
    #expect(try ParameterGroup.groups(of: model, decaysAll: true).allSatisfy { $0.decays })
  }

  private func groups(
    _ name: String, _ rates: [ParameterGroup.Role: RateFactor] = [:]
  ) throws -> [String: ParameterGroup] {
    let model = try TrainableModel(ForceField(path: PackagePaths.golden + "/" + name))
    let groups = try ParameterGroup.groups(of: model, rateFactors: rates)
    return [String: ParameterGroup](uniqueKeysWithValues: groups.map { ($0.name, $0) })
  }
}
