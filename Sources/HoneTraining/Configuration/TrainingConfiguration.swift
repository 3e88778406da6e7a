public import HoneFormats
public import HoneModels
public import HoneNumerics

/// A whole run of training as a person describes it: model, data, and how.
///
/// The object has the tables `model`, `data`, `fidelity`, `energies`, `loss`, `optimizer`, `schedule`, `run`
/// and `rates`, each documented where it is read; `docs/training.md` shows them as TOML.
public struct TrainingConfiguration: Sendable {
  /// What is trained.
  public enum Model: Sendable {
    /// A file to begin with; its species, energies and statistics stay.
    case file(String)
    /// The model of the caller's, in the same way.
    case given
    /// A model from scratch; what its description leaves out is taken from the data.
    case description(ModelDescription)
  }

  /// What is trained.
  public var model: Model
  /// Whether heads of the frames that the model of a file lacks are added to it.
  public var addsHeads: Bool
  /// The frames.
  public var data: DataConfiguration
  /// Weights of cheap forces; nil for none.
  public var fidelity: FidelityConfiguration?
  /// Energies of single atoms, scales and shifts of a model from scratch.
  public var energies: EnergyConfiguration
  /// How.
  public var settings: TrainingSettings
  /// The object it was read from, without what may change when a run goes on.
  public let identity: String

  /// Reads a description.
  ///
  /// - Parameters:
  ///   - json: The object.
  ///   - hasModel: Whether the caller has a model to begin with: then there is no table `model`.
  ///   - data: What frames the caller has: of those the table `data` says nothing.
  /// - Throws: `.format` for unknown keys and values of a wrong kind; `.invalidArgument` for values that
  ///   make no sense.
  public init(
    json: JSONValue, hasModel: Bool = false, given: GivenFrames = .none
  ) throws(HoneError) {
    let tables = [
      "model", "data", "fidelity", "energies", "loss", "optimizer", "schedule", "run", "rates",
    ]
    let fields = try DescriptionFields(json, what: "the configuration", known: tables)
    model = try Self.model(fields, hasModel: hasModel)
    addsHeads = fields.value("model")?["add_heads"]?.bool ?? false
    let empty = JSONValue.object([])
    data = try DataConfiguration(fields.value("data") ?? empty, given: given)
    fidelity = try fields.value("fidelity").map { (table) throws(HoneError) in
      try FidelityConfiguration(json: table)
    }
    if case .description = model {
    } else if !addsHeads, fields.value("energies") != nil {
      throw HoneError(
        .format,
        "expected no table 'energies' where there is a model to begin with, for its own energies "
          + "stay: remove it")
    }
    energies = try EnergyConfiguration(fields.value("energies") ?? empty)
    settings = try TrainingSettings(
      loss: fields.value("loss") ?? empty, optimizer: fields.value("optimizer") ?? empty,
      schedule: fields.value("schedule") ?? empty, run: fields.value("run") ?? empty,
      rates: fields.value("rates") ?? empty)
    if settings.loss.matchesScores, (fields.value("data")?["unlabeled"] ?? .null) == .null {
      data.options.unlabeled = .keep
    }
    identity = try Self.identity(of: json).text()
  }

  private static func model(
    _ fields: DescriptionFields, hasModel: Bool
  ) throws(HoneError) -> Model {
    guard let model = fields.value("model") else {
      guard hasModel else { throw fields.failure("model", "a table") }
      return .given
    }
    guard model.members != nil else { throw fields.failure("model", "a table") }
    guard !hasModel else {
      throw HoneError(
        .format,
        "expected no table 'model' where there is a model to begin with: remove the table, or give "
          + "no model")
    }
    guard let path = model["start"] else { return .description(try ModelDescription(json: model)) }
    let start = try DescriptionFields(model, path: "model.", known: ["start", "add_heads"])
    _ = try start.bool("add_heads", false)
    guard let path = path.string else { throw start.failure("start", "a file name") }
    return .file(path)
  }

  /// What must be equal for a run to be the same, whatever the order of keys: all but the number of
  /// epochs, unless learning rates follow from it, the patience, the time between checkpoints and whether
  /// the model describes its data.
  private static func identity(of json: JSONValue) -> JSONValue {
    let schedule = json["schedule"]
    let usesEpochs =
      schedule?["shape"]?.string == "cosine" && (schedule?["length"] ?? .null) == .null
    let free = ["patience", "checkpoint_minutes", "statistics"] + (usesEpochs ? [] : ["epochs"])
    let tables = (json.members ?? []).compactMap { table -> JSONValue.Member? in
      guard let members = table.value.members else {
        return table.value == .null ? nil : table
      }
      let kept = members.filter {
        $0.value != .null && !(table.key == "run" && free.contains($0.key))
      }
      guard !kept.isEmpty else { return nil }
      return .init(table.key, .object(kept.sorted { $0.key < $1.key }))
    }
    return .object(tables.sorted { $0.key < $1.key })
  }
}

/// The frames that a caller has beside a configuration.
public enum GivenFrames: Sendable {
  /// None: the configuration names files.
  case none
  /// Those to train on, a part of which is to validate with.
  case training
  /// Those to train on and those to validate with.
  case trainingAndValidation
}

