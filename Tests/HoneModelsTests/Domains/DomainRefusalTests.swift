import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Domains that cannot be right")
struct DomainRefusalTests {
  /// Atoms of a crystal smaller than the cutoff, all in one process.
  private static func atoms(_ subject: InvarianceCase, haloLayers: Int = 0) -> RankAtoms {
    var random = SeededGenerator(state: 4)
    let cutoff = subject.model.cutoff
    return RankAtoms(
      subject.crystal, Array(0..<subject.crystal.count), reach: Double(max(haloLayers, 1)) * cutoff,
      cutoff: cutoff, centerReach: Double(haloLayers - 1) * cutoff, &random)
  }

  private struct Case {
    var atoms: RankAtoms
    var owners: [Int32]?
    var hasExchange = false
    var quantities: Quantities = [.energy, .forces]
    var workspace = Workspace()
    var change: (inout Domain) -> Void = { _ in }

    /// The energy, and the forces on all atoms.
    func compute(_ model: ForceField) throws -> (energy: Double, forces: [Double]) {
      let memory = try HostMemory(atoms, model, owners: owners, hasExchange: hasExchange)
      change(&memory.domain)
      let energy = try Buffer(repeating: 0.0, count: 1)
      let forces = try Buffer(repeating: 0.0, count: 3 * atoms.count)
      var targets = ComputeTargets()
      targets.energy = energy.view
      targets.forces = forces.view
      try model.compute(
        memory.domain,
        DomainRequest(quantities: quantities, exchange: nil, ghostVirials: nil), into: targets,
        settings: ComputeSettings(.float64), workspace: workspace)
      return withExtendedLifetime(memory) { (energy[0], Array(forces)) }
    }
  }

  private static let subject = Result { try InvarianceCase.named("mace/four-layers.json") }

  private func check(
    _ words: String, haloLayers: Int = 0, owners: Bool = true,
    _ change: (inout Case) -> Void
  ) throws {
    let subject = try Self.subject.get()
    let atoms = Self.atoms(subject, haloLayers: haloLayers)
    var right = Case(atoms: atoms, owners: owners ? atoms.localOwners : nil)
    _ = try right.compute(subject.model)
    var wrong = right
    change(&wrong)
    let error = #expect(throws: HoneError.self) { try wrong.compute(subject.model) }
    #expect(error?.kind == .invalidArgument)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    // The workspace is as usable as before.
    right.workspace = wrong.workspace
    _ = try right.compute(subject.model)
  }

  @Test("Images of own atoms get features from these, and forces with them")
  func owners() throws {
    let subject = try Self.subject.get()
    let atoms = Self.atoms(subject)
    let found = try Case(atoms: atoms, owners: atoms.localOwners).compute(subject.model)
    let wanted = try subject.suites[0].evaluate(subject.crystal)
    #expect(abs(found.energy - wanted.energy) < 1e-9)
    for (index, owner) in atoms.owners.enumerated() {
      for axis in 0..<3 {
        let expected = index < atoms.localCount ? wanted.forces[owner][axis] : 0
        #expect(abs(found.forces[3 * index + axis] - expected) < 1e-9)
      }
    }
  }

  @Test("Centres")
  func centers() throws {
    try check("centers[0] must be an atom below n_local, 6, got 6") { $0.atoms.centers[0] = 6 }
    try check("got -1") { $0.atoms.centers[0] = -1 }
    try check("is there twice") { $0.atoms.centers[1] = $0.atoms.centers[0] }
    try check("is a neighbor, but not among the centers") { $0.atoms.centers.removeLast() }
  }

  @Test("Lists")
  func lists() throws {
    try check("must be an atom below n_local + n_ghost") {
      $0.atoms.lists[0][0] = Int32($0.atoms.count)
    }
    try check("neighbors[2] must not be NULL") { test in
      test.change = { $0.neighbors[2] = nil }
    }
    try check("neighbor_counts[1] must be at least 0, got -5") { test in
      test.change = { $0.neighborCounts[1] = -5 }
    }
    try check("neighbors[3] must not name atom 3 itself") { $0.atoms.lists[3].append(3) }
    try check("are closer than 1e-6 Å") { test in
      test.atoms.positions[1] = test.atoms.positions[0] + SIMD3(1e-8, 0, 0)
      test.atoms.lists[0].append(1)
    }
  }

  @Test("Owners of ghosts")
  func wrongOwners() throws {
    try check("ghost_owners[0] must be -1 or an atom below n_local, 6, got 6") { $0.owners?[0] = 6 }
    try check("got -2") { $0.owners?[0] = -2 }
    try check("which ghost_owners says it is an image of") { test in
      let other = test.atoms.numbers.firstIndex { $0 != test.atoms.numbers[test.atoms.localCount] }
      test.owners?[0] = Int32(other ?? 0)
    }
    try check("ghost_owners names no owner and there is no exchange") { test in
      let near = test.atoms.lists[Int(test.atoms.centers[0])].map { Int($0 & RankAtoms.mask) }
        .filter { $0 >= test.atoms.localCount }
      for ghost in near { test.owners?[ghost - test.atoms.localCount] = -1 }
    }
  }

  @Test("Halos that are too small")
  func halos() throws {
    try check("must be among the centers, with neighbors of its own", haloLayers: 4, owners: false)
    {
      $0.atoms.ghostCenters = []
    }
    try check("must be a ghost from n_local", haloLayers: 4, owners: false) {
      $0.atoms.ghostCenters[0] = 0
    }
    try check("ghost_virials must not be NULL", haloLayers: 4, owners: false) {
      $0.quantities = [.energy, .forces, .atomVirials]
    }
  }

  @Test(
    "A host's failure ends the computation, in either direction", arguments: [0, 1, 2, 3, 4, 5])
  func callback(_ failing: Int) throws {
    let subject = try Self.subject.get()
    let atoms = Self.atoms(subject)
    let memory = try HostMemory(atoms, subject.model, owners: nil, hasExchange: true)
    var count = 0
    let forces = try Buffer(repeating: 0.0, count: 3 * atoms.count)
    var targets = ComputeTargets()
    targets.forces = forces.view
    let error = #expect(throws: HoneError.self) {
      try withoutActuallyEscaping({ (_, _, _) throws(HoneError) in
        count += 1
        if count > failing { throw HoneError(.callback, "the host had enough") }
      }) { exchange in
        try subject.model.compute(
          memory.domain,
          DomainRequest(quantities: [.forces], exchange: exchange, ghostVirials: nil),
          into: targets, settings: ComputeSettings(.float64), workspace: Workspace())
      }
    }
    #expect(error?.kind == .callback && count == failing + 1)
  }
}
