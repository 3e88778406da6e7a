internal import HoneNumerics
internal import HoneO3

extension MACEDescription {
  /// Makes the model, with random weights.
  ///
  /// - Throws: `.format` for descriptions that contradict themselves, `.unsupported` for models
  ///   beyond the limits, `.outOfMemory`.
  func definition(seed: UInt64) throws(HoneError) -> ModelDefinition {
    let configuration = try configuration()
    var definition = ModelDefinition(
      architecture: .mace(configuration), atomicNumbers: species, heads: heads.map(\.name),
      parameters: ParameterSet(),
      provenance: [("made_by", "hone"), ("seed", "\(seed)")])
    try definition.validate()
    for head in heads { try head.validate(speciesCount: species.count, bySpecies: false) }
    definition.parameters = try ParameterInitializer(seed: seed, precision: precision).parameters(
      try configuration.plan(speciesCount: species.count, heads: heads), heads: definition.heads)
    return definition
  }

  /// The architecture, as mace-torch derives it from the same options.
  ///
  /// - SeeAlso: Batatia et al., NeurIPS 2022, arXiv:2206.07697; mace-torch's `MACE`.
  /// - Throws: `.format`, `.unsupported`.
  func configuration() throws(HoneError) -> MACEConfiguration {
    let hidden = try Irreps(parsing: hiddenIrreps)
    try ModelLimits.check(hidden, "'hidden_irreps'")
    guard hidden.blocks[0].irrep.isScalar else {
      throw HoneError(.format, "expected scalars (0e) first in 'hidden_irreps', got '\(hidden)'")
    }
    guard interactionCount >= 1, [1, interactionCount].contains(correlation.count) else {
      throw HoneError(
        .format,
        "expected one correlation, or one for each of \(interactionCount) interactions, got "
          + "\(correlation.count)")
    }
    guard !readsLastOnly || interactionCount > 1 else {
      throw HoneError(
        .format, "expected two interactions or more where 'reads_last_only', got one")
    }
    guard !heads.isEmpty else { throw HoneError(.format, "expected a head or more") }
    guard (0...6).contains(maxEll), (1...64).contains(interactionCount),
      ModelLimits.widths.contains(readoutHidden), heads.count <= ModelLimits.mostHeads
    else {
      throw HoneError(
        .unsupported,
        "this version takes 1 to 64 interactions with harmonics up to degree 6, got "
          + "\(interactionCount) with \(maxEll) and a readout of \(readoutHidden) for each of "
          + "\(heads.count) heads")
    }
    var configuration = MACEConfiguration(
      radial: try radial(), lMax: maxEll, evenHarmonics: evenHarmonics && maxEll > 0, layers: [],
      repulsionPower: repulsion ? cutoffPower : nil, repulsionPrefactor: repulsion ? 0.4543 : 0,
      repulsionExponent: repulsion ? 0.3 : 0, scalesRepulsion: true)
    let channels = hidden.count(of: Irrep(0, .even))
    let scalars = Irreps([.init(channels, Irrep(0, .even))])
    let last = Irreps([hidden.blocks[0]])
    let edges = try edgeIrreps.map { text throws(HoneError) in try Irreps(parsing: text) }
    for index in 0..<interactionCount {
      let isFirst = index == 0
      let isLast = index == interactionCount - 1
      // A single layer gives scalars whatever `keepsLastIrreps` says.
      let output = isLast && (isFirst || !keepsLastIrreps) ? last : hidden
      let input = isFirst ? scalars : hidden
      let kind = isFirst ? firstInteraction : interaction
      let interaction = MACEConfiguration.Interaction(kind)
      configuration.layers.append(
        .init(
          interaction: interaction, input: input, sender: sender(isFirst, edges) ?? input,
          target: target(configuration, isFirst, hidden, channels), output: output,
          radialHidden: radialHidden, densityHidden: Self.densityHidden(kind),
          averageNeighborCount: interaction.hasDensity ? 1 : averageNeighborCount,
          correlation: correlation.count == 1 ? correlation[0] : correlation[index],
          couplings: .full, sharesProduct: sharesProduct,
          addsResidual: !isFirst || interaction.hasResidual,
          readout: readout(isFirst: isFirst, isLast: isLast)))
    }
    try configuration.validate(headCount: heads.count)
    if couplings == .reduced {
      for index in configuration.layers.indices {
        configuration.layers[index].couplings = Self.couplings(configuration.layers[index])
      }
      try configuration.validate(headCount: heads.count)
    }
    return configuration
  }

  private func radial() throws(HoneError) -> RadialConfiguration {
    let kind: RadialConfiguration.Kind
    var factor = 0.0
    switch radialBasis {
    case .bessel:
      kind = .bessel
      factor = (2 / cutoff).squareRoot()
    case .gaussian:
      kind = .gaussian
      guard radialFunctionCount > 1 else {
        throw HoneError(.format, "expected two Gaussians or more, got \(radialFunctionCount)")
      }
      let spacing = cutoff / Double(radialFunctionCount - 1)
      factor = -0.5 / (spacing * spacing)
    case .chebyshev: kind = .chebyshev
    }
    let configuration = RadialConfiguration(
      kind: kind, count: radialFunctionCount, factor: factor, cutoffRadius: cutoff,
      cutoff: .polynomial(p: cutoffPower), transform: distanceTransform,
      appliesCutoff: appliesCutoff)
    try configuration.validate()
    return configuration
  }

  /// What neighbours see, where it is not all there is.
  private func sender(_ isFirst: Bool, _ edges: Irreps?) -> Irreps? {
    guard let edges, isFirst else { return edges }
    let scalar = Irrep(0, .even)
    return firstSeesEdgeIrreps ? Irreps([.init(edges.count(of: scalar), scalar)]) : nil
  }

  /// The features the product basis takes: the harmonics' irreps, and those of the other parity too
  /// once there are pseudoscalars.
  private func target(
    _ configuration: MACEConfiguration, _ isFirst: Bool, _ hidden: Irreps, _ channels: Int
  ) -> Irreps {
    let both = (0...maxEll).flatMap { [Irrep($0, .odd), Irrep($0, .even)] }
    let hasBoth = !isFirst && hidden.count(of: Irrep(0, .odd)) > 0
    return Irreps((hasBoth ? both : configuration.harmonics).map { .init(channels, $0) })
  }

  private func readout(isFirst: Bool, isLast: Bool) -> MACEConfiguration.Readout? {
    if isLast, !isFirst {
      let widths = [Int](repeating: readoutHidden * heads.count, count: readoutHasBias ? 2 : 1)
      return .init(
        hidden: widths, hasBias: readoutHasBias, activation: .normalized(readoutActivation),
        masksHeads: heads.count > 1)
    }
    if readsLastOnly { return nil }
    return .init(hidden: [], hasBias: false, activation: .plain(.identity), masksHeads: false)
  }

  /// The reduced basis, or the full one where both are the same.
  private static func couplings(_ layer: MACEConfiguration.Layer) -> MACEConfiguration.Couplings {
    let inputs = layer.target.blocks.map(\.irrep)
    for block in layer.output.blocks {
      for order in 1...layer.correlation {
        // A rule that cannot be computed is a rule that does not agree.
        let bases = [SymmetricContractionBasis.Kind.full, .reduced].map {
          try? ProductRule.basis($0, inputs: inputs, output: block.irrep, order: order)
        }
        guard let full = bases[0], let reduced = bases[1], full.isEqual(to: reduced, within: 1e-10)
        else { return .reduced }
      }
    }
    return .full
  }
}
