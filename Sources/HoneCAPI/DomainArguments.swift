internal import CHone
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// A domain that a host describes, after every check that needs no model and does not look into its
/// lists.
struct DomainArguments {
  /// The host's structure; what its size leaves out is zero.
  private let host: hone_domain
  /// The number of the process' own atoms.
  let localCount: Int
  /// The number of ghosts.
  let ghostCount: Int
  /// What the processes ask for.
  let quantities: Quantities

  /// All that a host may ask for.
  private static let everything: Quantities = [
    .energy, .forces, .virial, .atomEnergies, .atomVirials,
  ]

  /// Checks a domain.
  ///
  /// - Throws: `.invalidArgument` naming the member; `.unsupported` for members of a later version
  ///   that this one does not know.
  init(_ domain: UnsafePointer<hone_domain>?) throws(HoneError) {
    host = try hone_domain.read(domain, "domain")
    localCount = try Self.count(host.n_local, most: Int64(Int32.max), "n_local")
    ghostCount = try Self.count(
      host.n_ghost, most: Int64(Int32.max) - host.n_local, "n_ghost")
    _ = try Self.count(host.n_centers, most: host.n_local, "n_centers")
    _ = try Self.count(host.n_ghost_centers, most: host.n_ghost, "n_ghost_centers")
    quantities = Quantities(rawValue: host.quantities)
    guard Self.everything.isSuperset(of: quantities) else {
      throw HoneError(
        .invalidArgument,
        "domain->quantities must be a sum of HONE_ENERGY ... HONE_ATOM_VIRIALS, "
          + "got \(host.quantities)")
    }
    let isHalo = host.exchange == nil && host.ghost_owners == nil
    guard isHalo || host.n_ghost_centers == 0 else {
      throw HoneError(
        .invalidArgument,
        "domain->n_ghost_centers must be 0 with an exchange or ghost_owners, "
          + "got \(host.n_ghost_centers)")
    }
    guard localCount + ghostCount > 0 else { return }
    let positions = try require(host.positions, "domain->positions")
    for index in 0..<3 * (localCount + ghostCount) where !positions[index].isFinite {
      throw HoneError(
        .invalidArgument,
        "positions must be finite, but positions[\(index / 3)][\(index % 3)] is "
          + "\(positions[index])")
    }
  }

  /// Refuses outputs that depend on exchanges which the processes did not agree upon.
  ///
  /// - Throws: `.invalidArgument` naming the output.
  func check(_ targets: ComputeTargets) throws(HoneError) {
    try check(targets.forces, .forces, "forces")
    try check(targets.virial, .virial, "virial")
    try check(targets.atomVirials, .atomVirials, "atom_virials")
  }

  private func check(_ target: View<Double>?, _ quantity: Quantities, _ name: StaticString)
    throws(HoneError)
  {
    guard target != nil, !quantities.contains(quantity) else { return }
    throw HoneError(
      .invalidArgument, "\(name) must be NULL: domain->quantities does not name it")
  }

  /// The domain with the species that a model has for its atoms.
  ///
  /// - Parameter species: Memory for an index into the model's species of each atom.
  /// - Throws: `.invalidArgument`, `.unknownSpecies`, `.outOfMemory`.
  func domain(_ model: ForceField, _ species: ReusableBuffer<Int32>) throws(HoneError) -> Domain {
    let count = localCount + ghostCount
    let species = try species.resize(count)
    if count > 0 {
      let numbers = try require(host.atomic_numbers, "domain->atomic_numbers")
      for atom in 0..<count {
        species[atom] = numbers[atom] == 0 ? -1 : try model.speciesIndex(of: numbers[atom], atom)
      }
    }
    let hasCenters = host.n_centers + host.n_ghost_centers > 0
    return Domain(
      localCount: localCount, ghostCount: ghostCount, species: species,
      positions: view(host.positions, 3 * count), centerCount: Int(host.n_centers),
      ghostCenterCount: Int(host.n_ghost_centers),
      centers: host.centers.map { view($0, Int(host.n_centers + host.n_ghost_centers)) },
      neighborCounts: hasCenters
        ? view(try require(host.neighbor_counts, "domain->neighbor_counts"), count) : .empty,
      neighbors: hasCenters
        ? view(try require(host.neighbors, "domain->neighbors"), count) : .empty,
      neighborMask: host.neighbor_mask == 0 ? -1 : host.neighbor_mask,
      ghostOwners: host.ghost_owners.map { view($0, ghostCount) },
      hasExchange: host.exchange != nil)
  }

  /// What the host asks for.
  var request: DomainRequest {
    DomainRequest(
      quantities: quantities,
      exchange: host.exchange.map { HostExchange(function: $0, context: host.exchange_context) },
      ghostVirials: quantities.contains(.atomVirials)
        ? host.ghost_virials.map { View(base: $0, count: 9 * ghostCount) } : nil)
  }

  /// The numbers that a host gave, which nobody writes.
  private func view<Element>(_ pointer: UnsafePointer<Element>?, _ count: Int) -> View<Element> {
    guard let pointer, count > 0 else { return .empty }
    return View(base: UnsafeMutablePointer(mutating: pointer), count: count)
  }

  private static func count(_ count: Int64, most: Int64, _ name: StaticString)
    throws(HoneError) -> Int
  {
    guard count >= 0, count <= most else {
      throw HoneError(.invalidArgument, "domain->\(name) must be 0 to \(most), got \(count)")
    }
    return Int(count)
  }
}

extension hone_domain: SizedStructure {
  static var typeName: StaticString { "hone_domain" }
  /// All before the members that were added later.
  static var leastSize: Int { MemoryLayout<hone_domain>.offset(of: \.ghost_virials) ?? 0 }
}

/// The communication of a host in C.
private struct HostExchange: DomainExchange {
  let function: hone_exchange
  let context: UnsafeMutableRawPointer?

  func exchange(_ direction: ExchangeDirection, width: Int, _ values: View<Double>)
    throws(HoneError)
  {
    let isForward = direction == .forward
    let code = function(
      context, isForward ? HONE_EXCHANGE_FORWARD : HONE_EXCHANGE_REVERSE, Int64(width),
      values.base)
    guard code == 0 else {
      throw HoneError(
        .callback,
        "domain->exchange returned \(code) for a \(isForward ? "forward" : "reverse") exchange of "
          + "\(width) values per atom")
    }
  }
}
