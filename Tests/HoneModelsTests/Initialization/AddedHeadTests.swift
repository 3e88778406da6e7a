import HoneFormats
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Heads added to a model")
struct AddedHeadTests {
  static let names = FreshModels.all.keys.filter { $0 != "nequip modal" }.sorted()
  static let beginnings: [HeadReadout] = [.copied(from: 0), .random(seed: 11)]

  private static func head(_ name: String) -> HeadDescription {
    HeadDescription(name: name, atomicEnergies: [-1.5, 2.25], scale: [0.75], shift: [0.125])
  }

  private func energy(
    _ model: ForceField, _ head: Int, _ precision: Precision, _ evaluator: Evaluator
  ) throws -> ComputeResult {
    let suite = InvarianceSuite(
      model: model, head: head, precision: precision, evaluator: evaluator)
    return try suite.compute(FreshModels.crystal, [.energy, .forces])
  }

  /// Doubles that a weight rescaled to more hidden channels cannot reach are one unit in its last
  /// place away; single precision hides that.
  @Test("The energies of the heads there were stay", arguments: names, beginnings)
  func others(_ name: String, _ beginning: HeadReadout) throws {
    let model = try ForceField(#require(FreshModels.all[name]), seed: 3)
    let extended = try model.addingHead(Self.head("new"), readout: beginning)
      .addingHead(Self.head("newer"), readout: beginning)
    #expect(extended.heads == model.heads + ["new", "newer"])
    for head in model.heads.indices {
      for evaluator in [Evaluator.automatic, .reference] {
        let single = try [model, extended].map { try energy($0, head, .float32, evaluator) }
        #expect(single[0].energy.bitPattern == single[1].energy.bitPattern, "head \(head)")
        #expect(single[0].forces.map(Array.init) == single[1].forces.map(Array.init))
        let double = try [model, extended].map { try energy($0, head, .float64, evaluator) }
        let deviation = abs(double[0].energy - double[1].energy)
        #expect(deviation <= 1e-14 * max(1, abs(double[0].energy)), "head \(head)")
      }
    }
  }

  @Test(
    "In double precision too they stay to the last bit where no hidden layer is normalised anew",
    arguments: ["mace one layer", "nequip", "nequip network"])
  func exactly(_ name: String) throws {
    let model = try ForceField(#require(FreshModels.all[name]), seed: 3)
    let extended = try model.addingHead(Self.head("new"), readout: .copied(from: 0))
    for evaluator in [Evaluator.automatic, .reference] {
      let results = try [model, extended].map { try energy($0, 0, .float64, evaluator) }
      #expect(results[0].energy.bitPattern == results[1].energy.bitPattern)
      #expect(results[0].forces.map(Array.init) == results[1].forces.map(Array.init))
    }
  }

  @Test("A copied head is the head it is a copy of, with its own constants", arguments: names)
  func copy(_ name: String) throws {
    let model = try ForceField(#require(FreshModels.all[name]), seed: 3)
    for source in model.heads.indices {
      var head = try model.headDescription(source)
      head.name = "copy"
      let copy = try model.addingHead(head, readout: .copied(from: source))
      let last = copy.heads.count - 1
      #expect(try copy.headDescription(last) == head)
      // Heads of NequIP models share the readout, so a copy of any is one of all.
      let energies = [
        try energy(model, source, .float64, .reference).energy,
        try energy(copy, last, .float64, .reference).energy,
      ]
      #expect(abs(energies[0] - energies[1]) <= 1e-12 * max(1, abs(energies[0])), "\(source)")
      head.shift = head.shift.map { $0 + 1 }
      let shifted = try model.addingHead(head, readout: .copied(from: source))
      let difference = try energy(shifted, last, .float64, .reference).energy - energies[1]
      #expect(abs(difference - Double(FreshModels.crystal.count)) < 1e-10)
    }
  }

  @Test("A head with random weights is that of the model made with it from scratch")
  func random() throws {
    for name in ["mace", "mace heads", "mace non-linear", "mace one layer"] {
      guard case .mace(let description) = try #require(FreshModels.all[name]) else { return }
      let model = try ForceField(description, seed: 3)
      let extended = try model.addingHead(Self.head("new"), readout: .random(seed: 3))
      var whole = description
      whole.heads.append(Self.head("new"))
      let fresh = try ForceField(whole, seed: 3)
      let last = fresh.heads.count - 1
      let expected = try energy(fresh, last, .float64, .reference).energy
      let found = try energy(extended, last, .float64, .reference).energy
      #expect(abs(found - expected) <= 1e-12 * max(1, abs(expected)), "\(name)")
      let other = try model.addingHead(Self.head("new"), readout: .random(seed: 4))
      #expect(try energy(other, last, .float64, .reference).energy != found)
      #expect(throws: Never.self) {
        try extended.addingHead(Self.head("x"), readout: .random(seed: 1))
      }
    }
  }

  @Test("A file of a head more reads back", arguments: names)
  func roundTrip(_ name: String) throws {
    let directory = try ScratchDirectory()
    let path = directory.path + "/model"
    let model = try ForceField(#require(FreshModels.all[name]), seed: 3)
      .addingHead(Self.head("new"), readout: .copied(from: 0))
    try model.save(to: path)
    let reloaded = try ForceField(path: path)
    #expect(reloaded.heads == model.heads)
    for head in model.heads.indices {
      let energies = try [model, reloaded].map { try energy($0, head, .float32, .automatic).energy }
      #expect(energies[0].bitPattern == energies[1].bitPattern)
    }
  }

  @Test("Real files take a head more", arguments: ["mace/heads-3.model", "mace/float32.model"])
  func imported(_ file: String) throws {
    let model = try ForceField(path: PackagePaths.golden + "/" + file)
    let sample = Sample(
      numbers: [8, 1, 1], positions: FreshModels.molecule.positions.prefix(3).map { $0 })
    var head = try model.headDescription(0)
    head.name = "new"
    let extended = try model.addingHead(head, readout: .copied(from: 0))
    for index in model.heads.indices {
      let energies = try [model, extended].map {
        try InvarianceSuite(model: $0, head: index, precision: .float32).energy(sample)
      }
      #expect(energies[0].bitPattern == energies[1].bitPattern, "head \(index)")
    }
  }

  @Test("What cannot be added is refused")
  func refused() throws {
    let model = try ForceField(#require(FreshModels.all["mace heads"]), seed: 3)
    func kind(_ model: ForceField, _ head: HeadDescription, _ readout: HeadReadout) -> HoneError
      .Kind?
    {
      do throws(HoneError) {
        _ = try model.addingHead(head, readout: readout)
        return nil
      } catch {
        return error.kind
      }
    }
    #expect(kind(model, Self.head("pbe"), .copied(from: 0)) == .invalidArgument)
    #expect(kind(model, Self.head("new"), .copied(from: 2)) == .invalidArgument)
    #expect(kind(model, Self.head("new"), .copied(from: -1)) == .invalidArgument)
    var head = Self.head("new")
    head.atomicEnergies = [1]
    #expect(kind(model, head, .copied(from: 0)) == .format)
    head = Self.head("new")
    head.scale = [1, 2]
    #expect(kind(model, head, .copied(from: 0)) == .format)
    let modal = try ForceField(#require(FreshModels.all["nequip modal"]), seed: 3)
    #expect(kind(modal, Self.head("new"), .copied(from: 0)) == .unsupported)
  }
}
