import HoneModels
import HoneTestSupport
import Testing

/// The laws in single precision: deviations are those of rounding, relative to what is compared.
@Suite("Laws of every force field, in single precision")
struct SingleInvarianceTests {
  /// A check of the crystal and the molecule of a model.
  private func check(
    _ name: String, _ what: String, of samples: (InvarianceCase) -> [Sample] = { $0.samples },
    _ deviation: (InvarianceSuite, Sample) throws -> Double
  ) throws {
    let subject = try InvarianceCase.named(name)
    for var suite in subject.suites where suite.evaluator == .automatic {
      suite.precision = .float32
      for (index, sample) in samples(subject).enumerated() {
        let outcome = try suite.evaluate(sample)
        let scale = worst(
          [1] + outcome.forces.map(largest) + outcome.atomEnergies
            + outcome.atomVirials.map(\.largest))
        let found = try deviation(suite, sample)
        #expect(
          found < 3e-5 * scale, "\(what): \(name), head \(suite.head), structure \(index)")
      }
    }
  }

  @Test("Energies stay and forces and virials turn when space is turned", arguments: names)
  func rotation(_ name: String) throws {
    try check(name, "rotation") { try $0.rotation($1) }
  }

  @Test("Models whose irreps carry parity are the same in a mirror", arguments: names)
  func inversion(_ name: String) throws {
    guard try InvarianceCase.named(name).hasInversion else { return }
    try check(name, "inversion") { try $0.rotation($1, by: InvarianceSuite.inversion) }
  }

  @Test("Nothing depends on where atoms are, nor on which images are given", arguments: names)
  func translation(_ name: String) throws {
    try check(name, "translation") { try $0.translation($1) }
  }

  @Test("The order of atoms does not matter", arguments: names)
  func permutation(_ name: String) throws {
    try check(name, "permutation") { try $0.permutation($1) }
  }

  @Test("Two cells side by side are the same solid", arguments: names)
  func supercell(_ name: String) throws {
    try check(name, "supercell", of: { [$0.crystal] + ($0.slab.map { [$0] } ?? []) }) {
      try $0.supercell($1)
    }
  }

  @Test("The parts of atoms sum to the whole, and forces to nothing", arguments: names)
  func sums(_ name: String) throws {
    try check(name, "sums") { try $0.sums($1) }
  }

  static let names = InvarianceCase.golden
}
