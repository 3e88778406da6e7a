import Glibc
import HoneNumerics
import HoneStructure
import HoneTestSupport

@testable import HoneModels

/// How a structure is spread over processes.
struct Spread {
  enum Mode: CaseIterable {
    /// Ghosts get features from their owners.
    case exchange
    /// Those that are images of own atoms from these.
    case exchangeAndOwners
    /// Ghosts are computed.
    case halo
  }

  var ranks = 2
  var mode = Mode.exchange
  var settings = ComputeSettings(.float64)
  var quantities = InvarianceSuite.everything
  var keepsGhostVirials = true
  var addsStrangers = false
  /// Whether the last process has no atoms.
  var leavesOneEmpty = false
  var seed: UInt64 = 1
}

/// Processes, as threads, that compute a sample together and exchange what a host would.
final class Ranks: @unchecked Sendable {
  let model: ForceField
  let spread: Spread
  let sample: Sample
  let atoms: [RankAtoms]
  /// The exchanges that each process made.
  private(set) var exchanges: [[(direction: ExchangeDirection, width: Int)]]
  /// The errors of processes.
  private(set) var errors: [HoneError?]
  private var rows: [View<Double>?]
  private var outcomes: [Outcome?]
  private var barrier = pthread_barrier_t()

  init(_ model: ForceField, _ sample: Sample, _ spread: Spread) {
    self.model = model
    self.spread = spread
    self.sample = sample
    var random = SeededGenerator(state: spread.seed)
    let busy = spread.leavesOneEmpty ? spread.ranks - 1 : spread.ranks
    let homes = (0..<sample.count).map { _ in Int.random(in: 0..<busy, using: &random) }
    let layers = Double(model.layerCount)
    let reach = (spread.mode == .halo ? layers : 1) * model.cutoff
    atoms = (0..<spread.ranks).map { rank in
      var atoms = RankAtoms(
        sample, homes.indices.filter { homes[$0] == rank }, reach: reach + 0.1,
        cutoff: model.cutoff,
        centerReach: spread.mode == .halo ? reach - model.cutoff + 0.1 : 0, &random)
      if spread.addsStrangers, let first = atoms.positions.first {
        atoms.addStranger(at: first + SIMD3(0.3, 0.2, 0.1))
      }
      return atoms
    }
    exchanges = [[(direction: ExchangeDirection, width: Int)]](repeating: [], count: spread.ranks)
    errors = [HoneError?](repeating: nil, count: spread.ranks)
    rows = [View<Double>?](repeating: nil, count: spread.ranks)
    outcomes = [Outcome?](repeating: nil, count: spread.ranks)
    pthread_barrier_init(&barrier, nil, UInt32(spread.ranks))
  }

  deinit { pthread_barrier_destroy(&barrier) }

  /// Computes, and puts together what belongs together.
  func run() throws -> Outcome {
    let memories = try atoms.map { atoms in
      try HostMemory(
        atoms, model, owners: spread.mode == .exchangeAndOwners ? atoms.localOwners : nil,
        hasExchange: spread.mode != .halo)
    }
    Team(threadCount: spread.ranks).run { rank in
      do {
        outcomes[rank] = try compute(rank, memories[rank].domain)
      } catch {
        errors[rank] = error as? HoneError
      }
    }
    if let error = errors.compactMap({ $0 }).first { throw error }
    return gather()
  }

  private func compute(_ rank: Int, _ domain: Domain) throws -> Outcome {
    let atoms = atoms[rank]
    let mark = -4.25e300
    let energy = try Buffer(repeating: mark, count: 1)
    let virial = try Buffer(repeating: mark, count: 9)
    let forces = try Buffer(repeating: mark, count: 3 * atoms.count)
    let energies = try Buffer(repeating: mark, count: atoms.localCount)
    let virials = try Buffer(repeating: mark, count: 9 * atoms.localCount)
    let ghostVirials = try Buffer(
      repeating: spread.keepsGhostVirials ? mark : 0, count: 9 * atoms.ghostCount)
    var targets = ComputeTargets()
    targets.energy = energy.view
    targets.virial = virial.view
    targets.forces = forces.view
    targets.atomEnergies = energies.view
    targets.atomVirials = virials.view
    let request = DomainRequest(
      quantities: spread.quantities,
      exchange: spread.mode == .halo
        ? nil
        : { [self] (direction, width, rows) throws(HoneError) in
          exchange(rank, direction, width, rows)
        },
      ghostVirials: spread.keepsGhostVirials ? ghostVirials.view : nil)
    try model.compute(
      domain, request, into: targets, settings: spread.settings, workspace: Workspace())
    let all = Array(virials) + Array(ghostVirials)
    return Outcome(
      energy: energy[0], forces: (0..<atoms.count).map { forces.view[three: $0] },
      virial: Tensor(Array(virial)[...]), atomEnergies: Array(energies),
      atomVirials: (0..<atoms.count).map { Tensor(all[9 * $0..<9 * $0 + 9]) })
  }

  /// What a host's communication does.
  private func exchange(
    _ rank: Int, _ direction: ExchangeDirection, _ width: Int, _ values: View<Double>
  ) {
    exchanges[rank].append((direction, width))
    rows[rank] = values
    pthread_barrier_wait(&barrier)
    switch direction {
    case .forward:
      for ghost in atoms[rank].localCount..<atoms[rank].count {
        guard let (home, place) = home(of: atoms[rank].owners[ghost]), let source = rows[home]
        else { continue }
        values.slice(ghost * width, width).copy(from: source.slice(place * width, width))
      }
    case .reverse:
      for other in atoms.indices {
        for ghost in atoms[other].localCount..<atoms[other].count {
          guard let (home, place) = home(of: atoms[other].owners[ghost]), home == rank,
            let source = rows[other]
          else { continue }
          for index in 0..<width { values[place * width + index] += source[ghost * width + index] }
        }
      }
    }
    pthread_barrier_wait(&barrier)
    guard direction == .reverse else { return }
    // Ghosts' rows mean nothing afterwards.
    for index in atoms[rank].localCount * width..<atoms[rank].count * width { values[index] = .nan }
  }

  private func home(of atom: Int) -> (rank: Int, place: Int)? {
    for rank in atoms.indices {
      if let place = atoms[rank].owners.prefix(atoms[rank].localCount).firstIndex(of: atom) {
        return (rank, place)
      }
    }
    return nil
  }

  private func gather() -> Outcome {
    var total = Outcome(
      energy: 0, forces: [SIMD3<Double>](repeating: .zero, count: sample.count), virial: .zero,
      atomEnergies: [Double](repeating: 0, count: sample.count),
      atomVirials: [Tensor](repeating: .zero, count: sample.count))
    for (atoms, outcome) in zip(atoms, outcomes) {
      guard let outcome else { continue }
      total.energy += outcome.energy
      total.virial = total.virial + outcome.virial
      for (index, owner) in atoms.owners.enumerated() where owner >= 0 {
        total.forces[owner] += outcome.forces[index]
        total.atomVirials[owner] = total.atomVirials[owner] + outcome.atomVirials[index]
        if index < atoms.localCount { total.atomEnergies[owner] = outcome.atomEnergies[index] }
      }
    }
    return total
  }
}

extension View<Double> {
  /// Three numbers.
  fileprivate subscript(three index: Int) -> SIMD3<Double> {
    SIMD3(self[3 * index], self[3 * index + 1], self[3 * index + 2])
  }
}
