import HoneNumerics
import HoneStructure
import Testing

@testable import HonePriors

@Suite("Checks of priors")
struct PriorCheckTests {
  private func message(_ springs: Springs) throws -> String {
    let error = #expect(throws: HoneError.self) {
      try PriorCheck.verify(springs.prior, Springs.system())
    }
    #expect(error?.kind == .invalidArgument)
    return error?.message ?? ""
  }

  @Test("forces that are the derivative of the energy pass, whatever the direction")
  func consistent() throws {
    for seed in UInt64(1)...20 {
      let check = try PriorCheck.verify(Springs().prior, Springs.system(), seed: seed)
      #expect(check.isConclusive && (check.reported / check.measured - 1).magnitude < 1e-5)
    }
  }

  @Test(
    "units that do not belong together are named",
    arguments: [
      (23.060548, 1.0, "the energies seem to be in kcal/mol"),
      (96.485332, 1, "the energies seem to be in kJ/mol"),
      (1 / 27.211386, 1, "the energies seem to be in Hartree"),
      (1000, 1, "the energies seem to be in meV"),
      (1, 23.060548, "the forces seem to be in kcal/mol/Å"),
      (1, 96.485332, "the forces seem to be in kJ/mol/Å"),
      (1, 1 / 27.211386, "the forces seem to be in Hartree/Å"),
      (1, 0.529177, "per Bohr"),
      (1, 0.529177 / 27.211386, "the forces seem to be in Hartree/Bohr"),
      (1 / 27.211386, 0.529177 / 27.211386, "per Bohr"),
      (1, 1 / 0.529177, "taken for Bohr"),
      (1, 10, "per nm"),
      (23.060548, 96.485332, "kcal/mol and the other in kJ/mol"),
      (1, 1.3, "no known factor"),
    ] as [(Double, Double, String)])
  func units(energy: Double, force: Double, words: String) throws {
    let message = try message(Springs(energyUnit: energy, forceUnit: force))
    #expect(message.contains(words), "\(message)")
    #expect(message.contains("a ratio of \(shown(force / energy).prefix(3))"), "\(message)")
  }

  @Test("gradients instead of forces are named, also in other units")
  func signs() throws {
    #expect(try message(Springs(forceUnit: -1)).contains("the wrong sign"))
    let both = try message(Springs(energyUnit: 23.060548, forceUnit: -1))
    #expect(both.contains("the wrong sign") && both.contains("kcal/mol"))
  }

  @Test("forces of other atoms and forces that are always zero are found out")
  func order() throws {
    let mixed = CallbackPrior { (system) throws(HoneError) in
      let labels = Springs().labels(of: system)
      return PriorLabels(
        energy: labels.energy, forces: Array(labels.forces.dropFirst(3) + labels.forces.prefix(3)))
    }
    let zero = CallbackPrior { (system) throws(HoneError) in
      let labels = Springs().labels(of: system)
      return PriorLabels(energy: labels.energy, forces: labels.forces.map { 0 * $0 })
    }
    for prior in [mixed, zero] {
      #expect(throws: HoneError.self) { try PriorCheck.verify(prior, Springs.system()) }
    }
  }

  @Test("atoms in equilibrium are moved before anything is compared")
  func equilibrium() throws {
    let pair = try PriorSystem(Structure(atomicNumbers: [1, 1], positions: [0, 0, 0, 1.5, 0, 0]))
    #expect(try PriorCheck.verify(Springs().prior, pair).isConclusive)
    #expect(throws: HoneError.self) {
      try PriorCheck.verify(Springs(energyUnit: 23.06).prior, pair)
    }
    let nothing = CallbackPrior { (system) throws(HoneError) in
      PriorLabels(energy: 5, forces: [Double](repeating: 0, count: 3 * system.structure.atomCount))
    }
    #expect(try !PriorCheck.verify(nothing, pair).isConclusive)
  }

  @Test("noise of quantum chemistry passes, noise that hides everything is an error of its own")
  func noise() throws {
    func noisy(_ width: Double) -> CallbackPrior {
      CallbackPrior { (system) throws(HoneError) in
        var labels = Springs().labels(of: system)
        // A function of the positions, as noise of convergence is.
        var bits: UInt64 = 0
        for x in system.structure.positions { bits = bits &* 31 &+ x.bitPattern }
        var random = RandomNumbers(seed: bits)
        labels.energy += width * random.normal()
        return labels
      }
    }
    for seed in UInt64(1)...20 {
      // One millionth of a Hartree.
      try PriorCheck.verify(noisy(2.7e-5), Springs.system(), seed: seed)
    }
    // Slopes of 500 eV/Å are noise here. Two of them agree within a twentieth once in twenty times.
    let outcomes = (UInt64(1)...20).map { seed in
      do {
        try PriorCheck.verify(noisy(1), Springs.system(), seed: seed)
        return HoneError.Kind?.none
      } catch let error as HoneError { return error.kind } catch { return .internalError }
    }
    #expect(outcomes.count { $0 == .invalidArgument } <= 3)
    #expect(outcomes.count { $0 == .notConverged } >= 8)
  }

  @Test("labels with wrong counts, numbers or net forces are refused in words")
  func labels() throws {
    let system = try Springs.system()
    let good = Springs().labels(of: system)
    func outcome(_ change: (inout PriorLabels) -> Void) -> HoneError? {
      var labels = good
      change(&labels)
      let changed = labels
      do throws(HoneError) {
        _ = try CallbackPrior(name: "mine") { (_) throws(HoneError) in changed }.labels(of: system)
        return nil
      } catch { return error }
    }
    #expect(outcome { _ in } == nil)
    #expect(outcome { $0.virial = [Double](repeating: 1, count: 9) } == nil)
    #expect(outcome { $0.forces.removeLast() }?.message.contains("got 14 numbers") == true)
    #expect(outcome { $0.virial = [1] }?.message.contains("9 numbers") == true)
    #expect(outcome { $0.energy = .nan }?.kind == .notConverged)
    #expect(outcome { $0.forces[4] = .infinity }?.message.contains("component 1") == true)
    #expect(outcome { $0.virial = [Double](repeating: .nan, count: 9) }?.kind == .notConverged)
    #expect(outcome { $0.forces[3] += 1 }?.message.contains("sum to zero") == true)
    for atom in 0..<5 {
      let forgotten = outcome { for axis in 0..<3 { $0.forces[3 * atom + axis] = 0 } }
      #expect(forgotten?.kind == .invalidArgument)
    }
    let failing = CallbackPrior { (_) throws(HoneError) in throw HoneError(.callback, "stop") }
    #expect(throws: HoneError(.callback, "stop")) { try failing.labels(of: system) }
  }

  @Test("systems without a meaning are refused")
  func systems() throws {
    let structure = try Springs.system().structure
    #expect(throws: HoneError.self) { try PriorSystem(structure, charge: .nan) }
    #expect(throws: HoneError.self) { try PriorSystem(structure, multiplicity: -1) }
  }
}
