public import HoneNumerics

/// Descriptors of atoms of training data, a limited number of each element, from which a
/// `DescriptorMetric` is made.
///
/// Structures are told apart as even and odd ones: what counts as far is measured with a Gaussian that
/// has not seen the structure.
public final class DescriptorSamples {
  /// The most atoms of an element that are kept; later ones replace earlier ones at random.
  public static let mostAtoms = 2048

  private final class Element {
    /// `[mostAtoms][width]`.
    let rows: GrowableBuffer<Float>
    /// The structure of each.
    var structures: [Int] = []
    var seen = 0

    init() throws(HoneError) { rows = try GrowableBuffer() }
  }

  private let width: Int
  private var elements: [Int32: Element] = [:]
  private var random = RandomNumbers(seed: 1)
  private var structureCount = 0

  /// Makes an empty collection of descriptors of a length.
  public init(width: Int) { self.width = width }

  /// Adds the atoms of a structure.
  ///
  /// - Parameters:
  ///   - atomicNumbers: `[atoms]`.
  ///   - descriptors: `[atoms][width]`.
  /// - Throws: `.outOfMemory`.
  public func add(
    atomicNumbers: View<Int32>, descriptors: View<Double>
  ) throws(HoneError) {
    for atom in 0..<atomicNumbers.count {
      let element: Element
      if let known = elements[atomicNumbers[atom]] {
        element = known
      } else {
        element = try Element()
        elements[atomicNumbers[atom]] = element
      }
      element.seen += 1
      if element.structures.count < Self.mostAtoms {
        element.structures.append(structureCount)
        for channel in 0..<width {
          try element.rows.append(Float(descriptors[atom * width + channel]))
        }
      } else {
        // Every atom seen so far stays with the same probability.
        let place = random.integer(below: element.seen)
        guard place < Self.mostAtoms else { continue }
        element.structures[place] = structureCount
        for channel in 0..<width {
          element.rows[place * width + channel] = Float(descriptors[atom * width + channel])
        }
      }
    }
    structureCount += 1
  }

  /// The metric of what was added.
  ///
  /// - Throws: `.invalidArgument` when that was nothing; `.notConverged` for descriptors that are not
  ///   finite; `.outOfMemory`.
  public func metric() throws(HoneError) -> DescriptorMetric {
    guard !elements.isEmpty, width > 0 else {
      throw HoneError(.invalidArgument, "expected descriptors of one atom or more, got none")
    }
    let numbers = elements.keys.sorted()
    let scales = try channelScales(numbers)
    let pooled = try pooledCovariance(numbers, scales)
    var gaussians: [DescriptorMetric.Gaussian] = []
    for number in numbers {
      guard let element = elements[number] else { continue }
      let whole = try gaussian(number, element, scales, pooled, unit: 1) { _ in true }
      gaussians.append(
        DescriptorMetric.Gaussian(
          atomicNumber: number, mean: whole.mean, axes: whole.axes, variances: whole.variances,
          residual: whole.residual, unit: try unit(number, element, scales, pooled, whole)))
    }
    return DescriptorMetric(scales: scales, gaussians: gaussians)
  }

  /// The distance that one atom in a hundred exceeds, measured on structures of each half with the
  /// Gaussian of the other.
  private func unit(
    _ number: Int32, _ element: Element, _ scales: [Double], _ pooled: Buffer<Double>,
    _ whole: DescriptorMetric.Gaussian
  ) throws(HoneError) -> Double {
    var distances: [Double] = []
    for parity in 0..<2 {
      let rows = element.structures.indices.filter { element.structures[$0] % 2 == parity }
      let others = element.structures.contains { $0 % 2 != parity }
      // Of a single structure there is no other half.
      let gaussian =
        others
        ? try gaussian(number, element, scales, pooled, unit: 1) { $0 % 2 != parity } : whole
      distances += try self.distances(rows, element, scales, gaussian)
    }
    distances.sort()
    let place = min(distances.count - 1, Int(0.99 * Double(distances.count)))
    // Atoms that are all alike have no spread; what differs from them at all is far.
    return max(distances[place], 1)
  }

  private func distances(
    _ rows: [Int], _ element: Element, _ scales: [Double], _ gaussian: DescriptorMetric.Gaussian
  ) throws(HoneError) -> [Double] {
    let evaluator = try DescriptorMetric(scales: scales, gaussians: [gaussian])
      .evaluator([Int(gaussian.atomicNumber)])
    let descriptors = try Buffer<Double>(count: rows.count * width)
    for (place, row) in rows.enumerated() {
      for channel in 0..<width {
        descriptors[place * width + channel] = Double(element.rows[row * width + channel])
      }
    }
    let species = try Buffer<Int32>(repeating: 0, count: rows.count)
    let distances = try Buffer<Double>(repeating: 0, count: rows.count)
    try evaluator.evaluate(
      descriptors.view, species: species.view, into: distances.view, memory: ReusableBuffer(),
      team: Team(threadCount: 1))
    return withExtendedLifetime((descriptors, species)) { (0..<rows.count).map { distances[$0] } }
  }
}

