public import HoneNumerics

extension StoredTensor {
  /// Makes a tensor from doubles in row-major order.
  ///
  /// - Throws: `.invalidArgument` if there are not as many as the shape says.
  public init(_ values: [Double], shape: [Int]) throws(HoneError) {
    try self.init(bits: values.map(\.bitPattern), dtype: .float64, shape: shape)
  }

  /// Makes a tensor from single-precision numbers in row-major order.
  ///
  /// - Throws: `.invalidArgument` if there are not as many as the shape says.
  public init(_ values: [Float], shape: [Int]) throws(HoneError) {
    try self.init(bits: values.map(\.bitPattern), dtype: .float32, shape: shape)
  }

  /// Makes a tensor from integers in row-major order.
  ///
  /// - Throws: `.invalidArgument` if there are not as many as the shape says.
  public init(_ values: [Int], shape: [Int]) throws(HoneError) {
    try self.init(bits: values, dtype: .int64, shape: shape)
  }

  private init<T: FixedWidthInteger & BitwiseCopyable>(
    bits: [T], dtype: ElementType, shape: [Int]
  ) throws(HoneError) {
    let storage = try ByteStorage(count: bits.count * MemoryLayout<T>.size)
    for (index, value) in bits.enumerated() {
      storage.base.storeBytes(
        of: value.littleEndian, toByteOffset: index * MemoryLayout<T>.size, as: T.self)
    }
    let bytes = Bytes(storage: storage, start: 0, count: storage.count)
    guard let tensor = try? StoredTensor(dtype: dtype, shape: shape, storage: bytes),
      tensor.count == bits.count
    else {
      throw HoneError(
        .invalidArgument, "expected as many values as shape \(shape) has, got \(bits.count)")
    }
    self = tensor
  }
}
