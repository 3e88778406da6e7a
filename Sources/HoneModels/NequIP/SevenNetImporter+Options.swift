internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

extension SevenNetImporter {
  func unsupported(_ part: String) -> HoneError {
    HoneError(.unsupported, "this version does not evaluate \(part) of SevenNet")
  }

  func bool(_ key: String, _ standard: Bool) -> Bool { config[key]?.bool ?? standard }

  func int(_ key: String, _ standard: Int) throws(HoneError) -> Int {
    guard let node = config[key], !node.isNone else { return standard }
    guard let value = node.int, (-(1 << 20)...1 << 20).contains(value) else {
      throw HoneError(.format, "expected an integer as '\(key)', got \(node.summary)")
    }
    return value
  }

  func positive(_ key: String) throws(HoneError) -> Int? {
    let value = try int(key, -1)
    return value > 0 ? value : nil
  }

  func widths(_ key: String, _ standard: [Int]) throws(HoneError) -> [Int] {
    guard let node = config[key], !node.isNone else { return standard }
    guard let widths = node.ints, widths.count <= 64,
      widths.allSatisfy({ (1...1 << 16).contains($0) })
    else { throw HoneError(.format, "expected a list of widths as '\(key)', got \(node.summary)") }
    return widths
  }

  func activation(_ node: PickleNode?, _ standard: String, _ key: String) throws(HoneError)
    -> Activation.Function
  {
    let name = node.flatMap { $0.isNone ? nil : $0.string ?? $0.summary } ?? standard
    guard let function = Activation.Function(rawValue: name), function != .identity else {
      throw unsupported("\(key) '\(name.prefix(40))'")
    }
    return function
  }

  /// Options that change the mathematics in ways this version does not know.
  func refuseUnknown() throws(HoneError) {
    if let type = config["_model_type"]?.string, type != "E3_equivariant_model" {
      throw unsupported("model type '\(type.prefix(60))'")
    }
    let kind = config["interaction_type"]?.string ?? "nequip"
    guard kind == "nequip" else { throw unsupported("interaction_type '\(kind.prefix(60))'") }
    if config["optimize_by_reduce"]?.bool == false { throw unsupported("optimize_by_reduce false") }
  }

  /// The atomic number of each species.
  func species() throws(HoneError) -> [Int] {
    guard let map = config["_type_map"]?.dictionary, !map.isEmpty, map.count <= 119 else {
      throw HoneError(.format, "expected a map from atomic numbers to species")
    }
    // Universal models have a place for the number 0, which is no element.
    var numbers = [Int](repeating: -1, count: map.count)
    for (key, value) in map {
      guard let number = key.int, (0...118).contains(number), let index = value.int,
        numbers.indices.contains(index), numbers[index] == -1
      else { throw HoneError(.format, "expected each species once in '_type_map'") }
      numbers[index] = number
    }
    return numbers
  }

  /// The names of the modalities by index; one, "Default", without.
  func modalities() throws(HoneError) -> [String] {
    guard bool("use_modality", false) else { return ["Default"] }
    guard let map = config["_modal_map"]?.dictionary, map.count > 1, map.count <= 1024 else {
      throw HoneError(.format, "expected two modalities or more in '_modal_map'")
    }
    var names = [String?](repeating: nil, count: map.count)
    for (key, value) in map {
      guard let name = key.string, let index = value.int, names.indices.contains(index),
        names[index] == nil
      else { throw HoneError(.format, "expected each modality once in '_modal_map'") }
      names[index] = name
    }
    return names.compactMap { $0 }
  }

  func radial(_ parameters: inout ParameterSet) throws(HoneError) -> RadialConfiguration {
    let cutoff = config["cutoff"]?.double ?? 4.5
    let basis = config["radial_basis"]
    let name = basis?["radial_basis_name"]?.string ?? "bessel"
    guard name == "bessel" else { throw unsupported("radial basis '\(name.prefix(60))'") }
    let exactCount = basis?["bessel_basis_num"]?.int ?? 8
    guard (1...4096).contains(exactCount) else {
      throw HoneError(.format, "expected 1 to 4096 Bessel functions, got \(exactCount)")
    }
    let stored = try state.optional("edge_embedding.basis_function.coeffs")
    let exact = (0..<exactCount).map { Double.pi * Double($0 + 1) / cutoff }
    let constants: StoredTensor
    if let stored {
      constants = stored
    } else {
      constants = try StoredTensor(exact, shape: [exactCount])
    }
    parameters[RadialConfiguration.parameterName] = constants
    let function = config["cutoff_function"]
    let shape: RadialCutoff
    switch function?["cutoff_function_name"]?.string ?? "poly_cut" {
    case "poly_cut":
      let power = function?["poly_cut_p_value"]?.double ?? 6
      guard let p = Int(exactly: power) else {
        throw unsupported("a cutoff power that is not an integer, \(power),")
      }
      shape = .polynomial(p: p)
    case "XPLOR":
      guard let onset = function?["cutoff_on"]?.double else {
        throw HoneError(.format, "expected 'cutoff_on' of cutoff function XPLOR")
      }
      shape = .xplor(onset: onset)
    case let other: throw unsupported("cutoff function '\(other.prefix(60))'")
    }
    let configuration = RadialConfiguration(
      kind: .bessel, count: constants.count, factor: 2 / cutoff, cutoffRadius: cutoff,
      cutoff: shape, transform: nil, appliesCutoff: true)
    try configuration.validate()
    return configuration
  }

  /// The irreps of all layers where the user gave them.
  func manualIrreps(_ layerCount: Int) throws(HoneError) -> [Irreps]? {
    guard let node = config["irreps_manual"], !node.isNone, node.bool == nil else { return nil }
    guard let texts = node.elements, texts.count == layerCount + 1 else {
      throw HoneError(.format, "expected \(layerCount + 1) irreps in 'irreps_manual'")
    }
    var result: [Irreps] = []
    for text in texts {
      guard let string = text.irreps else {
        throw HoneError(.format, "expected irreps in 'irreps_manual', got \(text.summary)")
      }
      let irreps = try Irreps(parsing: string)
      try ModelLimits.check(irreps, "'irreps_manual'")
      result.append(irreps)
    }
    return result
  }
}
