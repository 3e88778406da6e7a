internal import HoneNumerics
internal import HoneO3

/// Makes a NequIP model ready to evaluate from its configuration and parameters.
///
/// A modality enters linear maps as further input channels, a one-hot vector. For a fixed modality
/// that is a constant added to even scalars and a larger normalisation of their weights.
struct NequIPBuilder<T: HoneScalar> {
  let configuration: NequIPConfiguration
  let speciesCount: Int
  let modalityCount: Int
  let parameters: ParameterSet
  /// Who is told what the model's numbers are made from, for training.
  var ledger: WeightLedger<T>?

  /// Makes the model of one modality in one precision.
  ///
  /// - Throws: `.format` where parameters are missing or of a wrong size; `.outOfMemory`.
  func model(modality: Int) throws(HoneError) -> MessagePassingModel<T> {
    var layers: [InteractionLayer<T>] = []
    for (index, layer) in configuration.layers.enumerated() {
      layers.append(try interaction(index, layer, modality))
    }
    return MessagePassingModel(
      embedding: try embedding(modality),
      basis: try configuration.radial.basis(parameters, ledger: ledger),
      harmonics: EdgeHarmonics(
        lMax: configuration.lMax, normalizes: configuration.normalizesHarmonics),
      layers: layers, readouts: [(layers.count - 1, try readout(modality))],
      scales: try WeightRow(
        try configuration.perSpecies(
          "scale", parameters, speciesCount: speciesCount, modality: modality,
          start: ledger?.start(of: "scale") ?? 0), ledger: ledger),
      repulsion: nil, radii: [Double](repeating: 0, count: speciesCount))
  }

  private func tensor(_ name: String, _ count: Int) throws(HoneError) -> ParameterTensor {
    ParameterTensor(
      values: try parameters.values(name, count: count), start: ledger?.start(of: name) ?? 0)
  }

  /// The initial features of each species.
  private func embedding(_ modality: Int) throws(HoneError) -> [WeightRow<T>] {
    let output = configuration.layers[0].input
    let weights = LinearWeights(
      from: Irreps([.init(speciesCount, Irrep(0, .even))]), to: output)
    let constants = try constants(
      "embedding", weights, modality: configuration.modal.embedding ? modality : nil)
    let layout = FeatureLayout(output, width: T.Lanes.width)
    var rows: [WeightRow<T>] = []
    for species in 0..<speciesCount {
      // Channels as they lie in a row, padding between blocks included.
      var entries = RowEntries(count: layout.rowLanes * T.Lanes.width)
      for (o, block) in output.blocks.enumerated() {
        let first = layout.blocks[o].offset * T.Lanes.width
        let norm = weights.norm(o, extraFan: constants.extraFan)
        for w in 0..<block.multiplicity {
          if let index = weights.index(0, o, u: species, w: w) {
            entries.add(constants.weights, index, factor: norm, to: first + w)
          }
          if let bias = constants.bias, block.irrep.isScalar {
            entries.add(bias, weights.biasOffset(o) + w, to: first + w)
          }
        }
      }
      rows.append(try WeightRow(entries, ledger: ledger))
    }
    return rows
  }

  /// The weights of a linear map, and the constants that it adds: biases, and what the modality's
  /// channels give.
  private func constants(_ name: String, _ weights: LinearWeights, modality: Int?)
    throws(HoneError) -> (weights: ParameterTensor, bias: RowEntries?, extraFan: Int)
  {
    let biasCount = weights.biasCount
    let modalCount = modality == nil ? 0 : modalityCount * biasCount
    let values = try tensor(name + ".weight", weights.count + modalCount)
    var bias: RowEntries?
    if configuration.hasBias {
      bias = RowEntries(try tensor(name + ".bias", biasCount), count: biasCount)
    }
    guard let modality else { return (values, bias, 0) }
    var sums = bias ?? RowEntries(count: biasCount)
    var offset = weights.count
    var channel = 0
    for (o, block) in weights.outputs.blocks.enumerated() where block.irrep.isScalar {
      for w in 0..<block.multiplicity {
        sums.add(
          values, offset + modality * block.multiplicity + w,
          factor: weights.norm(o, extraFan: modalityCount), to: channel)
        channel += 1
      }
      offset += modalityCount * block.multiplicity
    }
    return (values, sums, modalityCount)
  }

  /// A linear map with the biases and modality channels the model may have.
  private func linear(
    _ name: String, from inputs: Irreps, _ inputLayout: FeatureLayout, to outputs: Irreps,
    _ outputLayout: FeatureLayout, slices: [LinearWeights.Slice]?, modality: Int?
  ) throws(HoneError) -> EquivariantLinear<T> {
    let weights = LinearWeights(from: inputs, to: outputs)
    let constants = try constants(name, weights, modality: modality)
    return try weights.map(
      constants.weights, bias: constants.bias, from: inputLayout, to: outputLayout,
      slices: slices, extraFan: constants.extraFan, ledger: ledger)
  }

