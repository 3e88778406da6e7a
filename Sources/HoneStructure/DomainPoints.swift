public import HoneNumerics

/// The points that a model is evaluated for within a host's domain, and the edges between them.
///
/// Points are atoms: first the own centres, then in a halo the ghosts whose features the layers need,
/// nearest first, then the ghosts that are senders alone. Ghosts that no edge reaches are no points, nor
/// are those that the host says are images of own atoms: edges to them end at those atoms. The memory
/// is kept from one call to the next.
public final class DomainPoints: @unchecked Sendable {
  /// The number of points.
  public private(set) var count = 0
  /// The number of own centres.
  public private(set) var localCount = 0
  /// How many points each layer is computed for, the first ones, `[layers]`.
  public var centerCounts: View<Int> { centerCountsMemory.view }
  /// The host's atom of each point, `[points]`.
  public var atoms: View<Int32> { atomsMemory.view.slice(0, count) }
  /// The point of each of the host's atoms, negative for none, `[own + ghosts]`.
  public var places: View<Int32> { placesMemory.view }
  /// The species of each point, `[points]`.
  public var species: View<Int32> { speciesMemory.view }

  private let centerCountsMemory = ReusableBuffer<Int>()
  private let atomsMemory = ReusableBuffer<Int32>()
  private let speciesMemory = ReusableBuffer<Int32>()
  let placesMemory = ReusableBuffer<Int32>()
  let starts = ReusableBuffer<Int32>()
  let neighbors = ReusableBuffer<Int32>()
  let vectors = ReusableBuffer<Double>()

  /// Makes an empty set.
  public init() {}

  /// Arranges a domain.
  ///
  /// - Parameters:
  ///   - cutoff: The reach of one layer in Å; edges are strictly shorter.
  ///   - layerCount: The number of layers.
  /// - Returns: The edges between points; valid until the next call.
  /// - Throws: `.invalidArgument` for indices out of range, atoms twice among the centres, neighbours
  ///   that are not centres where they must be, and atoms at the same place; `.outOfMemory`.
  public func arrange(_ domain: Domain, cutoff: Double, layerCount: Int, _ team: Team)
    throws(HoneError) -> NeighborList
  {
    let atomCount = domain.atomCount
    count = 0
    try atomsMemory.resize(atomCount)
    try placesMemory.resize(atomCount).fill(-1)
    try centerCountsMemory.resize(layerCount)
    try checkOwners(domain)
    try addCenters(domain)
    if domain.isHalo {
      try addHalo(domain, cutoff: cutoff, layerCount: layerCount)
    } else {
      centerCounts.fill(localCount)
      if domain.hasExchange { try addSenders(domain, cutoff: cutoff) }
    }
    try speciesMemory.resize(count)
    for point in 0..<count { species[point] = domain.species[Int(atoms[point])] }
    return try findEdges(domain, cutoff: cutoff, team)
  }

  /// Puts values of points where those of the host's atoms belong; others get zeros.
  ///
  /// - Parameters:
  ///   - values: Of the first points, `[][width]`; `nil` for none.
  ///   - target: Of atoms in a row, `[][width]`; `nil` for none.
  ///   - first: The first of these atoms; values of atoms before it and behind them are left out.
  public func scatter(
    _ values: View<Double>?, width: Int, into target: View<Double>?, from first: Int
  ) {
    guard let target else { return }
    target.fill(0)
    guard let values else { return }
    for point in 0..<values.count / width {
      let atom = Int(atoms[point]) - first
      guard atom >= 0, atom < target.count / width else { continue }
      for index in 0..<width { target[width * atom + index] = values[width * point + index] }
    }
  }

  private func add(_ atom: Int) {
    places[atom] = Int32(truncatingIfNeeded: count)
    atomsMemory.view[count] = Int32(truncatingIfNeeded: atom)
    count += 1
  }

  private func checkOwners(_ domain: Domain) throws(HoneError) {
    guard let owners = domain.ghostOwners else { return }
    for ghost in 0..<domain.ghostCount {
      let owner = Int(owners[ghost])
      guard (-1..<domain.localCount).contains(owner) else {
        throw HoneError(
          .invalidArgument,
          "ghost_owners[\(ghost)] must be -1 or an atom below n_local, "
            + "\(domain.localCount), got \(owner)")
      }
      guard owner < 0 || domain.species[owner] == domain.species[domain.localCount + ghost] else {
        throw HoneError(
          .invalidArgument,
          "atomic_numbers[\(domain.localCount + ghost)] must be that of atom \(owner), "
            + "which ghost_owners says it is an image of")
      }
    }
  }

  private func addCenters(_ domain: Domain) throws(HoneError) {
    for place in 0..<domain.centerCount {
      let atom = domain.center(place)
      guard (0..<domain.localCount).contains(atom) else {
        throw HoneError(
          .invalidArgument,
          "centers[\(place)] must be an atom below n_local, \(domain.localCount), got \(atom)")
      }
      guard domain.species[atom] >= 0 else { continue }
      guard places[atom] < 0 else {
        throw HoneError(.invalidArgument, "centers[\(place)]: atom \(atom) is there twice")
      }
      add(atom)
    }
    localCount = count
  }

  /// Adds the ghosts of other processes that an edge reaches.
  private func addSenders(_ domain: Domain, cutoff: Double) throws(HoneError) {
    for point in 0..<localCount {
      let center = Int(atoms[point])
      let list = try domain.neighborList(center)
      for place in 0..<list.count {
        let atom = try domain.neighbor(list, place, of: center)
        guard atom >= domain.localCount, places[atom] < 0, domain.species[atom] >= 0,
          domain.owner(of: atom) == atom, domain.square(center, atom) < cutoff * cutoff
        else { continue }
        add(atom)
      }
    }
  }

  /// Adds the ghosts within the layers' reach of own centres, by the number of steps there.
  private func addHalo(_ domain: Domain, cutoff: Double, layerCount: Int) throws(HoneError) {
    // −2 marks ghosts that have neighbours.
    for place in domain.centerCount..<domain.centerCount + domain.ghostCenterCount {
      let atom = domain.center(place)
      guard (domain.localCount..<domain.atomCount).contains(atom) else {
        throw HoneError(
          .invalidArgument,
          "centers[\(place)] must be a ghost from n_local, \(domain.localCount), "
            + "to \(domain.atomCount - 1), got \(atom)")
      }
      places[atom] = -2
    }
    var first = 0
    for steps in 0..<layerCount {
      centerCounts[layerCount - 1 - steps] = count
      let end = count
      for point in first..<end {
        let center = Int(atoms[point])
        let list = try domain.neighborList(center)
        for place in 0..<list.count {
          let atom = try domain.neighbor(list, place, of: center)
          guard atom >= domain.localCount, places[atom] < 0, domain.species[atom] >= 0,
            domain.square(center, atom) < cutoff * cutoff
          else { continue }
          guard places[atom] == -2 || steps + 1 == layerCount else {
            throw HoneError(
              .invalidArgument,
              "ghost \(atom) must be among the centers, with neighbors of its own: without an "
                + "exchange or ghost_owners, \(layerCount) layers need its features")
          }
          add(atom)
        }
      }
      first = end
    }
  }
}
