internal import HoneNumerics
internal import HoneO3

extension NequIPConfiguration {
  /// The tensors of a model with this architecture, and how SevenNet begins them.
  ///
  /// All weights are normal with variance one, e3nn normalises them where they are used; biases are
  /// zero and frequencies those of the Bessel functions.
  func plan(speciesCount: Int, heads: [HeadDescription]) -> [PlannedTensor] {
    let constants = radial.constants ?? []
    var plan = [
      PlannedTensor(RadialConfiguration.parameterName, [constants.count], .values(constants)),
      rescaling("scale", heads.map { ($0.scale, []) }, speciesCount),
      rescaling("shift", heads.map { ($0.shift, $0.atomicEnergies) }, speciesCount),
    ]
    plan += linear(
      "embedding", from: Irreps([.init(speciesCount, Irrep(0, .even))]), to: layers[0].input,
      modalCount: modal.embedding ? heads.count : 0)
    for (index, layer) in layers.enumerated() {
      plan += self.layer(layer, "layers.\(index).", speciesCount, heads.count)
    }
    return plan + readoutPlan(heads.count)
  }

  private func layer(_ layer: Layer, _ name: String, _ speciesCount: Int, _ headCount: Int)
    -> [PlannedTensor]
  {
    let gate = GatePlan(output: layer.output)
    let messages = paths(layer).messageIrreps(layer.input)
    let skip = LinearWeights(from: layer.input, to: gate.irreps).count
    var plan = [
      PlannedTensor(
        name + "skip.weight", [layer.selfConnection == .linear ? skip : skip * speciesCount],
        .normal(1))
    ]
    plan += linear(
      name + "up", from: layer.input, to: layer.input, modalCount: modal.intro ? headCount : 0)
    plan += linear(
      name + "reduce", from: messages, to: gate.irreps, modalCount: modal.outro ? headCount : 0)
    return plan + dense(name + "network", [radial.count] + radialHidden + [messages.irrepCount])
  }

  private func readoutPlan(_ headCount: Int) -> [PlannedTensor] {
    let features = layers[layers.count - 1].output
    switch readout {
    case .network(let hidden, _): return dense("readout", [features.dim] + hidden + [1])
    case .linear(let hidden):
      let (middle, end) = (Irreps([.init(hidden, Irrep(0, .even))]), Irreps([Irrep(0, .even)]))
      return linear(
        "readout.0", from: features, to: middle, modalCount: modal.readout ? headCount : 0)
        + linear("readout.1", from: middle, to: end, modalCount: 0)
    }
  }

  /// A linear map, whose last inputs are the heads.
  private func linear(_ name: String, from inputs: Irreps, to outputs: Irreps, modalCount: Int)
    -> [PlannedTensor]
  {
    let weights = LinearWeights(from: inputs, to: outputs)
    let count = weights.count + modalCount * weights.biasCount
    return [.init(name + ".weight", [count], .normal(1))]
      + (hasBias ? [.init(name + ".bias", [weights.biasCount], .constant(0))] : [])
  }

  private func dense(_ name: String, _ widths: [Int]) -> [PlannedTensor] {
    (0..<widths.count - 1).map {
      .init("\(name).\($0).weight", [widths[$0], widths[$0 + 1]], .normal(1))
    }
  }

  /// Scales or shifts: one for all, one per species, or one per species and head.
  ///
  /// - Parameter parts: For each head the lists whose sum it is.
  private func rescaling(
    _ name: String, _ parts: [(own: [Double], species: [Double])], _ speciesCount: Int
  ) -> PlannedTensor {
    let rows = parts.map { own, species in
      zip(
        HeadDescription.spread(own, speciesCount: speciesCount),
        HeadDescription.spread(species, speciesCount: speciesCount)
      ).map { $0 + $1 }
    }
    if rows.dropFirst().contains(where: { $0 != rows[0] }) {
      return .init(name, [rows.count, speciesCount], .values(rows.flatMap { $0 }))
    }
    // Models of one head may have one number for all species.
    guard parts.count > 1 || parts[0].own.count > 1 || !parts[0].species.isEmpty else {
      return .init(name, [1], .values([rows[0][0]]))
    }
    return .init(name, [speciesCount], .values(rows[0]))
  }
}
