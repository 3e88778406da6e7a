import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Domains of a host")
struct DomainTests {
  /// One to six layers; a factorised first layer and one that is not; densities; ZBL; gates that read
  /// the centre's own row; a model that is left to the reference evaluator.
  static let names = [
    "mace/four-layers.json", "mace/density-zbl.json", "mace/chebyshev-zbl.json",
    "mace/nonlinear.json", "mace/one-layer.json", "sevennet/l2-parity.json",
    "sevennet/odd-scalars.json", "sevennet/l3.json",
  ]
  private static let few = [
    "mace/four-layers.json", "mace/nonlinear.json", "sevennet/l2-parity.json",
  ]

  /// What the library says of the whole structure, in the same precision.
  private func expected(_ model: ForceField, _ sample: Sample, _ settings: ComputeSettings) throws
    -> Outcome
  {
    let result = try model.evaluate(try sample.structure(), settings)
    return Outcome(
      energy: result.energy,
      forces: (0..<sample.count).map { atom in
        SIMD3(result.forces[3 * atom], result.forces[3 * atom + 1], result.forces[3 * atom + 2])
      }, virial: Tensor(result.virial[...]), atomEnergies: result.atomEnergies,
      atomVirials: (0..<sample.count).map { Tensor(result.atomVirials[9 * $0..<9 * $0 + 9]) })
  }

  /// Computes all samples of a model, with workspaces that have just computed something else.
  private func check(_ name: String, _ spread: Spread, within tolerance: Double = 1e-9) throws {
    let subject = try InvarianceCase.named(name)
    let workspaces = (0..<spread.ranks).map { _ in Workspace() }
    for sample in subject.samples {
      var whole = spread
      (whole.leavesOneEmpty, whole.blanksOne) = (false, false)
      _ = try Ranks(subject.model, sample, whole, workspaces: workspaces).run()
      let ranks = Ranks(subject.model, sample, spread, workspaces: workspaces)
      let found = try ranks.run().taking(ranks.present)
      var rest = sample
      rest.numbers = ranks.present.map { sample.numbers[$0] }
      rest.positions = ranks.present.map { sample.positions[$0] }
      let wanted = try expected(subject.model, rest, spread.settings)
      #expect(found.deviation(from: wanted) < tolerance, "\(name), \(sample.count) atoms")
      try checkExchanges(ranks, subject.model, spread)
    }
  }

