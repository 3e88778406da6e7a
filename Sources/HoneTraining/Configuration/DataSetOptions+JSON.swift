public import HoneFormats
public import HoneNumerics

extension DataSetOptions {
  /// The keys that say how frames are read.
  static let keysOfJSON = [
    "energy_key", "forces_key", "virial_key", "stress_key", "temperature_key", "duplicates",
    "unlabeled",
  ]

  /// Reads a description.
  ///
  /// | key | value |
  /// |---|---|
  /// | `energy_key`, `forces_key`, `virial_key`, `stress_key` | names of labels; where there is one, labels without a name are not read; by default `REF_…`, then ASE's, then `dft_…` |
  /// | `duplicates` | `"keep"`, `"drop"`, `"refuse"` |
  /// | `temperature_key` | the name of the temperature in K, by default `"temperature"` |
  /// | `unlabeled` | `"refuse"`, `"skip"`, `"keep"` |
  ///
  /// - Throws: `.format` for unknown keys and values of a wrong kind.
  public init(json: JSONValue) throws(HoneError) {
    try self.init(DescriptionFields(json, what: "the options", known: Self.keysOfJSON))
  }

  /// Reads the keys of an object that may have others too.
  init(_ fields: DescriptionFields) throws(HoneError) {
    self.init()
    func key(_ name: String) throws(HoneError) -> String? {
      guard fields.value(name) != nil else { return nil }
      let key = try fields.string(name, "")
      guard !key.isEmpty else { throw fields.failure(name, "the name of a label") }
      return key
    }
    keys = .given(
      energy: try key("energy_key"), forces: try key("forces_key"),
      virial: try key("virial_key"), stress: try key("stress_key"))
    keys.temperature = try key("temperature_key") ?? keys.temperature
    switch try fields.string("duplicates", "keep") {
    case "keep": duplicates = .keep
    case "drop": duplicates = .drop
    case "refuse": duplicates = .refuse
    default: throw fields.failure("duplicates", "one of 'keep', 'drop', 'refuse'")
    }
    switch try fields.string("unlabeled", "refuse") {
    case "refuse": unlabeled = .refuse
    case "skip": unlabeled = .skip
    case "keep": unlabeled = .keep
    default: throw fields.failure("unlabeled", "one of 'refuse', 'skip', 'keep'")
    }
  }
}
