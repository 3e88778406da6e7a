import HoneModels
import HoneTestSupport
import Testing

@Suite("Derivatives of every force field")
struct InvarianceDerivativeTests {
  @Test("Forces are differences of energies", arguments: InvarianceTests.names)
  func forces(_ name: String) throws {
    try check(name, below: 1e-6, "forces") { try $0.forces($1) }
  }

  @Test("The virial is the difference of energies under strain", arguments: InvarianceTests.names)
  func virial(_ name: String) throws {
    try check(name, below: 1e-6, "virial") { try $0.virial($1) }
  }

  private func check(
    _ name: String, below tolerance: Double, _ what: String,
    _ deviation: (InvarianceSuite, Sample) throws -> Double
  ) throws {
    let subject = try InvarianceCase.named(name)
    for suite in subject.suites {
      for (index, sample) in subject.samples.enumerated() {
        let found = try deviation(suite, sample)
        #expect(found < tolerance, "\(what): \(name), \(suite.description), structure \(index)")
      }
    }
  }

  /// Models that jump by their definition: their cutoff multiplies what enters the radial network,
  /// and that network, with a sigmoid or with layer norms and biases, does not vanish at zero.
  static let jumping = ["mace/nonlinear.json", "sevennet/l3-parity.json"]

  @Test("Nothing jumps when an atom comes into reach", arguments: InvarianceTests.names)
  func cutoff(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    for suite in subject.suites {
      let (jump, effect) = try suite.cutoffJump(subject.molecule, subject.molecule.numbers[0])
      if Self.jumping.contains(name) {
        #expect(jump > 1e-3, "\(name) is as smooth as others")
      } else {
        // XPLOR's second derivative jumps: forces change by it times the 2e-6 Å between.
        #expect(jump < 1e-5, "\(name), \(suite.description)")
      }
      #expect(effect > 1e-4, "the probe of \(name) touches nothing")
    }
  }

  @Test(
    "Atom virials of a solid weigh all layers' derivatives by the distance to the moved atom",
    arguments: ["mace/scalar-c3.json", "sevennet/l2-parity.json"])
  func atomVirials(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    try #require(subject.model.layerCount >= 2)
    let found = try subject.suites[0].atomVirials(subject.crystal, atoms: [0, 2])
    #expect(found < 1e-6)
  }
}
