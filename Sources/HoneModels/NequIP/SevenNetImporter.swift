internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

/// Takes architecture and weights from a SevenNet checkpoint, as data.
struct SevenNetImporter {
  let config: PickleNode
  let state: SevenNetState
  let version: [Int]

  /// Whether an unpickled object looks like a checkpoint of SevenNet.
  static func recognizes(_ root: PickleNode) -> Bool {
    root["config"]?["_type_map"] != nil && root["model_state_dict"] != nil
  }

  init(_ root: PickleNode) throws(HoneError) {
    guard let config = root["config"], let state = root["model_state_dict"]?.dictionary else {
      throw HoneError(.format, "expected 'config' and 'model_state_dict' in a SevenNet checkpoint")
    }
    self.config = config
    let text = config["version"]?.string ?? ""
    version = text.split(separator: ".").prefix(3).map { part in
      Int(part.prefix { $0.isNumber }) ?? 0
    }
    guard version.count >= 2 else {
      throw HoneError(
        .format, "expected a version in a SevenNet checkpoint, got '\(text.prefix(40))'")
    }
    isDevelopment = text.contains("dev")
    self.state = try SevenNetState(state)
  }

  private let isDevelopment: Bool

  private func isBefore(_ major: Int, _ minor: Int) -> Bool {
    (version[0], version[1]) < (major, minor)
  }

  /// Whether the last radial weights stand in the order in which paths are created, not sorted.
  private var hasOldOrder: Bool {
    isBefore(0, 11) || (isDevelopment && version.prefix(3).elementsEqual([0, 11, 0]))
  }

  /// Reads the model.
  ///
  /// - Throws: `.format` for damaged files, `.unsupported` with the name of the option.
  func definition() throws(HoneError) -> ModelDefinition {
    try refuseUnknown()
    let (atomicNumbers, heads) = (try species(), try modalities())
    var parameters = ParameterSet()
    let lMax = try int("lmax", 1)
    let lMaxNode = try positive("lmax_node") ?? lMax
    let lMaxEdge = try positive("lmax_edge") ?? lMax
    let layerCount = try int("num_convolution_layer", 3)
    guard (0...6).contains(lMaxEdge), (0...6).contains(lMaxNode), (1...64).contains(layerCount)
    else {
      throw unsupported("lmax \(max(lMaxEdge, lMaxNode)) with \(layerCount) layers")
    }
    var configuration = NequIPConfiguration(
      radial: try radial(&parameters), lMax: lMaxEdge, hasParity: bool("is_parity", true),
      normalizesHarmonics: bool("_normalize_sph", !isBefore(0, 10)), layers: [],
      radialHidden: try widths("weight_nn_hidden_neurons", [64, 64]),
      radialActivation: try activation(config["act_radial"], "silu", "act_radial"),
      evenScalars: try activation(config["act_scalar"]?["e"], "silu", "act_scalar"),
      oddScalars: try activation(config["act_scalar"]?["o"], "tanh", "act_scalar"),
      evenGates: try activation(config["act_gate"]?["e"], "silu", "act_gate"),
      oddGates: try activation(config["act_gate"]?["o"], "tanh", "act_gate"),
      hasBias: bool("use_bias_in_linear", false), modal: .none, readout: .linear(hidden: 1))
    let isModal = bool("use_modality", false)
    if isModal {
      configuration.modal = .init(
        embedding: bool("use_modal_node_embedding", false),
        intro: bool("use_modal_self_inter_intro", false),
        outro: bool("use_modal_self_inter_outro", false),
        readout: bool("use_modal_output_block", false))
    }
    configuration.layers = try SevenNetIrreps(
      configuration: configuration, channels: try int("channel", 32), lMaxNode: lMaxNode,
      layerCount: layerCount, manual: try manualIrreps(layerCount)
    ).layers()
    try embedding(configuration, &parameters)
    for index in 0..<layerCount { try layer(index, &configuration, &parameters) }
    try readout(&configuration, &parameters)
    for name in ["shift", "scale"] {
      parameters[name] = try state.tensor("rescale_atomic_energy.\(name)")
    }
    return ModelDefinition(
      architecture: .nequip(configuration), atomicNumbers: atomicNumbers, heads: heads,
      parameters: parameters,
      provenance: [
        ("imported_from", "SevenNet"), ("version", config["version"]?.string ?? ""),
      ])
  }

  private func embedding(
    _ configuration: NequIPConfiguration, _ parameters: inout ParameterSet
  ) throws(HoneError) {
    parameters["embedding.weight"] = try state.tensor("onehot_to_feature_x.linear.weight")
    if configuration.hasBias {
      parameters["embedding.bias"] = try state.tensor("onehot_to_feature_x.linear.bias")
    }
  }