/// The frames of a run.
public struct DataConfiguration: Sendable {
  /// Files to train on.
  public var training: [String]
  /// Files to validate with; where there are none, a part of the training frames is kept for it.
  public var validation: [String]
  /// Files to test the finished model with.
  public var test: [String]
  /// Files of isolated atoms, whose energies are E0.
  public var isolatedAtoms: [String]
  /// The part of the training frames that is kept for validation; nil for none.
  public var validationSize: Split.Size?
  /// What the choice of them depends on.
  public var seed: UInt64
  /// How frames are read.
  public var options: DataSetOptions

  /// Reads the table `data`.
  ///
  /// | key | value |
  /// |---|---|
  /// | `training`, `validation`, `test`, `isolated_atoms` | a file, or a list of files |
  /// | `validation_fraction` | a part of the training frames, by default 0.1; 0 for none |
  /// | `validation_count` | a number of them instead |
  /// | `seed` | of their choice, by default 1 |
  /// | `energy_key`, `forces_key`, `virial_key`, `stress_key` | names of labels, as `DataSetOptions` reads them |
  /// | `temperature_key` | the name of the temperature in K, by default `"temperature"` |
  /// | `duplicates` | `"keep"`, `"drop"`, `"refuse"` |
  /// | `unlabeled` | `"refuse"`, `"skip"`, `"keep"`; kept where scores are matched, else refused |
  ///
  /// - Parameter given: What frames there are without it.
  init(_ json: JSONValue, given: GivenFrames) throws(HoneError) {
    let choice = ["validation_fraction", "validation_count", "seed"]
    let known =
      switch given {
      case .none:
        choice + ["training", "validation", "test", "isolated_atoms"] + DataSetOptions.keysOfJSON
      case .training: choice
      case .trainingAndValidation: ["seed"]
      }
    let fields = try DescriptionFields(json, path: "data.", known: known)
    training = try fields.strings("training", [])
    guard given != .none || !training.isEmpty else {
      throw fields.failure("training", "a file or a list of files")
    }
    validation = try fields.strings("validation", [])
    test = try fields.strings("test", [])
    isolatedAtoms = try fields.strings("isolated_atoms", [])
    if fields.value("validation_count") != nil {
      let count = try fields.int("validation_count", in: 0...Int(Int32.max), 0)
      validationSize = count > 0 ? .count(count) : nil
    } else {
      let fraction = try fields.double("validation_fraction", 0.1)
      validationSize = fraction == 0 ? nil : .fraction(fraction)
    }
    seed = UInt64(try fields.int("seed", in: 0...Int.max, 1))
    options = try DataSetOptions(fields)
  }
}

/// Where the constants of a model from scratch come from.
public struct EnergyConfiguration: Sendable, Equatable {
  /// Sources of the energies of single atoms.
  public enum AtomicEnergies: String, Sendable, CaseIterable {
    /// From isolated atoms in the data where there are some of every species, else from a fit.
    case automatic
    /// From isolated atoms in the data.
    case isolated
    /// By least squares from the compositions of the training frames.
    case average
    /// Zero.
    case none
  }

  /// Sources of the factor of an atom's energy.
  public enum Scale: String, Sendable, CaseIterable {
    /// The root mean square of all force components.
    case forces = "rms_forces"
    /// The standard deviation of the energy per atom, E0 subtracted.
    case energies = "std_energy"
    /// One.
    case none
  }

  /// Sources of what is added to an atom's energy, E0 aside.
  public enum Shift: String, Sendable, CaseIterable {
    /// The mean energy per atom, E0 subtracted.
    case mean
    /// Zero.
    case none
  }

  /// Where the energies of single atoms come from.
  public var atomicEnergies: AtomicEnergies
  /// Energies that are given, by element symbol: they count before any other.
  public var given: [(element: String, energy: Double)]
  /// Where the factor of an atom's energy comes from.
  public var scale: Scale
  /// Where what is added to it comes from.
  public var shift: Shift

  /// Reads the table `energies`.
  ///
  /// | key | value |
  /// |---|---|
  /// | `atomic_energies` | `"automatic"`, `"isolated"`, `"average"`, `"none"` |
  /// | `given` | a table of element symbols and energies in eV |
  /// | `scale` | `"rms_forces"`, `"std_energy"`, `"none"` |
  /// | `shift` | `"mean"`, `"none"` |
  init(_ json: JSONValue) throws(HoneError) {
    let fields = try DescriptionFields(
      json, path: "energies.", known: ["atomic_energies", "given", "scale", "shift"])
    atomicEnergies = try fields.choice("atomic_energies", .automatic)
    scale = try fields.choice("scale", .forces)
    shift = try fields.choice("shift", .mean)
    given = []
    guard let table = fields.value("given") else { return }
    guard let members = table.members else { throw fields.failure("given", "a table") }
    for member in members {
      guard let energy = member.value.double, energy.isFinite else {
        throw fields.failure("given", "energies in eV by element symbol")
      }
      given.append((member.key, energy))
    }
  }

  /// Whether all about two configurations is equal.
  public static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.atomicEnergies == rhs.atomicEnergies && lhs.scale == rhs.scale && lhs.shift == rhs.shift
      && lhs.given.elementsEqual(rhs.given, by: ==)
  }
}
