internal import HoneNumerics
internal import HoneO3

/// Makes a NequIP model ready to evaluate from its configuration and parameters.
///
/// A modality enters linear maps as further input channels, a one-hot vector. For a fixed modality
/// that is a constant added to even scalars and a larger normalisation of their weights.
struct NequIPBuilder {
  let configuration: NequIPConfiguration
  let speciesCount: Int
  let modalityCount: Int
  let parameters: ParameterSet

  /// Makes the model of one modality in one precision.
  ///
  /// - Throws: `.format` where parameters are missing or of a wrong size; `.outOfMemory`.
  func model<T: HoneScalar>(modality: Int, as: T.Type = T.self) throws(HoneError)
    -> MessagePassingModel<T>
  {
    var layers: [InteractionLayer<T>] = []
    for (index, layer) in configuration.layers.enumerated() {
      layers.append(try interaction(index, layer, modality))
    }
    return MessagePassingModel(
      embedding: try embedding(modality, as: T.self),
      basis: try configuration.radial.basis(parameters, as: T.self),
      harmonics: EdgeHarmonics(
        lMax: configuration.lMax, normalizes: configuration.normalizesHarmonics),
      layers: layers, readouts: [(layers.count - 1, try readout(modality))],
      scales: try configuration.perSpecies(
        "scale", parameters, speciesCount: speciesCount, modality: modality),
      repulsion: nil, radii: [Double](repeating: 0, count: speciesCount))
  }

  /// The initial features of each species, as rows of lanes.
  private func embedding<T: HoneScalar>(_ modality: Int, as: T.Type) throws(HoneError) -> [[T
    .Lanes]]
  {
    let species = Irreps([.init(speciesCount, Irrep(0, .even))])
    let output = configuration.layers[0].input
    let map: EquivariantLinear<T> = try linear(
      "embedding", from: species, FeatureLayout(species, width: T.Lanes.width), to: output,
      FeatureLayout(output, width: T.Lanes.width), slices: nil,
      modality: configuration.modal.embedding ? modality : nil)
    let lanes = map.inputLayout.rowLanes
    let row = try Buffer<T.Lanes>(repeating: .zero, count: lanes)
    let result = try Buffer<T.Lanes>(repeating: .zero, count: map.outputLayout.rowLanes)
    return (0..<speciesCount).map { index in
      row.fill(.zero)
      row.view.setChannel(index, to: T(1))
      map.evaluate(row.view, into: result.view, rows: 1)
      return (0..<result.count).map { result[$0] }
    }
  }

  /// A linear map with the biases and modality channels the model may have.
  private func linear<T: HoneScalar>(
    _ name: String, from inputs: Irreps, _ inputLayout: FeatureLayout, to outputs: Irreps,
    _ outputLayout: FeatureLayout, slices: [LinearWeights.Slice]?, modality: Int?
  ) throws(HoneError) -> EquivariantLinear<T> {
    let weights = LinearWeights(from: inputs, to: outputs)
    let biasCount = weights.biasCount
    let modalCount = modality == nil ? 0 : modalityCount * biasCount
    let values = try parameters.values(name + ".weight", count: weights.count + modalCount)
    var bias: [Double]?
    if configuration.hasBias { bias = try parameters.values(name + ".bias", count: biasCount) }
    if let modality {
      var sums = bias ?? [Double](repeating: 0, count: biasCount)
      var offset = weights.count
      var channel = 0
      for (o, block) in outputs.blocks.enumerated() where block.irrep.isScalar {
        let fan = weights.fan(o) + modalityCount
        for w in 0..<block.multiplicity {
          sums[channel] +=
            values[offset + modality * block.multiplicity + w] / Double(fan).squareRoot()
          channel += 1
        }
        offset += modalityCount * block.multiplicity
      }
      bias = sums
    }
    return try weights.map(
      values, bias: bias, from: inputLayout, to: outputLayout, slices: slices,
      extraFan: modality == nil ? 0 : modalityCount)
  }

  private func interaction<T: HoneScalar>(
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
          try parameters.values("\(name).skip.weight", count: connection.count),
          from: inputLayout, to: gateLayout, slices: plan.slices))
    case .bySpecies:
      selfConnection = .bySpecies(
        try connection.mapBySpecies(
          try parameters.values("\(name).skip.weight", count: connection.count * speciesCount),
          count: speciesCount, from: inputLayout, to: gateLayout, slices: plan.slices))
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

  func network<T: HoneScalar>(
    _ index: Int, _ layer: NequIPConfiguration.Layer, outputs: Int,
    columns: [(lane: Int, count: Int)]?, lanes: Int?
  ) throws(HoneError) -> RadialNetwork<T> {
    let widths = [configuration.radial.count] + configuration.radialHidden + [outputs]
    var dense: [NetworkWeights.Dense] = []
    for k in 0..<widths.count - 1 {
      let isLast = k == widths.count - 2
      // The sum over neighbours is divided by a constant: part of the last weights.
      let norm = 1 / Double(widths[k]).squareRoot() / (isLast ? layer.denominator : 1)
      let values = try parameters.values(
        "layers.\(index).network.\(k).weight", count: widths[k] * widths[k + 1])
      dense.append(
        .init(
          inputs: widths[k], outputs: widths[k + 1], weights: values.map { $0 * norm }, bias: nil,
          normalization: nil,
          activation: isLast ? nil : .normalized(configuration.radialActivation)))
    }
    return try NetworkWeights.make(
      dense, basisCount: configuration.radial.count, columns: columns, lanes: lanes)
  }

  private func readout<T: HoneScalar>(_ modality: Int) throws(HoneError) -> NetworkReadout<T> {
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
          try parameters.values("readout.\(k).weight", count: weights.count), from: inputLayout,
          to: layout)
      }
      links.append(.init(linear: map, activation: isLast ? nil : activation))
      inputs = outputs
      inputLayout = layout
    }
    return NetworkReadout(links)
  }
}
