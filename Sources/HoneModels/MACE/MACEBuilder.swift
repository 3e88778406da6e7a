internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

/// Makes a MACE model ready to evaluate from its configuration and parameters.
struct MACEBuilder {
  let configuration: MACEConfiguration
  let atomicNumbers: [Int]
  let headCount: Int
  let parameters: ParameterSet

  private var speciesCount: Int { atomicNumbers.count }

  /// Makes the model of one head in one precision.
  ///
  /// - Throws: `.format` where parameters are missing or of a wrong size; `.outOfMemory`.
  func model<T: HoneScalar>(head: Int, as: T.Type = T.self) throws(HoneError)
    -> MessagePassingModel<T>
  {
    let width = T.Lanes.width
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
    let values = try parameters.values("embedding.weight", count: embeddingWeights.count)
    let channels = configuration.layers[0].input.dim
    let norm = 1 / Double(speciesCount).squareRoot()
    let embedding = (0..<speciesCount).map { species in
      var row = [T.Lanes](repeating: .zero, count: T.Lanes.blocks(for: channels))
      for channel in 0..<channels {
        row[channel / width][channel % width] = T(values[species * channels + channel] * norm)
      }
      return row
    }
    let scale = try parameters.values("scale", count: headCount)[head]
    return MessagePassingModel(
      embedding: embedding, basis: try configuration.radial.basis(parameters, as: T.self),
      harmonics: EdgeHarmonics(lMax: configuration.lMax), layers: layers, readouts: readouts,
      scales: [Double](repeating: scale, count: speciesCount), repulsion: repulsion,
      radii: atomicNumbers.map { covalentRadius($0) })
  }

  private var repulsion: ZBLRepulsion? {
    configuration.repulsionPower.map { power in
      ZBLRepulsion(
        numbers: atomicNumbers.map(Double.init), radii: atomicNumbers.map { covalentRadius($0) },
        p: power, weights: [0.1818, 0.5099, 0.2802, 0.02817],
        exponent: configuration.repulsionExponent, prefactor: configuration.repulsionPrefactor,
        isScaled: configuration.scalesRepulsion)
    }
  }

  func values(_ index: Int, _ name: String, _ count: Int) throws(HoneError) -> [Double] {
    try parameters.values("layers.\(index).\(name)", count: count)
  }

