public import HoneNumerics

/// A tensor as it lies in a file: a strided view of a run of little-endian numbers.
///
/// The view has been checked to lie inside its storage, so reading elements cannot fail but for
/// memory. Several tensors may share one storage.
public struct StoredTensor: Sendable {
  /// The number format of the elements.
  public let dtype: ElementType
  /// The length of each dimension; empty for a single number.
  public let shape: [Int]
  /// The distance between neighbors along each dimension, in elements.
  public let strides: [Int]
  /// The first element's position in the storage, in elements.
  public let offset: Int
  /// The number of elements, the product of the shape.
  public let count: Int
  /// The numbers, possibly shared with other tensors.
  let storage: Bytes

  /// How many elements a view may have for each element of its storage.
  ///
  /// A stride of zero repeats elements for free in the file, but not in memory.
  static let maximumRepetition = 64
  /// How many elements a view may always have.
  static let repetitionFloor = 1 << 20

  /// Makes a view of a storage.
  ///
  /// - Parameters:
  ///   - strides: The distances in elements; row-major and dense where `nil`.
  /// - Throws: `.format` if the view leaves the storage or repeats it beyond reason.
  public init(
    dtype: ElementType, shape: [Int], strides: [Int]? = nil, offset: Int = 0, storage: Bytes
  ) throws(HoneError) {
    guard let count = Self.product(shape) else {
      throw HoneError(.format, "expected the shape of a tensor, got \(Self.text(shape))")
    }
    let strides = strides ?? Self.denseStrides(shape)
    guard strides.count == shape.count, offset >= 0, strides.allSatisfy({ $0 >= 0 }) else {
      throw HoneError(
        .format,
        "expected \(shape.count) strides and an offset that are not negative, got "
          + "\(Self.text(strides)) and \(offset)")
    }
    let available = storage.count / dtype.byteCount
    if count > 0 {
      guard let last = Self.lastIndex(shape, strides, offset), last < available else {
        throw HoneError(
          .format,
          "expected a tensor of shape \(Self.text(shape)) and strides \(Self.text(strides)) from "
            + "\(offset) on inside its storage of \(available) elements")
      }
    }
    guard count / Self.maximumRepetition <= available || count <= Self.repetitionFloor else {
      throw HoneError(
        .format, "expected a tensor that fits its \(available) elements, got \(count) by repetition"
      )
    }
    (self.dtype, self.shape, self.strides) = (dtype, shape, strides)
    (self.offset, self.count, self.storage) = (offset, count, storage)
  }

  /// Whether the elements lie one behind the other in row-major order.
  public var isDense: Bool {
    var expected = 1
    for (length, stride) in zip(shape.reversed(), strides.reversed()) where length != 1 {
      guard length == 0 || stride == expected else { return false }
      expected *= length
    }
    return true
  }

  private static func product(_ shape: [Int]) -> Int? {
    var product = 1
    var isEmpty = false
    for length in shape {
      guard length >= 0 else { return nil }
      if length == 0 {
        isEmpty = true
        continue
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard !overflow else { return nil }
      product = next
    }
    return isEmpty ? 0 : product
  }

  /// The strides of a row-major array; only called for shapes whose product is known to be small.
  private static func denseStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for index in shape.indices.dropLast().reversed() {
      strides[index] = strides[index + 1] * max(shape[index + 1], 1)
    }
    return strides
  }

  private static func lastIndex(_ shape: [Int], _ strides: [Int], _ offset: Int) -> Int? {
    var last = offset
    for (length, stride) in zip(shape, strides) {
      let (step, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
      let (next, beyond) = last.addingReportingOverflow(step)
      guard !overflow, !beyond else { return nil }
      last = next
    }
    return last
  }

  private static func text(_ numbers: [Int]) -> String {
    // Only the first few: the numbers come from a file and may be many.
    "[" + numbers.prefix(8).map(String.init).joined(separator: ", ")
      + (numbers.count > 8 ? ", ...]" : "]")
  }
}
