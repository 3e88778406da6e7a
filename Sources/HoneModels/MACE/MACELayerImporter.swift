internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

/// Takes one round of message passing from a pickled mace-torch model.
struct MACELayerImporter {
  let interaction: PickleNode
  let product: PickleNode
  let index: Int
  let speciesCount: Int
  let isFirst: Bool

  private static let classes: [String: MACEConfiguration.Interaction] = [
    "RealAgnosticInteractionBlock": .agnostic,
    "RealAgnosticResidualInteractionBlock": .residual,
    "RealAgnosticDensityInteractionBlock": .density,
    "RealAgnosticDensityResidualInteractionBlock": .densityResidual,
    "RealAgnosticResidualNonLinearInteractionBlock": .nonLinearResidual,
  ]

  /// Reads the layer; its tensors are named `layers.<index>.…`.
  func layer(_ configuration: MACEConfiguration, _ parameters: inout ParameterSet)
    throws(HoneError) -> MACEConfiguration.Layer
  {
    guard let name = interaction.shortClassName, let kind = Self.classes[name],
      interaction.className == "mace.modules.blocks.\(name)"
    else {
      throw unsupported(
        "interaction block '\(interaction.shortClassName ?? interaction.summary)'")
    }
    for node in [interaction, product] {
      guard !isAccelerated(node) else { throw unsupported("weights in cuEquivariance's layout") }
    }
    let prefix = "layers.\(index)."
    let readsEdges = kind.isNonLinear
    let input = try irreps(interaction, "linear_up.irreps_in")
    let sender = try irreps(interaction, "linear_up.irreps_out")
    let target = try irreps(interaction, readsEdges ? "linear_2.irreps_out" : "linear.irreps_out")
    let output = try irreps(product, "linear.irreps_out")
    let contractions = try product.required("symmetric_contractions")
    guard try irreps(contractions, "irreps_out") == output else {
      throw unsupported("a product basis whose result is not that of its linear map")
    }
    try checkUnparametrized(["linear_up", readsEdges ? "linear_1" : "linear"])
    parameters[prefix + "up.weight"] = try interaction.requiredTensor("linear_up.weight")
    parameters[prefix + "reduce.weight"] = try interaction.requiredTensor(
      readsEdges ? "linear_1.weight" : "linear.weight")
    parameters[prefix + "mix.weight"] = try product.requiredTensor("linear.weight")
    parameters[prefix + "skip.weight"] = try interaction.requiredTensor("skip_tp.weight")
    var layer = MACEConfiguration.Layer(
      interaction: kind, input: input, sender: sender, target: target, output: output,
      radialHidden: [], densityHidden: [], averageNeighborCount: 1, correlation: 1,
      couplings: .full, sharesProduct: product.child("use_agnostic_product")?.bool ?? false,
      addsResidual: product.child("use_sc")?.bool ?? !isFirst, readout: nil)
    if kind.isNonLinear {
      for (role, path) in [
        ("reduce_own.weight", "linear_res.weight"), ("reduce_gated.weight", "linear_2.weight"),
        ("source.weight", "source_embedding.weight"),
        ("target.weight", "target_embedding.weight"), ("alpha", "alpha"), ("beta", "beta"),
      ] { parameters[prefix + role] = try interaction.requiredTensor(path) }
    } else if !kind.hasDensity {
      layer.averageNeighborCount = try interaction.numbers("avg_num_neighbors").first ?? 0
      guard layer.averageNeighborCount.isFinite, layer.averageNeighborCount > 0 else {
        throw HoneError(
          .format,
          "expected a positive average number of neighbours, got \(layer.averageNeighborCount)")
      }
    }
    layer.radialHidden = try network("conv_tp_weights", as: prefix + "network", kind, &parameters)
    if kind.hasDensity {
      layer.densityHidden = try network("density_fn", as: prefix + "density", kind, &parameters)
    }
    try contraction(contractions, prefix, &layer, &parameters)
    return layer
  }

  private func unsupported(_ part: String) -> HoneError {
    HoneError(.unsupported, "this version does not evaluate \(part) (layer \(index) of the model)")
  }

  private func irreps(_ node: PickleNode, _ path: String) throws(HoneError) -> Irreps {
    guard let text = try node.required(path).irreps else {
      throw HoneError(.format, "expected irreps as '\(path)' in layer \(index)")
    }
    return try Irreps(parsing: text)
  }

  private func isAccelerated(_ node: PickleNode) -> Bool {
    guard let configuration = node.child("cueq_config"), !configuration.isNone else { return false }
    return configuration.child("enabled")?.bool ?? true
  }

  /// Low-rank adapters and other wrappers hide the weights they change.
  private func checkUnparametrized(_ names: [String]) throws(HoneError) {
    for name in names {
      let node = try interaction.required(name)
      guard node.shortClassName == "Linear" else {
        throw unsupported("'\(name)' of class '\(node.shortClassName ?? node.summary)'")
      }
    }
  }

