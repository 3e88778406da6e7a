internal import HoneNumerics
internal import HoneO3

extension NequIPDescription {
  /// Makes the model, with random weights.
  ///
  /// - Throws: `.format` for descriptions that contradict themselves, `.unsupported` for models
  ///   beyond the limits, `.outOfMemory`.
  func definition(seed: UInt64) throws(HoneError) -> ModelDefinition {
    let configuration = try configuration()
    var definition = ModelDefinition(
      architecture: .nequip(configuration), atomicNumbers: species, heads: heads.map(\.name),
      parameters: ParameterSet(),
      provenance: [("made_by", "hone"), ("seed", "\(seed)")])
    try definition.validate()
    for head in heads { try head.validate(speciesCount: species.count, bySpecies: true) }
    definition.parameters = try ParameterInitializer(seed: seed, precision: precision).parameters(
      configuration.plan(speciesCount: species.count, heads: heads), heads: definition.heads)
    return definition
  }

  /// The architecture, as SevenNet derives it from the same options.
  ///
  /// - Throws: `.format`, `.unsupported`.
  func configuration() throws(HoneError) -> NequIPConfiguration {
    for (function, key) in [
      (radialActivation, "radial_activation"), (evenScalars, "even_scalars"),
      (oddScalars, "odd_scalars"), (evenGates, "even_gates"), (oddGates, "odd_gates"),
    ] where function == .identity {
      throw HoneError(.format, "expected an activation as '\(key)', got 'identity'")
    }
    guard !heads.isEmpty else { throw HoneError(.format, "expected a head or more") }
    guard modalMaps.isEmpty || heads.count > 1 else {
      throw HoneError(.format, "expected two heads or more where 'modal_maps', got one")
    }
    guard interactionCount >= 1, [1, interactionCount].contains(selfConnections.count) else {
      throw HoneError(
        .format,
        "expected one self-connection, or one for each of \(interactionCount) interactions, got "
          + "\(selfConnections.count)")
    }
    let radial = RadialConfiguration(
      kind: .bessel, count: radialFunctionCount, factor: 2 / cutoff, cutoffRadius: cutoff,
      cutoff: cutoffFunction, transform: nil, appliesCutoff: true)
    try radial.validate()
    var configuration = NequIPConfiguration(
      radial: radial, lMax: maxEll, hasParity: hasParity, normalizesHarmonics: normalizesHarmonics,
      layers: [], radialHidden: radialHidden, radialActivation: radialActivation,
      evenScalars: evenScalars, oddScalars: oddScalars, evenGates: evenGates, oddGates: oddGates,
      hasBias: hasBias,
      modal: .init(
        embedding: modalMaps.contains(.embedding), intro: modalMaps.contains(.intro),
        outro: modalMaps.contains(.outro), readout: modalMaps.contains(.readout)),
      readout: .linear(hidden: 1))
    guard (0...6).contains(maxEll), (0...6).contains(featureMaxEll ?? 0),
      (1...64).contains(interactionCount)
    else {
      throw HoneError(
        .unsupported,
        "this version takes 1 to 64 interactions with degrees up to 6, got \(interactionCount) with "
          + "\(max(maxEll, featureMaxEll ?? 0))")
    }
    configuration.layers = try SevenNetIrreps(
      configuration: configuration, channels: channels, lMaxNode: featureMaxEll ?? maxEll,
      layerCount: interactionCount, manual: try manualIrreps()
    ).layers()
    let denominators = try denominators()
    for index in configuration.layers.indices {
      configuration.layers[index].denominator = denominators[index]
      let connection = selfConnections[selfConnections.count == 1 ? 0 : index]
      configuration.layers[index].selfConnection = connection == .linear ? .linear : .bySpecies
    }
    configuration.readout = try readout(of: configuration)
    try configuration.validate()
    return configuration
  }

  private func manualIrreps() throws(HoneError) -> [Irreps]? {
    guard let irreps else { return nil }
    guard irreps.count == interactionCount + 1 else {
      throw HoneError(
        .format,
        "expected \(interactionCount + 1) irreps for \(interactionCount) interactions, got "
          + "\(irreps.count)")
    }
    var result: [Irreps] = []
    for text in irreps {
      let parsed = try Irreps(parsing: text)
      try ModelLimits.check(parsed, "'irreps'")
      result.append(parsed)
    }
    return result
  }

  private func denominators() throws(HoneError) -> [Double] {
    guard averageNeighborCount > 0 else {
      throw HoneError(
        .format,
        "expected a positive average number of neighbours, got \(averageNeighborCount)")
    }
    switch denominator {
    case .average: return [Double](repeating: averageNeighborCount, count: interactionCount)
    case .squareRoot:
      return [Double](repeating: averageNeighborCount.squareRoot(), count: interactionCount)
    case .values(let values) where values.count == interactionCount: return values
    case .values(let values) where values.count == 1:
      return [Double](repeating: values[0], count: interactionCount)
    case .values(let values):
      throw HoneError(
        .format,
        "expected one denominator, or one for each of \(interactionCount) interactions, got "
          + "\(values.count)")
    }
  }

  private func readout(of configuration: NequIPConfiguration) throws(HoneError)
    -> NequIPConfiguration.Readout
  {
    switch readout {
    case .linear:
      let features = configuration.layers[configuration.layers.count - 1].output
      guard features.dim >= 2 else {
        throw HoneError(.format, "expected two features or more before a linear readout")
      }
      return .linear(hidden: features.dim / 2)
    case .network(let hidden, let activation):
      guard activation != .identity else {
        throw HoneError(.format, "expected an activation as 'readout_activation', got 'identity'")
      }
      guard !modalMaps.contains(.readout) else {
        throw HoneError(.format, "expected a linear readout where it sees the head, got a network")
      }
      return .network(hidden: hidden, activation)
    }
  }
}
