public import HoneNumerics

/// How the vector of all parameters of a model is divided into groups, checked once.
///
/// Numbers that belong to no group stay as they are, like those of a frozen one.
public struct ParameterLayout: Sendable, Equatable {
  /// The groups, none of which overlap.
  public let groups: [ParameterGroup]
  /// The length of the vector.
  public let parameterCount: Int

  /// Checks groups against the vector they divide.
  ///
  /// - Throws: `.invalidArgument` for ranges that leave the vector or overlap, rate factors that are
  ///   negative or not finite, and matrices that are empty or do not fill the range.
  public init(_ groups: [ParameterGroup], parameterCount: Int) throws(HoneError) {
    for group in groups {
      guard group.range.lowerBound >= 0, group.range.upperBound <= parameterCount else {
        throw HoneError(
          .invalidArgument,
          "expected a range within \(parameterCount) parameters, got \(group.range) for "
            + "'\(group.name)'")
      }
      try SettingsCheck.nonNegative(group.rateFactor, "a rate factor of '\(group.name)'")
      try Self.checkMatrices(of: group)
    }
    let ordered = groups.filter { !$0.range.isEmpty }.sorted {
      $0.range.lowerBound < $1.range.lowerBound
    }
    for (group, next) in zip(ordered, ordered.dropFirst())
    where next.range.lowerBound < group.range.upperBound {
      throw HoneError(
        .invalidArgument,
        "expected groups that do not overlap, got \(group.range) for '\(group.name)' and "
          + "\(next.range) for '\(next.name)'")
    }
    self.groups = groups
    self.parameterCount = parameterCount
  }

  /// The groups whose parameters are trained.
  public var trainedGroups: some Sequence<ParameterGroup> {
    groups.lazy.filter { $0.rateFactor > 0 }
  }

  /// The Euclidean norm of a vector over all parameters that are trained.
  ///
  /// - Throws: `.invalidArgument` if the vector has another length.
  public func norm(of vector: View<Double>) throws(HoneError) -> Double {
    try requireCount(of: vector, "a gradient")
    return trainedGroups.reduce(0) {
      $0 + sumOfSquares(vector.slice($1.range.lowerBound, $1.range.count))
    }.squareRoot()
  }

  /// Throws unless a vector has as many numbers as there are parameters.
  func requireCount(of vector: View<Double>, _ what: String) throws(HoneError) {
    try requireEqual(vector.count, parameterCount, what)
  }

  private static func checkMatrices(of group: ParameterGroup) throws(HoneError) {
    guard !group.matrices.isEmpty else { return }
    var total = 0
    for matrix in group.matrices {
      let (size, isTooLarge) = matrix.rows.multipliedReportingOverflow(by: matrix.columns)
      let (sum, overflow) = total.addingReportingOverflow(size)
      guard matrix.rows > 0, matrix.columns > 0, !isTooLarge, !overflow else {
        throw HoneError(
          .invalidArgument,
          "expected matrices with rows and columns in '\(group.name)', got "
            + "\(matrix.rows) x \(matrix.columns)")
      }
      total = sum
    }
    guard total == group.range.count else {
      throw HoneError(
        .invalidArgument,
        "expected matrices with the \(group.range.count) numbers of '\(group.name)', got \(total)")
    }
  }
}

/// Throws unless a vector has the expected length.
func requireEqual(_ count: Int, _ expected: Int, _ what: String) throws(HoneError) {
  guard count == expected else {
    throw HoneError(.invalidArgument, "expected \(what) of \(expected) numbers, got \(count)")
  }
}

/// Σ x², in eight sums that are added up last: faster than one, and more accurate.
func sumOfSquares(_ vector: View<Double>) -> Double {
  let width = SIMD8<Double>.width
  var sums = SIMD8<Double>(repeating: 0)
  var index = 0
  while index + width <= vector.count {
    // Groups start anywhere, so these loads are not aligned.
    let x = UnsafeRawPointer(vector.base + index).loadUnaligned(as: SIMD8<Double>.self)
    sums = SIMD8.multiplyAdd(sums, x, x)
    index += width
  }
  var total = sums.sum()
  for rest in index..<vector.count { total += vector[rest] * vector[rest] }
  return total
}
