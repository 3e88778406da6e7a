public import HoneNumerics
public import HoneStructure

/// What a model should give for a structure that is in memory.
public struct StructureLabels: Sendable {
  /// The energy in eV.
  public var energy: Double?
  /// The forces in eV/Å, `[atoms, 3]`.
  public var forces: [Double]?
  /// The virial −∂E/∂ε in eV, `[3, 3]`.
  public var virial: [Double]?
  /// The weights of the frame.
  public var weights = FrameWeights()
  /// The weights of the atoms' forces, `[atoms]`.
  public var atomWeights: [Double]?
  /// The temperature in K of the distribution that the structure is a sample of; 0 of one that is no
  /// sample.
  public var temperature: Double?
  /// The head; nil for the default one.
  public var head: String?
  /// The kind of structure; nil for the default one.
  public var configurationType: String?

  /// Makes labels of nothing.
  public init() {}
}

extension DataSetReader {
  /// Adds a structure.
  ///
  /// - Throws: `.invalidArgument` for labels that are not finite or of the wrong size, a structure
  ///   without atoms or labels, and what the options refuse; `.outOfMemory`.
  public func add(_ structure: Structure, _ labels: StructureLabels) throws(HoneError) {
    let type = labels.configurationType ?? NewFrame.defaultType
    var source = SourceLabels(labels, cell: structure.cell)
    source.weights.structure *= options.configurationTypeWeights[type] ?? 1
    let frame = NewFrame(
      structure: structure, labels: source, head: labels.head ?? DataSet.defaultHead,
      configurationType: type, origin: FrameOrigin(number: structureCount))
    try check(frame, labels)
    try atomically { () throws(HoneError) in
      if isIsolatedAtom(frame) { try keepIsolatedAtom(frame) }
      if !isIsolatedAtom(frame) || options.keepsIsolatedAtoms { try enter(frame) }
      structureCount += 1
    }
  }

  private func check(_ frame: NewFrame, _ labels: StructureLabels) throws(HoneError) {
    let count = frame.structure.atomCount
    guard count > 0 else { throw error(frame, "expected at least one atom, got none") }
    let isLabeled = labels.energy != nil || labels.forces != nil || labels.virial != nil
    guard isLabeled || options.unlabeled == .keep else {
      throw error(frame, "expected an energy, forces or a virial, got none of them")
    }
    if let temperature = labels.temperature, !(temperature >= 0 && temperature.isFinite) {
      throw error(frame, "the temperature must be finite and not negative, got \(temperature) K")
    }
    let sizes = [
      ("forces", labels.forces, 3 * count), ("virial", labels.virial, 9),
      ("atom_weights", labels.atomWeights, count),
    ]
    for (name, values, size) in sizes {
      guard let values else { continue }
      guard values.count == size else {
        throw error(frame, "\(name) must hold \(size) numbers, got \(values.count)")
      }
      if let index = values.firstIndex(where: { !$0.isFinite }) {
        throw error(frame, "\(name) must be finite, got \(values[index]) as number \(index)")
      }
    }
    if let energy = labels.energy, !energy.isFinite {
      throw error(frame, "energy must be finite, got \(energy)")
    }
    if let index = labels.atomWeights?.firstIndex(where: { $0 < 0 }) {
      throw error(frame, "atom_weights must not be negative, got one for atom \(index)")
    }
    let weights = labels.weights
    for weight in [
      weights.structure, weights.energy, weights.forces, weights.stress, weights.virial,
    ] where !(weight >= 0 && weight.isFinite) {
      throw error(frame, "weights must be finite and not negative, got \(weight)")
    }
  }

  /// Adds all frames of another data set, which stays as it is.
  ///
  /// Frames keep the place they were read from. What is done about duplicates is decided anew.
  ///
  /// - Parameters:
  ///   - other: The data set.
  ///   - name: What messages call its structures from memory beside their number.
  /// - Throws: What the options refuse; `.outOfMemory`.
  public func add(_ other: DataSet, name: String? = nil) throws(HoneError) {
    try atomically { () throws(HoneError) in try copy(other, name) }
  }

  private func copy(_ other: DataSet, _ name: String?) throws(HoneError) {
    let firstFile = Int32(truncatingIfNeeded: files.count)
    for atom in other.isolatedAtoms { try add(atom) }
    files += other.files
    let own = Int32(truncatingIfNeeded: files.count)
    if let name { files.append(name) }
    structureCount += other.structureCount
    unlabeledCount += other.unlabeledCount
    for index in 0..<other.count {
      let record = other.storage.records[index]
      var origin = record.origin
      if origin.file >= 0 { origin.file += firstFile } else if name != nil { origin.file = own }
      let frame = other[index]
      try enter(
        NewFrame(
          structure: Structure(frame), labels: SourceLabels(frame.labels),
          head: other.heads[frame.head],
          configurationType: other.configurationTypes[frame.configurationType], origin: origin))
    }
  }

  private func add(_ atom: IsolatedAtom) throws(HoneError) {
    let known = isolatedAtoms.first {
      $0.head == atom.head && $0.atomicNumber == atom.atomicNumber
    }
    guard let known else {
      isolatedAtoms.append(atom)
      return
    }
    guard known.energy == atom.energy else {
      throw HoneError(
        .invalidArgument,
        "expected one energy of isolated \(ElementSymbols.symbol(of: atom.atomicNumber) ?? "?"), "
          + "got \(atom.energy) after \(known.energy) eV: remove one of them")
    }
  }
}

extension SourceLabels {
  /// Takes labels from memory, of sizes that have not been looked at.
  fileprivate init(_ labels: StructureLabels, cell: Cell?) {
    energy = labels.energy
    forces = labels.forces
    virial = labels.virial.flatMap { w in
      w.count == 9
        ? Matrix3([w[0], w[1], w[2]], [w[3], w[4], w[5]], [w[6], w[7], w[8]]) : nil
    }
    volume = SourceLabels.volume(of: cell)
    weights = labels.weights
    atomWeights = labels.atomWeights
    temperature = labels.temperature
  }

  /// Copies the labels of a frame.
  fileprivate init(_ labels: FrameLabels) {
    energy = labels.energy
    forces = labels.forces.map { view in (0..<view.count).map { view[$0] } }
    virial = labels.virial
    volume = labels.volume ?? 0
    weights = labels.weights
    atomWeights = labels.atomWeights.map { view in (0..<view.count).map { view[$0] } }
    fidelityWeights = labels.fidelityWeights.map { view in (0..<view.count).map { view[$0] } }
    temperature = labels.temperature
  }
}

extension Structure {
  /// Copies the atoms of a frame.
  fileprivate init(_ frame: TrainingFrame) throws(HoneError) {
    try self.init(
      atomicNumbers: (0..<frame.atomCount).map { frame.atomicNumbers[$0] },
      positions: (0..<3 * frame.atomCount).map { frame.positions[$0] }, cell: frame.cell)
  }
}
