import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("What is left to the reference evaluator, and the edges of what is not")
struct FallbackTests {
  static let names = [
    "mace/chebyshev-zbl.json", "mace/density-zbl.json", "mace/reduced-c3.json",
    "sevennet/l1-xplor.json", "sevennet/l2-parity.json",
  ]

  /// A molecule and an atom at some distance from its first, farther from all others.
  private func close(_ subject: InvarianceCase, _ distance: Double) throws -> Structure {
    let molecule = subject.molecule
    let candidates: [SIMD3<Double>] = [
      [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1],
    ]
    func room(_ direction: SIMD3<Double>) -> Double {
      molecule.positions.dropFirst().map { other in
        let gap = molecule.positions[0] + distance * direction - other
        return (gap * gap).sum()
      }.min() ?? .infinity
    }
    let direction = try #require(candidates.max { room($0) < room($1) })
    return try
      (molecule
      + Sample(
        numbers: [molecule.numbers[0]],
        positions: [molecule.positions[0] + distance * direction])).structure()
  }

  @Test("Atoms that nearly coincide are computed as the reference evaluator does", arguments: names)
  func coincidence(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    for precision in [Precision.float32, .float64] {
      let workspace = Workspace()
      for distance in [0.05, 0.15, 0.199] {
        let structure = try close(subject, distance)
        let exact = try subject.model.evaluate(structure, ComputeSettings(precision, .reference))
        var found = try subject.model.evaluate(
          structure, ComputeSettings(precision), in: workspace)
        #expect(found.fallback == "two atoms are closer than 0.2 Å")
        found.fallback = exact.fallback
        #expect(found == exact)
        // The next structure is compiled again, and says so.
        let next = try subject.model.evaluate(
          close(subject, 0.5), ComputeSettings(precision), in: workspace)
        #expect(next.fallback == nil)
      }
    }
  }

  @Test("Tables reach to where they are used, at both ends", arguments: names)
  func ends(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    for distance in [0.2001, 0.21, 0.3] {
      let structure = try close(subject, distance)
      let exact = try subject.model.evaluate(structure, ComputeSettings(.float64, .reference))
      let found = try subject.model.evaluate(structure, ComputeSettings(.float64))
      #expect(found.fallback == nil)
      let deviation = found.deviation(from: exact)
      // Energies in the core are large.
      #expect(deviation.energyPerAtom < 1e-9 * max(1, abs(exact.energy)))
      #expect(deviation.forces < 1e-8 * max(1, worst(exact.forces)))
    }
    let cutoff = subject.model.cutoff
    for distance in [cutoff - 1e-3, cutoff - 1e-7, cutoff.nextDown, cutoff] {
      let sample = Sample(
        numbers: [subject.molecule.numbers[0], subject.molecule.numbers[0]],
        positions: [.zero, [distance, 0, 0]])
      let exact = try subject.model.evaluate(
        sample.structure(), ComputeSettings(.float64, .reference))
      let found = try subject.model.evaluate(sample.structure(), ComputeSettings(.float64))
      #expect(found.fallback == nil)
      let deviation = found.deviation(from: exact)
      #expect(deviation.energyPerAtom < 1e-9 && deviation.forces < 1e-8)
    }
  }

  @Test("Nothing jumps where the cutoff function's second derivative does")
  func breakpoint() throws {
    let subject = try InvarianceCase.named("sevennet/l1-xplor.json")
    guard case .float64(let prepared) = try subject.model.prepare(head: 0, .float64),
      case .xplor(let onset) = prepared.model.basis.cutoff
    else {
      Issue.record("expected an XPLOR cutoff")
      return
    }
    func pair(_ distance: Double) throws -> Evaluation {
      let sample = Sample(
        numbers: [subject.molecule.numbers[0], subject.molecule.numbers[0]],
        positions: [.zero, [0.6 * distance, 0, 0.8 * distance]])
      return try subject.model.evaluate(sample.structure(), ComputeSettings(.float64))
    }
    let step = 1e-6
    let (below, above) = (try pair(onset - step), try pair(onset + step))
    #expect(below.fallback == nil && above.fallback == nil)
    let force = below.forces[0] * 0.6 + below.forces[2] * 0.8
    #expect(abs(force) > 1e-4, "the probe touches nothing")
    // Each segment errs by the tolerance, 3e-11 of the steepest slope.
    #expect(abs(above.energy - below.energy - 2 * step * force) < 1e-9)
    #expect(above.deviation(from: below).forces < 1e-5)
    // Such a step changes the energy by far more than what is left.
    #expect(abs(2 * step * force) > 1e-10)
  }

  @Test("An image of an atom that is too close counts as two atoms")
  func images() throws {
    let subject = try InvarianceCase.named("mace/reduced-c3.json")
    // A thin layer of atoms in a cell that is short in one direction.
    let sample = Sample(
      numbers: [subject.crystal.numbers[0]], positions: [.zero],
      rows: [[0.19, 0, 0], [0, 30, 0], [0, 0, 30]])
    let found = try subject.model.evaluate(sample.structure(), ComputeSettings(.float64))
    #expect(found.fallback == "two atoms are closer than 0.2 Å")
  }

  @Test("The reference evaluator is used where it is asked for, and no other time")
  func reference() throws {
    let subject = try InvarianceCase.named("mace/reduced-l0.json")
    let structure = try subject.crystal.structure()
    let workspace = Workspace()
    #expect(workspace.fallback == nil)
    for evaluator in [Evaluator.reference, .automatic, .reference, .automatic] {
      for precision in [Precision.float32, .float64] {
        let found = try subject.model.evaluate(
          structure, ComputeSettings(precision, evaluator), in: workspace)
        let expected: String? =
          evaluator == .reference ? "the reference evaluator was asked for" : nil
        #expect(found.fallback == expected)
      }
    }
  }

  @Test(
    "Without atoms, and without neighbours, nothing falls back", arguments: names)
  func nothing(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    for sample in [
      Sample(numbers: [], positions: []),
      Sample(numbers: [subject.molecule.numbers[0]], positions: [.zero]),
      Sample(
        numbers: [subject.molecule.numbers[0], subject.molecule.numbers[0]],
        positions: [.zero, [0, 500, 0]]),
    ] {
      for threads in 1...3 {
        let found = try subject.model.evaluate(
          sample.structure(), ComputeSettings(.float64, threads: threads))
        let exact = try subject.model.evaluate(
          sample.structure(), ComputeSettings(.float64, .reference))
        #expect(found.fallback == nil)
        #expect(abs(found.energy - exact.energy) < 1e-12 * max(1, abs(exact.energy)))
        #expect(worst(found.forces) == 0 && worst(found.virial) == 0)
        #expect(worst(found.atomVirials) == 0)
      }
    }
  }
}