extension DescriptorSamples {
  /// The channels' scales: the inverse of their spread within elements, about the same for all.
  private func channelScales(_ numbers: [Int32]) throws(HoneError) -> [Double] {
    var squares = [Double](repeating: 0, count: width)
    var count = 0
    for number in numbers {
      guard let element = elements[number] else { continue }
      let atoms = element.structures.count
      for channel in 0..<width {
        var (sum, square) = (0.0, 0.0)
        for atom in 0..<atoms { sum += Double(element.rows[atom * width + channel]) }
        let mean = sum / Double(atoms)
        for atom in 0..<atoms {
          let deviation = Double(element.rows[atom * width + channel]) - mean
          square += deviation * deviation
        }
        squares[channel] += square
      }
      count += atoms
    }
    let spreads = squares.map { ($0 / Double(count)).squareRoot() }
    guard spreads.allSatisfy(\.isFinite) else {
      throw HoneError(.notConverged, "the model gives descriptors that are not finite")
    }
    // A channel that hardly changes must not decide everything.
    let typical = spreads.sorted()[spreads.count / 2]
    let floor = typical > 0 ? max(1e-9, 1e-3 * typical) : max(1e-6, spreads.max() ?? 0)
    return spreads.map { 1 / max($0, floor) }
  }

  /// The covariance of scaled channels within elements, `[width][width]`.
  private func pooledCovariance(
    _ numbers: [Int32], _ scales: [Double]
  ) throws(HoneError) -> Buffer<Double> {
    let sum = try Buffer<Double>(repeating: 0, count: width * width)
    var count = 0
    for number in numbers {
      guard let element = elements[number] else { continue }
      let rows = Array(element.structures.indices)
      _ = try accumulateCovariance(rows, element, scales, into: sum)
      count += rows.count
    }
    for index in 0..<sum.count { sum[index] /= Double(count) }
    return sum
  }

  /// Adds the products of deviations from the mean.
  ///
  /// - Returns: The mean of the scaled channels.
  private func accumulateCovariance(
    _ rows: [Int], _ element: Element, _ scales: [Double], into sum: Buffer<Double>
  ) throws(HoneError) -> [Double] {
    var mean = [Double](repeating: 0, count: width)
    for row in rows {
      for channel in 0..<width { mean[channel] += Double(element.rows[row * width + channel]) }
    }
    for channel in 0..<width { mean[channel] *= scales[channel] / Double(max(1, rows.count)) }
    let deviations = try Buffer<Double>(count: rows.count * width)
    for (place, row) in rows.enumerated() {
      for channel in 0..<width {
        deviations[place * width + channel] =
          Double(element.rows[row * width + channel]) * scales[channel] - mean[channel]
      }
    }
    try accumulateGramMatrix(
      deviations.view, rows: rows.count, width: width, into: sum.view)
    withExtendedLifetime(deviations) {}
    return mean
  }

  /// The Gaussian of an element, of the structures that a rule picks.
  ///
  /// Few atoms say little: their covariance counts as if sixteen atoms more had that of all elements.
  private func gaussian(
    _ number: Int32, _ element: Element, _ scales: [Double], _ pooled: Buffer<Double>, unit: Double,
    _ picks: (Int) -> Bool
  ) throws(HoneError) -> DescriptorMetric.Gaussian {
    let rows = element.structures.indices.filter { picks(element.structures[$0]) }
    let covariance = try Buffer<Double>(repeating: 0, count: width * width)
    let mean = try accumulateCovariance(rows, element, scales, into: covariance)
    let prior = 16.0
    for index in 0..<covariance.count {
      covariance[index] =
        (covariance[index] + prior * pooled[index]) / (Double(rows.count) + prior)
    }
    let eigen = try SymmetricEigen(covariance.view, count: width)
    let total = (0..<width).reduce(0) { $0 + max(0, eigen.values[$1]) }
    var (rank, rest) = (0, total)
    let most = min(DescriptorMetric.mostAxes, width - 1, rows.count / 4)
    while rank < most, rest > 1e-3 * total {
      rest -= max(0, eigen.values[width - 1 - rank])
      rank += 1
    }
    let residual = max(rest / Double(width - rank), 1e-6 * max(total, 1e-30) / Double(width))
    var axes: [Double] = []
    for axis in 0..<rank {
      for channel in 0..<width {
        axes.append(eigen.vectors[(width - 1 - axis) * width + channel])
      }
    }
    return DescriptorMetric.Gaussian(
      atomicNumber: number, mean: mean, axes: axes,
      variances: (0..<rank).map { max(eigen.values[width - 1 - $0], residual) },
      residual: residual, unit: unit)
  }
}
