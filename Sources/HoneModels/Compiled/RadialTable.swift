internal import HoneNumerics

/// Many functions of one distance, tabulated as splines of equidistant knots.
///
///     f(r) = Σ_k B_k(t) c[row + k],    f′(r) = inverseSpacing · Σ_k B′_k(t) c[row + k]
///
/// with row, t and the inverse spacing from `locate` and the B-splines from `SplineTaps`. The slope
/// is that of the tabulated function, so forces are exactly the derivative of the energy.
///
/// A spline is smoother than some of the functions are at some distances. There the range is split
/// into segments, each with a spline and a spacing of its own.
final class RadialTable<T: HoneScalar>: Sendable {
  /// How many consecutive rows one value is made of.
  @inline(__always)
  static var taps: Int { SplineTaps<T.Lanes>.taps }

  /// A part of the range in which all functions are smooth.
  struct Segment: Sendable {
    /// Where it begins, in Å.
    let start: Double
    /// Where it ends, in Å.
    let end: Double
    /// Intervals per Å.
    let inverseSpacing: Double
    /// The number of intervals; there are `taps − 1` rows more.
    let intervals: Int
    /// Its first row in the table.
    let firstRow: Int
  }

  /// The segments, ascending, each beginning where the one before ends.
  let segments: [Segment]
  /// The lanes of a row.
  let lanes: Int
  /// The number of coefficients of one function.
  let rowCount: Int
  /// The coefficients, `[lanes][row]`: what the taps of one lane of channels read lies together,
  /// and all edges of an atom read from the same few kilobytes.
  let columns: Buffer<T.Lanes>
  /// The largest error of a slope found, relative to the largest slope of all functions in the same
  /// segment or beyond.
  ///
  /// It is that of the spline in double, before its coefficients are rounded to `T`, and an
  /// estimate: the largest deviation of values between the knots times π / spacing, which is what a
  /// smooth function's error is made of (a wave with nodes at the knots). Where no slope reaches
  /// the largest value divided by the length of the range, it is relative to the latter.
  let error: Double

  private init(
    segments: [Segment], lanes: Int, rowCount: Int, columns: Buffer<T.Lanes>, error: Double
  ) {
    self.segments = segments
    self.lanes = lanes
    self.rowCount = rowCount
    self.columns = columns
    self.error = error
  }

  /// What the table takes, in bytes.
  var byteCount: Int { columns.count * MemoryLayout<T.Lanes>.stride }

  /// Where a distance lies.
  ///
  /// - Parameter r: The distance in Å; outside the range the nearer end counts, and NaN as the
  ///   start.
  /// - Returns: The first of `taps` consecutive rows, the position within the interval in [0, 1],
  ///   where 1 occurs only at the end of the range, and the intervals per Å.
  @inline(__always)
  func locate(_ r: Double) -> (row: Int, t: Double, inverseSpacing: Double) {
    var index = 0
    while index + 1 < segments.count && r >= segments[index].end { index += 1 }
    let segment = segments[index]
    let place = (r - segment.start) * segment.inverseSpacing
    // Written so that NaN fails the comparison.
    let inside = place > 0 ? min(place, Double(segment.intervals)) : 0
    let interval = min(Int(inside), segment.intervals - 1)
    return (segment.firstRow + interval, inside - Double(interval), segment.inverseSpacing)
  }

  /// Tabulates functions to a tolerance.
  ///
  /// Every segment is refined until its error, as defined at `error`, is small enough.
  ///
  /// - Parameters:
  ///   - channels: The number of functions.
  ///   - start: The smallest distance, in Å.
  ///   - end: The largest distance, in Å.
  ///   - breakpoints: Distances at which some function is not smooth, in any order; those outside
  ///     the range, or as good as at its ends or at one another, do not count.
  ///   - tolerance: What `error` may be.
  ///   - maximumBytes: What the table may take. Making one takes two to four times as much.
  ///   - evaluate: Computes all functions at some distances, `[radii][channels]`.
  /// - Returns: The table, or `nil` when the tolerance cannot be had within `maximumBytes`, a
  ///   function is not finite somewhere or beyond `T`, or there is nothing to tabulate: no channel, no range.
  /// - Throws: What `evaluate` throws, or `.outOfMemory`.
  static func make(
    channels: Int, from start: Double, to end: Double, breakpoints: [Double], tolerance: Double,
    maximumBytes: Int,
    evaluate: (_ radii: View<Double>, _ values: View<Double>) throws(HoneError) -> Void
  ) throws(HoneError) -> RadialTable<T>? {
    guard channels > 0, start.isFinite, end.isFinite, end > start, (end - start).isFinite,
      tolerance > 0, tolerance.isFinite, maximumBytes > 0,
      channels <= maximumBytes / MemoryLayout<T>.stride
    else { return nil }
    let lanes = T.Lanes.blocks(for: channels)
    let rowBytes = lanes.multipliedReportingOverflow(by: MemoryLayout<T.Lanes>.stride)
    guard !rowBytes.overflow, rowBytes.partialValue <= maximumBytes else { return nil }
    let fitting = try RadialTableFitting(
      channels: channels, degree: taps - 1,
      edges: segmentEdges(from: start, to: end, breakpoints: breakpoints))
    guard
      let error = try fitting.refine(
        tolerance: tolerance, maximumRows: maximumBytes / rowBytes.partialValue,
        evaluate: evaluate)
    else { return nil }
    let rowCount = fitting.rowCount
    let columns = try Buffer<T.Lanes>(repeating: .zero, count: rowCount * lanes)
    var segments: [Segment] = []
    var firstRow = 0
    for piece in fitting.pieces {
      segments.append(
        Segment(
          start: piece.start, end: piece.end, inverseSpacing: 1 / piece.spacing,
          intervals: piece.intervals, firstRow: firstRow))
      for row in 0..<piece.rowCount {
        let source = UnsafePointer(piece.coefficients.base + row * fitting.blocks)
        let target = columns.base + firstRow + row
        for channel in 0..<channels {
          let coefficient = T(SIMD8.element(channel, of: source))
          guard coefficient.value.isFinite else { return nil }
          T.Lanes.setElement(
            channel % T.Lanes.width, of: target + channel / T.Lanes.width * rowCount,
            to: coefficient)
        }
      }
      firstRow += piece.rowCount
    }
    return RadialTable(
      segments: segments, lanes: lanes, rowCount: rowCount, columns: columns, error: error)
  }

  /// The ends of the segments, ascending.
  private static func segmentEdges(from start: Double, to end: Double, breakpoints: [Double])
    -> [Double]
  {
    // In a segment shorter than this, slopes would be lost to rounding.
    let shortest = 1e-6 * (end - start)
    var edges = [start]
    for point in breakpoints.filter(\.isFinite).sorted()
    where point - edges[edges.count - 1] > shortest && end - point > shortest {
      edges.append(point)
    }
    return edges + [end]
  }
}
