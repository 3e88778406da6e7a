internal import Glibc

/// What is kept of many numbers: their moments, and their quantiles in steps of a hundredth.
public struct Distribution: Sendable, Equatable {
  /// How many numbers there were, one at least.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// The root of the mean square distance from it.
  public let standardDeviation: Double
  /// The quantiles 0, 0.01, …, 1, by linear interpolation between the numbers, `[101]`.
  public let quantiles: [Double]

  /// The number of quantiles.
  public static let levelCount = 101

  /// Takes parts that were saved.
  init(count: Int, mean: Double, standardDeviation: Double, quantiles: [Double]) {
    self.count = count
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.quantiles = quantiles
  }

  /// Makes the distribution of numbers; nil without any.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    self.init(
      count: values.count, mean: mean, standardDeviation: square.squareRoot(),
      quantiles: (0..<Self.levelCount).map { level in
        let place = Double(level) / Double(Self.levelCount - 1) * Double(sorted.count - 1)
        let index = min(Int(place), sorted.count - 1)
        let next = min(index + 1, sorted.count - 1)
        return sorted[index] + (place - Double(index)) * (sorted[next] - sorted[index])
      })
  }

  /// Where a number stands: the part of the distribution below it, from 0 to 1.
  public func quantile(of value: Double) -> Double {
    guard let first = quantiles.first, let last = quantiles.last else { return .nan }
    guard value > first else { return value < first ? 0 : equalPart(value) }
    guard value < last else { return 1 }
    // The last quantile that is not above it.
    let index = (quantiles.firstIndex { $0 > value } ?? quantiles.count) - 1
    let step = quantiles[index + 1] - quantiles[index]
    let part = step > 0 ? (value - quantiles[index]) / step : 0
    return (Double(index) + part) / Double(Self.levelCount - 1)
  }

  /// The middle of the levels at which the distribution has its least number.
  private func equalPart(_ value: Double) -> Double {
    let last = quantiles.lastIndex(of: value) ?? 0
    return 0.5 * Double(last) / Double(Self.levelCount - 1)
  }

  /// Compares a number with the distribution.
  public func standing(of value: Double) -> Standing {
    Standing(
      value: value, mean: mean, standardDeviation: standardDeviation, quantile: quantile(of: value))
  }
}

/// How a number stands in a distribution of training data.
public struct Standing: Sendable, Equatable {
  /// The number.
  public let value: Double
  /// The mean of the distribution.
  public let mean: Double
  /// Its standard deviation.
  public let standardDeviation: Double
  /// The part of the distribution below the number, from 0 to 1.
  public let quantile: Double

  /// Whether it is more than a standard deviation from the mean: the paper's criterion.
  ///
  /// Of a normal distribution that is a third of the training data itself; the quantile says more.
  public var isShifted: Bool { (value - mean).magnitude > standardDeviation }
}
