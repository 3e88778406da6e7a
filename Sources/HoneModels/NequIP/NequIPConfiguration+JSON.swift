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
    try validate()
  }

  /// Refuses what no builder can build.
  ///
  /// - Throws: `.format`.
  func validate() throws(HoneError) {
    // What the embedding cannot reach is zero: SevenNet lets a user ask for such features.
    guard let first = layers.first, !first.input.blocks.isEmpty else {
      throw HoneError(.format, "expected layers, the first of which takes features")
    }
    for (index, layer) in layers.enumerated() {
      guard index == 0 || layer.input == layers[index - 1].output else {
        throw HoneError(.format, "expected layer \(index) to take what the one before gives")
      }
      let firstGated =
        layer.output.blocks.firstIndex { $0.irrep.l > 0 } ?? layer.output.blocks.count
      guard firstGated > 0, layer.output.blocks[firstGated...].allSatisfy({ $0.irrep.l > 0 }),
        !paths(layer).created.isEmpty
      else {
        throw HoneError(
          .format, "expected features with scalars first and a path to them in layer \(index)")
      }
      guard layer.denominator.isFinite, layer.denominator != 0 else {
        throw HoneError(.format, "expected a denominator that is not zero in layer \(index)")
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
