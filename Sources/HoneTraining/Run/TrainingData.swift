internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// The frames of a run, read from its files.
struct TrainingData {
  /// Frames to train and to validate with, one set so that duplicates across files are found.
  let frames: DataSet
  /// Which are which.
  let split: Split
  /// Frames to test with; `nil` where there are none.
  let test: DataSet?

  /// Reads the files.
  ///
  /// - Parameters:
  ///   - configuration: Which files, and how.
  ///   - fidelity: Weights of the forces of the frames to train on; nil for none.
  ///   - directory: What relative paths are relative to; empty or with a slash at its end.
  /// - Throws: `.io`, `.format` naming file, line and frame, `.invalidArgument`.
  init(
    _ configuration: DataConfiguration, fidelity: FidelityConfiguration?, directory: String
  ) throws(HoneError) {
    func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : directory + path }
    let validationFiles = Set(configuration.validation.map(resolve))
    let reader = try DataSetReader(options: configuration.options)
    for path in configuration.training {
      guard !validationFiles.contains(resolve(path)) else {
        throw HoneError(
          .invalidArgument, "\(path): expected other files to validate with than to train on")
      }
      try reader.add(path: resolve(path))
    }
    for path in configuration.validation { try reader.add(path: resolve(path)) }
    for path in configuration.isolatedAtoms { try reader.addIsolatedAtoms(path: resolve(path)) }
    let frames = try DataSet(reader)
    let split: Split
    if configuration.validation.isEmpty {
      split = try Self.split(frames.count, configuration)
    } else {
      let isValidation = (0..<frames.count).map {
        validationFiles.contains(frames.place(of: $0).file)
      }
      split = Split(
        training: (0..<frames.count).filter { !isValidation[$0] },
        validation: (0..<frames.count).filter { isValidation[$0] })
    }
    guard !split.training.isEmpty else {
      throw HoneError(
        .invalidArgument,
        "expected frames to train on in \(configuration.training.joined(separator: ", ")), got none"
      )
    }
    self.split = split
    self.frames =
      try fidelity?.weighting(frames, training: split.training, directory: directory) ?? frames
    test =
      configuration.test.isEmpty
      ? nil : try DataSet(paths: configuration.test.map(resolve), options: configuration.options)
  }

  /// Takes frames that are in memory.
  ///
  /// - Parameters:
  ///   - training: Frames to train on and, without others, to validate with.
  ///   - validation: Frames to validate with.
  ///   - configuration: How to choose some of the former where there are none of these.
  ///   - fidelity: Weights of the forces of the frames to train on; nil for those they have.
  /// - Throws: `.invalidArgument`, `.outOfMemory`; `.io`, `.format` for the file of biases.
  init(
    training: DataSet, validation: DataSet?, _ configuration: DataConfiguration,
    fidelity: FidelityConfiguration?
  ) throws(HoneError) {
    test = nil
    guard let validation else {
      let split = try Self.split(training.count, configuration)
      self.split = split
      frames =
        try fidelity?.weighting(training, training: split.training, directory: "") ?? training
      return
    }
    let reader = try DataSetReader()
    try reader.add(training, name: "training")
    try reader.add(validation, name: "validation")
    let frames = try DataSet(reader)
    let split = Split(
      training: Array(0..<training.count), validation: Array(training.count..<frames.count))
    self.split = split
    self.frames =
      try fidelity?.weighting(frames, training: split.training, directory: "") ?? frames
  }

  private static func split(
    _ count: Int, _ configuration: DataConfiguration
  ) throws(HoneError) -> Split {
    let all = Array(0..<count)
    guard let size = configuration.validationSize else {
      return Split(training: all, validation: [])
    }
    return try Split(of: all, validation: size, seed: configuration.seed)
  }

  /// A trainer of what a configuration says, on these frames.
  ///
  /// - Parameters:
  ///   - field: The model to begin with; nil for one from scratch.
  ///   - configuration: What to do.
  /// - Throws: `.invalidArgument`, `.format`, `.unknownSpecies`, `.outOfMemory`.
  func trainer(
    _ field: ForceField?, _ configuration: TrainingConfiguration
  ) throws(HoneError) -> Trainer {
    let settings = configuration.settings
    if var field {
      if configuration.addsHeads {
        field = try addingHeads(to: field, configuration.energies, seed: settings.seed)
      }
      let cache = try NeighborCache(frames, cutoff: field.cutoff)
      return try Trainer(field, cache: cache, split: split, settings: settings)
    }
    guard case .description(let description) = configuration.model else {
      throw HoneError(.invalidArgument, "expected a model to begin with, or one from scratch")
    }
    let cache = try NeighborCache(frames, cutoff: description.cutoff)
    let made = try model(description, configuration.energies, cache: cache, settings: settings)
    return try Trainer(made, cache: cache, split: split, settings: settings)
  }

  /// Makes a model from scratch, what its description leaves out taken from the training frames.
  ///
  /// - Throws: `.invalidArgument`, `.format`, `.outOfMemory`.
  private func model(
    _ description: ModelDescription, _ energies: EnergyConfiguration, cache: NeighborCache,
    settings: TrainingSettings
  ) throws(HoneError) -> ForceField {
    var description = description
    if description.species.isEmpty { description.species = frames.species.map { Int($0) } }
    description.averageNeighborCount = try cache.averageNeighborCount(
      split.training, team: Team(threadCount: settings.threadCount))
    guard frames.heads.count <= Self.mostHeads else {
      throw HoneError(
        .invalidArgument,
        "expected frames of at most \(Self.mostHeads) heads, got \(frames.heads.count): correct or "
          + "remove the heads of the frames")
    }
    var heads: [HeadDescription] = []
    for (index, name) in frames.heads.enumerated() {
      let own = Set(frames.frames(ofHead: index))
      heads.append(
        try head(name, split.training.filter(own.contains), description.species, energies))
    }
    description.heads = heads
    return try ForceField(description, seed: settings.seed)
  }

  /// Adds the heads of the frames that a model lacks, with constants of their training frames and
  /// random readouts.
  ///
  /// - Throws: As `ForceField.addingHead`, and for frames without what constants are made from.
  private func addingHeads(
    to field: ForceField, _ energies: EnergyConfiguration, seed: UInt64
  ) throws(HoneError) -> ForceField {
    let known = try field.headDescription(0)
    var species = [Int](
      repeating: 0, count: max(known.atomicEnergies.count, known.shift.count, known.scale.count))
    let model = try TrainableModel(field)
    for number in field.species {
      if let index = model.speciesIndex(of: number) { species[Int(index)] = Int(number) }
    }
    var result = field
    for (index, name) in frames.heads.enumerated() where !field.heads.contains(name) {
      let own = Set(frames.frames(ofHead: index))
      result = try result.addingHead(
        try head(name, split.training.filter(own.contains), species, energies),
        readout: .random(seed: seed))
    }
    return result
  }

  /// The most heads a model from scratch may have.
  private static let mostHeads = 64

  /// The constants of a head.
  private func head(
    _ name: String, _ training: [Int], _ species: [Int], _ configuration: EnergyConfiguration
  ) throws(HoneError) -> HeadDescription {
    // A model may have places for species that are none.
    let elements = species.filter { $0 > 0 }.map { Int32($0) }
    let atoms = try atomicEnergies(name, training, elements, configuration)
    let statistics = try LabelStatistics(frames, frames: training, subtracting: atoms)
    let scale =
      switch configuration.scale {
      case .forces: statistics.forceRootMeanSquare
      case .energies: statistics.standardDeviation
      case .none: 1.0
      }
    return HeadDescription(
      name: name, atomicEnergies: species.map { atoms[Int32($0)] ?? 0 },
      // Labels that do not vary leave nothing to scale by.
      scale: [scale.isFinite && scale > 1e-6 ? scale : 1],
      shift: [configuration.shift == .mean && statistics.mean.isFinite ? statistics.mean : 0])
  }

  /// Energies of single atoms: those given, then from where the configuration says.
  private func atomicEnergies(
    _ head: String, _ training: [Int], _ species: [Int32], _ configuration: EnergyConfiguration
  ) throws(HoneError) -> AtomicEnergies {
    let found: AtomicEnergies
    switch configuration.atomicEnergies {
    case .isolated:
      found = try AtomicEnergies(isolatedAtomsOf: frames, head: head, species: species)
    case .average:
      found = try AtomicEnergies(fitting: frames, frames: training, species: species)
    case .none: found = try AtomicEnergies(species.map { ($0, 0) })
    case .automatic:
      let known = Set(frames.isolatedAtoms.filter { $0.head == head }.map(\.atomicNumber))
      if known.isSuperset(of: species) {
        found = try AtomicEnergies(isolatedAtomsOf: frames, head: head, species: species)
      } else if training.contains(where: { frames[$0].labels.energy != nil }) {
        found = try AtomicEnergies(fitting: frames, frames: training, species: species)
      } else {
        found = try AtomicEnergies(species.map { ($0, 0) })
      }
    }
    guard !configuration.given.isEmpty else { return found }
    var given: [Int32: Double] = [:]
    for (element, energy) in configuration.given {
      guard let number = ElementSymbols.atomicNumber(of: element) else {
        throw HoneError(
          .invalidArgument, "expected element symbols in energies.given, got '\(element)'")
      }
      given[number] = energy
    }
    return try AtomicEnergies(species.map { ($0, given[$0] ?? found[$0] ?? 0) })
  }
}
