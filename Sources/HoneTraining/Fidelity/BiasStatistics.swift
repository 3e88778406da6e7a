public import HoneNumerics

/// What a number of biases look like: mean, spread, quantiles and a histogram.
public struct BiasStatistics: Sendable {
  /// The number of values.
  public let count: Int
  /// Their mean in eV/Å.
  public let mean: Double
  /// Their standard deviation with the number of values below, in eV/Å.
  public let standardDeviation: Double
  /// The values in ascending order, shape `[count]`.
  private let sorted: Buffer<Double>

  /// Goes through values.
  ///
  /// - Throws: `.invalidArgument` for no values, and for ones that are negative or not finite;
  ///   `.outOfMemory`.
  public init(of values: View<Double>) throws(HoneError) {
    try Self.check(values)
    count = values.count
    sorted = try Buffer(count: values.count)
    sorted.view.copy(from: values)
    var elements = UnsafeMutableBufferPointer(start: sorted.base, count: sorted.count)
    elements.sort()
    // Divided by the largest first: squares of anything finite stay finite.
    let largest = sorted[count - 1]
    guard largest > 0 else {
      (mean, standardDeviation) = (0, 0)
      return
    }
    var (sum, squares) = (0.0, 0.0)
    for index in 0..<count { sum += values[index] / largest }
    let center = sum / Double(count)
    for index in 0..<count {
      let difference = values[index] / largest - center
      squares += difference * difference
    }
    mean = center * largest
    standardDeviation = (squares / Double(count)).squareRoot() * largest
  }

  /// Refuses what is no bias.
  ///
  /// - Throws: `.invalidArgument`.
  static func check(_ values: View<Double>) throws(HoneError) {
    guard values.count > 0 else {
      throw HoneError(.invalidArgument, "expected one bias at least, got none: add labels")
    }
    for index in 0..<values.count where !(values[index] >= 0 && values[index].isFinite) {
      throw HoneError(
        .invalidArgument,
        "a bias must be finite and not negative, got \(values[index]) as number \(index): compute the "
          + "biases anew")
    }
  }

  /// The smallest value.
  public var minimum: Double { sorted[0] }
  /// The largest value.
  public var maximum: Double { sorted[count - 1] }

  /// The value below which a part of all values lies, between neighbours in a straight line.
  ///
  /// - Parameter part: From 0 to 1; taken for the nearer of them beyond.
  public func quantile(_ part: Double) -> Double {
    let place = (part.isNaN ? 0 : min(max(part, 0), 1)) * Double(count - 1)
    let lower = Int(place)
    let upper = min(lower + 1, count - 1)
    return sorted[lower] + (sorted[upper] - sorted[lower]) * (place - Double(lower))
  }

  /// The counts of equal intervals from the smallest to the largest value; their upper ends belong to the
  /// next but for the last.
  ///
  /// - Parameter binCount: The number of intervals, 1 to 65536.
  /// - Throws: `.invalidArgument` for another number of intervals.
  public func histogram(binCount: Int) throws(HoneError) -> [Int] {
    guard (1...65_536).contains(binCount) else {
      throw HoneError(
        .invalidArgument, "expected 1 to 65536 intervals of a histogram, got \(binCount)")
    }
    var counts = [Int](repeating: 0, count: binCount)
    let width = maximum - minimum
    for index in 0..<count {
      let part = width > 0 ? (sorted[index] - minimum) / width : 0
      counts[min(Int(part * Double(binCount)), binCount - 1)] += 1
    }
    return counts
  }
}
