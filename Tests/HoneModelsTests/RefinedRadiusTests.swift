import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Radii other than that of training")
struct RefinedRadiusTests {
  /// A radius that cuts edges of the samples; a number that no distance is close to, nor, in models whose
  /// activation is `abs`, a kink.
  private func refinement(_ mode: RadiusRefinement.Mode, of model: ForceField) -> RadiusRefinement {
    RadiusRefinement(
      mode: mode, radius: 0.8237 * model.trainingCutoff,
      width: mode == .tapered ? 0.17 * model.trainingCutoff : 0)
  }

  private func refined(_ subject: InvarianceCase, _ mode: RadiusRefinement.Mode) throws
    -> [InvarianceSuite]
  {
    let model = try subject.model.refined(refinement(mode, of: subject.model))
    return subject.suites.map {
      InvarianceSuite(model: model, head: $0.head, evaluator: $0.evaluator)
    }
  }

  @Test(
    "Forces and virials are differences of energies, in every mode",
    arguments: InvarianceCase.golden)
  func derivatives(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    for mode in RadiusRefinement.Mode.allCases {
      for suite in try refined(subject, mode) {
        for sample in subject.samples {
          let what = "\(name), \(mode), \(suite.description)"
          let (forces, virial) = try (suite.forces(sample), suite.virial(sample))
          #expect(forces < 1e-6, "forces of \(what)")
          #expect(virial < 1e-6, "virial of \(what)")
        }
      }
    }
  }

  @Test("An atom that crosses the radius changes nothing at once", arguments: InvarianceCase.golden)
  func continuity(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    var isCut = false
    for suite in try refined(subject, .tapered) {
      // Also where the model itself jumps at its cutoff: the taper multiplies what its network gives.
      let (jump, effect) = try suite.cutoffJump(subject.molecule, subject.molecule.numbers[0])
      #expect(jump < 1e-6 && effect > 1e-6, "\(name): \(jump), \(effect)")
    }
    for suite in try refined(subject, .truncated) {
      let (jump, _) = try suite.cutoffJump(subject.molecule, subject.molecule.numbers[0])
      isCut = isCut || jump > 1e-5
    }
    #expect(isCut, "\(name) does not feel the paper's cut")
  }

  @Test("Both evaluators agree, in every mode", arguments: InvarianceCase.golden)
  func agreement(_ name: String) throws {
    let subject = try EvaluatorCase(name)
    for mode in RadiusRefinement.Mode.allCases {
      let model = try subject.model.refined(refinement(mode, of: subject.model))
      for (what, structure) in subject.structures {
        let expected = try model.evaluate(structure, ComputeSettings(.float64, .reference))
        let found = try model.evaluate(structure, ComputeSettings(.float64))
        let deviation = found.deviation(from: expected)
        #expect(deviation.energyPerAtom < 1e-9, "\(name), \(mode), \(what)")
        #expect(deviation.forces < 1e-8, "\(name), \(mode), \(what)")
        #expect(deviation.virialPerAtom < 1e-8 * model.cutoff, "\(name), \(mode), \(what)")
      }
    }
  }

  @Test("What is shorter than the onset is as it was, and the paper's mode drops edges alone")
  func identity() throws {
    for name in ["mace/density-zbl.json", "mace/nonlinear.json", "sevennet/l2-parity.json"] {
      let subject = try InvarianceCase.named(name)
      let training = subject.model.trainingCutoff
      // Two atoms far inside; a third beyond the radius, but within the training radius.
      let numbers = [Int32](repeating: subject.molecule.numbers[0], count: 3)
      let near = try Structure(
        atomicNumbers: Array(numbers.prefix(2)), positions: [0, 0, 0, 0.3 * training, 0, 0])
      let far = try Structure(
        atomicNumbers: numbers,
        positions: [0, 0, 0, 0.3 * training, 0, 0, 0, 0.95 * training, 0.1 * training])
      let settings = ComputeSettings(.float64, .reference)
      let expected = try subject.model.evaluate(near, settings)
      let alone = try subject.model.evaluate(
        Structure(atomicNumbers: [numbers[0]], positions: [0, 0, 0]), settings)
      for mode in [RadiusRefinement.Mode.truncated, .tapered] {
        let model = try subject.model.refined(refinement(mode, of: subject.model))
        #expect(try model.evaluate(near, settings) == expected)
        let three = try model.evaluate(far, settings)
        #expect((three.energy - expected.energy - alone.energy).magnitude < 1e-12)
        let unrefined = try model.refined(nil)
        #expect(try unrefined.evaluate(far, settings) == subject.model.evaluate(far, settings))
      }
    }
  }

  @Test("Radii of single structures in training are those of the refined envelope")
  func structureCutoffs() throws {
    for name in ["mace/density-zbl.json", "sevennet/l2-parity.json"] {
      let subject = try InvarianceCase.named(name)
      let refined = try subject.model.refined(refinement(.envelope, of: subject.model))
      let structures = [subject.crystal, subject.molecule]
      let model = try TrainableModel(subject.model)
      let evaluator: GradientEvaluator<Double> = try model.evaluator(
        head: 0, slotCount: 1, fixed: [])
      let values = model.initialValues.view
      evaluator.load { values[$0] }
      let fixture = try BatchFixture(
        structures.map { try $0.structure() }, model, cutoffs: [refined.cutoff, model.cutoff])
      let found = try evaluator.evaluate(
        fixture.batch, forces: true, virials: false, team: Team(threadCount: 1))
      // Repulsion has no part of its own in a batch's radii: its reach is shorter than they are.
      for (index, field) in [refined, subject.model].enumerated() {
        let suite = InvarianceSuite(model: field, evaluator: .reference)
        let expected = try suite.energy(structures[index])
        #expect((found.energies[index] - expected).magnitude < 1e-9, "\(name), \(index)")
      }
    }
  }

  @Test("A refined model is saved, described and refused like any other")
  func files() throws {
    let subject = try InvarianceCase.named("mace/density-zbl.json")
    let folder = try TemporaryFolder()
    let path = folder.path("refined.safetensors")
    let refinement = refinement(.tapered, of: subject.model)
    let model = try subject.model.refined(refinement)
    #expect(model.cutoff == refinement.radius && subject.model.cutoff == model.trainingCutoff)
    try model.save(to: path)
    let read = try ForceField(path: path)
    #expect(read.refinement == refinement && read.trainingCutoff == subject.model.cutoff)
    #expect(
      try read.evaluate(subject.molecule.structure(), ComputeSettings(.float64))
        == model.evaluate(subject.molecule.structure(), ComputeSettings(.float64)))
    #expect(read.description.contains("\"refinement\""))
    for wrong in [
      RadiusRefinement(mode: .truncated, radius: model.trainingCutoff + 1e-9),
      RadiusRefinement(mode: .tapered, radius: 2, width: 0),
      RadiusRefinement(mode: .tapered, radius: 2, width: 2.1),
      RadiusRefinement(mode: .envelope, radius: 2, width: 0.1),
      RadiusRefinement(mode: .truncated, radius: .nan),
      RadiusRefinement(mode: .truncated, radius: 0),
    ] {
      #expect(throws: HoneError.self, "\(wrong)") { try subject.model.refined(wrong) }
    }
  }
}
