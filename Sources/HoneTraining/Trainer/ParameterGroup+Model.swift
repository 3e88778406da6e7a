public import HoneModels
public import HoneNumerics

extension ParameterGroup {
  /// The groups of a model: one for each tensor, its role told by its name.
  ///
  /// As in the codes the models come from, scales, shifts and the energies of single atoms are not
  /// trained unless somebody asks for it, nor are the frequencies or centres of a MACE model's basis.
  /// Weight decay is for the maps that messages meet first, for product bases and the maps after them:
  /// mace's groups.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - rateFactors: What learning rates of a role are multiplied by; 0 freezes.
  ///   - decaysAll: Whether weight decay is for all parameters instead, as with one group of PyTorch's.
  /// - Throws: `.invalidArgument` for lists of factors that have not one number for each layer.
  public static func groups(
    of model: TrainableModel, rateFactors: [Role: RateFactor] = [:], decaysAll: Bool = false
  ) throws(HoneError) -> [ParameterGroup] {
    let layers = model.tensors.map { layer(of: $0.name) }
    let layerCount = layers.reduce(0) { max($0, ($1 ?? -1) + 1) }
    for role in Role.allCases {
      guard case .byLayer(let factors)? = rateFactors[role], factors.count != layerCount else {
        continue
      }
      throw HoneError(
        .invalidArgument,
        "expected one rate factor of '\(role.rawValue)', or one for each of the \(layerCount) layers, "
          + "got \(factors.count)")
    }
    return zip(model.tensors, layers).map { tensor, layer in
      let role = role(of: tensor.name)
      let isFixed =
        tensor.name.hasSuffix(".couplings")
        || (tensor.name == "radial.constants" && !model.trainsRadialConstants)
      let byRole = rateFactors[role] ?? .all(role == .energyScale ? 0 : 1)
      let decays =
        decaysAll || tensor.name.hasSuffix(".reduce.weight") || tensor.name.hasSuffix(".mix.weight")
        || tensor.name.contains(".product.")
      return ParameterGroup(
        name: tensor.name, role: role, layer: layer, range: tensor.range,
        matrices: model.matrices(of: tensor).map { (rows: $0.rows, columns: $0.columns) },
        rateFactor: isFixed ? 0 : byRole.factor(layer: layer), decays: decays)
    }
  }

  /// The layer that a tensor's name names, as `layers.1.up.weight` does.
  private static func layer(of name: String) -> Int? {
    let parts = name.split(separator: ".")
    return parts.count > 2 && parts[0] == "layers" ? Int(parts[1]) : nil
  }

  private static func role(of name: String) -> Role {
    let parts = name.split(separator: ".")
    if ["scale", "shift", "atomic_energies"].contains(name) { return .energyScale }
    if parts.first == "embedding" || parts.contains("source") || parts.contains("target") {
      return .embedding
    }
    if parts.contains("network") || parts.contains("density") || parts.first == "radial" {
      return .radial
    }
    if parts.contains("product") { return .product }
    return parts.contains("readout") ? .readout : .interaction
  }
}
