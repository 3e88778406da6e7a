internal import HoneNumerics
internal import HoneO3

extension ModelDefinition {
  /// The most blocks a layer's features may have; real models have below twenty.
  static let mostBlocks = 256
  /// The most components a layer's features may have.
  static let mostComponents = 1 << 20
  /// The most paths of a convolution; real models have below a hundred.
  static let mostPaths = 1024
  /// The most monomials of a product basis, in one power: 25 components to the fourth are 20,475.
  static let mostMonomials = 1 << 15

  /// Refuses what no builder can build, and sizes that no file justifies: what a builder makes from
  /// the description alone, before it looks for the weights, is bounded here.
  ///
  /// - Throws: `.format`; `.unsupported` for sizes beyond the limits.
  func validate() throws(HoneError) {
    switch architecture {
    case .mace(let configuration):
      try requireModest(configuration.layers.map { [$0.input, $0.sender, $0.target, $0.output] })
      for (index, layer) in configuration.layers.enumerated() {
        try requireModest(configuration.paths(layer), index)
        try Self.requireModestProduct(layer.target, correlation: layer.correlation, index)
      }
      try configuration.validate()
    case .nequip(let configuration):
      try requireModest(configuration.layers.map { [$0.input, $0.message, $0.output] })
      for (index, layer) in configuration.layers.enumerated() {
        try requireModest(configuration.paths(layer), index)
      }
      try configuration.validate()
    }
  }

  /// Refuses product bases that would take minutes to make.
  ///
  /// - Throws: `.unsupported`.
  static func requireModestProduct(
    _ target: Irreps, correlation: Int, _ index: Int
  ) throws(HoneError) {
    let components = target.blocks.reduce(0) { $0 + $1.irrep.dim }
    guard monomials(components, correlation) <= mostMonomials else {
      throw HoneError(
        .unsupported,
        "this version evaluates product bases of at most \(mostMonomials) monomials, layer "
          + "\(index) has correlation \(correlation) of \(components) components")
    }
  }

  private func requireModest(_ layers: [[Irreps]]) throws(HoneError) {
    for (index, layer) in layers.enumerated() {
      for irreps in layer
      where irreps.blocks.count > Self.mostBlocks || irreps.dim > Self.mostComponents {
        throw HoneError(
          .unsupported,
          "this version evaluates features of at most \(Self.mostBlocks) blocks and "
            + "\(Self.mostComponents) components, layer \(index) has \(irreps.blocks.count) and "
            + "\(irreps.dim)")
      }
    }
  }

  private func requireModest(_ paths: ConvolutionPaths, _ index: Int) throws(HoneError) {
    guard paths.created.count <= Self.mostPaths else {
      throw HoneError(
        .unsupported,
        "this version evaluates convolutions of at most \(Self.mostPaths) paths, layer \(index) "
          + "has \(paths.created.count)")
    }
  }

  /// (n + ν − 1)! / (n − 1)! ν!, of n variables and ν factors; `Int.max` where it overflows.
  private static func monomials(_ variables: Int, _ order: Int) -> Int {
    var count = 1
    for factor in 0..<order {
      let (product, overflow) = count.multipliedReportingOverflow(by: variables + factor)
      guard !overflow else { return .max }
      count = product / (factor + 1)
    }
    return count
  }
}
