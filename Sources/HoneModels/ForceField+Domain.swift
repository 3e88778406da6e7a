public import HoneNumerics
public import HoneStructure

/// What a host asks for of its domain.
public struct DomainRequest {
  /// What the processes ask for, the same on all of them: it decides what they exchange.
  public var quantities: Quantities
  /// The host's communication, if any.
  public var exchange: (any DomainExchange)?
  /// The virials of ghosts in eV, `[ghosts][3][3]`; `nil` gives them to centres.
  public var ghostVirials: View<Double>?

  /// Asks for some quantities.
  public init(
    quantities: Quantities, exchange: (any DomainExchange)?, ghostVirials: View<Double>?
  ) {
    self.quantities = quantities
    self.exchange = exchange
    self.ghostVirials = ghostVirials
  }
}

extension ForceField {
  /// Computes the energies of a process' own atoms and their derivatives.
  ///
  /// Processes exchange what layers need of each other: forward before each layer but the first, and
  /// when a derivative is among the quantities back after each but the first, in that order, also
  /// with no atoms.
  ///
  /// - Parameters:
  ///   - domain: The atoms and their neighbours.
  ///   - request: What is asked for.
  ///   - targets: Where to put it: forces of own atoms and ghosts, energies and virials of own atoms.
  ///   - workspace: Used by nobody else meanwhile.
  /// - Throws: `.invalidArgument`; what the exchange throws; `.outOfMemory`; `.notConverged` when a
  ///   result is not finite. The targets are then unspecified.
  public func compute(
    _ domain: Domain, _ request: DomainRequest, into targets: ComputeTargets,
    settings: ComputeSettings, workspace: Workspace
  ) throws(HoneError) {
    try check(settings)
    guard targets.descriptors == nil else {
      throw HoneError(.invalidArgument, "descriptors of a domain's atoms cannot be asked for")
    }
    var distances = ComputeTargets()
    distances.descriptorDistances = targets.descriptorDistances
    try check(distances, atomCount: domain.localCount)
    let wantsVirials = request.quantities.contains(.atomVirials)
    guard !wantsVirials || !domain.isHalo || layerCount == 1 || request.ghostVirials != nil else {
      throw HoneError(
        .invalidArgument,
        "ghost_virials must not be NULL for atom virials without an exchange or ghost_owners")
    }
    workspace.fallback = nil
    let memory = workspace.domain
    let team = workspace.team(threadCount: min(settings.threadCount, domain.localCount / 16))
    let neighbors = try memory.points.arrange(
      domain, cutoff: cutoff, layerCount: layerCount, team)
    let points = memory.points
    var found = ComputeTargets()
    found.energy = targets.energy
    found.virial = targets.virial
    if targets.descriptorDistances != nil {
      found.descriptorDistances = try memory.distances.resize(points.localCount)
    }
    found.atomEnergies = try memory.energies.resize(points.localCount)
    let needsGradients = !request.quantities.isDisjoint(with: [.forces, .virial, .atomVirials])
    if needsGradients { found.forces = try memory.forces.resize(3 * points.count) }
    if wantsVirials { found.atomVirials = try memory.virials.resize(9 * points.count) }
    let exchange = request.exchange.map {
      FeatureExchange(
        atomCount: domain.atomCount, atoms: points.atoms, places: points.places,
        values: memory.exchanged, team: team, host: $0)
    }
    try compute(
      EvaluationPoints(
        species: points.species, neighbors: neighbors, centerCounts: points.centerCounts,
        exchange: exchange, keepsGhostVirials: request.ghostVirials != nil),
      into: found, settings, team, workspace)
    memory.points.scatter(found.atomEnergies, width: 1, into: targets.atomEnergies, from: 0)
    memory.points.scatter(
      found.descriptorDistances, width: 1, into: targets.descriptorDistances, from: 0)
    memory.points.scatter(found.forces, width: 3, into: targets.forces, from: 0)
    memory.points.scatter(found.atomVirials, width: 9, into: targets.atomVirials, from: 0)
    memory.points.scatter(
      found.atomVirials, width: 9, into: request.ghostVirials, from: domain.localCount)
  }
}
