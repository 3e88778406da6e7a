internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

/// Makes a MACE model ready to evaluate from its configuration and parameters.
struct MACEBuilder<T: HoneScalar> {
  let configuration: MACEConfiguration
  let atomicNumbers: [Int]
  let headCount: Int
  let parameters: ParameterSet
  /// Who is told what the model's numbers are made from, for training.
  var ledger: WeightLedger<T>?

  private var speciesCount: Int { atomicNumbers.count }

  /// Makes the model of one head in one precision.
  ///
  /// - Throws: `.format` where parameters are missing or of a wrong size; `.outOfMemory`.
  func model(head: Int) throws(HoneError) -> MessagePassingModel<T> {
    var layers: [InteractionLayer<T>] = []
    var readouts: [(layer: Int, readout: NetworkReadout<T>)] = []
    for (index, layer) in configuration.layers.enumerated() {
      layers.append(try interaction(index, layer))
      if let readout = layer.readout {
        readouts.append((index, try self.readout(index, layer, readout, head)))
      }
    }
    let embeddingWeights = LinearWeights(
      from: Irreps([.init(speciesCount, Irrep(0, .even))]), to: configuration.layers[0].input)
    let initial = try tensor("embedding.weight", embeddingWeights.count)
    let channels = configuration.layers[0].input.dim
    var embedding: [WeightRow<T>] = []
    for species in 0..<speciesCount {
      let entries = RowEntries(
        initial, start: species * channels, count: channels, factor: embeddingWeights.norm(0))
      embedding.append(try WeightRow(entries, ledger: ledger))
    }
    let scales = RowEntries(
      try tensor("scale", headCount), start: head, stride: 0, count: speciesCount)
    return MessagePassingModel(
      embedding: embedding, basis: try configuration.radial.basis(parameters, ledger: ledger),
      harmonics: EdgeHarmonics(lMax: configuration.lMax), layers: layers, readouts: readouts,
      scales: try WeightRow(scales, ledger: ledger), repulsion: repulsion,
      radii: atomicNumbers.map { covalentRadius($0) })
  }

  private var repulsion: ZBLRepulsion? {
    configuration.repulsionPower.map { power in
      ZBLRepulsion(
        numbers: atomicNumbers.map(Double.init), radii: atomicNumbers.map { covalentRadius($0) },
        p: power, weights: [0.1818, 0.5099, 0.2802, 0.02817],
        exponent: configuration.repulsionExponent, prefactor: configuration.repulsionPrefactor,
        isScaled: configuration.scalesRepulsion, taper: configuration.radial.repulsionTaper)
    }
  }

  private func tensor(_ name: String, _ count: Int) throws(HoneError) -> ParameterTensor {
    ParameterTensor(
      values: try parameters.values(name, count: count), start: ledger?.start(of: name) ?? 0)
  }

  func tensor(_ index: Int, _ name: String, _ count: Int) throws(HoneError) -> ParameterTensor {
    try tensor("layers.\(index).\(name)", count)
  }

  private func interaction(_ index: Int, _ layer: MACEConfiguration.Layer)
    throws(HoneError) -> InteractionLayer<T>
  {
    let width = T.Lanes.width
    let senderLayout = FeatureLayout(layer.sender, width: width)
    let upWeights = LinearWeights(from: layer.input, to: layer.sender)
    let paths = configuration.paths(layer)
    let convolution = try Convolution<T>(
      senderLayout: senderLayout, lMax: configuration.lMax,
      paths: paths.sorted.map { path in
        let l1 = layer.sender.blocks[path.input].irrep.l
        // Normalised per component, and mace's edges point the other way: (−1)^l.
        let factor =
          Double(path.irrep.dim).squareRoot() * (path.degree % 2 == 0 ? 1 : -1)
        return .init(
          input: path.input, degree: path.degree, irrep: path.irrep,
          coefficients: wigner3j(l1, path.degree, path.irrep.l, convention: .firstPositive).map {
            $0 * factor
          })
      })
    let runs = zip(convolution.weightOffsets, paths.sorted).map { offset, path in
      (lane: offset, count: layer.sender.blocks[path.input].multiplicity)
    }
    let weightCount = runs.reduce(0) { $0 + $1.count }
    let ends = try species(index, layer)
    return InteractionLayer(
      up: try upWeights.map(
        try tensor(index, "up.weight", upWeights.count),
        from: FeatureLayout(layer.input, width: width), to: senderLayout, ledger: ledger),
      network: try network(
        index, layer, "network", hidden: layer.radialHidden, outputs: weightCount, ends: ends,
        columns: runs, lanes: convolution.weightLanes),
      densityNetwork: layer.interaction.hasDensity
        ? try network(
          index, layer, "density", hidden: layer.densityHidden, outputs: 1, ends: ends,
          columns: nil, lanes: nil) : nil,
      convolution: convolution,
      update: try update(index, layer, paths, convolution.messageLayout))
  }

