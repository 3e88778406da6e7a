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
  }

  /// Refuses what no builder can build, and sizes no model has.
  ///
  /// - Throws: `.format`, `.unsupported`.
  func validate(headCount: Int) throws(HoneError) {
    try radial.validate()
    guard (0...6).contains(lMax), (1...64).contains(layers.count) else {
      throw HoneError(
        .unsupported,
        "this version takes 1 to 64 layers with harmonics up to degree 6, got \(layers.count) with "
          + "\(lMax)")
    }
    guard layers[0].input.blocks.count == 1, layers[0].input.blocks[0].irrep.isScalar else {
      throw HoneError(.format, "expected a first layer that takes scalars")
    }
    guard
      repulsionPower == nil
        || (1e-3...1e3).contains(repulsionPrefactor) && (1e-3...10).contains(repulsionExponent)
    else {
      throw HoneError(
        .format,
        "expected a length and an exponent of the pair repulsion, got \(repulsionPrefactor) and "
          + "\(repulsionExponent)")
    }
    var work: [String: Double] = [:]
    for (index, layer) in layers.enumerated() {
      try layer.validateShape(index)
      guard index == 0 || layer.input == layers[index - 1].output else {
        throw HoneError(.format, "expected layer \(index) to take what the one before gives")
      }
      try ModelLimits.check(paths(layer), from: layer.sender, lMax: lMax, layer: index)
      try layer.readout?.validate(headCount: headCount, layer: index)
      if layer.couplings != .stored {
        for block in layer.output.blocks {
          // Layers share what is equal.
          work["\(layer.couplings) \(layer.target) \(block.irrep) \(layer.correlation)"] =
            ProductRule.work(
              layer.couplings == .full ? .full : .reduced,
              inputs: layer.target.blocks.map(\.irrep), output: block.irrep,
              correlation: layer.correlation)
        }
      }
    }
    guard work.values.reduce(0, +) <= ProductRule.mostTotalWork else {
      throw HoneError(
        .unsupported, "this version does not compute product bases as large as the model's")
    }
  }
}

extension MACEConfiguration.Layer {
  /// Refuses irreps, widths and numbers of one layer that do not go together.
  fileprivate func validateShape(_ index: Int) throws(HoneError) {
    for (irreps, what) in [
      (input, "input"), (sender, "senders' features"), (target, "messages"), (output, "output"),
    ] { try ModelLimits.check(irreps, "\(what) of layer \(index)") }
    let channels = target.blocks[0].multiplicity
    guard (target.blocks + output.blocks).allSatisfy({ $0.multiplicity == channels }),
      Set(target.blocks.map(\.irrep)).count == target.blocks.count
    else {
      throw HoneError(
        .format, "expected a product basis over equal numbers of channels in layer \(index)")
    }
    guard ModelLimits.divisors.contains(averageNeighborCount) else {
      throw HoneError(
        .format,
        "expected a positive average number of neighbours in layer \(index), got "
          + "\(averageNeighborCount)")
    }
    try ModelLimits.check(widths: radialHidden, "radial network of layer \(index)")
    try ModelLimits.check(widths: densityHidden, "density network of layer \(index)")
    // What species contribute enters a first layer whose rows are not the scattered last ones.
    guard !interaction.isNonLinear || !radialHidden.isEmpty && !densityHidden.isEmpty else {
      throw HoneError(.format, "expected networks with a hidden layer or more in layer \(index)")
    }
    guard (1...SymmetricContractionBasis.highestOrder).contains(correlation) else {
      throw HoneError(
        .unsupported, "this version does not evaluate correlation \(correlation)")
    }
  }
}

extension MACEConfiguration.Readout {
  /// Refuses hidden layers that cannot be shared out to the heads.
  fileprivate func validate(headCount: Int, layer: Int) throws(HoneError) {
    try ModelLimits.check(widths: hidden, "readout of layer \(layer)")
    guard !masksHeads || hidden.allSatisfy({ $0.isMultiple(of: headCount) }) else {
      throw HoneError(
        .format,
        "expected as many hidden channels for each of \(headCount) heads in the readout of layer "
          + "\(layer), got \(hidden)")
    }
    guard activation.factor.magnitude <= 1e6 else {
      throw HoneError(
        .format,
        "expected a factor of the activation in the readout of layer \(layer), got "
          + "\(activation.factor)")
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
