import HoneModels
import HoneStructure
import HoneTestSupport
import Testing

@Suite("Laws of every force field")
struct InvarianceTests {
  /// The committed models, and the real ones where they are.
  static let names = InvarianceCase.golden + InvarianceCase.real

  /// Runs a check for each sample and head.
  private func check(
    _ name: String, below tolerance: Double, _ what: String,
    of samples: (InvarianceCase) -> [Sample] = { $0.samples },
    _ deviation: (InvarianceSuite, Sample) throws -> Double
  ) throws {
    let subject = try InvarianceCase.named(name)
    let samples = samples(subject)
    try #require(!samples.isEmpty || subject.slab == nil)
    for suite in subject.suites {
      for (index, sample) in samples.enumerated() {
        let found = try deviation(suite, sample)
        #expect(found < tolerance, "\(what): \(name), \(suite.description), structure \(index)")
      }
    }
  }

  @Test("Energies stay and forces and virials turn when space is turned", arguments: names)
  func rotation(_ name: String) throws {
    try check(name, below: 1e-9, "rotation") { try $0.rotation($1) }
  }

  @Test("Models whose irreps carry parity are the same in a mirror", arguments: names)
  func inversion(_ name: String) throws {
    guard try InvarianceCase.named(name).hasInversion else { return }
    try check(name, below: 1e-9, "inversion") {
      try $0.rotation($1, by: InvarianceSuite.inversion)
    }
  }

  @Test("Models that do without parity tell mirror images apart")
  func noInversion() throws {
    for name in ["mace/so3.json", "sevennet/manual-unsorted.json"] {
      let subject = try InvarianceCase.named(name)
      #expect(try !subject.hasInversion, "\(name)")
      let change = try subject.suites[0].rotation(
        subject.crystal, by: InvarianceSuite.inversion)
      #expect(change > 1e-6, "\(name)")
    }
  }

  @Test("Nothing depends on where atoms are, nor on which images are given", arguments: names)
  func translation(_ name: String) throws {
    try check(name, below: 1e-9, "translation") { try $0.translation($1) }
  }

  @Test("The order of atoms does not matter", arguments: names)
  func permutation(_ name: String) throws {
    try check(name, below: 1e-10, "permutation") { try $0.permutation($1) }
  }

  @Test("Two cells side by side are the same solid", arguments: names)
  func supercell(_ name: String) throws {
    try check(
      name, below: 1e-10, "supercell", of: { [$0.crystal] + ($0.slab.map { [$0] } ?? []) }
    ) { try $0.supercell($1) }
  }

  @Test("A cell of one atom, smaller than the cutoff, is the same solid as two", arguments: names)
  func smallCell(_ name: String) throws {
    try check(
      name, below: 1e-10, "one atom",
      of: { subject in
        [
          Sample(
            numbers: [subject.crystal.numbers[0]], positions: [[0.4, 5.1, -0.2]],
            rows: [[2.3, 0.1, -0.2], [0.6, 2.4, 0.3], [-0.5, 0.2, 2.6]])
        ]
      }
    ) { try $0.supercell($1) }
  }

  @Test("Molecules far apart, and atoms out of reach, add up", arguments: names)
  func separation(_ name: String) throws {
    try check(name, below: 1e-10, "two far copies", of: { [$0.molecule] }) {
      try $0.farCopies($1)
    }
    try check(name, below: 1e-10, "an isolated atom", of: { [$0.molecule] }) {
      try $0.isolatedAtom($1)
    }
  }

  @Test("The parts of atoms sum to the whole, and forces to nothing", arguments: names)
  func sums(_ name: String) throws {
    try check(name, below: 1e-10, "sums") { try $0.sums($1) }
  }

  @Test("An atom alone has its energy and no forces", arguments: names)
  func loneAtom(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    for suite in subject.suites {
      for number in subject.model.species {
        let found = try suite.loneAtom(number)
        #expect(found < 1e-12, "atomic number \(number)")
      }
    }
  }

  @Test("No atoms have no energy", arguments: names)
  func noAtoms(_ name: String) throws {
    let suite = try InvarianceCase.named(name).suites[0]
    let outcome = try suite.evaluate(Sample(numbers: [], positions: []))
    #expect(outcome.energy == 0)
    #expect(outcome.forces.isEmpty && outcome.atomEnergies.isEmpty && outcome.atomVirials.isEmpty)
    #expect(outcome.virial.largest == 0)
  }

  @Test("Asking for more does not change the energy by a bit", arguments: names)
  func quantities(_ name: String) throws {
    try check(name, below: .leastNonzeroMagnitude, "energy alone") { suite, sample in
      let whole = try suite.evaluate(sample).energy
      let forces = try suite.compute(sample, [.energy, .forces]).energy
      return try worst([suite.energy(sample) - whole, forces - whole])
    }
  }

  @Test("One, two and three threads agree", arguments: names)
  func threads(_ name: String) throws {
    // A thread starts for every 16 atoms, hence the supercell.
    try check(
      name, below: 1e-12, "threads",
      of: { subject in
        let copies = (50 + subject.crystal.count - 1) / subject.crystal.count
        return [subject.crystal.repeated([copies, 1, 1])]
      }
    ) { suite, sample in
      let one = try suite.evaluate(sample, threads: 1)
      let scale = max(1, worst([one.energy / Double(sample.count)] + one.forces.map(largest)))
      return try worst(
        [2, 3].map { try suite.evaluate(sample, threads: $0).deviation(from: one) / scale })
    }
  }
}
