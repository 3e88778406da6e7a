internal import Glibc
internal import HoneNumerics

/// The search for the coarsest splines that are exact enough, in double.
///
/// All channels of a table are interpolated at once: they are the right-hand sides of one banded
/// system, channels fastest, so that elimination is a stream of sums of rows.
final class RadialTableFitting {
  /// Eight channels.
  typealias Block = SIMD8<Double>
  /// Computes all functions at some distances, `[radii][channels]`.
  typealias Functions = (_ radii: View<Double>, _ values: View<Double>) throws(HoneError) -> Void

  /// The spline of one segment.
  struct Piece {
    /// Where the segment begins, in Å.
    let start: Double
    /// Where it ends, in Å.
    let end: Double
    /// The number of intervals.
    let intervals: Int
    /// The coefficients, `[intervals + degree][blocks]`.
    let coefficients: Buffer<Block>
    /// The largest slope of any channel, per Å.
    let largestSlope: Double
    /// The largest value of any channel.
    let largestValue: Double
    /// The largest error of a slope, per Å, or one that is large enough to refuse the spline.
    var slopeError: Double?

    /// The length of an interval in Å.
    var spacing: Double { (end - start) / Double(intervals) }
    /// The number of rows of coefficients.
    let rowCount: Int

    /// A distance, by interval and position in it.
    func radius(_ interval: Int, _ t: Double) -> Double {
      let place = Double(interval) + t
      return place == Double(intervals) ? end : start + place * spacing
    }
  }

  /// The splines found so far, one per segment.
  private(set) var pieces: [Piece] = []
  /// The blocks of a row.
  let blocks: Int

  private let channels: Int
  private let edges: [Double]
  private let splines: UniformSplines
  /// How many distances are asked for at once.
  private static let batch = 128
  /// Where splines and functions are compared in every interval.
  ///
  /// The error of a spline of odd degree that interpolates at the knots is largest midway.
  private static let probes = [0.5, 0.23, 0.79]
  private let radii: Buffer<Double>
  private let values: Buffer<Double>
  /// The B-splines at the probes, in all lanes, `[probe][k]`.
  private let probeWeights: Buffer<Block>
  /// Their slopes at the start, the middle and the end of an interval, `[place][k]`.
  private let slopeWeights: Buffer<Block>

  /// Prepares for some segments.
  ///
  /// - Parameters:
  ///   - channels: The number of functions, positive.
  ///   - degree: The degree of the splines, odd.
  ///   - edges: The ends of the segments, ascending.
  /// - Throws: `.outOfMemory`.
  init(channels: Int, degree: Int, edges: [Double]) throws(HoneError) {
    self.channels = channels
    self.edges = edges
    blocks = Block.blocks(for: channels)
    let splines = UniformSplines(degree: degree)
    self.splines = splines
    probeWeights = try Self.repeated(Self.probes.map { splines.values(at: $0) })
    slopeWeights = try Self.repeated([0, 0.5, 1].map { splines.slopes(at: $0) })
    let (size, overflow) = (blocks * Block.width).multipliedReportingOverflow(by: Self.batch)
    radii = try Buffer(repeating: 0, count: Self.batch)
    values = try Buffer(repeating: 0, count: overflow ? Int.max : size)
  }

  /// The rows of all segments.
  var rowCount: Int { pieces.reduce(0) { $0 + $1.rowCount } }

