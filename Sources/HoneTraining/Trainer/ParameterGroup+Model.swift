public import HoneModels

extension ParameterGroup {
  /// The groups of a model: one for each tensor, its role told by its name.
  ///
  /// As in the codes the models come from, scales, shifts and the energies of single atoms are not
  /// trained unless somebody asks for it, nor are the frequencies or centres of a MACE model's basis.
  /// Weight decay is for the maps that messages meet first, for product bases and the maps after them:
  /// mace's groups.
  ///
  /// - Parameter rateFactors: What learning rates of a role are multiplied by; 0 freezes.
  public static func groups(
    of model: TrainableModel, rateFactors: [Role: Double] = [:]
  ) -> [ParameterGroup] {
    model.tensors.map { tensor in
      let role = role(of: tensor.name)
      let isFixed =
        tensor.name.hasSuffix(".couplings")
        || (tensor.name == "radial.constants" && !model.trainsRadialConstants)
      let byRole = rateFactors[role] ?? (role == .energyScale ? 0 : 1)
      let decays =
        tensor.name.hasSuffix(".reduce.weight") || tensor.name.hasSuffix(".mix.weight")
        || tensor.name.contains(".product.")
      return ParameterGroup(
        name: tensor.name, role: role, range: tensor.range,
        matrices: model.matrices(of: tensor).map { (rows: $0.rows, columns: $0.columns) },
        rateFactor: isFixed ? 0 : byRole, decays: decays)
    }
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
