internal import HoneFormats
internal import HoneNumerics

/// One of several energies a model gives: a level of theory, a data set, a modality.
public struct HeadDescription: Sendable, Equatable {
  /// What it is called.
  public var name: String
  /// E0 in eV, one per species in the model's order; empty for zeros.
  public var atomicEnergies: [Double]
  /// What the network's energies are multiplied by, in eV: one number, or one per species (NequIP
  /// alone).
  public var scale: [Double]
  /// What is added to an atom's energy after that, in eV: one number, or one per species (NequIP
  /// alone).
  public var shift: [Double]

  /// Makes a head; by default one that leaves energies as the network gives them.
  public init(
    name: String = "Default", atomicEnergies: [Double] = [], scale: [Double] = [1],
    shift: [Double] = [0]
  ) {
    self.name = name
    self.atomicEnergies = atomicEnergies
    self.scale = scale
    self.shift = shift
  }

  /// Reads a head: its name alone, or an object with the keys `name`, `atomic_energies` (a list in
  /// the order of the species), `scale` and `shift` (a number or a list).
  ///
  /// - Parameters:
  ///   - json: The text or object.
  ///   - path: Where it stands, for messages.
  /// - Throws: `.format`.
  init(_ json: JSONValue, path: String) throws(HoneError) {
    self.init()
    if let name = json.string {
      self.name = name
      return
    }
    let fields = try DescriptionFields(
      json, path: path, known: ["name", "atomic_energies", "scale", "shift"])
    guard let name = fields.value("name")?.string else { throw fields.failure("name", "a text") }
    self.name = name
    atomicEnergies = try fields.doubles("atomic_energies", atomicEnergies)
    scale = try fields.doubles("scale", scale)
    shift = try fields.doubles("shift", shift)
  }

  /// Refuses constants that do not go with the species.
  ///
  /// - Parameters:
  ///   - speciesCount: The number of species.
  ///   - bySpecies: Whether scale and shift may be of species.
  /// - Throws: `.format`.
  func validate(speciesCount: Int, bySpecies: Bool) throws(HoneError) {
    guard !name.isEmpty else { throw HoneError(.format, "expected heads with names") }
    guard atomicEnergies.isEmpty || atomicEnergies.count == speciesCount else {
      throw HoneError(
        .format,
        "expected \(speciesCount) atomic energies, one per species, for head '\(name)', got "
          + "\(atomicEnergies.count)")
    }
    for (values, what) in [(scale, "scale"), (shift, "shift")] {
      guard values.count == 1 || bySpecies && values.count == speciesCount else {
        throw HoneError(
          .format,
          "expected one number\(bySpecies ? " or \(speciesCount)" : "") as \(what) of head "
            + "'\(name)', got \(values.count)")
      }
    }
    guard
      (atomicEnergies + scale + shift).allSatisfy({ $0.magnitude <= ModelLimits.largestParameter })
    else {
      throw HoneError(
        .format,
        "expected finite constants up to \(ModelLimits.largestParameter) for head '\(name)'")
    }
  }

  /// One constant per species, with zeros and single numbers written out.
  static func spread(_ values: [Double], speciesCount: Int) -> [Double] {
    switch values.count {
    case 0: [Double](repeating: 0, count: speciesCount)
    case 1: [Double](repeating: values[0], count: speciesCount)
    default: values
    }
  }
}
