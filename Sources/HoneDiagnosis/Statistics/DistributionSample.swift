internal import HoneNumerics

/// Numbers whose distribution is wanted: all of them up to a limit, beyond it a random part.
///
/// Every number stays with the same probability (reservoir sampling); moments and both ends are those of
/// all numbers. What is kept depends on the numbers and their order alone.
///
/// - SeeAlso: Vitter, ACM Trans. Math. Softw. 11, 37 (1985), algorithm R.
struct DistributionSample {
  /// The most numbers that are kept.
  static let mostValues = 1 << 16

  /// How many numbers were added.
  private(set) var count = 0
  private var values: [Double] = []
  private var mean = 0.0
  /// The sum of square distances from the mean.
  private var squares = 0.0
  private var (least, largest) = (Double.infinity, -Double.infinity)
  private var random = RandomNumbers(seed: 1)

  /// Adds a number.
  mutating func add(_ value: Double) {
    count += 1
    // Welford's recurrence: stable, and needs no second pass.
    let deviation = value - mean
    mean += deviation / Double(count)
    squares += deviation * (value - mean)
    least = min(least, value)
    largest = max(largest, value)
    if values.count < Self.mostValues {
      values.append(value)
    } else {
      let place = random.integer(below: count)
      if place < Self.mostValues { values[place] = value }
    }
  }

  /// The distribution of what was added; nil of nothing.
  var distribution: Distribution? {
    guard let sampled = Distribution(values), count > values.count else {
      return Distribution(values)
    }
    var quantiles = sampled.quantiles
    quantiles[0] = least
    quantiles[quantiles.count - 1] = largest
    return Distribution(
      count: count, mean: mean, standardDeviation: (squares / Double(count)).squareRoot(),
      quantiles: quantiles)
  }
}