  private func interaction<T: HoneScalar>(_ index: Int, _ layer: MACEConfiguration.Layer)
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
        try values(index, "up.weight", upWeights.count),
        from: FeatureLayout(layer.input, width: width), to: senderLayout),
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
    -> (sender: [[Double]], center: [[Double]])?
  {
    guard layer.interaction.isNonLinear else { return nil }
    let channels = layer.input.count(of: Irrep(0, .even))
    let norm = 1 / Double(speciesCount).squareRoot()
    var tables: [[[Double]]] = []
    for name in ["source.weight", "target.weight"] {
      let flat = try values(index, name, speciesCount * channels)
      tables.append(
        (0..<speciesCount).map { s in (0..<channels).map { flat[s * channels + $0] * norm } })
    }
    return (tables[0], tables[1])
  }

  func network<T: HoneScalar>(
    _ index: Int, _ layer: MACEConfiguration.Layer, _ name: String, hidden: [Int], outputs: Int,
    ends: (sender: [[Double]], center: [[Double]])?, columns: [(lane: Int, count: Int)]?,
    lanes: Int?
  ) throws(HoneError) -> RadialNetwork<T> {
    let basisCount = configuration.radial.count
    let inputs = basisCount + (ends.map { 2 * ($0.sender.first?.count ?? 0) } ?? 0)
    let widths = [inputs] + hidden + [outputs]
    var layers: [NetworkWeights.Dense] = []
    for k in 0..<widths.count - 1 {
      let (rows, columns) = (widths[k], widths[k + 1])
      let isLast = k == widths.count - 2
      let flat = try values(index, "\(name).\(k).weight", rows * columns)
      if layer.interaction.isNonLinear {
        // PyTorch's own linear layer: [out][in].
        var weights = flat
        for row in 0..<rows {
          for column in 0..<columns {
            weights[row * columns + column] = flat[column * rows + row]
          }
        }
        layers.append(
          .init(
            inputs: rows, outputs: columns, weights: weights,
            bias: try values(index, "\(name).\(k).bias", columns),
            normalization: isLast
              ? nil
              : (
                try values(index, "\(name).\(k).gain", columns),
                try values(index, "\(name).\(k).offset", columns)
              ), activation: isLast ? nil : .plain(.silu)))
      } else {
        let norm = 1 / Double(rows).squareRoot()
        layers.append(
          .init(
            inputs: rows, outputs: columns, weights: flat.map { $0 * norm }, bias: nil,
            normalization: nil, activation: isLast ? nil : .normalized(.silu)))
      }
    }
    return try NetworkWeights.make(
      layers, basisCount: basisCount, ends: ends, columns: columns, lanes: lanes)
  }

  private func update<T: HoneScalar>(
    _ index: Int, _ layer: MACEConfiguration.Layer, _ paths: ConvolutionPaths,
    _ messageLayout: FeatureLayout
  ) throws(HoneError) -> NodeUpdate<T> {
    let width = T.Lanes.width
    let inputLayout = FeatureLayout(layer.input, width: width)
    let targetLayout = FeatureLayout(layer.target, width: width)
    let outputLayout = FeatureLayout(layer.output, width: width)
    let mixWeights = LinearWeights(from: layer.output, to: layer.output)
    let mix: EquivariantLinear<T> = try mixWeights.map(
      try values(index, "mix.weight", mixWeights.count), from: outputLayout, to: outputLayout)
    let residual: MACEUpdate<T>.Residual
    let skipWeights = LinearWeights(from: layer.input, to: layer.output)
    if !layer.addsResidual || !layer.interaction.hasResidual {
      residual = .none
    } else if layer.interaction.isNonLinear {
      residual = .linear(
        try skipWeights.map(
          try values(index, "skip.weight", skipWeights.count), from: inputLayout,
          to: outputLayout))
    } else {
      residual = .bySpecies(
        try skipWeights.mapBySpecies(
          try values(index, "skip.weight", skipWeights.count * speciesCount),
          count: speciesCount, from: inputLayout, to: outputLayout))
    }
    return .mace(
      MACEUpdate(
        reduction: try reduction(index, layer, paths, messageLayout, targetLayout),
        product: try product(index, layer, targetLayout, outputLayout), linear: mix,
        residual: residual))
  }

  private func reduction<T: HoneScalar>(
    _ index: Int, _ layer: MACEConfiguration.Layer, _ paths: ConvolutionPaths,
    _ messageLayout: FeatureLayout, _ targetLayout: FeatureLayout
  ) throws(HoneError) -> MessageReduction<T> {
    let message = paths.messageIrreps(layer.sender)
    guard layer.interaction.isNonLinear else {
      let weights = LinearWeights(from: message, to: layer.target)
      let linear: EquivariantLinear<T> = try weights.map(
        try values(index, "reduce.weight", weights.count), from: messageLayout, to: targetLayout,
        scale: layer.interaction.hasDensity ? 1 : 1 / layer.averageNeighborCount)
      let skipWeights = LinearWeights(from: layer.target, to: layer.target)
      let skip: SpeciesLinear<T>? =
        layer.interaction.hasResidual
        ? nil
        : try skipWeights.mapBySpecies(
          try values(index, "skip.weight", skipWeights.count * speciesCount),
          count: speciesCount, from: targetLayout, to: targetLayout)
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
          try values(index, "reduce.weight", first.count), from: messageLayout, to: gateLayout,
          slices: plan.slices),
        residual: try own.map(
          try values(index, "reduce_own.weight", own.count),
          from: FeatureLayout(layer.sender, width: T.Lanes.width), to: gateLayout,
          slices: plan.slices),
        gate: plan.gate(
          scalar: { _ in .normalized(.silu) }, gate: { _ in .normalized(.sigmoid) }),
        second: try second.map(
          try values(index, "reduce_gated.weight", second.count), from: gatedLayout,
          to: targetLayout),
        alpha: T(try values(index, "alpha", 1)[0]), beta: T(try values(index, "beta", 1)[0])))
  }

  private func product<T: HoneScalar>(
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
            weights: try values(index, "\(name).weight", rows * basis.pathCount * channels)))
      }
      parts.append(blockParts)
    }
    return try ProductWeights.make(
      from: targetLayout, to: outputLayout, parts: parts, speciesCount: speciesCount,
      shared: layer.sharesProduct)
  }

  private func readout<T: HoneScalar>(
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
      var flat = try values(index, "readout.\(k).weight", weights.count)
      let bias =
        readout.hasBias && k > 0 ? try values(index, "readout.\(k).bias", columns) : nil
      if k > 0, readout.masksHeads {
        // Channels of other heads are masked: rows that begin with them are zero.
        let share = widths[k - 1] / headCount
        for row in 0..<widths[k - 1] where row / share != head {
          for column in 0..<columns { flat[row * columns + column] = 0 }
        }
      }
      let layout =
        isLast
        ? FeatureLayout(Irreps([.init(1, Irrep(0, .even))]), width: width)
        : FeatureLayout(outputs, width: width)
      links.append(
        .init(
          linear: try weights.map(
            flat, bias: bias, from: inputLayout, to: layout,
            slices: isLast ? [.init(block: 0, start: head)] : nil),
          activation: isLast ? nil : readout.activation))
      inputs = outputs
      inputLayout = layout
    }
    return NetworkReadout(links)
  }
}
