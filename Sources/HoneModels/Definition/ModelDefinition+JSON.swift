internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

extension ModelDefinition {
  /// The number of numbers that training changes, as the codes the models come from count them.
  ///
  /// Atomic energies, scales, shifts and radial constants of MACE are constants there, as are
  /// coupling coefficients; SevenNet trains all of its tensors, denominators among them.
  var parameterCount: Int {
    var constants: Set<String> = []
    var others = 0
    switch architecture {
    case .mace:
      constants = ["atomic_energies", "scale", "shift", RadialConfiguration.parameterName]
    case .nequip(let configuration): others = configuration.layers.count
    }
    return parameters.names.filter { !constants.contains($0) && !$0.hasSuffix(".couplings") }
      .reduce(others) { $0 + (parameters[$1]?.count ?? 0) }
  }

  /// The most precise type of any parameter.
  var precisionName: String {
    parameters.names.contains { $0.hasPrefix("layers.") && parameters[$0]?.dtype == .float64 }
      ? "float64" : "float32"
  }

  /// All but the learnt numbers, as kept in hone's own files.
  var json: JSONValue {
    let architecture: JSONValue.Member =
      switch self.architecture {
      case .mace(let configuration): .init("mace", configuration.json)
      case .nequip(let configuration): .init("nequip", configuration.json)
      }
    // Earlier versions of the library read what is not refined.
    let version = radial.refinement == nil ? 1 : ModelFile.formatVersion
    var members: [JSONValue.Member] = [
      .init("format_version", .integer(Int64(version))),
      .init("units", .object([.init("length", .string("Å")), .init("energy", .string("eV"))])),
      .init("atomic_numbers", .array(atomicNumbers.map { .integer(Int64($0)) })),
      .init("heads", .array(heads.map { .string($0) })), architecture,
      .init(
        "provenance", .object(provenance.map { .init($0.name, .string($0.value)) })),
    ]
    if let statistics { members.append(.init("statistics", statistics)) }
    return .object(members)
  }

  /// What a person or a host asks of a model.
  var summary: JSONValue {
    var members: [JSONValue.Member] = [
      .init("architecture", .string(family)),
      .init(
        "species", .array(atomicNumbers.sorted().filter { $0 > 0 }.map { .integer(Int64($0)) })),
      .init("cutoff", .number(cutoff)), .init("training_cutoff", .number(radial.cutoffRadius)),
      .init("layers", .integer(Int64(layerCount))),
      .init("parameters", .integer(Int64(parameterCount))),
      .init("precision", .string(precisionName)),
      .init("heads", .array(heads.map { .string($0) })),
    ]
    members += json.members?.filter { ["mace", "nequip", "provenance"].contains($0.key) } ?? []
    return .object(members)
  }

  /// Reads the description of hone's own files.
  ///
  /// - Throws: `.format`, `.unsupported`.
  init(_ fields: JSONFields, _ parameters: ParameterSet) throws(HoneError) {
    atomicNumbers = try fields.ints("atomic_numbers", in: 0...118)
    heads = try fields.strings("heads")
    self.parameters = parameters
    if fields.optional("mace") != nil {
      architecture = .mace(try MACEConfiguration(try fields.fields("mace")))
    } else if fields.optional("nequip") != nil {
      architecture = .nequip(try NequIPConfiguration(try fields.fields("nequip")))
    } else {
      throw HoneError(.unsupported, "the model is of an architecture this version does not know")
    }
    statistics = fields.optional("statistics")
    provenance = (fields.optional("provenance")?.members ?? []).map {
      ($0.key, $0.value.string ?? "")
    }
  }
}

extension Activation.Function {
  /// Reads the name of an activation.
  init(_ fields: JSONFields, _ key: String) throws(HoneError) {
    let name = try fields.string(key)
    guard let function = Self(rawValue: name) else {
      throw HoneError(.unsupported, "this version does not evaluate activation '\(name)'")
    }
    self = function
  }
}

extension JSONValue {
  /// A list of integers.
  static func ints(_ values: [Int]) -> JSONValue { .array(values.map { .integer(Int64($0)) }) }
  /// Irreps in e3nn's notation.
  static func irreps(_ irreps: Irreps) -> JSONValue { .string(irreps.description) }
}
