internal import HoneNumerics
internal import HoneO3

extension MACEConfiguration {
  /// The tensors of a model with this architecture, and how mace-torch begins them.
  ///
  /// Weights are those of e3nn and PyTorch before normalisation: normal with variance one in linear
  /// maps and radial networks, divided by the number of paths in product bases, uniform within
  /// 1/√inputs in the networks of non-linear interactions.
  ///
  /// - Throws: `.unsupported` for product bases that are not computed.
  func plan(speciesCount: Int, heads: [HeadDescription]) throws(HoneError) -> [PlannedTensor] {
    let energies = heads.flatMap {
      HeadDescription.spread($0.atomicEnergies, speciesCount: speciesCount)
    }
    var plan: [PlannedTensor] = [
      .init("atomic_energies", [heads.count, speciesCount], .values(energies)),
      .init("scale", [heads.count], .values(heads.map { $0.scale.first ?? 1 })),
      .init("shift", [heads.count], .values(heads.map { $0.shift.first ?? 0 })),
      .init("embedding.weight", [speciesCount * layers[0].input.dim], .normal(1)),
    ]
    if let constants = radial.constants {
      plan.append(
        .init(RadialConfiguration.parameterName, [constants.count], .values(constants)))
    }
    for (index, layer) in layers.enumerated() {
      let name = "layers.\(index)."
      plan += interaction(layer, name, speciesCount)
      plan += try product(layer, name, speciesCount)
      if let readout = layer.readout {
        plan += readout.plan(name + "readout", input: layer.output, headCount: heads.count)
      }
    }
    return plan
  }

  private func interaction(_ layer: Layer, _ name: String, _ speciesCount: Int)
    -> [PlannedTensor]
  {
    let paths = paths(layer)
    let messages = paths.messageIrreps(layer.sender)
    let kind = layer.interaction
    let ends = kind.isNonLinear ? layer.input.count(of: Irrep(0, .even)) : 0
    let inputs = radial.count + 2 * ends
    let up = LinearWeights(from: layer.input, to: layer.sender).count
    var plan: [PlannedTensor] = [.init(name + "up.weight", [up], .normal(1))]
    plan += network(
      name + "network", [inputs] + layer.radialHidden + [messages.irrepCount], kind.isNonLinear)
    if kind.hasDensity {
      plan += network(name + "density", [inputs] + layer.densityHidden + [1], kind.isNonLinear)
    }
    guard kind.isNonLinear else {
      let skip =
        kind.hasResidual
        ? LinearWeights(from: layer.input, to: layer.output)
        : LinearWeights(from: layer.target, to: layer.target)
      return plan + [
        .init(
          name + "reduce.weight", [LinearWeights(from: messages, to: layer.target).count],
          .normal(1)),
        .init(name + "skip.weight", [skip.count * speciesCount], .normal(1)),
      ]
    }
    let gate = GatePlan(output: layer.target)
    for (role, from, to) in [
      ("reduce", messages, gate.irreps), ("reduce_own", layer.sender, gate.irreps),
      ("reduce_gated", gate.output, layer.target), ("skip", layer.input, layer.output),
    ] {
      plan.append(
        .init("\(name)\(role).weight", [LinearWeights(from: from, to: to).count], .normal(1)))
    }
    for role in ["source", "target"] {
      plan.append(.init("\(name)\(role).weight", [speciesCount * ends], .uniform(0.001)))
    }
    return plan + [
      .init(name + "alpha", [], .constant(20)), .init(name + "beta", [], .constant(0)),
    ]
  }

  /// A network of the distance; `[in][out]` with e3nn's weights, else `[out][in]` with PyTorch's.
  private func network(_ name: String, _ widths: [Int], _ isNonLinear: Bool) -> [PlannedTensor] {
    var plan: [PlannedTensor] = []
    for k in 0..<widths.count - 1 {
      let (inputs, outputs) = (widths[k], widths[k + 1])
      guard isNonLinear else {
        plan.append(.init("\(name).\(k).weight", [inputs, outputs], .normal(1)))
        continue
      }
      // PyTorch's Kaiming bound with a = √5 is the same number as its bound of biases.
      let bound = 1 / Double(inputs).squareRoot()
      plan.append(.init("\(name).\(k).weight", [outputs, inputs], .uniform(bound)))
      plan.append(.init("\(name).\(k).bias", [outputs], .uniform(bound)))
      if k < widths.count - 2 {
        plan.append(.init("\(name).\(k).gain", [outputs], .constant(1)))
        plan.append(.init("\(name).\(k).offset", [outputs], .constant(0)))
      }
    }
    return plan
  }

  private func product(_ layer: Layer, _ name: String, _ speciesCount: Int) throws(HoneError)
    -> [PlannedTensor]
  {
    let channels = layer.target.blocks.first?.multiplicity ?? 0
    let rows = layer.sharesProduct ? 1 : speciesCount
    let inputs = layer.target.blocks.map(\.irrep)
    var plan: [PlannedTensor] = []
    for (k, block) in layer.output.blocks.enumerated() {
      for order in 1...layer.correlation {
        let basis = try ProductRule.basis(
          layer.couplings == .reduced ? .reduced : .full, inputs: inputs, output: block.irrep,
          order: order)
        plan.append(
          .init(
            "\(name)product.\(k).\(order).weight", [rows, basis.pathCount, channels],
            basis.isZero ? .constant(0) : .normal(1 / Double(basis.pathCount))))
      }
    }
    let mix = LinearWeights(from: layer.output, to: layer.output).count
    plan.append(.init(name + "mix.weight", [mix], .normal(1)))
    return plan
  }
}

extension MACEConfiguration.Readout {
  /// The tensors of a readout.
  fileprivate func plan(_ name: String, input: Irreps, headCount: Int) -> [PlannedTensor] {
    var plan: [PlannedTensor] = []
    var rows = input.count(of: Irrep(0, .even))
    for (k, columns) in (hidden + [headCount]).enumerated() {
      let isOwn = masksHeads || k == hidden.count
      plan.append(
        .init(
          "\(name).\(k).weight", [rows * columns], .normal(1),
          columnsPerHead: isOwn ? columns / headCount : nil))
      if hasBias, k > 0 { plan.append(.init("\(name).\(k).bias", [columns], .constant(0))) }
      rows = columns
    }
    return plan
  }
}

extension RadialConfiguration {
  /// The frequencies or centres of a basis that nothing has trained; none for those without.
  var constants: [Double]? {
    switch kind {
    case .bessel: (0..<count).map { Double.pi * Double($0 + 1) / cutoffRadius }
    case .gaussian: (0..<count).map { Double($0) * (cutoffRadius / Double(count - 1)) }
    case .chebyshev: nil
    }
  }
}
