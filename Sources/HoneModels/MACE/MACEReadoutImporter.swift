internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

/// Takes a readout from a pickled mace-torch model.
struct MACEReadoutImporter {
  let readout: PickleNode
  /// The prefix of its tensors' names.
  let name: String
  let headCount: Int

  /// Reads the readout.
  ///
  /// - Throws: `.unsupported` for readouts of anything but an energy.
  func readout(_ parameters: inout ParameterSet) throws(HoneError) -> MACEConfiguration.Readout {
    let layers: [String]
    switch readout.shortClassName {
    case "LinearReadoutBlock": layers = ["linear"]
    case "NonLinearReadoutBlock": layers = ["linear_1", "linear_2"]
    case "NonLinearBiasReadoutBlock": layers = ["linear_1", "linear_mid", "linear_2"]
    default:
      throw HoneError(
        .unsupported,
        "this version does not evaluate readout '\(readout.shortClassName ?? readout.summary)'")
    }
    var widths: [Int] = []
    for (k, layer) in layers.enumerated() {
      let node = try readout.required(layer)
      guard node.shortClassName == "Linear" else {
        throw HoneError(
          .unsupported,
          "this version does not evaluate readouts with '\(layer)' of class "
            + "'\(node.shortClassName ?? node.summary)'")
      }
      parameters["\(name).\(k).weight"] = try node.requiredTensor("weight")
      guard let text = try node.required("irreps_out").irreps else {
        throw HoneError(.format, "expected irreps of a readout's '\(layer)'")
      }
      let irreps = try Irreps(parsing: text)
      guard irreps.blocks.allSatisfy(\.irrep.isScalar) else {
        throw HoneError(
          .unsupported, "this version does not evaluate readouts through irreps '\(irreps)'")
      }
      widths.append(irreps.dim)
      if layers.count == 3, k > 0 {
        parameters["\(name).\(k).bias"] = try node.requiredTensor("bias")
      }
    }
    guard widths.last == headCount else {
      throw HoneError(
        .unsupported,
        "this version does not evaluate readouts of \(widths.last ?? 0) numbers for \(headCount) "
          + "heads")
    }
    let masks = (readout.child("num_heads")?.int ?? 1) > 1 && layers.count > 1
    return MACEConfiguration.Readout(
      hidden: Array(widths.dropLast()), hasBias: layers.count == 3,
      activation: layers.count > 1 ? try activation() : .plain(.identity), masksHeads: masks)
  }

  /// The activation with the factor that stands in the file.
  private func activation() throws(HoneError) -> Activation {
    guard let acts = readout.descendant("non_linearity.acts"),
      let act = acts.attribute("_modules")?["0"] ?? acts.list?.first
    else {
      throw HoneError(.format, "expected the activation of a readout")
    }
    if act.isNone { return .plain(.identity) }
    let function = act.child("f") ?? act
    // torch.tanh and the like are methods of a class of PyTorch's, fetched by name.
    guard let path = function.globalName ?? function.enumeration?.member.string else {
      throw HoneError(
        .unsupported, "this version does not evaluate readout activation \(function.summary)")
    }
    let short = path.split(separator: ".").last.map(String.init) ?? path
    guard let known = Activation.Function(rawValue: short) else {
      throw HoneError(.unsupported, "this version does not evaluate readout activation '\(path)'")
    }
    if act.child("_is_id")?.bool ?? false { return .plain(known) }
    guard
      let factor = try act.child("cst").map({ node throws(HoneError) in
        try node.anyNumber()
      })
    else { return .plain(known) }
    return Activation(function: known, factor: factor)
  }
}

extension PickleNode {
  /// A number, whether plain or a tensor with one element.
  func anyNumber() throws(HoneError) -> Double {
    if let double { return double }
    if let tensor = try tensor(), tensor.count == 1 { return try tensor.doubles()[0] }
    throw HoneError(.format, "expected a number, got \(summary)")
  }
}