  /// The same exchanges everywhere, as many and as wide as hosts are told.
  private func checkExchanges(_ ranks: Ranks, _ model: ForceField, _ spread: Spread) throws {
    let between = spread.mode == .halo ? 0 : model.layerCount - 1
    let needsGradients = !spread.quantities.isDisjoint(with: [.forces, .virial, .atomVirials])
    for made in ranks.exchanges {
      #expect(made.map(\.width) == ranks.exchanges[0].map(\.width))
      #expect(
        made.map(\.direction) == [ExchangeDirection](repeating: .forward, count: between)
          + [ExchangeDirection](repeating: .reverse, count: needsGradients ? between : 0))
      if between > 0, spread.quantities.contains(.atomVirials) {
        #expect(made.map(\.width).max() == model.exchangeWidth)
      }
    }
  }

  @Test("Processes together compute what one does", arguments: names, Spread.Mode.allCases)
  func spread(_ name: String, _ mode: Spread.Mode) throws {
    for ranks in 1...4 {
      try check(name, Spread(ranks: ranks, mode: mode, seed: UInt64(ranks)))
    }
  }

  @Test("So do they with the reference evaluator", arguments: few, Spread.Mode.allCases)
  func reference(_ name: String, _ mode: Spread.Mode) throws {
    try check(
      name, Spread(ranks: 3, mode: mode, settings: ComputeSettings(.float64, .reference), seed: 5))
    try check(name, Spread(ranks: 3, mode: mode, mixesEvaluators: true, seed: 5))
  }

  @Test("So do they in single precision", arguments: few, Spread.Mode.allCases)
  func single(_ name: String, _ mode: Spread.Mode) throws {
    try check(
      name, Spread(ranks: 3, mode: mode, settings: ComputeSettings(.float32), seed: 6),
      within: 2e-4)
  }

  @Test("A process without own atoms takes part", arguments: names, Spread.Mode.allCases)
  func empty(_ name: String, _ mode: Spread.Mode) throws {
    for threads in 1...2 {
      let settings = ComputeSettings(.float64, threads: threads)
      try check(
        name, Spread(ranks: 3, mode: mode, settings: settings, leavesOneEmpty: true, seed: 9))
    }
  }

  @Test("Atoms of other models are passed over", arguments: names, Spread.Mode.allCases)
  func strangers(_ name: String, _ mode: Spread.Mode) throws {
    try check(name, Spread(ranks: 3, mode: mode, addsStrangers: true, seed: 9))
    try check(name, Spread(ranks: 2, mode: mode, blanksOne: true, seed: 2))
    try check(name, Spread(ranks: 3, mode: mode, blanksOne: true, seed: 4))
  }

  @Test("Threads within processes change nothing", arguments: names, Spread.Mode.allCases)
  func threads(_ name: String, _ mode: Spread.Mode) throws {
    let subject = try InvarianceCase.named(name)
    let copies = (80 + subject.crystal.count - 1) / subject.crystal.count
    let sample = subject.crystal.repeated([copies, 1, 1])
    let spread = Spread(
      ranks: 2, mode: mode, settings: ComputeSettings(.float64, threads: 2), seed: 3)
    let found = try Ranks(subject.model, sample, spread).run()
    let wanted = try expected(subject.model, sample, ComputeSettings(.float64))
    #expect(found.deviation(from: wanted) < 1e-9)
  }

  @Test("Every head, and what is asked for alone")
  func parts() throws {
    for head in 0..<3 {
      try check(
        "mace/heads-3.json", Spread(settings: ComputeSettings(.float64, head: head), seed: 8))
    }
    let subject = try InvarianceCase.named("mace/four-layers.json")
    let wanted = try expected(subject.model, subject.crystal, ComputeSettings(.float64))
    for quantities: Quantities in [.energy, .forces, .virial, [.energy, .forces, .virial]] {
      let spread = Spread(ranks: 3, quantities: quantities, keepsGhostVirials: false, seed: 8)
      let ranks = Ranks(subject.model, subject.crystal, spread)
      let found = try ranks.run()
      #expect(abs(found.energy - wanted.energy) < 1e-9)
      if quantities.contains(.forces) {
        let worst = zip(found.forces, wanted.forces).map { length($0 - $1) }.max() ?? .infinity
        #expect(worst < 1e-9)
      }
      if quantities.contains(.virial) { #expect((found.virial - wanted.virial).largest < 1e-9) }
      try checkExchanges(ranks, subject.model, spread)
    }
  }

  @Test("Virials that ghosts do not get go to the centres, and still sum to the virial")
  func sums() throws {
    let subject = try InvarianceCase.named("mace/four-layers.json")
    let spread = Spread(ranks: 3, keepsGhostVirials: false, seed: 7)
    let found = try Ranks(subject.model, subject.crystal, spread).run()
    let wanted = try expected(subject.model, subject.crystal, spread.settings)
    let sum = found.atomVirials.reduce(Tensor.zero) { $0 + $1 }
    #expect((sum - wanted.virial).largest < 1e-9)
    let worst = zip(found.atomVirials, wanted.atomVirials).map { ($0 - $1).largest }.max() ?? 0
    #expect(worst > 1e-6)
  }
}

extension Outcome {
  /// What belongs to some of the atoms.
  fileprivate func taking(_ atoms: [Int]) -> Outcome {
    var result = self
    result.forces = atoms.map { forces[$0] }
    result.atomEnergies = atoms.map { atomEnergies[$0] }
    result.atomVirials = atoms.map { atomVirials[$0] }
    return result
  }
}
