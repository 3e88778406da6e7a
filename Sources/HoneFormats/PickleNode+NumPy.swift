public import HoneNumerics

extension PickleNode {
  /// A NumPy number or array that the pickle holds whole, as a tensor; `nil` for other objects.
  ///
  /// - Throws: `.format` if size and shape disagree, `.unsupported` for other than little-endian
  ///   integers, real numbers and truth values.
  public func numPyArray() throws(HoneError) -> StoredTensor? {
    guard let className, let function = Self.numPyFunction(className) else { return nil }
    switch function {
    case "scalar":
      guard arguments.count == 2, let dtype = try arguments[0].numPyType(),
        let bytes = arguments[1].bytes
      else { throw Self.damage("a type and a value", self) }
      return try StoredTensor(dtype: dtype, shape: [], storage: bytes)
    case "_reconstruct":
      // State: (version, shape, type, whether columns come first, bytes).
      guard let parts = state?.plainElements, parts.count >= 4,
        let shape = parts[parts.count - 4].ints, let dtype = try parts[parts.count - 3].numPyType(),
        let byColumns = parts[parts.count - 2].bool, let bytes = parts[parts.count - 1].bytes
      else { throw Self.damage("a state of shape, type, order and bytes", self) }
      return try Self.array(dtype, shape, byColumns: byColumns, bytes)
    default:
      // _frombuffer(bytes, type, shape, order), of protocol 5.
      guard arguments.count == 4, let bytes = arguments[0].bytes,
        let dtype = try arguments[1].numPyType(), let shape = arguments[2].ints,
        let order = arguments[3].string
      else { throw Self.damage("bytes, type, shape and order", self) }
      return try Self.array(dtype, shape, byColumns: order == "F", bytes)
    }
  }

  /// The tensor of a NumPy number, or of an array without dimensions.
  var numPyScalar: StoredTensor? {
    guard let array = try? numPyArray(), array.shape.isEmpty else { return nil }
    return array
  }

  /// The number format of a NumPy `dtype` object; `nil` for other objects.
  private func numPyType() throws(HoneError) -> ElementType? {
    guard className == "numpy.dtype", let code = arguments.first?.string else { return nil }
    // State: (version, byte order, ...).
    let parts = state?.plainElements ?? []
    let order = parts.count > 1 ? parts[1].string ?? "=" : "="
    guard let type = ElementType(numpyCode: code), order != ">" else {
      throw HoneError(
        .unsupported, "expected a little-endian NumPy number, got '\(order)\(code.prefix(20))'")
    }
    return type
  }

  private static func array(
    _ dtype: ElementType, _ shape: [Int], byColumns: Bool, _ bytes: Bytes
  ) throws(HoneError) -> StoredTensor {
    var strides: [Int]?
    if byColumns {
      var distance = 1
      var distances: [Int] = []
      for length in shape {
        distances.append(distance)
        let (next, overflow) = distance.multipliedReportingOverflow(by: length)
        guard !overflow else {
          throw HoneError(.format, "expected the shape of a NumPy array in a pickle")
        }
        distance = next
      }
      strides = distances
    }
    let array = try StoredTensor(dtype: dtype, shape: shape, strides: strides, storage: bytes)
    guard array.count * dtype.byteCount == bytes.count else {
      throw HoneError(
        .format,
        "expected \(array.count) elements of \(dtype) in a NumPy array, got \(bytes.count) bytes")
    }
    return array
  }

  /// The function's own name if it is one by which NumPy restores numbers and arrays.
  private static func numPyFunction(_ name: String) -> String? {
    switch name {
    case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar": "scalar"
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
      "_reconstruct"
    case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer": "_frombuffer"
    default: nil
    }
  }

  private static func damage(_ what: String, _ node: PickleNode) -> HoneError {
    HoneError(.format, "expected \(what) in \(node.summary)")
  }
}
