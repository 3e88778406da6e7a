import Glibc
import HoneFormats
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Models from scratch")
struct FreshModelTests {
  static let names = FreshModels.all.keys.sorted()

  private func model(_ name: String, seed: UInt64 = 3) throws -> ForceField {
    try ForceField(#require(FreshModels.all[name]), seed: seed)
  }

  private func suites(_ name: String) throws -> [InvarianceSuite] {
    let model = try model(name)
    return model.heads.indices.flatMap { head in
      [Evaluator.automatic, .reference].map {
        InvarianceSuite(model: model, head: head, evaluator: $0)
      }
    }
  }

  @Test("Energies stay and forces turn when space is turned", arguments: names)
  func rotation(_ name: String) throws {
    for suite in try suites(name) {
      for sample in [FreshModels.molecule, FreshModels.crystal] {
        let outcome = try suite.evaluate(sample)
        #expect(outcome.energy.isFinite)
        #expect(outcome.forces.contains { largest($0) > 1e-4 }, "\(suite.description)")
        #expect(try suite.rotation(sample) < 1e-9, "\(suite.description)")
      }
    }
  }

  @Test("Forces are derivatives of the energy", arguments: names)
  func forces(_ name: String) throws {
    let step = 1e-3
    for suite in try suites(name) {
      let sample = FreshModels.molecule
      let outcome = try suite.evaluate(sample)
      for (atom, direction) in [(0, 0), (1, 1), (3, 2)] {
        // Central differences of fourth order: the error is far below the rounding of the energy.
        let energies = try [-2.0, -1, 1, 2].map { times in
          var moved = sample
          moved.positions[atom][direction] += times * step
          return try suite.energy(moved)
        }
        let slope =
          (energies[0] - 8 * energies[1] + 8 * energies[2] - energies[3]) / (12 * step)
        let force = outcome.forces[atom][direction]
        let scale = max(1, outcome.forces.map(largest).max() ?? 1)
        #expect(abs(slope + force) < 2e-7 * scale, "\(suite.description), atom \(atom)")
      }
    }
  }

  @Test("A saved model is the model it was made from", arguments: names)
  func roundTrip(_ name: String) throws {
    let directory = try ScratchDirectory()
    let (first, second) = (directory.path + "/first", directory.path + "/second")
    let model = try model(name)
    try model.save(to: first)
    let reloaded = try ForceField(path: first)
    try reloaded.save(to: second)
    #expect(try Bytes(contentsOfFile: first).array() == Bytes(contentsOfFile: second).array())
    #expect(reloaded.description == model.description)
    for head in model.heads.indices {
      let energies = try [model, reloaded].map {
        try InvarianceSuite(model: $0, head: head).energy(FreshModels.crystal)
      }
      #expect(energies[0].bitPattern == energies[1].bitPattern)
    }
  }

  @Test("A seed gives the same numbers always, another seed others", arguments: names)
  func seeds(_ name: String) throws {
    let description = try #require(FreshModels.all[name])
    let definitions = try [7, 7, 8].map { try description.definition(seed: $0) }
    for parameter in definitions[0].parameters.names {
      let values = try definitions.map { try $0.parameters.values(parameter) }
      #expect(values[0] == values[1])
      if Set(values[0]).count > 8, parameter.hasSuffix("weight") {
        #expect(values[0] != values[2], "\(parameter)")
      }
    }
  }

  /// Numbers that are written down: another machine or compiler must give the same.
  @Test("The numbers of a seed do not change")
  func fixed() throws {
    #expect(ParameterInitializer.hash("") == 0xcbf2_9ce4_8422_2325)
    #expect(ParameterInitializer.hash("a") == 0xaf63_dc4c_8601_ec8c)
    #expect(ParameterInitializer.hash("foobar") == 0x8594_4171_f739_67e8)
    let initializer = ParameterInitializer(seed: 1, precision: .float64)
    let plan = [PlannedTensor("embedding.weight", [1000], .normal(1))]
    let values = try initializer.parameters(plan, heads: []).values("embedding.weight")
    // From an implementation of SplitMix64, FNV-1a and Box and Muller's transform in Python.
    let expected = [
      -0.19622433468458048, -0.1205900944049952, 0.17503487087434305, 0.17852754135584134,
    ]
    for (value, number) in zip(values, expected) { #expect(abs(value - number) < 1e-15) }
    #expect(Set(values).count == 1000)
  }

  @Test("Another head or layer changes the numbers of no other tensor")
  func streams() throws {
    guard case .mace(let one) = try #require(FreshModels.all["mace"]) else { return }
    var two = one
    two.heads.append(HeadDescription(name: "other"))
    two.interactionCount = 3
    let (before, after) = (try one.definition(seed: 5), try two.definition(seed: 5))
    var compared = 0
    for name in before.parameters.names where after.parameters[name] != nil {
      let (old, new) = (try before.parameters.values(name), try after.parameters.values(name))
      guard old.count == new.count else { continue }
      #expect(old == new, "\(name)")
      compared += 1
    }
    #expect(compared > 12)
    // The first head's columns of the first layer's readout.
    let (old, new) = (
      try before.parameters.values("layers.0.readout.0.weight"),
      try after.parameters.values("layers.0.readout.0.weight")
    )
    #expect(stride(from: 0, to: new.count, by: 2).map { new[$0] } == old)
  }

  @Test("Energies of single atoms are E0, scale and shift, whatever the weights")
  func constants() throws {
    guard case .nequip(var description) = try #require(FreshModels.all["nequip modal"]) else {
      return
    }
    let rows = try ForceField(description, seed: 1)
    #expect(try rows.headDescription(0).shift == [-13.4, -430.15])
    #expect(try rows.headDescription(1).shift == [-14.2, -431.2])
    #expect(try rows.headDescription(1).scale == [1.3, 1.3])
    description.heads = [HeadDescription(scale: [2], shift: [0.5])]
    description.modalMaps = []
    #expect(try description.definition(seed: 1).parameters["shift"]?.shape == [1])
    let mace = try model("mace heads")
    #expect(try mace.headDescription(1).atomicEnergies == [-14, -431])
    #expect(try mace.headDescription(1).scale == [1.3])
    #expect(try mace.headDescription(1).shift == [-0.2])
    #expect(throws: HoneError.self) { try mace.headDescription(2) }
  }
}
