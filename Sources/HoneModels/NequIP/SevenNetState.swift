internal import HoneFormats
internal import HoneNumerics

/// The tensors of a SevenNet checkpoint by today's names.
struct SevenNetState {
  private var nodes: [String: PickleNode] = [:]

  /// Collects the tensors; versions before 0.10 named modules with blanks.
  init(_ entries: [(key: PickleNode, value: PickleNode)]) throws(HoneError) {
    for (key, value) in entries {
      guard let name = key.string else {
        throw HoneError(.format, "expected names in 'model_state_dict', got \(key.summary)")
      }
      nodes[Self.current(name)] = value
    }
  }

  private static func current(_ name: String) -> String {
    guard let dot = name.firstIndex(of: ".") else { return name }
    var module = String(name[..<dot])
    var rest = String(name[dot...])
    switch module {
    case "EdgeEmbedding": module = "edge_embedding"
    case "reducing nn input to hidden": module = "reduce_input_to_hidden"
    case "reducing nn hidden to energy": module = "reduce_hidden_to_energy"
    case "rescale atomic energy": module = "rescale_atomic_energy"
    default: module = String(module.map { $0 == " " ? "_" : $0 })
    }
    if rest == ".denumerator" { rest = ".denominator" }
    return module + rest
  }

  /// The tensor of a name.
  ///
  /// - Throws: `.format` if there is none.
  func tensor(_ name: String) throws(HoneError) -> StoredTensor {
    guard let tensor = try optional(name) else {
      throw HoneError(.format, "expected a tensor '\(name)' in the checkpoint, there is none")
    }
    return tensor
  }

  /// The tensor of a name, if there is one.
  func optional(_ name: String) throws(HoneError) -> StoredTensor? {
    try nodes[name]?.tensor()
  }
}

extension StoredTensor {
  /// A tensor of the same shape and precision with other values.
  func replacing(_ values: [Double]) throws(HoneError) -> StoredTensor {
    dtype == .float64
      ? try StoredTensor(values, shape: shape)
      : try StoredTensor(values.map { Float($0) }, shape: shape)
  }
}