  private func layer(
    _ index: Int, _ configuration: inout NequIPConfiguration, _ parameters: inout ParameterSet
  ) throws(HoneError) {
    let name = "layers.\(index)."
    let kinds = config["self_connection_type"]
    let kind = kinds?.string ?? kinds?.strings.flatMap { $0.count > index ? $0[index] : nil }
    switch kind ?? "nequip" {
    case "nequip":
      configuration.layers[index].selfConnection = .bySpecies
      parameters[name + "skip.weight"] = try state.tensor(
        "\(index)_self_connection_intro.fc_tensor_product.weight")
    case "linear":
      configuration.layers[index].selfConnection = .linear
      parameters[name + "skip.weight"] = try state.tensor(
        "\(index)_self_connection_intro.linear.weight")
    case let other: throw unsupported("self_connection_type '\(other)'")
    }
    for (role, module) in [("up", "self_interaction_1"), ("reduce", "self_interaction_2")] {
      parameters[name + role + ".weight"] = try state.tensor("\(index)_\(module).linear.weight")
      if configuration.hasBias {
        parameters[name + role + ".bias"] = try state.tensor("\(index)_\(module).linear.bias")
      }
    }
    let denominator = try state.tensor("\(index)_convolution.denominator").doubles()
    guard denominator.count == 1, denominator[0].isFinite, denominator[0] != 0 else {
      throw HoneError(.format, "expected one denominator that is not zero in layer \(index)")
    }
    configuration.layers[index].denominator = denominator[0]
    let count = configuration.radialHidden.count
    for k in 0..<count {
      parameters["\(name)network.\(k).weight"] = try state.tensor(
        "\(index)_convolution.weight_nn.layer\(k).weight")
    }
    parameters["\(name)network.\(count).weight"] = try pathWeights(
      index, configuration, try state.tensor("\(index)_convolution.weight_nn.layer\(count).weight"))
  }

  /// The last radial weights with columns in sorted order and in the signs of exact couplings.
  private func pathWeights(
    _ index: Int, _ configuration: NequIPConfiguration, _ tensor: StoredTensor
  ) throws(HoneError) -> StoredTensor {
    let layer = configuration.layers[index]
    let paths = configuration.paths(layer)
    let counts = paths.created.map { layer.input.blocks[$0.input].multiplicity }
    let total = counts.reduce(0, +)
    let values = try tensor.doubles()
    guard total > 0, values.count % total == 0 else {
      throw HoneError(
        .format, "expected rows of \(total) radial weights in layer \(index), got \(values.count)")
    }
    let rows = values.count / total
    var starts = [Int](repeating: 0, count: counts.count)
    var start = 0
    for path in hasOldOrder ? Array(counts.indices) : paths.order {
      starts[path] = start
      start += counts[path]
    }
    var result = [Double](repeating: 0, count: values.count)
    var column = 0
    for path in paths.order {
      let created = paths.created[path]
      let sign = try couplingSign(
        index, layer.input.blocks[created.input].irrep.l, created.degree, created.irrep.l)
      for channel in 0..<counts[path] {
        for row in 0..<rows {
          result[row * total + column] = sign * values[row * total + starts[path] + channel]
        }
        column += 1
      }
    }
    return try tensor.replacing(result)
  }

  /// The sign of the couplings a model was trained with, against the exact ones.
  ///
  /// The file holds the couplings of its e3nn; where l₁ + l₂ + l₃ is odd their sign is a convention.
  private func couplingSign(_ index: Int, _ l1: Int, _ l2: Int, _ l3: Int) throws(HoneError)
    -> Double
  {
    let name =
      "\(index)_convolution.convolution._compiled_main_left_right._w3j_\(l1)_\(l2)_\(l3)"
    guard let stored = try state.optional(name)?.doubles() else { return 1 }
    let exact = wigner3j(l1, l2, l3)
    guard stored.count == exact.count else {
      throw HoneError(
        .format, "expected \(exact.count) couplings in '\(name)', got \(stored.count)")
    }
    let overlap = zip(stored, exact).reduce(0) { $0 + $1.0 * $1.1 }
    guard abs(abs(overlap) - 1) < 1e-4 else {
      throw unsupported("couplings '\(name)' that are not Wigner 3j coefficients")
    }
    return overlap < 0 ? -1 : 1
  }

  private func readout(
    _ configuration: inout NequIPConfiguration, _ parameters: inout ParameterSet
  ) throws(HoneError) {
    let features = configuration.layers[configuration.layers.count - 1].output
    if bool("readout_as_fcn", false) {
      let hidden = try widths("readout_fcn_hidden_neurons", [30, 30])
      configuration.readout = .network(
        hidden: hidden,
        try activation(config["readout_fcn_activation"], "relu", "readout_fcn_activation"))
      guard features.blocks.allSatisfy(\.irrep.isScalar) else {
        throw unsupported("a dense readout of features that are not scalars")
      }
      for k in 0...hidden.count {
        parameters["readout.\(k).weight"] = try state.tensor("readout_FCN.fcn.layer\(k).weight")
      }
      return
    }
    let hidden = features.dim / 2
    guard hidden > 0 else { throw unsupported("a readout of one feature") }
    configuration.readout = .linear(hidden: hidden)
    for (k, module) in ["reduce_input_to_hidden", "reduce_hidden_to_energy"].enumerated() {
      parameters["readout.\(k).weight"] = try state.tensor("\(module).linear.weight")
      if configuration.hasBias {
        parameters["readout.\(k).bias"] = try state.tensor("\(module).linear.bias")
      }
    }
  }
}
