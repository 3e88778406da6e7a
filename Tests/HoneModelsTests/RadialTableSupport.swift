import HoneNumerics
import Testing

@testable import HoneModels

/// Functions of distance with exact slopes, to tabulate and to compare with.
final class FunctionFamily {
  let channels: Int
  let end: Double
  /// Values and slopes of all channels at one distance.
  let exact: (_ r: Double, _ values: View<Double>, _ slopes: View<Double>) -> Void
  /// At how many distances the last table asked for values.
  private(set) var evaluations = 0
  /// Values alone, where there is a faster way to them.
  private let values: ((_ radii: View<Double>, _ values: View<Double>) throws(HoneError) -> Void)?

  init(
    channels: Int, end: Double,
    exact: @escaping (_ r: Double, _ values: View<Double>, _ slopes: View<Double>) -> Void,
    values: ((_ radii: View<Double>, _ values: View<Double>) throws(HoneError) -> Void)?
  ) {
    self.channels = channels
    self.end = end
    self.exact = exact
    self.values = values
  }

  convenience init(
    channels: Int, end: Double = 6,
    _ function: @escaping (_ channel: Int, _ r: Double) -> (value: Double, slope: Double)
  ) {
    self.init(
      channels: channels, end: end,
      exact: { r, values, slopes in
        for channel in 0..<channels {
          (values[channel], slopes[channel]) = function(channel, r)
        }
      }, values: nil)
  }

  /// Bessel functions times the polynomial envelope.
  static func waves(count: Int, cutoff: Double) -> FunctionFamily {
    FunctionFamily(channels: count, end: cutoff) { channel, r in
      let x = Dual(r, tangent: 1)
      let phase = Double(channel + 1) * Double.pi / cutoff
      let (sine, cosine) = SIMD8<Double>.sineCosine(SIMD8(repeating: phase * r))
      let wave = Dual(sine[0], tangent: phase * cosine[0]) / x
      let value = wave * RadialCutoff.polynomial(p: 6).value(x, cutoff: cutoff)
      return (value.primal, value.tangent)
    }
  }

  /// A random network 8 → 64 → 64 → channels on enveloped Bessel functions.
  static func network(channels: Int, cutoff: Double) throws -> FunctionFamily {
    typealias Lanes = SIMD8<Double>
    var generator = SeededGenerator(state: 5)
    var matrices: [WeightMatrix<Double>] = []
    for (rows, columns) in [(8, 64), (64, 64), (64, channels)] {
      let weights = (0..<rows * columns).map { _ in
        // Of unit variance before the division.
        Double.random(in: -1...1, using: &generator) * 3.0.squareRoot() / Double(rows).squareRoot()
      }
      matrices.append(
        try WeightMatrix(
          rowCount: rows, columnCount: columns,
          entries: MatrixEntries { weights[$0 * columns + $1] }, ledger: nil))
    }
    let network = RadialNetwork<Double>(
      links: matrices.enumerated().map { index, matrix in
        RadialNetwork.Link(
          matrix: matrix, bias: nil, normalization: nil,
          activation: index < 2 ? .normalized(.silu) : nil)
      }, speciesTerms: nil)
    let basis = try RadialBasis<Double>(
      kind: .bessel(
        frequencies: (1...8).map { Double($0) * Double.pi / cutoff },
        factor: (2 / cutoff).squareRoot()),
      cutoffRadius: cutoff, cutoff: .polynomial(p: 6), transform: nil, appliesCutoff: true)
    let lanes = Lanes.blocks(for: channels)
    let most = 256
    let input = try Buffer<Lanes>(count: most)
    let inputSlopes = try Buffer<Lanes>(count: most)
    let scratch = try Buffer<Lanes>(count: most * network.scratchLanes)
    let work = try Buffer<Lanes>(count: network.workLanes(edges: most))
    let output = try Buffer<Lanes>(count: most * lanes)
    func values(_ radii: View<Double>, _ values: View<Double>) {
      for index in 0..<radii.count {
        _ = basis.evaluate(
          distance: radii[index], radiusSum: 1, values: input.view(from: index, count: 1),
          slopes: inputSlopes.view(from: index, count: 1))
      }
      network.evaluate(
        input.view, ends: { _ in (0, 0) }, edges: radii.count, scratch: scratch.view,
        work: work.view, into: output.view)
      for index in 0..<radii.count {
        let row = output.view.dropping(index * lanes)
        for channel in 0..<channels { values[index * channels + channel] = row.channel(channel) }
      }
    }
    // Slopes layer by layer: the product rule on pairs of rows.
    func exact(_ r: Double, _ values: View<Double>, _ slopes: View<Double>) {
      let (value, slope) = (input.view(from: 0, count: 1), inputSlopes.view(from: 0, count: 1))
      _ = basis.evaluate(distance: r, radiusSum: 1, values: value, slopes: slope)
      var current = (0..<8).map { (value.channel($0), slope.channel($0)) }
      for (index, matrix) in matrices.enumerated() {
        let width = matrix.forward.columnCount
        let rows = current.count
        let pair = work.view.slice(0, 2 * Lanes.blocks(for: rows))
        let stride = Lanes.blocks(for: rows)
        for (row, (value, slope)) in current.enumerated() {
          pair.dropping(0).setChannel(row, to: value)
          pair.dropping(stride).setChannel(row, to: slope)
        }
        let result = output.view.slice(0, 2 * Lanes.blocks(for: width))
        matrix.forward.multiply(
          pair, stride: stride, into: result, stride: Lanes.blocks(for: width), rows: 2)
        current = (0..<width).map { column in
          let value = result.channel(column)
          let slope = result.dropping(Lanes.blocks(for: width)).channel(column)
          guard index < 2 else { return (value, slope) }
          let silu = Activation.normalized(.silu)
          let x = Lanes(repeating: value)
          return (silu(x)[0], silu.derivative(x)[0] * slope)
        }
      }
      for (channel, (value, slope)) in current.enumerated() {
        (values[channel], slopes[channel]) = (value, slope)
      }
    }
    return FunctionFamily(channels: channels, end: cutoff, exact: exact, values: values)
  }

