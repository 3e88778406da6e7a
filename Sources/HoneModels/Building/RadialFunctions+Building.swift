internal import HoneNumerics
internal import HoneO3

extension ModelDefinition {
  /// The model's functions of the distance, in double and as exact as the file has them.
  ///
  /// - Throws: `.format` where parameters are missing or of a wrong size, `.outOfMemory`.
  func radialFunctions() throws(HoneError) -> RadialFunctions {
    switch architecture {
    case .mace(let configuration):
      try MACEBuilder<Double>(
        configuration: configuration, atomicNumbers: atomicNumbers, headCount: heads.count,
        parameters: parameters
      ).radialFunctions()
    case .nequip(let configuration):
      try NequIPBuilder<Double>(
        configuration: configuration, speciesCount: atomicNumbers.count,
        modalityCount: heads.count, parameters: parameters
      ).radialFunctions()
    }
  }
}

extension MACEBuilder where T == Double {
  /// The functions of the distance of all layers.
  fileprivate func radialFunctions() throws(HoneError) -> RadialFunctions {
    var layers: [RadialFunctions.Layer] = []
    for (index, layer) in configuration.layers.enumerated() {
      let ends = try species(index, layer)
      let outputs = configuration.paths(layer).sorted.reduce(0) {
        $0 + layer.sender.blocks[$1.input].multiplicity
      }
      layers.append(
        .init(
          weights: try network(
            index, layer, "network", hidden: layer.radialHidden, outputs: outputs, ends: ends,
            columns: nil, lanes: nil),
          density: layer.interaction.hasDensity
            ? try network(
              index, layer, "density", hidden: layer.densityHidden, outputs: 1, ends: ends,
              columns: nil, lanes: nil) : nil))
    }
    return RadialFunctions(
      basis: try configuration.radial.basis(parameters, ledger: nil), layers: layers,
      radii: atomicNumbers.map { covalentRadius($0) })
  }
}

extension NequIPBuilder where T == Double {
  /// The functions of the distance of all layers.
  fileprivate func radialFunctions() throws(HoneError) -> RadialFunctions {
    var layers: [RadialFunctions.Layer] = []
    for (index, layer) in configuration.layers.enumerated() {
      let outputs = configuration.paths(layer).sorted.reduce(0) {
        $0 + layer.input.blocks[$1.input].multiplicity
      }
      layers.append(
        .init(
          weights: try network(index, layer, outputs: outputs, columns: nil, lanes: nil),
          density: nil))
    }
    return RadialFunctions(
      basis: try configuration.radial.basis(parameters, ledger: nil), layers: layers,
      radii: [Double](repeating: 0, count: speciesCount))
  }
}
