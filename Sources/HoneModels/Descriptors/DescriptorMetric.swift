internal import HoneNumerics

/// How far the descriptor of an atom is from those of the training data's atoms of its element.
///
/// Each element has a Gaussian of low rank: the principal axes of its descriptors, and one variance for
/// all that is left, as in probabilistic principal component analysis. A distance of one is as far as
/// one training atom in a hundred is from the Gaussian of the other training structures; infinite are
/// those of elements that the training data lack.
///
/// - SeeAlso: Tipping, Bishop, J. R. Stat. Soc. B 61, 611 (1999), on the Gaussian; Lee et al., NeurIPS
///   2018, arXiv:1807.03888, on telling the unfamiliar by Mahalanobis distances of features.
public struct DescriptorMetric: Sendable {
  /// The Gaussian of an element.
  struct Gaussian: Sendable {
    let atomicNumber: Int32
    /// `[width]`, in scaled channels.
    let mean: [Double]
    /// Principal axes, of length one, `[rank][width]`.
    let axes: [Double]
    /// Variances along them, `[rank]`, descending.
    let variances: [Double]
    /// The variance across them.
    let residual: Double
    /// The Mahalanobis distance that counts as one.
    let unit: Double
  }

  /// The length of a descriptor.
  public let width: Int
  /// What channels are multiplied by first, `[width]`.
  let scales: [Double]
  /// By element.
  let gaussians: [Gaussian]

  /// The elements it knows.
  public var elements: [Int32] { gaussians.map(\.atomicNumber) }

  /// The most principal axes of an element.
  static let mostAxes = 32

  init(scales: [Double], gaussians: [Gaussian]) {
    width = scales.count
    self.scales = scales
    self.gaussians = gaussians
  }

  /// Makes what computes distances for a model's own list of species.
  ///
  /// - Parameter atomicNumbers: Of each species.
  /// - Throws: `.outOfMemory`.
  func evaluator(_ atomicNumbers: [Int]) throws(HoneError) -> DescriptorDistances {
    try DescriptorDistances(self, atomicNumbers)
  }
}

/// Distances for the species of a model, ready to compute.
final class DescriptorDistances: Sendable {
  private typealias Lane = SIMD8<Double>
  private let width: Int
  private let lanes: Int
  private let rank: Int
  /// How many axes are looked at together: one sum would wait for itself at every addition.
  private static let axisGroup = 4
  /// By species, its place among the Gaussians, or -1.
  private let places: [Int]
  /// `[lanes]`.
  private let scales: Buffer<SIMD8<Double>>
  /// Scaled, `[gaussians][lanes]`.
  private let means: Buffer<SIMD8<Double>>
  /// `[gaussians][rank][lanes]`.
  private let axes: Buffer<SIMD8<Double>>
  /// What the square of a component along an axis counts beside its share of the square of the whole,
  /// 1 / variance − 1 / residual, `[gaussians][rank]`.
  private let weights: [Double]
  /// 1 / residual, `[gaussians]`.
  private let inverseResiduals: [Double]
  /// 1 / unit, `[gaussians]`.
  private let inverseUnits: [Double]

  init(_ metric: DescriptorMetric, _ atomicNumbers: [Int]) throws(HoneError) {
    width = metric.width
    lanes = Lane.blocks(for: metric.width)
    let most = metric.gaussians.map(\.variances.count).max() ?? 0
    // Whole groups of axes; those that are not there have no weight.
    let rank = (most + Self.axisGroup - 1) / Self.axisGroup * Self.axisGroup
    self.rank = rank
    let lookup = Dictionary(
      metric.gaussians.enumerated().map { (Int($0.element.atomicNumber), $0.offset) },
      uniquingKeysWith: { first, _ in first })
    places = atomicNumbers.map { lookup[$0] ?? -1 }
    scales = try Buffer(repeating: SIMD8<Double>(), count: lanes)
    means = try Buffer(repeating: SIMD8<Double>(), count: metric.gaussians.count * lanes)
    axes = try Buffer(repeating: SIMD8<Double>(), count: metric.gaussians.count * rank * lanes)
    var weights = [Double](repeating: 0, count: metric.gaussians.count * rank)
    for channel in 0..<width { scales.view.setChannel(channel, to: metric.scales[channel]) }
    for (place, gaussian) in metric.gaussians.enumerated() {
      let mean = means.view(from: place * lanes, count: lanes)
      for channel in 0..<width { mean.setChannel(channel, to: gaussian.mean[channel]) }
      for axis in gaussian.variances.indices {
        let row = axes.view(from: (place * rank + axis) * lanes, count: lanes)
        for channel in 0..<width {
          row.setChannel(channel, to: gaussian.axes[axis * width + channel])
        }
        weights[place * rank + axis] = 1 / gaussian.variances[axis] - 1 / gaussian.residual
      }
    }
    self.weights = weights
    inverseResiduals = metric.gaussians.map { 1 / $0.residual }
    inverseUnits = metric.gaussians.map { 1 / $0.unit }
  }

