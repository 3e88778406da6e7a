/// A spectrum as a distribution: eigenvalues, or nodes of a quadrature, with weights that sum to one.
///
/// Structures of different size compare by it, molecules and crystals alike.
public struct SpectralMeasure: Sendable, Equatable {
  /// The places, ascending.
  public let values: [Double]
  /// The weight of each.
  public let weights: [Double]

  /// Makes a measure of eigenvalues that weigh alike; one at least.
  public init(eigenvalues: [Double]) {
    values = eigenvalues.sorted()
    weights = [Double](repeating: 1 / Double(max(1, eigenvalues.count)), count: eigenvalues.count)
  }

  /// Makes a measure of places with weights that need not sum to one; the sum must be positive.
  public init(_ nodes: [(value: Double, weight: Double)]) {
    let sorted = nodes.sorted { $0.value < $1.value }
    let total = sorted.reduce(0) { $0 + $1.weight }
    values = sorted.map(\.value)
    weights = sorted.map { $0.weight / total }
  }

  /// The mean; of a Laplacian as defined here exactly 1.
  public var mean: Double { zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The mean of the square of the distance from 1.
  public var variance: Double {
    zip(values, weights).reduce(0) { $0 + ($1.0 - 1) * ($1.0 - 1) * $1.1 }
  }

  /// The part of the spectrum closer to 1 than a width; what is as close but for rounding is not.
  ///
  /// The rule of the first version of the paper chooses the radius for which it is 55 % with a width of
  /// 0.1.
  public func fraction(width: Double) -> Double {
    let inside = width * (1 - 1e-9)
    return zip(values, weights).reduce(0) { ($1.0 - 1).magnitude < inside ? $0 + $1.1 : $0 }
  }

  /// The quantile function at the midpoints of equal parts of [0, 1].
  public func quantiles(count: Int) -> [Double] {
    guard let last = values.last else { return [] }
    var result: [Double] = []
    result.reserveCapacity(count)
    var (index, sum) = (0, weights[0])
    for part in 0..<count {
      let level = (Double(part) + 0.5) / Double(count)
      while sum < level && index + 1 < values.count {
        index += 1
        sum += weights[index]
      }
      result.append(index < values.count ? values[index] : last)
    }
    return result
  }

  /// The distance of two quantile functions at the same levels: the root of the mean square difference.
  public static func distance(_ first: [Double], _ second: [Double]) -> Double {
    let sum = zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (sum / Double(max(1, min(first.count, second.count)))).squareRoot()
  }
}