  func table<T: HoneScalar>(
    _: T.Type, from start: Double, to end: Double, breakpoints: [Double] = [], tolerance: Double,
    maximumBytes: Int = 1 << 26
  ) throws -> RadialTable<T>? {
    evaluations = 0
    return try RadialTable<T>.make(
      channels: channels, from: start, to: end, breakpoints: breakpoints, tolerance: tolerance,
      maximumBytes: maximumBytes, evaluate: compute)
  }

  /// Values of all channels at some distances, `[radii][channels]`.
  func compute(_ radii: View<Double>, _ result: View<Double>) throws(HoneError) {
    evaluations += radii.count
    if let values { return try values(radii, result) }
    let slopes = try Buffer<Double>(count: channels)
    for index in 0..<radii.count {
      exact(radii[index], result.slice(index * channels, channels), slopes.view)
    }
  }

  /// The largest deviations over the range, values absolute, slopes relative to the largest slope.
  func worstErrors<T: HoneScalar>(of table: RadialTable<T>, scale: Double? = nil) throws -> (
    value: Double, slope: Double
  ) {
    let values = try Buffer<Double>(count: channels)
    let slopes = try Buffer<Double>(count: channels)
    let start = table.segments[0].start
    let length = table.segments[table.segments.count - 1].end - start
    var worst = (value: 0.0, slope: 0.0)
    var largest = 0.0
    let points = 20 * table.rowCount + 17
    for point in 0...points {
      let r = start + length * Double(point) / Double(points)
      exact(r, values.view, slopes.view)
      let tabulated = try evaluate(table, r, channels: channels)
      for channel in 0..<channels {
        worst.value = max(worst.value, abs(tabulated.values[channel] - values[channel]))
        worst.slope = max(worst.slope, abs(tabulated.slopes[channel] - slopes[channel]))
        largest = max(largest, abs(slopes[channel]))
      }
    }
    return (worst.value, worst.slope / (scale ?? largest))
  }
}

/// Values and slopes of a table at one distance, as it says they are computed.
func evaluate<T: HoneScalar>(_ table: RadialTable<T>, _ r: Double, channels: Int) throws -> (
  values: [Double], slopes: [Double]
) {
  let (first, t, inverseSpacing) = table.locate(r)
  let taps = RadialTable<T>.taps
  let weights = try Buffer<T.Lanes>(count: taps)
  let slopeWeights = try Buffer<T.Lanes>(count: taps)
  try SplineTaps<T.Lanes>().evaluate(
    T.Lanes(repeating: T(t)), values: weights.view, slopes: slopeWeights.view)
  var values = [T.Lanes](repeating: .zero, count: table.lanes)
  var slopes = values
  for k in 0..<taps {
    for block in 0..<table.lanes {
      let row = table.columns[block * table.rowCount + first + k]
      values[block] += weights[k] * row
      slopes[block] += slopeWeights[k] * row
    }
  }
  let width = T.Lanes.width
  return (
    (0..<channels).map { values[$0 / width][$0 % width].value },
    (0..<channels).map { slopes[$0 / width][$0 % width].value * inverseSpacing }
  )
}
