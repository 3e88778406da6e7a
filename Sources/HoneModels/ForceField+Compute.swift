public import HoneNumerics
public import HoneStructure

extension ForceField {
  /// Computes energies and their derivatives for a structure.
  ///
  /// - Parameters:
  ///   - atomicNumbers: `[atoms]`.
  ///   - positions: In Å, `[atoms][3]`.
  ///   - cell: The periodic cell; `nil` for a molecule.
  ///   - quantities: What to compute.
  ///   - settings: How.
  ///   - workspace: Memory to use, by default new.
  /// - Throws: `.invalidArgument`, `.unknownSpecies`, `.outOfMemory`; `.notConverged` when a result
  ///   is not finite.
  public func compute(
    atomicNumbers: Span<Int32>, positions: Span<Double>, cell: Cell?, quantities: Quantities,
    settings: ComputeSettings, workspace: Workspace = Workspace()
  ) throws(HoneError) -> ComputeResult {
    let count = atomicNumbers.count
    func room(_ quantity: Quantities, _ count: Int) throws(HoneError) -> Buffer<Double>? {
      quantities.contains(quantity) ? try Buffer(count: count) : nil
    }
    let energy = try Buffer<Double>(repeating: 0, count: 1)
    let virial = try room(.virial, 9)
    let forces = try room(.forces, 3 * count)
    let atomEnergies = try room(.atomEnergies, count)
    let atomVirials = try room(.atomVirials, 9 * count)
    var targets = ComputeTargets()
    targets.energy = energy.view
    targets.virial = virial?.view
    targets.forces = forces?.view
    targets.atomEnergies = atomEnergies?.view
    targets.atomVirials = atomVirials?.view
    try compute(
      atomicNumbers: atomicNumbers, positions: positions, cell: cell, into: targets,
      settings: settings, workspace: workspace)
    return ComputeResult(
      energy: energy[0], forces: forces,
      virial: virial.map { virial in (0..<9).map { virial[$0] } },
      atomEnergies: atomEnergies, atomVirials: atomVirials)
  }

  /// Computes into memory of the caller, with memory that is kept between computations.
  ///
  /// - Parameters:
  ///   - atomicNumbers: `[atoms]`.
  ///   - positions: In Å, `[atoms][3]`.
  ///   - cell: The periodic cell; `nil` for a molecule.
  ///   - targets: What to compute, and where to put it.
  ///   - settings: How.
  ///   - workspace: Used by nobody else meanwhile. In a steady state nothing is allocated.
  /// - Throws: `.invalidArgument`, `.unknownSpecies`, `.outOfMemory`; `.notConverged` when a result
  ///   is not finite. The targets are then unspecified.
  public func compute(
    atomicNumbers: Span<Int32>, positions: Span<Double>, cell: Cell?,
    into targets: ComputeTargets, settings: ComputeSettings, workspace: Workspace
  ) throws(HoneError) {
    let atomCount = atomicNumbers.count
    guard positions.count == 3 * atomCount else {
      throw HoneError(
        .invalidArgument,
        "expected 3 positions per atom, got \(positions.count) for \(atomCount) atoms")
    }
    try check(settings)
    try check(targets, atomCount: atomCount)
    workspace.fallback = nil
    guard atomCount > 0 else { return targets.clear() }
    let species = try workspace.species.resize(atomCount)
    for atom in 0..<atomCount {
      species[atom] = try speciesIndex(of: atomicNumbers[atom], atom)
    }
    // A thread is worth starting for a few atoms' edges, not for less.
    let team = workspace.team(threadCount: min(settings.threadCount, atomCount / 16))
    let neighbors = try workspace.search.find(
      positions: positions, cell: cell, cutoff: cutoff, skin: workspace.skin, team: team)
    let centerCounts = try workspace.centerCounts.resize(layerCount)
    centerCounts.fill(atomCount)
    try compute(
      EvaluationPoints(
        species: species, neighbors: neighbors, centerCounts: centerCounts, exchange: nil,
        keepsGhostVirials: true),
      into: targets, settings, team, workspace)
  }

  /// Computes for points, in the precision that is wanted.
  ///
  /// - Parameter targets: Of points: energies of those that are wanted, forces and virials of all.
  func compute(
    _ points: EvaluationPoints, into targets: ComputeTargets, _ settings: ComputeSettings,
    _ team: Team, _ workspace: Workspace
  ) throws(HoneError) {
    var targets = targets
    if targets.descriptorDistances != nil, targets.descriptors == nil {
      targets.descriptors = try workspace.descriptors.resize(points.localCount * descriptorWidth)
    }
    switch try prepare(head: settings.head, settings.precision) {
    case .float32(let model):
      workspace.fallback = try model.compute(
        points, targets, settings, team, workspace.memory32)
    case .float64(let model):
      workspace.fallback = try model.compute(
        points, targets, settings, team, workspace.memory64)
    }
    if let distances = targets.descriptorDistances, let descriptors = targets.descriptors {
      try descriptorDistances?.evaluate(
        descriptors, species: points.species, into: distances, memory: workspace.deviations,
        team: team)
    }
  }

  /// Refuses targets that do not fit, and distances that nothing is known to measure from.
  ///
  /// - Throws: `.invalidArgument`.
  func check(_ targets: ComputeTargets, atomCount: Int) throws(HoneError) {
    try targets.check(atomCount: atomCount, descriptorWidth: descriptorWidth)
    if targets.descriptorDistances != nil { try requireDescriptorMetric() }
  }

  /// Refuses a model that does not know how far descriptors are from those of its training data.
  ///
  /// - Throws: `.invalidArgument`, saying how to teach it.
  public func requireDescriptorMetric() throws(HoneError) {
    guard descriptorDistances != nil else {
      throw HoneError(
        .invalidArgument,
        "the model has no statistics of its training data: fit them with hone diagnose --fit DATA, "
          + "or hone_model_fit_statistics")
    }
  }

  /// Refuses settings that no computation can have.
  ///
  /// - Throws: `.invalidArgument`.
  func check(_ settings: ComputeSettings) throws(HoneError) {
    guard heads.indices.contains(settings.head) else {
      throw HoneError(
        .invalidArgument, "expected a head from 0 to \(heads.count - 1), got \(settings.head)")
    }
    if let tolerance = settings.tableTolerance, !(tolerance > 0 && tolerance < 1) {
      throw HoneError(
        .invalidArgument, "expected a tolerance of tables between 0 and 1, got \(tolerance)")
    }
  }

  /// The index of an atom's species.
  ///
  /// - Throws: `.unknownSpecies` naming the atom.
  public func speciesIndex(of atomicNumber: Int32, _ atom: Int) throws(HoneError) -> Int32 {
    if let index = speciesIndex(of: atomicNumber) { return index }
    let known = species.map(String.init).joined(separator: ", ")
    throw HoneError(
      .unknownSpecies,
      "atomic_numbers[\(atom)] is \(atomicNumber), which this model was not made for; "
        + "it knows \(known)")
  }
}
