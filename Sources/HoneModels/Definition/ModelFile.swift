internal import HoneFormats
internal import HoneNumerics

/// Reads model files of every kind, and writes hone's own.
enum ModelFile {
  /// The version of hone's own format.
  static let formatVersion = 2
  /// What the names of tensors begin with that are no parameters.
  static let statisticsPrefix = "statistics."

  /// Reads a model from the bytes of a file, whatever its kind.
  ///
  /// - Throws: `.format`, `.unsupported`, `.outOfMemory`.
  static func read(_ bytes: Bytes) throws(HoneError) -> ModelDefinition {
    let definition = try readUnchecked(bytes)
    try definition.validate()
    return definition
  }

  private static func readUnchecked(_ bytes: Bytes) throws(HoneError) -> ModelDefinition {
    switch ModelFileKind.detect(bytes) {
    case .safetensors: return try readOwn(bytes)
    case .zip:
      let archive = try PyTorchArchive(bytes: bytes)
      // Importers turn one tensor after the other into arrays.
      try Headroom.require(bytes.count, of: 2)
      guard !archive.isTorchScript else {
        throw HoneError(
          .unsupported,
          "this version does not read TorchScript; give the model as mace-torch or SevenNet saved it"
        )
      }
      if MACEImporter.recognizes(archive.root) {
        return try MACEImporter(root: archive.root).definition()
      }
      if SevenNetImporter.recognizes(archive.root) {
        return try SevenNetImporter(archive.root).definition()
      }
      throw HoneError(
        .unsupported,
        "expected a MACE model or a SevenNet checkpoint, the file holds \(archive.root.summary)")
    case .legacyTorch:
      throw HoneError(
        .unsupported,
        "this version does not read PyTorch files from before 1.6; save the model again with a "
          + "current PyTorch")
    case .unknown:
      throw HoneError(
        .format, "expected a model of hone, MACE or SevenNet, the file is none of these")
    }
  }

  private static func readOwn(_ bytes: Bytes) throws(HoneError) -> ModelDefinition {
    let file = try SafetensorsFile(bytes: bytes)
    guard let text = file.metadata["hone"] else {
      throw HoneError(.format, "expected 'hone' in the metadata of a safetensors model")
    }
    let fields = JSONFields(object: try JSONValue(parsing: text), path: "")
    let version = try fields.int("format_version", in: 1...Int(Int32.max))
    guard version <= formatVersion else {
      throw HoneError(
        .unsupported, "the model has format version \(version), this library reads \(formatVersion)"
      )
    }
    var parameters = ParameterSet()
    var statistics = ParameterSet()
    for name in file.names {
      if name.hasPrefix(statisticsPrefix) {
        statistics[name] = try file.requiredTensor(name)
      } else {
        parameters[name] = try file.requiredTensor(name)
      }
    }
    var definition = try ModelDefinition(fields, parameters)
    definition.descriptorMetric = try DescriptorMetric(statistics)
    definition.exemplars = try Exemplars.structures(statistics)
    return definition
  }

  /// Writes hone's own format, atomically.
  ///
  /// - Throws: `.io`, `.outOfMemory`.
  static func write(_ definition: ModelDefinition, to path: String) throws(HoneError) {
    var writer = SafetensorsWriter()
    writer.metadata["hone"] = try definition.json.text()
    for name in definition.parameters.names {
      if let tensor = definition.parameters[name] { try writer.add(name, tensor) }
    }
    if let metric = definition.descriptorMetric {
      for (name, tensor) in try metric.tensors() { try writer.add(name, tensor) }
    }
    for (name, tensor) in try Exemplars.tensors(definition.exemplars) {
      try writer.add(name, tensor)
    }
    try writer.write(to: path)
  }
}
