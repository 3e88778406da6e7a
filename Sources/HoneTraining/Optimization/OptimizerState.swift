public import HoneNumerics

/// What an optimiser, a schedule or an average must keep to go on after an interruption as if there had
/// been none: named numbers and named vectors.
///
/// Vectors are the owners' memory itself, not copies: a checkpoint is to be written before the next step.
/// All numbers are doubles and survive bit for bit; counts are exact up to 2⁵³. `best_loss` of a
/// schedule may be infinite, so scalars belong into tensors, not into JSON.
public struct OptimizerState: Sendable {
  /// The numbers, in the order they were added.
  public private(set) var scalars: [(name: String, value: Double)] = []
  /// The vectors, in the order they were added.
  public private(set) var vectors: [(name: String, values: Buffer<Double>)] = []

  /// Makes an empty state.
  public init() {}

  /// Adds a number.
  ///
  /// - Throws: `.invalidArgument` if the name is taken.
  public mutating func add(_ name: String, _ value: Double) throws(HoneError) {
    try requireNew(name)
    scalars.append((name, value))
  }

  /// Adds a vector without copying it.
  ///
  /// - Throws: `.invalidArgument` if the name is taken.
  public mutating func add(_ name: String, _ values: Buffer<Double>) throws(HoneError) {
    try requireNew(name)
    vectors.append((name, values))
  }

  /// The same in memory of its own.
  ///
  /// - Throws: `.outOfMemory`.
  func copy() throws(HoneError) -> OptimizerState {
    var result = self
    for index in vectors.indices {
      let values = try Buffer<Double>(count: vectors[index].values.count)
      values.view.copy(from: vectors[index].values.view)
      result.vectors[index].values = values
    }
    return result
  }

  /// A number.
  ///
  /// - Throws: `.format` if there is none of that name.
  public func scalar(_ name: String) throws(HoneError) -> Double {
    guard let entry = scalars.first(where: { $0.name == name }) else {
      throw HoneError(.format, "expected a number '\(name)' in the state of a training, got none")
    }
    return entry.value
  }

  /// A number that counts something.
  ///
  /// - Throws: `.format` if there is none of that name, or it is negative or not whole.
  public func count(_ name: String) throws(HoneError) -> Int {
    try Self.count(scalar(name), name)
  }

  /// A number as a count.
  ///
  /// - Throws: `.format` if it is negative, not whole or too large to go on counting.
  static func count(_ value: Double, _ name: String) throws(HoneError) -> Int {
    guard let count = Int(exactly: value), count >= 0, value <= 0x1p53 else {
      throw HoneError(
        .format, "expected a count for '\(name)' in the state of a training, got \(value)")
    }
    return count
  }

  /// A vector.
  ///
  /// - Throws: `.format` if there is none of that name or it has another length.
  public func vector(_ name: String, count: Int) throws(HoneError) -> Buffer<Double> {
    guard let entry = vectors.first(where: { $0.name == name }) else {
      throw HoneError(
        .format,
        "expected a vector '\(name)' of \(count) numbers in the state of a training, got none")
    }
    guard entry.values.count == count else {
      throw HoneError(
        .format,
        "expected \(count) numbers for '\(name)' in the state of a training, got "
          + "\(entry.values.count)")
    }
    return entry.values
  }

  /// Throws `.format` if a vector is there that the owner of a prefix has not asked for: then the state
  /// is that of another method.
  func requireVectors(_ prefix: String, only names: [String]) throws(HoneError) {
    for entry in vectors where entry.name.hasPrefix(prefix) && !names.contains(entry.name) {
      throw HoneError(
        .format, "expected the state of another method of training, got '\(entry.name)' in it")
    }
  }

  private func requireNew(_ name: String) throws(HoneError) {
    guard !scalars.contains(where: { $0.name == name }),
      !vectors.contains(where: { $0.name == name })
    else {
      throw HoneError(.invalidArgument, "expected a new name in a state, got '\(name)' again")
    }
  }
}