  /// Refines all segments until they are exact enough.
  ///
  /// - Returns: The error relative to the scale of slopes, or `nil` when it cannot be had.
  /// - Throws: What `evaluate` throws, or `.outOfMemory`.
  func refine(tolerance: Double, maximumRows: Int, evaluate: Functions) throws(HoneError) -> Double?
  {
    let length = edges[edges.count - 1] - edges[0]
    let degree = splines.degree
    var wanted = (1..<edges.count).map { index in
      let share = 16 * (edges[index] - edges[index - 1]) / length
      return max(4, Int(share.rounded(.up)))
    }
    guard wanted.count <= maximumRows,
      wanted.reduce(0, +) + degree * wanted.count <= maximumRows
    else { return nil }
    while true {
      for (index, intervals) in wanted.enumerated() {
        if index < pieces.count && pieces[index].intervals == intervals { continue }
        guard
          let piece = try fit(
            from: edges[index], to: edges[index + 1], intervals: intervals, evaluate: evaluate)
        else { return nil }
        if index < pieces.count { pieces[index] = piece } else { pieces.append(piece) }
      }
      let scales = scales(length)
      for index in pieces.indices where pieces[index].slopeError == nil {
        pieces[index].slopeError = try slopeError(
          of: pieces[index], limit: tolerance * scales[index], evaluate: evaluate)
      }
      let errors = pieces.map { $0.slopeError ?? .infinity }
      guard scales.allSatisfy(\.isFinite), errors.allSatisfy(\.isFinite) else { return nil }
      if zip(errors, scales).allSatisfy({ $0 <= tolerance * $1 }) {
        return zip(errors, scales).reduce(0) { $1.1 > 0 ? max($0, $1.0 / $1.1) : $0 }
      }
      let room = maximumRows - rowCount
      let growth = pieces.indices.map { index in
        errors[index] <= tolerance * scales[index]
          ? 0
          : Self.growth(
            pieces[index].intervals, errors[index] / (tolerance * scales[index]), degree: degree)
      }
      let total = growth.reduce(0, +)
      for index in wanted.indices where growth[index] > 0 {
        let granted =
          total <= room
          ? growth[index] : Int(Double(room) * (Double(growth[index]) / Double(total)))
        guard granted > 0 else { return nil }
        wanted[index] += granted
      }
    }
  }

  /// What the errors of each segment are relative to: the largest slope in it or beyond.
  ///
  /// At short distances, where atoms hardly ever are, functions are so steep that a share of their
  /// slopes would be coarse for what bonded and more distant neighbours do. Near the cutoff all
  /// functions fade: no less than a thousandth of the largest slope counts.
  private func scales(_ length: Double) -> [Double] {
    var scales = pieces.map { max($0.largestSlope, $0.largestValue / length) }
    let floor = 1e-3 * scales.reduce(0, max)
    for index in scales.indices.dropLast().reversed() {
      scales[index] = max(scales[index], scales[index + 1])
    }
    return scales.map { max($0, floor) }
  }

  /// How many intervals more to try.
  ///
  /// The error of slopes falls with the spacing to the power of the degree, once the functions are
  /// resolved. Before that the rule asks for too much, hence the upper bound.
  private static func growth(_ intervals: Int, _ excess: Double, degree: Int) -> Int {
    let factor = pow(min(excess, 1e30), 1 / Double(degree))
    return Int((Double(intervals) * (min(max(factor, 1.1), 1.6) - 1)).rounded(.up))
  }

  /// Computes the functions at the first distances in `radii`.
  private func compute(_ count: Int, _ evaluate: Functions) throws(HoneError) {
    try evaluate(
      radii.view(from: 0, count: count), values.view(from: 0, count: count * channels))
  }

  /// Lane by lane the larger one; where that is not a number, infinity.
  @inline(__always)
  private static func raise(_ largest: inout Block, to magnitude: Block) {
    largest = largest.replacing(with: magnitude, where: magnitude .> largest)
    largest = largest.replacing(with: .infinity, where: magnitude .!= magnitude)
  }

  /// Eight values of one distance, and zeros beyond the last channel.
  @inline(__always)
  private func block(_ block: Int, of radius: Int) -> Block {
    let first = block &* Block.width
    let row = UnsafeRawPointer(values.base + radius &* channels)
    if first &+ Block.width <= channels {
      return row.loadUnaligned(fromByteOffset: first &* 8, as: Block.self)
    }
    var result = Block()
    for channel in first..<channels {
      result[channel &- first] = row.load(fromByteOffset: channel &* 8, as: Double.self)
    }
    return result
  }

