public import HoneNumerics
public import HoneStructure
public import HoneFormats

/// The precision a force field is evaluated in; energies, forces and virials are summed in double.
public enum Precision: Sendable {
  case float32, float64
}

/// What a computation is asked for.
public struct Quantities: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt32

  /// Makes a set from its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The total energy.
  public static let energy = Quantities(rawValue: 1)
  /// The force on each atom.
  public static let forces = Quantities(rawValue: 2)
  /// The virial of the whole structure.
  public static let virial = Quantities(rawValue: 4)
  /// The energy of each atom.
  public static let atomEnergies = Quantities(rawValue: 8)
  /// The virial of each atom.
  public static let atomVirials = Quantities(rawValue: 16)
}

/// Who computes.
public enum Evaluator: Sendable {
  /// The compiled evaluator; the reference evaluator where that does not cover a model or structure.
  case automatic
  /// The reference evaluator: exact functions of the distance, several times slower.
  case reference
}

/// How a force field is evaluated.
public struct ComputeSettings: Sendable {
  /// The precision of the network.
  public var precision = Precision.float32
  /// The number of threads, at least one.
  public var threadCount = 1
  /// The head, an index into `ForceField.heads`.
  public var head = 0
  /// Which of the two evaluators computes.
  public var evaluator = Evaluator.automatic
  /// What the error of a radial table may be, relative to the steepest slope at the same distance or
  /// beyond; `nil` for what suits the precision.
  public var tableTolerance: Double?

  /// The defaults: single precision, one thread, the first head.
  public init() {}
}

/// What a computation gave.
public struct ComputeResult: Sendable {
  /// The total energy in eV.
  public let energy: Double
  /// Forces in eV/Å, `[atoms][3]`, if asked for.
  public let forces: Buffer<Double>?
  /// The virial −∂E/∂ε in eV, `[3][3]`, if asked for.
  public let virial: [Double]?
  /// The energy of each atom in eV, if asked for.
  public let atomEnergies: Buffer<Double>?
  /// The virial of each atom in eV, `[atoms][3][3]`, if asked for; they sum to the virial.
  public let atomVirials: Buffer<Double>?
}

/// A trained force field: immutable weights, shared by whoever evaluates them.
public final class ForceField: Sendable {
  let definition: ModelDefinition
  /// The model's index of each atomic number.
  private let speciesIndex: [Int32: Int32]
  /// Models made ready to evaluate, by head and precision: made when first asked for.
  private let prepared = Lock<[PreparedKey: Prepared]>([:])

  private struct PreparedKey: Hashable {
    let head: Int
    let precision: Precision
  }

  enum Prepared: Sendable {
    case float32(PreparedModel<Float>)
    case float64(PreparedModel<Double>)
  }

  /// The atomic numbers it was made for, ascending.
  public let species: [Int32]
  /// The names of its heads (MACE) or modalities (SevenNet); one at least.
  public var heads: [String] { definition.heads }
  /// The reach of one layer in Å.
  public var cutoff: Double { definition.cutoff }
  /// The reach that it was trained with, in Å, also where `cutoff` was refined.
  public var trainingCutoff: Double { definition.radial.cutoffRadius }
  /// The least radius that it was trained with, in Å, where training drew radii at random.
  public var leastTrainingRadius: Double? { definition.radial.leastTrainingRadius }
  /// How the radius was refined, if it was.
  public var refinement: RadiusRefinement? { definition.radial.refinement }
  /// What is known of the training data, as `HoneDiagnosis` writes it.
  public var statistics: JSONValue? { definition.statistics }
  /// How far descriptors are from those of the training data, if that is known.
  public var descriptorMetric: DescriptorMetric? { definition.descriptorMetric }
  /// A few structures of the training data, spread evenly over them, without labels; none if unknown.
  public var exemplars: [Structure] { definition.exemplars }
  /// The most exemplars that a model holds.
  public static var mostExemplars: Int { Exemplars.mostStructures }
  /// The most atoms they have together.
  public static var mostExemplarAtoms: Int { Exemplars.mostAtoms }
  /// The length of an atom's descriptor: its invariant features after every layer.
  public let descriptorWidth: Int
  /// What measures distances of descriptors.
  let descriptorDistances: DescriptorDistances?
  /// The number of message-passing layers.
  public var layerCount: Int { definition.layerCount }
  /// The most values per atom an exchange between layers carries.
  public var exchangeWidth: Int { definition.exchangeWidth }
  /// The number of trained parameters.
  public var parameterCount: Int { definition.parameterCount }
  /// What the file holds, as JSON.
  public let description: String