  private func interaction(
    _ index: Int, _ layer: NequIPConfiguration.Layer, _ modality: Int
  ) throws(HoneError) -> InteractionLayer<T> {
    let width = T.Lanes.width
    let name = "layers.\(index)"
    let inputLayout = FeatureLayout(layer.input, width: width)
    let paths = configuration.paths(layer)
    let convolution = try Convolution<T>(
      senderLayout: inputLayout, lMax: configuration.lMax,
      paths: paths.sorted.map { path in
        let l1 = layer.input.blocks[path.input].irrep.l
        let factor = Double(path.irrep.dim).squareRoot()
        return .init(
          input: path.input, degree: path.degree, irrep: path.irrep,
          coefficients: wigner3j(l1, path.degree, path.irrep.l).map { $0 * factor })
      })
    let runs = zip(convolution.weightOffsets, paths.sorted).map { offset, path in
      (lane: offset, count: layer.input.blocks[path.input].multiplicity)
    }
    let plan = GatePlan(output: layer.output)
    let gateLayout = plan.inputLayout(width: width)
    let connection = LinearWeights(from: layer.input, to: plan.irreps)
    let selfConnection: NequIPUpdate<T>.SelfConnection
    switch layer.selfConnection {
    case .linear:
      selfConnection = .linear(
        try connection.map(
          try tensor("\(name).skip.weight", connection.count),
          from: inputLayout, to: gateLayout, slices: plan.slices, ledger: ledger))
    case .bySpecies:
      selfConnection = .bySpecies(
        try connection.mapBySpecies(
          try tensor("\(name).skip.weight", connection.count * speciesCount),
          count: speciesCount, from: inputLayout, to: gateLayout, slices: plan.slices,
          ledger: ledger))
    }
    return InteractionLayer(
      up: try linear(
        "\(name).up", from: layer.input, inputLayout, to: layer.input, inputLayout, slices: nil,
        modality: configuration.modal.intro ? modality : nil),
      network: try network(
        index, layer, outputs: runs.reduce(0) { $0 + $1.count }, columns: runs,
        lanes: convolution.weightLanes), densityNetwork: nil, convolution: convolution,
      update: .nequip(
        NequIPUpdate(
          linear: try linear(
            "\(name).reduce", from: paths.messageIrreps(layer.input), convolution.messageLayout,
            to: plan.irreps, gateLayout, slices: plan.slices,
            modality: configuration.modal.outro ? modality : nil),
          selfConnection: selfConnection,
          gate: plan.gate(
            scalar: {
              .normalized($0 == .even ? configuration.evenScalars : configuration.oddScalars)
            },
            gate: { .normalized($0 == .even ? configuration.evenGates : configuration.oddGates) })))
    )
  }

  func network(
    _ index: Int, _ layer: NequIPConfiguration.Layer, outputs: Int,
    columns: [(lane: Int, count: Int)]?, lanes: Int?
  ) throws(HoneError) -> RadialNetwork<T> {
    let widths = [configuration.radial.count] + configuration.radialHidden + [outputs]
    var dense: [NetworkWeights.Dense] = []
    for k in 0..<widths.count - 1 {
      let isLast = k == widths.count - 2
      // The sum over neighbours is divided by a constant: part of the last weights.
      let norm = 1 / Double(widths[k]).squareRoot() / (isLast ? layer.denominator : 1)
      let weights = try tensor("layers.\(index).network.\(k).weight", widths[k] * widths[k + 1])
      dense.append(
        .init(
          inputs: widths[k], outputs: widths[k + 1], weights: weights, factor: norm, bias: nil,
          normalization: nil,
          activation: isLast ? nil : .normalized(configuration.radialActivation)))
    }
    return try NetworkWeights.make(
      dense, basisCount: configuration.radial.count, columns: columns, lanes: lanes,
      ledger: ledger)
  }

  private func readout(_ modality: Int) throws(HoneError) -> NetworkReadout<T> {
    let width = T.Lanes.width
    var inputs = configuration.layers[configuration.layers.count - 1].output
    var inputLayout = FeatureLayout(inputs, width: width)
    var links: [NetworkReadout<T>.Link] = []
    let hidden: [Int]
    let activation: Activation?
    switch configuration.readout {
    case .linear(let count): (hidden, activation) = ([count], nil)
    case .network(let widths, let function): (hidden, activation) = (widths, .normalized(function))
    }
    for (k, count) in (hidden + [1]).enumerated() {
      let isLast = k == hidden.count
      let outputs = Irreps([.init(count, Irrep(0, .even))])
      let layout = FeatureLayout(outputs, width: width)
      let map: EquivariantLinear<T>
      switch configuration.readout {
      case .linear:
        map = try linear(
          "readout.\(k)", from: inputs, inputLayout, to: outputs, layout, slices: nil,
          modality: configuration.modal.readout && k == 0 ? modality : nil)
      case .network:
        let weights = LinearWeights(from: inputs, to: outputs)
        map = try weights.map(
          try tensor("readout.\(k).weight", weights.count), from: inputLayout, to: layout,
          ledger: ledger)
      }
      links.append(.init(linear: map, activation: isLast ? nil : activation))
      inputs = outputs
      inputLayout = layout
    }
    return NetworkReadout(links)
  }
}
