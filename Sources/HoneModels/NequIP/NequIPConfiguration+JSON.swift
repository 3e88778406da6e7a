internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

extension NequIPConfiguration {
  /// The configuration as kept in hone's own files.
  var json: JSONValue {
    let readoutJSON: JSONValue =
      switch readout {
      case .linear(let hidden):
        .object([.init("kind", .string("linear")), .init("hidden", .ints([hidden]))])
      case .network(let hidden, let function):
        .object([
          .init("kind", .string("network")), .init("hidden", .ints(hidden)),
          .init("activation", .string(function.rawValue)),
        ])
      }
    return .object([
      .init("radial", radial.json), .init("l_max", .integer(Int64(lMax))),
      .init("has_parity", .bool(hasParity)),
      .init("normalizes_harmonics", .bool(normalizesHarmonics)),
      .init("radial_hidden", .ints(radialHidden)),
      .init("radial_activation", .string(radialActivation.rawValue)),
      .init("even_scalars", .string(evenScalars.rawValue)),
      .init("odd_scalars", .string(oddScalars.rawValue)),
      .init("even_gates", .string(evenGates.rawValue)),
      .init("odd_gates", .string(oddGates.rawValue)), .init("has_bias", .bool(hasBias)),
      .init(
        "modal",
        .object([
          .init("embedding", .bool(modal.embedding)), .init("intro", .bool(modal.intro)),
          .init("outro", .bool(modal.outro)), .init("readout", .bool(modal.readout)),
        ])), .init("readout", readoutJSON), .init("layers", .array(layers.map(\.json))),
    ])
  }

  /// Reads a configuration.
  ///
  /// - Throws: `.format`, `.unsupported`.
  init(_ fields: JSONFields) throws(HoneError) {
    radial = try RadialConfiguration(try fields.fields("radial"))
    lMax = try fields.int("l_max", in: 0...6)
    hasParity = try fields.bool("has_parity")
    normalizesHarmonics = try fields.bool("normalizes_harmonics")
    radialHidden = try fields.ints("radial_hidden", in: 1...1 << 20)
    radialActivation = try .init(fields, "radial_activation")
    evenScalars = try .init(fields, "even_scalars")
    oddScalars = try .init(fields, "odd_scalars")
    evenGates = try .init(fields, "even_gates")
    oddGates = try .init(fields, "odd_gates")
    hasBias = try fields.bool("has_bias")
    let part = try fields.fields("modal")
    modal = ModalUse(
      embedding: try part.bool("embedding"), intro: try part.bool("intro"),
      outro: try part.bool("outro"), readout: try part.bool("readout"))
    let end = try fields.fields("readout")
    let hidden = try end.ints("hidden", in: 1...1 << 20)
    switch try end.string("kind") {
    case "linear" where hidden.count == 1: readout = .linear(hidden: hidden[0])
    case "network": readout = .network(hidden: hidden, try .init(end, "activation"))
    default: throw HoneError(.unsupported, "this version does not know the model's readout")
    }
    layers = []
    for layer in try fields.list("layers") { layers.append(try Layer(layer)) }
  }

  /// Refuses what no builder can build, and sizes no model has.
  ///
  /// - Throws: `.format`, `.unsupported`.
  func validate() throws(HoneError) {
    try radial.validate()
    guard (0...6).contains(lMax), (1...64).contains(layers.count) else {
      throw HoneError(
        .unsupported,
        "this version takes 1 to 64 layers with harmonics up to degree 6, got \(layers.count) with "
          + "\(lMax)")
    }
    guard layers[0].input.blocks.contains(where: \.irrep.isScalar) else {
      throw HoneError(.format, "expected a first layer that takes scalars")
    }
    try ModelLimits.check(widths: radialHidden, "radial network")
    try validateLayers()
    switch readout {
    case .linear(let hidden): try ModelLimits.check(widths: [hidden], "readout")
    case .network(let hidden, _):
      try ModelLimits.check(widths: hidden, "readout")
      guard layers[layers.count - 1].output.blocks.allSatisfy(\.irrep.isScalar) else {
        throw HoneError(
          .unsupported,
          "this version does not evaluate a dense readout of features that are not scalars")
      }
    }
  }

  private func validateLayers() throws(HoneError) {
    for (index, layer) in layers.enumerated() {
      guard index == 0 || layer.input == layers[index - 1].output else {
        throw HoneError(.format, "expected layer \(index) to take what the one before gives")
      }
      try ModelLimits.check(layer.input, "input of layer \(index)")
      try ModelLimits.check(layer.output, "output of layer \(index)")
      // Only kinds of messages count, and a merged list holds each at most once.
      guard layer.message.blocks.count <= ModelLimits.mostBlocks else {
        throw HoneError(
          .unsupported,
          "this version takes up to \(ModelLimits.mostBlocks) kinds of messages, got "
            + "\(layer.message.blocks.count) in layer \(index)")
      }
      try ModelLimits.check(paths(layer), from: layer.input, lMax: lMax, layer: index)
      let firstGated =
        layer.output.blocks.firstIndex { $0.irrep.l > 0 } ?? layer.output.blocks.count
      guard firstGated > 0, layer.output.blocks[firstGated...].allSatisfy({ $0.irrep.l > 0 })
      else {
        throw HoneError(
          .unsupported,
          "this version does not evaluate features '\(layer.output)' of layer \(index): scalars must "
            + "come first")
      }
      guard ModelLimits.divisors.contains(layer.denominator.magnitude) else {
        throw HoneError(
          .format,
          "expected a denominator that is not zero in layer \(index), got \(layer.denominator)")
      }
    }
  }
}

extension NequIPConfiguration.Layer {
  fileprivate var json: JSONValue {
    .object([
      .init("input", .irreps(input)), .init("message", .irreps(message)),
      .init("output", .irreps(output)), .init("self_connection", .string(selfConnection.rawValue)),
      .init("denominator", .number(denominator)),
    ])
  }

  fileprivate init(_ fields: JSONFields) throws(HoneError) {
    let name = try fields.string("self_connection")
    guard let connection = NequIPConfiguration.SelfConnection(rawValue: name) else {
      throw HoneError(.unsupported, "this version does not evaluate self-connection '\(name)'")
    }
    self.init(
      input: try fields.irreps("input"), message: try fields.irreps("message"),
      output: try fields.irreps("output"), selfConnection: connection,
      denominator: try fields.double("denominator"))
  }
}
