import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

/// Structures of a model with the heads to try them with.
struct EvaluatorCase {
  let model: ForceField
  let heads: [Int]
  let structures: [(name: String, structure: Structure)]

  /// All heads and structures of a committed reference file, or those of a real model.
  init(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    model = subject.model
    guard name.hasSuffix(".json") else {
      heads = subject.suites.map(\.head)
      structures = try ReferenceSet.shared(PackagePaths.sharedModels + "/" + name).map {
        ($0.name, $0.structure)
      }
      return
    }
    heads = Array(model.heads.indices)
    let sets = try ReferenceSet.json(PackagePaths.golden + "/" + name).sets
    structures = (sets.first?.structures ?? []).map { ($0.name, $0.structure) }
  }
}

@Suite("The compiled evaluator against the reference evaluator")
struct EvaluatorAgreementTests {
  /// Models that the compiled evaluator leaves to the other, with the reason.
  ///
  /// Radial networks with elu, relu and abs have kinks or jumps of the second derivative at
  /// distances that depend on their weights.
  static let fallbacks = Dictionary(
    uniqueKeysWithValues: ["l3", "lmax-edge-above", "lmax-edge-below"].map {
      ("sevennet/\($0).json", "the radial functions of layer 1 are not smooth enough for tables")
    })

  @Test("Double precision agrees in everything", arguments: InvarianceTests.names)
  func double(_ name: String) throws {
    let subject = try EvaluatorCase(name)
    try #require(!subject.structures.isEmpty && !subject.heads.isEmpty)
    let isReal = !name.hasSuffix(".json")
    // Atom virials of large structures take the reference evaluator minutes.
    let quantities: Quantities =
      isReal ? [.energy, .forces, .virial, .atomEnergies] : InvarianceSuite.everything
    let workspace = Workspace()
    for head in subject.heads {
      for (structureName, structure) in subject.structures {
        let what = "\(name), head \(head), \(structureName)"
        let expected = try subject.model.evaluate(
          structure, ComputeSettings(.float64, .reference, head: head), quantities)
        let found = try subject.model.evaluate(
          structure, ComputeSettings(.float64, head: head), in: workspace, quantities)
        #expect(expected.fallback == "the reference evaluator was asked for")
        #expect(found.fallback == Self.fallbacks[name], "\(what)")
        let deviation = found.deviation(from: expected)
        #expect(deviation.energyPerAtom < 1e-9, "\(what)")
        #expect(deviation.forces < 1e-8, "\(what)")
        // A virial is a sum of forces times distances below the cutoff.
        #expect(deviation.virialPerAtom < 1e-8 * subject.model.cutoff, "\(what)")
        #expect(deviation.atomEnergies < 1e-9, "\(what)")
        // Distances of an atom virial reach over all layers.
        let reach = subject.model.cutoff * Double(subject.model.layerCount)
        #expect(deviation.atomVirials < 1e-8 * reach, "\(what)")
      }
    }
  }

  @Test("What is not asked for is not written, and what is, does not change by a bit")
  func quantities() throws {
    for name in ["mace/chebyshev-zbl.json", "mace/density-zbl.json", "sevennet/l2-parity.json"] {
      let subject = try EvaluatorCase(name)
      let structure = try #require(subject.structures.last).structure
      for precision in [Precision.float32, .float64] {
        let settings = ComputeSettings(precision)
        let whole = try subject.model.evaluate(structure, settings)
        let mark = try subject.model.evaluate(structure, settings, [])
        #expect(mark.fallback == nil)
        #expect(mark.forces.allSatisfy { $0 == -4.25e300 } && mark.energy == -4.25e300)
        for quantities: Quantities in [
          .energy, .forces, .virial, .atomEnergies, .atomVirials, [.energy, .virial],
          [.forces, .atomEnergies],
        ] {
          let part = try subject.model.evaluate(structure, settings, quantities)
          func check(_ quantity: Quantities, _ key: KeyPath<Evaluation, [Double]>, _ what: String) {
            let expected = quantities.contains(quantity) ? whole : mark
            #expect(part[keyPath: key] == expected[keyPath: key], "\(what) of \(name)")
          }
          #expect(part.energy == (quantities.contains(.energy) ? whole : mark).energy)
          check(.forces, \.forces, "forces")
          check(.virial, \.virial, "virial")
          check(.atomEnergies, \.atomEnergies, "atom energies")
          check(.atomVirials, \.atomVirials, "atom virials")
        }
      }
    }
  }

  /// Single-precision errors of both evaluators against the reference evaluator in double.
  private static func errors(_ name: String) throws -> (compiled: ForceError, exact: ForceError) {
    let subject = try EvaluatorCase(name)
    var result = (compiled: ForceError(), exact: ForceError())
    let workspace = Workspace()
    for head in subject.heads {
      for (_, structure) in subject.structures {
        func forces(_ precision: Precision, _ evaluator: Evaluator) throws -> [Double] {
          try subject.model.evaluate(
            structure, ComputeSettings(precision, evaluator, head: head), in: workspace,
            [.energy, .forces]
          ).forces
        }
        let reference = try forces(.float64, .reference)
        result.compiled.add(try forces(.float32, .automatic), reference)
        #expect(workspace.fallback == fallbacks[name])
        result.exact.add(try forces(.float32, .reference), reference)
      }
    }
    return result
  }

  @Test("In single precision forces are off at most half as much again as the reference's")
  func single() throws { try checkSingle(InvarianceCase.golden) }

  @Test(
    "So are those of real models",
    .enabled(if: !InvarianceCase.real.isEmpty, "needs the folder of real models"))
  func singleReal() throws { try checkSingle(InvarianceCase.real, each: 2) }

  /// Compares errors over some models.
  ///
  /// - Parameter each: How far those of one model may be off; the committed ones are too small for
  ///   such a limit to mean anything.
  private func checkSingle(_ names: [String], each: Double? = nil) throws {
    var (compiled, exact) = (ForceError(), ForceError())
    for name in names {
      let errors = try Self.errors(name)
      if let each {
        #expect(errors.compiled.rootMeanSquare <= each * errors.exact.rootMeanSquare, "\(name)")
      }
      compiled = compiled + errors.compiled
      exact = exact + errors.exact
    }
    #expect(compiled.rootMeanSquare <= 1.5 * exact.rootMeanSquare)
    #expect(compiled.rootMeanSquare > 1e-9)
  }
}