  /// Reads a radial network and returns the widths of its hidden layers.
  private func network(
    _ path: String, as name: String, _ kind: MACEConfiguration.Interaction,
    _ parameters: inout ParameterSet
  ) throws(HoneError) -> [Int] {
    let node = try interaction.required(path)
    guard let widths = node.child("hs")?.ints, widths.count >= 2,
      widths.allSatisfy({ $0 > 0 && $0 <= 1 << 20 })
    else { throw HoneError(.format, "expected the widths of '\(path)' in layer \(index)") }
    let expected = kind.isNonLinear ? "RadialMLP" : "FullyConnectedNet"
    guard node.shortClassName == expected else {
      throw unsupported("radial network '\(node.shortClassName ?? node.summary)'")
    }
    for k in 0..<widths.count - 1 {
      if kind.isNonLinear {
        // Linear, normalisation and activation in turn.
        parameters["\(name).\(k).weight"] = try node.requiredTensor("net.\(3 * k).weight")
        parameters["\(name).\(k).bias"] = try node.requiredTensor("net.\(3 * k).bias")
        if k < widths.count - 2 {
          parameters["\(name).\(k).gain"] = try node.requiredTensor("net.\(3 * k + 1).weight")
          parameters["\(name).\(k).offset"] = try node.requiredTensor("net.\(3 * k + 1).bias")
        }
      } else {
        parameters["\(name).\(k).weight"] = try node.requiredTensor("layer\(k).weight")
        if k < widths.count - 2 { try checkSilu(try node.required("layer\(k)")) }
      }
    }
    return Array(widths[1..<widths.count - 1])
  }

  private func checkSilu(_ layer: PickleNode) throws(HoneError) {
    guard let act = layer.child("act"), !act.isNone else {
      throw unsupported("a radial network without activation")
    }
    let name = act.child("f")?.globalName ?? act.globalName ?? "torch.nn.functional.silu"
    guard name.hasSuffix("silu") else { throw unsupported("radial activation '\(name)'") }
  }

  /// Reads the product basis: weights by output block and number of factors, and couplings where
  /// they are not those of the rules.
  private func contraction(
    _ node: PickleNode, _ prefix: String, _ layer: inout MACEConfiguration.Layer,
    _ parameters: inout ParameterSet
  ) throws(HoneError) {
    let inputs = layer.target.blocks.map(\.irrep)
    let channels = layer.target.blocks.first?.multiplicity ?? 0
    guard !layer.output.blocks.isEmpty,
      (layer.target.blocks + layer.output.blocks).allSatisfy({ $0.multiplicity == channels })
    else { throw unsupported("a product basis of blocks with different numbers of channels") }
    var isFull = true
    var isReduced = true
    var correlation: Int?
    for (k, block) in layer.output.blocks.enumerated() {
      let part = try node.required("contractions.\(k)")
      guard let order = try part.integers("correlation").first, (1...4).contains(order) else {
        throw unsupported("a product basis of correlation above 4")
      }
      guard correlation == nil || correlation == order else {
        throw unsupported("a product basis of several correlations")
      }
      correlation = order
      try ModelDefinition.requireModestProduct(layer.target, correlation: order, index)
      for factors in 1...order {
        let name = "\(prefix)product.\(k).\(factors)"
        let path = factors == order ? "weights_max" : "weights.\(order - 1 - factors)"
        let weights = try part.requiredTensor(path)
        let couplings = try part.requiredTensor("U_matrix_\(factors)")
        parameters[name + ".weight"] = weights
        parameters[name + ".couplings"] = couplings
        let stored = try SymmetricContractionBasis(
          symmetrizing: try couplings.doubles(), inputDim: inputs.reduce(0) { $0 + $1.dim },
          outputDim: block.irrep.dim, order: factors, pathCount: couplings.shape.last ?? 0)
        let tolerance = couplings.dtype == .float64 ? 1e-10 : 2e-6
        for (kind, agrees) in [
          (SymmetricContractionBasis.Kind.full, isFull), (.reduced, isReduced),
        ] where agrees {
          // A rule that cannot be computed is a rule that does not agree.
          let rule = try? SymmetricContractionBasis.make(
            kind, inputs: inputs, output: block.irrep, order: factors)
          let same = rule.map { $0.isEqual(to: stored, within: tolerance) } ?? false
          if kind == .full { isFull = same } else { isReduced = same }
        }
      }
    }
    layer.correlation = correlation ?? 1
    layer.couplings = isFull ? .full : isReduced ? .reduced : .stored
    guard layer.couplings != .stored else { return }
    for k in layer.output.blocks.indices {
      for factors in 1...layer.correlation {
        parameters["\(prefix)product.\(k).\(factors).couplings"] = nil
      }
    }
  }
}

extension SymmetricContractionBasis {
  /// Whether all polynomials are the same up to rounding.
  func isEqual(to other: Self, within tolerance: Double) -> Bool {
    guard inputDim == other.inputDim, order == other.order, outputDim == other.outputDim,
      pathCount == other.pathCount
    else { return false }
    for row in 0..<outputDim * pathCount {
      var difference: [ArraySlice<Int32>: Double] = [:]
      for (basis, sign) in [(self, 1.0), (other, -1.0)] {
        for term in basis.offsets[row]..<basis.offsets[row + 1] {
          let tuple = basis.factors[term * order..<(term + 1) * order]
          difference[tuple, default: 0] += sign * basis.coefficients[term]
        }
      }
      guard difference.values.allSatisfy({ abs($0) <= tolerance }) else { return false }
    }
    return true
  }
}