  /// Reads a model: hone's own file, a MACE `.model`, or a SevenNet checkpoint, told apart by
  /// content.
  ///
  /// - Throws: `.io`, `.format`, `.unsupported`, `.outOfMemory`.
  public convenience init(path: String) throws(HoneError) {
    let bytes = try Bytes(contentsOfFile: path)
    do throws(HoneError) {
      try self.init(bytes: bytes)
    } catch {
      throw HoneError(error.kind, "\(path): \(error.message)")
    }
  }

  /// Reads a model from the bytes of its file.
  ///
  /// - Throws: `.format`, `.unsupported`, `.outOfMemory`.
  public convenience init(bytes: Bytes) throws(HoneError) {
    try self.init(definition: try ModelFile.read(bytes))
  }

  init(definition: ModelDefinition) throws(HoneError) {
    self.definition = definition
    species = definition.atomicNumbers.filter { $0 > 0 }.map { Int32($0) }.sorted()
    speciesIndex = Dictionary(
      definition.atomicNumbers.enumerated().map { (Int32($0.element), Int32($0.offset)) },
      uniquingKeysWith: { first, _ in first })
    description = try definition.summary.text()
    descriptorWidth = definition.descriptorLayout.width
    descriptorDistances = try definition.descriptorMetric?.evaluator(definition.atomicNumbers)
    // Building now rather than at the first computation finds damaged files where they are read.
    _ = try prepare(head: 0, .float32)
    for head in definition.heads.indices { _ = try definition.constants(head: head) }
  }

  /// Writes hone's own file, atomically.
  ///
  /// - Throws: `.io`, `.outOfMemory`.
  public func save(to path: String) throws(HoneError) {
    try ModelFile.write(definition, to: path)
  }

  /// The same weights with another radius.
  ///
  /// - Parameter refinement: How; nil for the radius of training.
  /// - Throws: `.invalidArgument` for radii that make no sense, `.outOfMemory`.
  public func refined(_ refinement: RadiusRefinement?) throws(HoneError) -> ForceField {
    try refinement?.validate(trainingRadius: trainingCutoff, .invalidArgument)
    var changed = definition
    changed.radial.refinement = refinement
    return try ForceField(definition: changed)
  }

  /// The same weights with other knowledge of the training data.
  ///
  /// - Parameters:
  ///   - statistics: As `HoneDiagnosis` writes it.
  ///   - metric: How far descriptors are from those of the training data.
  ///   - exemplars: A few of its structures, at most 64 with 4096 atoms in all.
  /// - Throws: `.invalidArgument` for a metric of other descriptors and too many exemplars,
  ///   `.outOfMemory`.
  public func describingTrainingData(
    _ statistics: JSONValue?, _ metric: DescriptorMetric?, exemplars: [Structure]
  ) throws(HoneError) -> ForceField {
    guard metric.map({ $0.width == descriptorWidth }) ?? true else {
      throw HoneError(
        .invalidArgument,
        "expected a metric of descriptors of length \(descriptorWidth), got \(metric?.width ?? 0)")
    }
    try Exemplars.check(exemplars)
    var changed = definition
    changed.statistics = statistics
    changed.descriptorMetric = metric
    changed.exemplars = exemplars
    return try ForceField(definition: changed)
  }

  /// The same model with one more line of where it came from, in place of any of that name.
  ///
  /// - Throws: `.outOfMemory`.
  public func withProvenance(_ name: String, _ value: String) throws(HoneError) -> ForceField {
    var changed = definition
    changed.provenance.removeAll { $0.name == name }
    changed.provenance.append((name, value))
    return try ForceField(definition: changed)
  }

  /// The model's index of an atomic number.
  func speciesIndex(of atomicNumber: Int32) -> Int32? {
    atomicNumber > 0 ? speciesIndex[atomicNumber] : nil
  }

  /// The model of one head in one precision; made when first asked for.
  func prepare(head: Int, _ precision: Precision) throws(HoneError) -> Prepared {
    let key = PreparedKey(head: head, precision: precision)
    return try prepared.withLock { (table) throws(HoneError) in
      if let known = table[key] { return known }
      try definition.requireHeadroom()
      let made: Prepared =
        switch precision {
        case .float32: .float32(try PreparedModel(definition, head: head))
        case .float64: .float64(try PreparedModel(definition, head: head))
        }
      table[key] = made
      return made
    }
  }
}
