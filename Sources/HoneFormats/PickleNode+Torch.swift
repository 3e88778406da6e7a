public import HoneNumerics

extension PickleNode {
  // MARK: Modules

  /// A part of a `torch.nn.Module`: a submodule, a parameter, a buffer or a plain attribute.
  ///
  /// Of a dictionary, the value of that key.
  public func child(_ name: String) -> PickleNode? {
    for group in ["_modules", "_parameters", "_buffers"] {
      if let found = attribute(group)?[name] { return found }
    }
    return self[name]
  }

  /// The part that a path of names separated by dots leads to.
  public func descendant(_ path: String) -> PickleNode? {
    var node = self
    for name in path.split(separator: ".") {
      guard let next = node.child(String(name)) else { return nil }
      node = next
    }
    return node
  }

  /// The part that a path of names separated by dots leads to.
  ///
  /// - Throws: `.format` if there is none.
  public func required(_ path: String) throws(HoneError) -> PickleNode {
    guard let node = descendant(path) else {
      throw HoneError(.format, "expected '\(path)' in \(summary), there is none")
    }
    return node
  }

  /// The tensor that a path of names separated by dots leads to; `nil` if there is none or `None`.
  ///
  /// - Throws: `.format` if there is something else, or the tensor is damaged.
  public func tensor(_ path: String) throws(HoneError) -> StoredTensor? {
    guard let node = descendant(path), !node.isNone else { return nil }
    guard let tensor = try node.tensor() else {
      throw HoneError(.format, "expected a tensor as '\(path)' in \(summary), got \(node.summary)")
    }
    return tensor
  }

  /// The tensor that a path of names separated by dots leads to.
  ///
  /// - Throws: `.format` if there is none or the tensor is damaged.
  public func requiredTensor(_ path: String) throws(HoneError) -> StoredTensor {
    guard let tensor = try tensor(path) else {
      throw HoneError(.format, "expected a tensor '\(path)' in \(summary), there is none")
    }
    return tensor
  }

  /// The parameters and buffers of a module and its submodules, by path, depth first.
  ///
  /// A submodule that is reached twice counts once, as in PyTorch.
  ///
  /// - Throws: `.format` if a tensor is damaged.
  public func namedTensors() throws(HoneError) -> [(name: String, tensor: StoredTensor)] {
    var result: [(name: String, tensor: StoredTensor)] = []
    var pending: [(prefix: String, node: PickleNode)] = [("", self)]
    var seen: Set<Int> = []
    while let (prefix, node) = pending.popLast() {
      guard seen.insert(node.identity).inserted else { continue }
      guard prefix.utf8.count < 1 << 10 else {
        throw HoneError(.format, "expected modules nested less deeply than '\(prefix.prefix(100))'")
      }
      for group in ["_parameters", "_buffers"] {
        for (key, value) in node.attribute(group)?.dictionary ?? [] where !value.isNone {
          if let name = key.string, let tensor = try value.tensor() {
            result.append((prefix + name, tensor))
          }
        }
      }
      for (key, value) in (node.attribute("_modules")?.dictionary ?? []).reversed() {
        if let name = key.string { pending.append((prefix + name + ".", value)) }
      }
    }
    return result
  }

  /// The integers at a path, whether a tensor, a NumPy array, a list or a single integer.
  ///
  /// Versions of a model's code differ in which of these they keep.
  ///
  /// - Throws: `.format` if there is something else or nothing.
  public func integers(_ path: String) throws(HoneError) -> [Int] {
    let node = try required(path)
    if let tensor = try node.anyArray() { return try tensor.ints() }
    guard let values = node.int.map({ [$0] }) ?? node.ints else {
      throw HoneError(
        .format, "expected integers as '\(path)' in \(summary), got \(node.summary)")
    }
    return values
  }

  /// The numbers at a path, whether a tensor, a NumPy array, a list or a single number.
  ///
  /// - Throws: `.format` if there is something else or nothing.
  public func numbers(_ path: String) throws(HoneError) -> [Double] {
    let node = try required(path)
    if let tensor = try node.anyArray() { return try tensor.doubles() }
    guard let values = node.double.map({ [$0] }) ?? node.doubles else {
      throw HoneError(
        .format, "expected numbers as '\(path)' in \(summary), got \(node.summary)")
    }
    return values
  }

  private func anyArray() throws(HoneError) -> StoredTensor? {
    if let tensor = try tensor() { return tensor }
    return try numPyArray()
  }

  // MARK: Tensors

  /// The tensor, or `nil` if the object is something else.
  ///
  /// Parameters, buffers and subclasses of tensors are seen through.
  ///
  /// - Throws: `.format` if it is damaged, `.unsupported` for sparse, quantized and other special
  ///   tensors.
  public func tensor() throws(HoneError) -> StoredTensor? {
    var node = self
    // Wrappers may be nested, and in a hostile file endlessly so.
    for _ in 0..<8 {
      guard let name = node.className else { return nil }
      let arguments = node.arguments
      switch name {
      case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
        guard let inner = arguments.first else { throw Self.damage("a parameter's tensor") }
        node = inner
      case "torch._tensor._rebuild_from_type_v2":
        guard arguments.count >= 3, let function = arguments[0].globalName,
          let inner = arguments[2].plainElements
        else { throw Self.damage("a function with its arguments") }
        return try node.rebuiltTensor(function, inner)
      default: return try node.rebuiltTensor(name, arguments)
      }
    }
    throw Self.damage("a tensor within fewer wrappers")
  }

  private func rebuiltTensor(
    _ function: String, _ arguments: [PickleNode]
  ) throws(HoneError) -> StoredTensor? {
    switch function {
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
      "torch._utils._rebuild_tensor_v3":
      // (storage, offset, shape, strides, ...); version 3 names the type behind the hooks.
      guard arguments.count >= 4, let offset = arguments[1].int, let shape = arguments[2].ints,
        let strides = arguments[3].ints
      else { throw Self.damage("storage, offset, shape and strides of a tensor") }
      guard let storages = document.storages else {
        throw HoneError(
          .unsupported, "expected a tensor's storage in an archive, got a bare pickle")
      }
      guard case .persistent(let reference) = arguments[0].content else {
        throw Self.damage("a reference to a tensor's storage")
      }
      let type = arguments.count > 6 ? arguments[6].globalName : nil
      let (dtype, storage) = try storages.storage(
        document.node(reference), dtype: function.hasSuffix("_v3") ? type : nil)
      return try StoredTensor(
        dtype: dtype, shape: shape, strides: strides, offset: offset, storage: storage)
    case _ where function.hasPrefix("torch._utils._rebuild"),
      _ where function.hasPrefix("torch._tensor._rebuild"):
      throw HoneError(
        .unsupported, "expected a dense tensor, got one of \(function.prefix(100))")
    default: return nil
    }
  }

  private static func damage(_ what: String) -> HoneError {
    HoneError(.format, "expected \(what) in a PyTorch archive")
  }
}
