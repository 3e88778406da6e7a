public import HoneNumerics

extension StoredTensor {
  /// The elements as doubles, in row-major order.
  ///
  /// - Throws: `.outOfMemory` if the array finds no room.
  public func doubles() throws(HoneError) -> [Double] {
    switch dtype {
    case .float64: try gather { Double(bitPattern: $0.bits(at: $1)) }
    case .float32: try gather { Double(Float(bitPattern: $0.bits(at: $1))) }
    case .float16: try gather { Double(HalfPrecision.value(ofFloat16: $0.bits(at: $1))) }
    case .bfloat16: try gather { Double(HalfPrecision.value(ofBFloat16: $0.bits(at: $1))) }
    default: try gatherIntegers(Double.init)
    }
  }

  /// The elements as single-precision numbers, in row-major order; doubles are rounded.
  ///
  /// - Throws: `.outOfMemory` if the array finds no room.
  public func floats() throws(HoneError) -> [Float] {
    switch dtype {
    case .float64: try gather { Float(Double(bitPattern: $0.bits(at: $1))) }
    case .float32: try gather { Float(bitPattern: $0.bits(at: $1)) }
    case .float16: try gather { HalfPrecision.value(ofFloat16: $0.bits(at: $1)) }
    case .bfloat16: try gather { HalfPrecision.value(ofBFloat16: $0.bits(at: $1)) }
    default: try gatherIntegers(Float.init)
    }
  }

  /// The elements as integers, in row-major order; truth values become 0 and 1.
  ///
  /// - Throws: `.format` if the elements are no integers, `.outOfMemory` if there is no room.
  public func ints() throws(HoneError) -> [Int] {
    guard dtype.isInteger else {
      throw HoneError(.format, "expected a tensor of integers, got one of \(dtype)")
    }
    return try gatherIntegers { $0 }
  }

  /// The elements as little-endian bytes, in row-major order.
  ///
  /// A dense tensor shares the memory of its file.
  ///
  /// - Throws: `.outOfMemory` if a copy is needed and finds no room.
  public func denseBytes() throws(HoneError) -> Bytes {
    let size = dtype.byteCount
    if isDense, let part = storage.slice(at: count == 0 ? 0 : offset * size, count: count * size) {
      return part
    }
    let copy = try ByteStorage(count: count * size)
    storage.withUnsafeBytes { bytes in
      forEachIndex { place, index in
        for byte in 0..<size {
          copy.base.storeBytes(
            of: bytes[index &* size &+ byte], toByteOffset: place &* size &+ byte, as: UInt8.self)
        }
      }
    }
    return Bytes(storage: copy, start: 0, count: count * size)
  }

  private func gatherIntegers<T>(_ convert: (Int) -> T) throws(HoneError) -> [T] {
    switch dtype {
    case .int64: try gather { convert(Int(Int64(bitPattern: $0.bits(at: $1)))) }
    case .int32: try gather { convert(Int(Int32(bitPattern: $0.bits(at: $1)))) }
    case .int16: try gather { convert(Int(Int16(bitPattern: $0.bits(at: $1)))) }
    case .int8: try gather { convert(Int(Int8(bitPattern: $0.bits(at: $1)))) }
    case .bool: try gather { convert($0.bits(at: $1, as: UInt8.self) == 0 ? 0 : 1) }
    default: try gather { convert(Int($0.bits(at: $1, as: UInt8.self))) }
    }
  }

  private func gather<T>(_ element: (UnsafeRawBufferPointer, Int) -> T) throws(HoneError) -> [T] {
    try ByteStorage.requireMemory(elements: count, of: MemoryLayout<T>.stride)
    var result: [T] = []
    result.reserveCapacity(count)
    storage.withUnsafeBytes { bytes in
      forEachIndex { _, index in result.append(element(bytes, index)) }
    }
    return result
  }

  /// Visits the storage index of every element in row-major order.
  private func forEachIndex(_ visit: (_ place: Int, _ index: Int) -> Void) {
    if isDense {
      for place in 0..<count { visit(place, offset &+ place) }
      return
    }
    var position = [Int](repeating: 0, count: shape.count)
    var index = offset
    for place in 0..<count {
      visit(place, index)
      // An odometer: the last dimension turns fastest. The initialiser bounds every index.
      var dimension = shape.count - 1
      while dimension >= 0 {
        position[dimension] += 1
        index &+= strides[dimension]
        if position[dimension] < shape[dimension] { break }
        index &-= strides[dimension] &* shape[dimension]
        position[dimension] = 0
        dimension -= 1
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The bits of the element at an index, which the caller has checked.
  fileprivate func bits<T: FixedWidthInteger & BitwiseCopyable>(
    at index: Int, as type: T.Type = T.self
  ) -> T {
    T(littleEndian: loadUnaligned(fromByteOffset: index &* MemoryLayout<T>.size, as: T.self))
  }
}
