internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

extension MACEConfiguration {
  /// The configuration as kept in hone's own files.
  var json: JSONValue {
    .object([
      .init("radial", radial.json), .init("l_max", .integer(Int64(lMax))),
      .init("even_harmonics", .bool(evenHarmonics)),
      .init(
        "repulsion",
        repulsionPower.map {
          .object([
            .init("power", .integer(Int64($0))), .init("prefactor", .number(repulsionPrefactor)),
            .init("exponent", .number(repulsionExponent)), .init("scaled", .bool(scalesRepulsion)),
          ])
        } ?? .null),
      .init("layers", .array(layers.map(\.json))),
    ])
  }

  /// Reads a configuration.
  ///
  /// - Throws: `.format`, `.unsupported`.
  init(_ fields: JSONFields) throws(HoneError) {
    radial = try RadialConfiguration(try fields.fields("radial"))
    lMax = try fields.int("l_max", in: 0...6)
    evenHarmonics = try fields.bool("even_harmonics")
    layers = []
    (repulsionPower, repulsionPrefactor, repulsionExponent) = (nil, 0, 0)
    scalesRepulsion = false
    if fields.optional("repulsion") != nil {
      let part = try fields.fields("repulsion")
      repulsionPower = try part.int("power", in: 1...1000)
      repulsionPrefactor = try part.double("prefactor")
      repulsionExponent = try part.double("exponent")
      scalesRepulsion = try part.bool("scaled")
    }
    for part in try fields.list("layers") { layers.append(try Layer(part)) }
    try validate()
  }

  /// Refuses what no builder can build.
  ///
  /// - Throws: `.format`.
  func validate() throws(HoneError) {
    guard let first = layers.first, first.input.blocks.count == 1,
      first.input.blocks[0].irrep.isScalar
    else {
      throw HoneError(.format, "expected layers, the first of which takes scalars")
    }
    for (index, layer) in layers.enumerated() {
      let channels = layer.target.blocks.first?.multiplicity ?? 0
      guard index == 0 || layer.input == layers[index - 1].output else {
        throw HoneError(.format, "expected layer \(index) to take what the one before gives")
      }
      guard channels > 0, !layer.output.blocks.isEmpty,
        (layer.target.blocks + layer.output.blocks).allSatisfy({ $0.multiplicity == channels }),
        Set(layer.target.blocks.map(\.irrep)).count == layer.target.blocks.count,
        !paths(layer).created.isEmpty
      else {
        throw HoneError(
          .format, "expected a product basis over equal numbers of channels in layer \(index)")
      }
      guard layer.averageNeighborCount > 0 else {
        throw HoneError(
          .format, "expected a positive average number of neighbours in layer \(index)")
      }
    }
  }
}

extension MACEConfiguration.Layer {
  fileprivate var json: JSONValue {
    .object([
      .init("interaction", .string(interaction.rawValue)), .init("input", .irreps(input)),
      .init("sender", .irreps(sender)), .init("target", .irreps(target)),
      .init("output", .irreps(output)), .init("radial_hidden", .ints(radialHidden)),
      .init("density_hidden", .ints(densityHidden)),
      .init("average_neighbor_count", .number(averageNeighborCount)),
      .init("correlation", .integer(Int64(correlation))),
      .init("couplings", .string(couplings.rawValue)),
      .init("shares_product", .bool(sharesProduct)), .init("adds_residual", .bool(addsResidual)),
      .init("readout", readout.map(\.json) ?? .null),
    ])
  }

  fileprivate init(_ fields: JSONFields) throws(HoneError) {
    let name = try fields.string("interaction")
    guard let interaction = MACEConfiguration.Interaction(rawValue: name) else {
      throw HoneError(.unsupported, "this version does not evaluate interaction '\(name)'")
    }
    let couplingName = try fields.string("couplings")
    guard let couplings = MACEConfiguration.Couplings(rawValue: couplingName) else {
      throw HoneError(.unsupported, "this version does not know couplings '\(couplingName)'")
    }
    self.init(
      interaction: interaction, input: try fields.irreps("input"),
      sender: try fields.irreps("sender"), target: try fields.irreps("target"),
      output: try fields.irreps("output"),
      radialHidden: try fields.ints("radial_hidden", in: 1...1 << 20),
      densityHidden: try fields.ints("density_hidden", in: 1...1 << 20),
      averageNeighborCount: try fields.double("average_neighbor_count"),
      correlation: try fields.int("correlation", in: 1...4), couplings: couplings,
      sharesProduct: try fields.bool("shares_product"),
      addsResidual: try fields.bool("adds_residual"),
      readout: fields.optional("readout") == nil
        ? nil : try MACEConfiguration.Readout(try fields.fields("readout")))
  }
}

extension MACEConfiguration.Readout {
  fileprivate var json: JSONValue {
    .object([
      .init("hidden", .ints(hidden)), .init("has_bias", .bool(hasBias)),
      .init("activation", .string(activation.function.rawValue)),
      .init("activation_factor", .number(activation.factor)),
      .init("masks_heads", .bool(masksHeads)),
    ])
  }

  fileprivate init(_ fields: JSONFields) throws(HoneError) {
    self.init(
      hidden: try fields.ints("hidden", in: 1...1 << 20), hasBias: try fields.bool("has_bias"),
      activation: Activation(
        function: try Activation.Function(fields, "activation"),
        factor: try fields.double("activation_factor")),
      masksHeads: try fields.bool("masks_heads"))
  }
}