  /// What the species of an edge's ends contribute to the radial networks' inputs.
  func species(_ index: Int, _ layer: MACEConfiguration.Layer) throws(HoneError)
    -> NetworkWeights.Ends?
  {
    guard layer.interaction.isNonLinear else { return nil }
    let channels = layer.input.count(of: Irrep(0, .even))
    return NetworkWeights.Ends(
      sender: try tensor(index, "source.weight", speciesCount * channels),
      center: try tensor(index, "target.weight", speciesCount * channels), inputs: channels,
      speciesCount: speciesCount, factor: 1 / Double(speciesCount).squareRoot())
  }

  func network(
    _ index: Int, _ layer: MACEConfiguration.Layer, _ name: String, hidden: [Int], outputs: Int,
    ends: NetworkWeights.Ends?, columns: [(lane: Int, count: Int)]?, lanes: Int?
  ) throws(HoneError) -> RadialNetwork<T> {
    let basisCount = configuration.radial.count
    let inputs = basisCount + (ends.map { 2 * $0.inputs } ?? 0)
    let widths = [inputs] + hidden + [outputs]
    var layers: [NetworkWeights.Dense] = []
    for k in 0..<widths.count - 1 {
      let (rows, columns) = (widths[k], widths[k + 1])
      let isLast = k == widths.count - 2
      let weights = try tensor(index, "\(name).\(k).weight", rows * columns)
      if layer.interaction.isNonLinear {
        // PyTorch's own linear layer: [out][in].
        layers.append(
          .init(
            inputs: rows, outputs: columns, weights: weights, transposed: true, factor: 1,
            bias: try tensor(index, "\(name).\(k).bias", columns),
            normalization: isLast
              ? nil
              : (
                try tensor(index, "\(name).\(k).gain", columns),
                try tensor(index, "\(name).\(k).offset", columns)
              ), activation: isLast ? nil : .plain(.silu)))
      } else {
        layers.append(
          .init(
            inputs: rows, outputs: columns, weights: weights,
            factor: 1 / Double(rows).squareRoot(), bias: nil, normalization: nil,
            activation: isLast ? nil : .normalized(.silu)))
      }
    }
    return try NetworkWeights.make(
      layers, basisCount: basisCount, ends: ends, columns: columns, lanes: lanes, ledger: ledger)
  }

  private func update(
    _ index: Int, _ layer: MACEConfiguration.Layer, _ paths: ConvolutionPaths,
    _ messageLayout: FeatureLayout
  ) throws(HoneError) -> NodeUpdate<T> {
    let width = T.Lanes.width
    let inputLayout = FeatureLayout(layer.input, width: width)
    let targetLayout = FeatureLayout(layer.target, width: width)
    let outputLayout = FeatureLayout(layer.output, width: width)
    let mixWeights = LinearWeights(from: layer.output, to: layer.output)
    let mix: EquivariantLinear<T> = try mixWeights.map(
      try tensor(index, "mix.weight", mixWeights.count), from: outputLayout, to: outputLayout,
      ledger: ledger)
    let residual: MACEUpdate<T>.Residual
    let skipWeights = LinearWeights(from: layer.input, to: layer.output)
    if !layer.addsResidual || !layer.interaction.hasResidual {
      residual = .none
    } else if layer.interaction.isNonLinear {
      residual = .linear(
        try skipWeights.map(
          try tensor(index, "skip.weight", skipWeights.count), from: inputLayout,
          to: outputLayout, ledger: ledger))
    } else {
      residual = .bySpecies(
        try skipWeights.mapBySpecies(
          try tensor(index, "skip.weight", skipWeights.count * speciesCount),
          count: speciesCount, from: inputLayout, to: outputLayout, ledger: ledger))
    }
    return .mace(
      MACEUpdate(
        reduction: try reduction(index, layer, paths, messageLayout, targetLayout),
        product: try product(index, layer, targetLayout, outputLayout), linear: mix,
        residual: residual))
  }

