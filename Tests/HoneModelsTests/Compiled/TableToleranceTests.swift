import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("What the tolerance of tables does")
struct TableToleranceTests {
  /// Tables for pairs and for all, factorised first layers and others, densities, breakpoints.
  static let names = [
    "mace/chebyshev-zbl.json", "mace/density-zbl.json", "mace/nonlinear.json",
    "mace/reduced-c3.json", "sevennet/l1-xplor.json", "sevennet/l2-parity.json",
  ]

  @Test("Forces come to the exact ones as the tolerance falls", arguments: names)
  func convergence(_ name: String) throws {
    let subject = try EvaluatorCase(name)
    var errors: [Double] = []
    let tolerances = [1e-3, 1e-5, 1e-7, 1e-9]
    let exact = try subject.structures.map {
      try subject.model.evaluate($0.structure, ComputeSettings(.float64, .reference))
    }
    // Forces of some eV/Å are sums over some ten neighbours.
    let scale = worst(exact.flatMap(\.forces))
    for tolerance in tolerances {
      let workspace = Workspace()
      var largest = 0.0
      for (expected, (_, structure)) in zip(exact, subject.structures) {
        let found = try subject.model.evaluate(
          structure, ComputeSettings(.float64, tolerance: tolerance), in: workspace)
        #expect(found.fallback == nil)
        largest = max(largest, found.deviation(from: expected).forces)
      }
      #expect(largest < 100 * tolerance * scale, "tolerance \(tolerance)")
      errors.append(largest)
    }
    // Splines of degree seven with twice the knots are more than a hundred times better, and the
    // number of knots is what the tolerance is rounded to.
    for (coarse, fine) in zip(errors, errors.dropFirst()) { #expect(fine <= coarse) }
    #expect(errors[3] < 1e-3 * errors[0])
  }

  @Test("Forces and virial are derivatives of the tabulated energy", arguments: names)
  func consistency(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    var suite = subject.suites[0]
    suite.tableTolerance = 1e-3
    var error = 0.0
    for sample in [subject.molecule, subject.crystal] {
      let structure = try sample.structure()
      let exact = try suite.model.evaluate(structure, ComputeSettings(.float64, .reference))
      let found = try suite.model.evaluate(
        structure, ComputeSettings(.float64, tolerance: 1e-3))
      #expect(found.fallback == nil)
      error = max(error, found.deviation(from: exact).forces)
      let (forces, virial) = (try suite.forces(sample), try suite.virial(sample))
      // Far closer to the table than the table is to the model.
      #expect(forces < 1e-7 && virial < 1e-7)
    }
    #expect(error > 1e-6, "the tolerance is too fine for this test")
  }

  @Test("Tolerances that no table meets leave the work to the reference evaluator")
  func unreachable() throws {
    for name in ["mace/reduced-l0.json", "sevennet/l2-parity.json"] {
      let subject = try EvaluatorCase(name)
      let structure = subject.structures[0].structure
      for precision in [Precision.float32, .float64] {
        let exact = try subject.model.evaluate(structure, ComputeSettings(precision, .reference))
        var found = try subject.model.evaluate(
          structure, ComputeSettings(precision, tolerance: 1e-30))
        #expect(found.fallback != nil)
        found.fallback = exact.fallback
        #expect(found == exact)
      }
    }
  }

  @Test(
    "Tolerances that are none are refused", arguments: [0, -1, 1, 1e3, .nan, .infinity])
  func meaningless(_ tolerance: Double) throws {
    let subject = try EvaluatorCase("mace/reduced-l0.json")
    let error = #expect(throws: HoneError.self) {
      try subject.model.evaluate(
        subject.structures[0].structure, ComputeSettings(.float64, tolerance: tolerance))
    }
    #expect(error?.kind == .invalidArgument)
  }

  @Test("Tolerances that any table meets give finite numbers", arguments: names)
  func absurd(_ name: String) throws {
    let subject = try EvaluatorCase(name)
    for tolerance in [0.1, 0.9, 0.999] {
      let found = try subject.model.evaluate(
        subject.structures[0].structure, ComputeSettings(.float64, tolerance: tolerance))
      #expect(found.fallback == nil)
      #expect(found.energy.isFinite && worst(found.forces).isFinite)
    }
  }
}
