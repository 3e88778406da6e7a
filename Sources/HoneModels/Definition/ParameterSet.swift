public import HoneFormats
public import HoneNumerics

/// The learnt numbers of a model, named by role, in the precision they came in.
public struct ParameterSet: Sendable {
  private var tensors: [String: StoredTensor] = [:]

  /// Makes an empty set.
  public init() {}

  /// The names, sorted.
  public var names: [String] { tensors.keys.sorted() }
  /// The number of numbers.
  public var count: Int { tensors.values.reduce(0) { $0 + $1.count } }

  /// The tensor of a name.
  public subscript(name: String) -> StoredTensor? {
    get { tensors[name] }
    set { tensors[name] = newValue }
  }

  /// The values of a tensor in row-major order.
  ///
  /// - Throws: `.format` when there is none of that name, its size differs, or a value is not
  ///   finite or beyond all reason.
  public func values(_ name: String, count: Int) throws(HoneError) -> [Double] {
    let values = try values(name)
    guard values.count == count else {
      throw HoneError(
        .format, "expected \(count) numbers in parameter '\(name)', got \(values.count)")
    }
    return values
  }

  /// The values of a tensor of any size in row-major order.
  ///
  /// - Throws: `.format` when there is none of that name, or a value is not finite or beyond all
  ///   reason.
  public func values(_ name: String) throws(HoneError) -> [Double] {
    guard let tensor = tensors[name] else {
      throw HoneError(.format, "expected a parameter '\(name)', there is none")
    }
    let values = try tensor.doubles()
    guard values.allSatisfy({ $0.magnitude <= ModelLimits.largestParameter }) else {
      throw HoneError(
        .format,
        "expected finite numbers up to \(ModelLimits.largestParameter) in parameter '\(name)'")
    }
    return values
  }
}