  /// Interpolates one segment; `nil` when a function is not finite.
  private func fit(from start: Double, to end: Double, intervals: Int, evaluate: Functions)
    throws(HoneError) -> Piece?
  {
    let system = try SplineCollocation(splines, intervals: intervals)
    let (size, overflow) = system.count.multipliedReportingOverflow(by: blocks)
    let rows = try Buffer<Block>(count: overflow ? Int.max : size)
    var piece = Piece(
      start: start, end: end, intervals: intervals, coefficients: rows, largestSlope: 0,
      largestValue: 0, rowCount: system.count)
    var largest = Block()
    var point = 0
    while point < system.count {
      let count = min(Self.batch, system.count - point)
      for index in 0..<count {
        let (interval, t) = system.position(of: point + index)
        radii[index] = piece.radius(interval, t)
      }
      try compute(count, evaluate)
      for index in 0..<count {
        let row = rows.base + (point + index) * blocks
        for block in 0..<blocks {
          let value = self.block(block, of: index)
          row[block] = value
          Self.raise(&largest, to: Block.magnitude(value))
        }
      }
      point += count
    }
    guard largest.max().isFinite else { return nil }
    system.solve(rows.view, blocks: blocks)
    piece = Piece(
      start: start, end: end, intervals: intervals, coefficients: rows,
      largestSlope: largestSlope(of: piece), largestValue: largest.max(),
      rowCount: system.count)
    return piece
  }

  /// The largest slope of any channel at the knots and midway between them.
  private func largestSlope(of piece: Piece) -> Double {
    var largest = Block()
    let taps = splines.degree + 1
    for interval in 0..<piece.intervals {
      for place in 0..<(interval + 1 == piece.intervals ? 3 : 2) {
        let weights = slopeWeights.view(from: place * taps, count: taps)
        for block in 0..<blocks {
          let slope = sum(piece, interval, block, weights)
          Self.raise(&largest, to: Block.magnitude(slope))
        }
      }
    }
    return largest.max() / piece.spacing
  }

  /// `Σ_k weights[k] · coefficients[interval + k]` for eight channels.
  @inline(__always)
  private func sum(_ piece: Piece, _ interval: Int, _ block: Int, _ weights: View<Block>) -> Block {
    let first = piece.coefficients.base + (interval &* blocks &+ block)
    var result = Block()
    for k in 0..<weights.count {
      result = Block.multiplyAdd(result, weights[k], first[k &* blocks])
    }
    return result
  }

  /// Numbers in all lanes of a block each, row after row.
  private static func repeated(_ rows: [[Double]]) throws(HoneError) -> Buffer<Block> {
    try Buffer(rows.joined().map { Block(repeating: $0) })
  }

  /// The largest error of a slope, per Å, from deviations of values between the knots.
  ///
  /// Comparisons begin with some that are spread over the segment, so that a spline that is too
  /// coarse is found out by few; then rows of coefficients are read in their order.
  ///
  /// - Parameter limit: The error beyond which there is no need to know it.
  /// - Returns: The error, or one above the limit, not finite when a function is not.
  private func slopeError(of piece: Piece, limit: Double, evaluate: Functions) throws(HoneError)
    -> Double
  {
    let perInterval = Self.probes.count
    let total = piece.intervals * perInterval
    let first = min(piece.intervals, Self.batch)
    let spread = try deviation(of: piece, count: first, evaluate: evaluate) { index in
      (index * piece.intervals / first, 0)
    }
    var worst = spread * Double.pi / piece.spacing
    var done = 0
    while done < total && worst <= limit {
      let count = min(Self.batch, total - done)
      let largest = try deviation(of: piece, count: count, evaluate: evaluate) { index in
        ((done + index) / perInterval, (done + index) % perInterval)
      }
      worst = max(worst, largest * Double.pi / piece.spacing)
      done += count
    }
    return worst
  }

  /// The largest deviation of any channel at a number of places.
  private func deviation(
    of piece: Piece, count: Int, evaluate: Functions,
    place: (_ index: Int) -> (interval: Int, probe: Int)
  ) throws(HoneError) -> Double {
    let taps = splines.degree + 1
    for index in 0..<count {
      let (interval, probe) = place(index)
      radii[index] = piece.radius(interval, Self.probes[probe])
    }
    try compute(count, evaluate)
    var largest = Block()
    for index in 0..<count {
      let (interval, probe) = place(index)
      let weights = probeWeights.view(from: probe * taps, count: taps)
      for block in 0..<blocks {
        let difference = sum(piece, interval, block, weights) - self.block(block, of: index)
        Self.raise(&largest, to: Block.magnitude(difference))
      }
    }
    return largest.max()
  }
}
