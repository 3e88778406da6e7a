import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Domains of a host")
struct DomainTests {
  /// Two to six layers; a factorised first layer and one that is not; densities; ZBL; gates that read
  /// the centre's own row.
  static let names = [
    "mace/four-layers.json", "mace/density-zbl.json", "mace/chebyshev-zbl.json",
    "mace/nonlinear.json", "mace/one-layer.json", "sevennet/l2-parity.json",
    "sevennet/odd-scalars.json", "sevennet/l3.json",
  ]

  /// What the library says of the whole structure.
  private func expected(_ model: ForceField, _ sample: Sample, _ settings: ComputeSettings) throws
    -> Outcome
  {
    try InvarianceSuite(model: model, head: settings.head, evaluator: settings.evaluator)
      .evaluate(sample)
  }

  private func check(_ name: String, _ spread: Spread, isWhole: Bool = true) throws {
    let subject = try InvarianceCase.named(name)
    for sample in subject.samples {
      let ranks = Ranks(subject.model, sample, spread)
      let found = try ranks.run()
      let wanted = try expected(subject.model, sample, spread.settings)
      #expect(found.deviation(from: wanted) < 1e-9, "\(name), \(sample.count) atoms")
      // The same number of the same exchanges everywhere.
      let layers = subject.model.layerCount
      for made in ranks.exchanges {
        #expect(made.map(\.width) == ranks.exchanges[0].map(\.width))
        #expect(made.allSatisfy { $0.width <= subject.model.exchangeWidth })
        let expected =
          spread.mode == .halo
          ? []
          : [ExchangeDirection](repeating: .forward, count: layers - 1)
            + [ExchangeDirection](repeating: .reverse, count: layers - 1)
        #expect(made.map(\.direction) == expected)
      }
    }
  }

  @Test("Processes together compute what one does", arguments: names, Spread.Mode.allCases)
  func spread(_ name: String, _ mode: Spread.Mode) throws {
    for ranks in 1...4 {
      try check(name, Spread(ranks: ranks, mode: mode, seed: UInt64(ranks)))
    }
  }

  @Test(
    "So do they with the reference evaluator",
    arguments: ["mace/four-layers.json", "mace/nonlinear.json", "sevennet/l2-parity.json"],
    Spread.Mode.allCases)
  func reference(_ name: String, _ mode: Spread.Mode) throws {
    try check(
      name, Spread(ranks: 3, mode: mode, settings: ComputeSettings(.float64, .reference), seed: 5))
  }

  @Test("A process without atoms takes part, and atoms of other models do not", arguments: names)
  func strangers(_ name: String) throws {
    try check(name, Spread(ranks: 3, addsStrangers: true, leavesOneEmpty: true, seed: 9))
    try check(
      name, Spread(ranks: 2, mode: .halo, addsStrangers: true, leavesOneEmpty: true, seed: 9))
  }

  @Test("Threads within processes change nothing", arguments: names)
  func threads(_ name: String) throws {
    let subject = try InvarianceCase.named(name)
    let sample = subject.crystal.repeated([
      (80 + subject.crystal.count - 1) / subject.crystal.count, 1, 1,
    ])
    let spread = Spread(ranks: 2, settings: ComputeSettings(.float64, threads: 2), seed: 3)
    let found = try Ranks(subject.model, sample, spread).run()
    let wanted = try expected(subject.model, sample, ComputeSettings(.float64))
    #expect(found.deviation(from: wanted) < 1e-9)
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