  /// The distances of some atoms.
  ///
  /// - Parameters:
  ///   - descriptors: `[atoms][width]`.
  ///   - species: Indices into the model's species, `[atoms]`.
  ///   - distances: `[atoms]`, overwritten.
  ///   - memory: Grows to a lane for each eight channels and thread.
  ///   - team: The threads to use.
  /// - Throws: `.outOfMemory`.
  func evaluate(
    _ descriptors: View<Double>, species: View<Int32>, into distances: View<Double>,
    memory: ReusableBuffer<SIMD8<Double>>, team: Team
  ) throws(HoneError) {
    let work = try memory.resize(team.threadCount * lanes)
    team.split(distances.count) { [self] range, rank in
      let deviation = work.slice(rank * lanes, lanes)
      for atom in range {
        distances[atom] = distance(
          descriptors.slice(atom * width, width), Int(species[atom]), deviation)
      }
    }
  }

  private func distance(
    _ descriptor: View<Double>, _ species: Int, _ deviation: View<SIMD8<Double>>
  ) -> Double {
    let place = places[species]
    guard place >= 0 else { return .infinity }
    deviation[lanes - 1] = SIMD8<Double>()
    let whole = width / Lane.scalarCount
    let source = UnsafeRawPointer(descriptor.base)
    for lane in 0..<whole {
      deviation[lane] = source.loadUnaligned(
        fromByteOffset: lane * MemoryLayout<Lane>.stride, as: Lane.self)
    }
    for channel in whole * Lane.scalarCount..<width {
      deviation.setChannel(channel, to: descriptor[channel])
    }
    let mean = means.view(from: place * lanes, count: lanes)
    var norm = SIMD8<Double>()
    for lane in 0..<lanes {
      let value = deviation[lane] * scales[lane] - mean[lane]
      deviation[lane] = value
      norm = SIMD8.multiplyAdd(norm, value, value)
    }
    var square = norm.sum() * inverseResiduals[place]
    for first in stride(from: place * rank, to: (place + 1) * rank, by: Self.axisGroup) {
      let rows = axes.view(from: first * lanes, count: Self.axisGroup * lanes)
      var (sum0, sum1, sum2, sum3) = (Lane(), Lane(), Lane(), Lane())
      for lane in 0..<lanes {
        let value = deviation[lane]
        sum0 = SIMD8.multiplyAdd(sum0, value, rows[lane])
        sum1 = SIMD8.multiplyAdd(sum1, value, rows[lanes + lane])
        sum2 = SIMD8.multiplyAdd(sum2, value, rows[2 * lanes + lane])
        sum3 = SIMD8.multiplyAdd(sum3, value, rows[3 * lanes + lane])
      }
      let components = SIMD4(sum0.sum(), sum1.sum(), sum2.sum(), sum3.sum())
      for (offset, axis) in (first..<first + Self.axisGroup).enumerated() {
        square += components[offset] * components[offset] * weights[axis]
      }
    }
    // Rounding may leave a little below zero; what is not a number stays so, and counts as far away.
    guard square >= 0 else { return square < 0 ? 0 : .infinity }
    return square.squareRoot() * inverseUnits[place]
  }
}