  private func reduction(
    _ index: Int, _ layer: MACEConfiguration.Layer, _ paths: ConvolutionPaths,
    _ messageLayout: FeatureLayout, _ targetLayout: FeatureLayout
  ) throws(HoneError) -> MessageReduction<T> {
    let message = paths.messageIrreps(layer.sender)
    guard layer.interaction.isNonLinear else {
      let weights = LinearWeights(from: message, to: layer.target)
      let linear: EquivariantLinear<T> = try weights.map(
        try tensor(index, "reduce.weight", weights.count), from: messageLayout, to: targetLayout,
        scale: layer.interaction.hasDensity ? 1 : 1 / layer.averageNeighborCount, ledger: ledger)
      let skipWeights = LinearWeights(from: layer.target, to: layer.target)
      let skip: SpeciesLinear<T>? =
        layer.interaction.hasResidual
        ? nil
        : try skipWeights.mapBySpecies(
          try tensor(index, "skip.weight", skipWeights.count * speciesCount),
          count: speciesCount, from: targetLayout, to: targetLayout, ledger: ledger)
      return .linear(
        LinearReduction(
          linear: linear, dividesByDensity: layer.interaction.hasDensity, skip: skip))
    }
    let plan = GatePlan(output: layer.target)
    let gateLayout = plan.inputLayout(width: T.Lanes.width)
    let gatedLayout = FeatureLayout(plan.output, width: T.Lanes.width)
    let first = LinearWeights(from: message, to: plan.irreps)
    let own = LinearWeights(from: layer.sender, to: plan.irreps)
    let second = LinearWeights(from: plan.output, to: layer.target)
    return .gated(
      GatedReduction(
        first: try first.map(
          try tensor(index, "reduce.weight", first.count), from: messageLayout, to: gateLayout,
          slices: plan.slices, ledger: ledger),
        residual: try own.map(
          try tensor(index, "reduce_own.weight", own.count),
          from: FeatureLayout(layer.sender, width: T.Lanes.width), to: gateLayout,
          slices: plan.slices, ledger: ledger),
        gate: plan.gate(
          scalar: { _ in .normalized(.silu) }, gate: { _ in .normalized(.sigmoid) }),
        second: try second.map(
          try tensor(index, "reduce_gated.weight", second.count), from: gatedLayout,
          to: targetLayout, ledger: ledger),
        alpha: try WeightRow(RowEntries(try tensor(index, "alpha", 1), count: 1), ledger: ledger),
        beta: try WeightRow(RowEntries(try tensor(index, "beta", 1), count: 1), ledger: ledger)))
  }

  private func product(
    _ index: Int, _ layer: MACEConfiguration.Layer, _ targetLayout: FeatureLayout,
    _ outputLayout: FeatureLayout
  ) throws(HoneError) -> SymmetricProduct<T> {
    let channels = layer.target.blocks.first?.multiplicity ?? 0
    let inputs = layer.target.blocks.map(\.irrep)
    let rows = layer.sharesProduct ? 1 : speciesCount
    var parts: [[ProductWeights.Part]] = []
    for (k, block) in layer.output.blocks.enumerated() {
      var blockParts: [ProductWeights.Part] = []
      for order in 1...layer.correlation {
        let name = "product.\(k).\(order)"
        let basis: SymmetricContractionBasis
        switch layer.couplings {
        case .full:
          basis = try ProductRule.basis(.full, inputs: inputs, output: block.irrep, order: order)
        case .reduced:
          basis = try ProductRule.basis(.reduced, inputs: inputs, output: block.irrep, order: order)
        case .stored:
          let dense = try parameters.values("layers.\(index).\(name).couplings")
          let pathCount =
            parameters["layers.\(index).\(name).couplings"]?.shape.last ?? 0
          basis = try SymmetricContractionBasis(
            symmetrizing: dense, inputDim: inputs.reduce(0) { $0 + $1.dim },
            outputDim: block.irrep.dim, order: order, pathCount: pathCount)
        }
        blockParts.append(
          .init(
            basis: basis,
            weights: try tensor(index, "\(name).weight", rows * basis.pathCount * channels)))
      }
      parts.append(blockParts)
    }
    return try ProductWeights.make(
      from: targetLayout, to: outputLayout, parts: parts, speciesCount: speciesCount,
      shared: layer.sharesProduct, ledger: ledger)
  }

  private func readout(
    _ index: Int, _ layer: MACEConfiguration.Layer, _ readout: MACEConfiguration.Readout,
    _ head: Int
  ) throws(HoneError) -> NetworkReadout<T> {
    let width = T.Lanes.width
    var inputs = layer.output
    var inputLayout = FeatureLayout(inputs, width: width)
    var links: [NetworkReadout<T>.Link] = []
    let widths = readout.hidden + [headCount]
    for (k, columns) in widths.enumerated() {
      let isLast = k == widths.count - 1
      let outputs = Irreps([.init(columns, Irrep(0, .even))])
      let weights = LinearWeights(from: inputs, to: outputs)
      let bias =
        readout.hasBias && k > 0
        ? RowEntries(try tensor(index, "readout.\(k).bias", columns), count: columns) : nil
      // Channels of other heads are masked: rows that begin with them are zero.
      let share = k > 0 && readout.masksHeads ? widths[k - 1] / headCount : nil
      let layout =
        isLast
        ? FeatureLayout(Irreps([.init(1, Irrep(0, .even))]), width: width)
        : FeatureLayout(outputs, width: width)
      links.append(
        .init(
          linear: try weights.map(
            try tensor(index, "readout.\(k).weight", weights.count), bias: bias,
            from: inputLayout, to: layout,
            slices: isLast ? [.init(block: 0, start: head)] : nil,
            isMasked: { u in share.map { u / $0 != head } ?? false }, ledger: ledger),
          activation: isLast ? nil : readout.activation))
      inputs = outputs
      inputLayout = layout
    }
    return NetworkReadout(links)
  }
}
