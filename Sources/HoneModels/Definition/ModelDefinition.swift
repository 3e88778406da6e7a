internal import HoneFormats
internal import HoneO3
internal import HoneNumerics
internal import HoneStructure

/// Everything a model file says: architecture, species, heads, learnt numbers and origin.
///
/// It knows no evaluator and no file format; importers make it, `ModelFile` stores it, builders
/// turn it into something that computes.
struct ModelDefinition: Sendable {
  /// The families of models.
  enum Architecture: Sendable, Equatable {
    case mace(MACEConfiguration)
    case nequip(NequIPConfiguration)
  }

  var architecture: Architecture
  /// The atomic number of each species, in the model's own order.
  var atomicNumbers: [Int]
  /// The names of heads or modalities; one at least.
  var heads: [String]
  /// Learnt numbers by role.
  var parameters: ParameterSet
  /// Where the model came from: name and value, in order.
  var provenance: [(name: String, value: String)]
  /// What is known of the training data, as the room of diagnosis writes it.
  var statistics: JSONValue?
  /// How far descriptors are from those of the training data.
  var descriptorMetric: DescriptorMetric?
  /// A few structures of the training data; see `Exemplars` for how many.
  var exemplars: [Structure] = []

  /// The layouts of the features after each layer, one channel for a lane.
  var descriptorLayout: DescriptorLayout {
    let outputs: [Irreps] =
      switch architecture {
      case .mace(let configuration): configuration.layers.map(\.output)
      case .nequip(let configuration): configuration.layers.map(\.output)
      }
    return DescriptorLayout(outputs.map { FeatureLayout($0, width: 1) }, lanes: 1)
  }

  /// The name of the family.
  var family: String {
    switch architecture {
    case .mace: "MACE"
    case .nequip: "NequIP"
    }
  }

  /// The functions of the distance.
  var radial: RadialConfiguration {
    get {
      switch architecture {
      case .mace(let configuration): configuration.radial
      case .nequip(let configuration): configuration.radial
      }
    }
    set {
      switch architecture {
      case .mace(var configuration):
        configuration.radial = newValue
        architecture = .mace(configuration)
      case .nequip(var configuration):
        configuration.radial = newValue
        architecture = .nequip(configuration)
      }
    }
  }

  /// The reach of one layer in Å.
  var cutoff: Double { radial.reach }

  /// The number of message-passing layers.
  var layerCount: Int {
    switch architecture {
    case .mace(let configuration): configuration.layers.count
    case .nequip(let configuration): configuration.layers.count
    }
  }

  /// The most values per atom that pass between layers: a gradient and its three moments.
  var exchangeWidth: Int {
    switch architecture {
    case .mace(let configuration):
      4 * (configuration.layers.dropFirst().map(\.sender.dim).max() ?? 0)
    case .nequip(let configuration):
      4 * (configuration.layers.dropFirst().map(\.input.dim).max() ?? 0)
    }
  }

  /// Refuses what no builder can build; for every model, wherever it came from.
  ///
  /// - Throws: `.format`, `.unsupported`.
  func validate() throws(HoneError) {
    guard atomicNumbers.contains(where: { $0 > 0 }),
      Set(atomicNumbers).count == atomicNumbers.count,
      atomicNumbers.allSatisfy({ (0...118).contains($0) })
    else {
      throw HoneError(.format, "expected different atomic numbers from 1 to 118, one or more")
    }
    guard (1...ModelLimits.mostHeads).contains(heads.count), Set(heads).count == heads.count else {
      throw HoneError(
        .format,
        "expected 1 to \(ModelLimits.mostHeads) heads of different names, got \(heads.count)")
    }
    switch architecture {
    case .mace(let configuration): try configuration.validate(headCount: heads.count)
    case .nequip(let configuration): try configuration.validate()
    }
    let width = descriptorLayout.width
    if let descriptorMetric, descriptorMetric.width != width {
      throw HoneError(
        .format,
        "expected statistics of descriptors of length \(width), got \(descriptorMetric.width)")
    }
  }

  /// Asks for what building a model takes beside the buffers that it leaves behind.
  ///
  /// - Throws: `.outOfMemory`.
  func requireHeadroom() throws(HoneError) {
    // Arrays of doubles: as read, normalised, transposed and padded, those of one network at once.
    let largest = parameters.names.reduce(0) { max($0, parameters[$1]?.count ?? 0) }
    try Headroom.require(largest, of: 64)
    guard case .mace(let configuration) = architecture else { return }
    // Tables of a product basis: a term takes a key, an entry and its beginnings.
    let terms = configuration.layers.reduce(0) { most, layer in
      let components = layer.target.blocks.reduce(0) { $0 + $1.irrep.dim }
      return max(most, (1...layer.correlation).reduce(1) { count, _ in count * (components + 1) })
    }
    // `ProductRule` keeps real ones far below this.
    try Headroom.require(min(terms, 1 << 20), of: 64)
  }

  /// Makes the model of one head.
  ///
  /// - Parameter ledger: Who is told what its numbers are made from, for training.
  /// - Throws: `.format` where parameters are missing or of a wrong size, `.outOfMemory`.
  func model<T: HoneScalar>(head: Int, ledger: WeightLedger<T>? = nil) throws(HoneError)
    -> MessagePassingModel<T>
  {
    switch architecture {
    case .mace(let configuration):
      try MACEBuilder(
        configuration: configuration, atomicNumbers: atomicNumbers, headCount: heads.count,
        parameters: parameters, ledger: ledger
      ).model(head: head)
    case .nequip(let configuration):
      try NequIPBuilder(
        configuration: configuration, speciesCount: atomicNumbers.count,
        modalityCount: heads.count, parameters: parameters, ledger: ledger
      ).model(modality: head)
    }
  }

  /// The constant energy of an atom of each species, in eV.
  func constants(head: Int) throws(HoneError) -> [Double] {
    try constantEntries(head: head, start: { _ in 0 }).values
  }

  /// The constant energies, and what they are made from.
  ///
  /// - Parameter start: Where a tensor starts among all parameters.
  func constantEntries(head: Int, start: (String) -> Int) throws(HoneError) -> RowEntries {
    let count = atomicNumbers.count
    switch architecture {
    case .mace:
      let energies = ParameterTensor(
        values: try parameters.values("atomic_energies", count: heads.count * count),
        start: start("atomic_energies"))
      let shift = ParameterTensor(
        values: try parameters.values("shift", count: heads.count), start: start("shift"))
      var entries = RowEntries(energies, start: head * count, count: count)
      for species in 0..<count { entries.add(shift, head, factor: 1, to: species) }
      return entries
    case .nequip(let configuration):
      return try configuration.perSpecies(
        "shift", parameters, speciesCount: count, modality: head, start: start("shift"))
    }
  }
}
