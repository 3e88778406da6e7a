import Foundation
import HoneNumerics
import Testing

@testable import HoneModels

@Suite("Tables of functions of distance")
struct RadialTableTests {
  @Test("B-splines sum to one, their slopes to zero, and slopes are derivatives")
  func partitionOfUnity() throws {
    try checkPartition(SIMD8<Double>.self, tolerance: 1e-14)
    try checkPartition(SIMD16<Float>.self, tolerance: 1e-6)
    let splines = UniformSplines(degree: 7)
    let step = 1e-5
    for t in stride(from: 0.05, to: 1, by: 0.1) {
      let above = splines.values(at: t + step)
      let below = splines.values(at: t - step)
      for (k, slope) in splines.slopes(at: t).enumerated() {
        #expect(abs((above[k] - below[k]) / (2 * step) - slope) < 1e-10)
      }
    }
  }

  private func checkPartition<L: HoneLanes>(_: L.Type, tolerance: Double) throws {
    let taps = SplineTaps<L>.taps
    let reference = UniformSplines(degree: taps - 1)
    let splines = try SplineTaps<L>()
    let values = try Buffer<L>(count: taps)
    let slopes = try Buffer<L>(count: taps)
    var t = L.zero
    for lane in 0..<L.width { t[lane] = L.Element(Double(lane) / Double(L.width - 1)) }
    splines.evaluate(t, values: values.view, slopes: slopes.view)
    for lane in 0..<L.width {
      var sum = 0.0
      var slopeSum = 0.0
      for k in 0..<taps {
        sum += values[k][lane].value
        slopeSum += slopes[k][lane].value
        #expect(abs(values[k][lane].value - reference.values(at: t[lane].value)[k]) < tolerance)
        #expect(abs(slopes[k][lane].value - reference.slopes(at: t[lane].value)[k]) < tolerance)
      }
      #expect(abs(sum - 1) < tolerance)
      #expect(abs(slopeSum) < tolerance)
    }
  }

  @Test("A polynomial of the spline's degree is reproduced by the coarsest table")
  func polynomials() throws {
    let functions = FunctionFamily(channels: 3) { channel, r in
      let x = r - 2
      let powers = [x * x * x, 1 - x * x * x * x * x, 0.1 * x * x * x * x * x * x * x]
      let slopes = [3 * x * x, -5 * x * x * x * x, 0.7 * x * x * x * x * x * x]
      return (powers[channel], slopes[channel])
    }
    let table = try #require(try functions.table(Double.self, from: 0.5, to: 3.5, tolerance: 1e-11))
    #expect(table.segments.map(\.intervals) == [16])
    #expect(table.segments.first?.firstRow == 0)
    #expect(table.rowCount == 16 + 7)
    let worst = try functions.worstErrors(of: table)
    #expect(worst.value < 1e-12)
    #expect(worst.slope < 1e-11)
  }

  @Test("The error of slopes falls with the power of the spacing that is the degree")
  func convergenceOrder() throws {
    // The first power that is not reproduced: its error has no higher orders.
    let functions = FunctionFamily(channels: 1) { _, r in
      let x = Dual(r - 3, tangent: 1)
      let power = Dual.power(x, 8)
      return (power.primal, power.tangent)
    }
    func error(_ tolerance: Double) throws -> (intervals: Double, slope: Double) {
      let table = try #require(
        try functions.table(Double.self, from: 1, to: 5, tolerance: tolerance))
      return (Double(table.segments[0].intervals), try functions.worstErrors(of: table).slope)
    }
    let coarse = try error(1e-7)
    let fine = try error(1e-10)
    let order = log(coarse.slope / fine.slope) / log(fine.intervals / coarse.intervals)
    #expect(order > 6.8 && order < 7.2, "order \(order)")
  }

  @Test("Slopes are the derivative of tabulated values, also across knots and segments")
  func slopesAreDerivatives() throws {
    let functions = FunctionFamily.waves(count: 4, cutoff: 6)
    let table = try #require(
      try functions.table(
        Double.self, from: 0.3, to: 6, breakpoints: [2.5], tolerance: 1e-4))
    let step = 1e-5
    for r in stride(from: 0.31, to: 5.99, by: 0.0137) {
      let middle = try evaluate(table, r, channels: 4)
      let above = try evaluate(table, r + step, channels: 4)
      let below = try evaluate(table, r - step, channels: 4)
      for channel in 0..<4 {
        let difference = (above.values[channel] - below.values[channel]) / (2 * step)
        // At the breakpoint only the two splines' common limit makes them meet.
        #expect(abs(difference - middle.slopes[channel]) < (abs(r - 2.5) < step ? 1e-2 : 1e-7))
      }
    }
  }

  @Test("The measured error bounds the true one", arguments: [1e-4, 1e-6, 1e-8, 1e-10, 1e-11])
  func measuredError(tolerance: Double) throws {
    for functions in [
      FunctionFamily.waves(count: 8, cutoff: 5), FunctionFamily.waves(count: 2, cutoff: 6),
      try FunctionFamily.network(channels: 24, cutoff: 6),
    ] {
      let table = try #require(
        try functions.table(Double.self, from: 0.2, to: functions.end, tolerance: tolerance))
      #expect(table.error <= tolerance)
      let worst = try functions.worstErrors(of: table)
      // Rounding in the exact slopes and in the sums over taps adds to what is measured.
      let rounding = 5e-12
      #expect(
        worst.slope <= 1.3 * table.error + rounding,
        "tolerance \(tolerance): measured \(table.error), true \(worst.slope)")
      #expect(
        worst.slope + rounding > 0.3 * table.error,
        "tolerance \(tolerance): measured \(table.error), true \(worst.slope)")
    }
  }

  @Test("A single-precision table is as exact as its numbers")
  func singlePrecision() throws {
    for functions in [
      FunctionFamily.waves(count: 8, cutoff: 5),
      try FunctionFamily.network(channels: 24, cutoff: 6),
    ] {
      let table = try #require(
        try functions.table(Float.self, from: 0.2, to: functions.end, tolerance: 1e-7))
      let worst = try functions.worstErrors(of: table)
      #expect(worst.value < 1e-6, "\(worst.value)")
      #expect(worst.slope < 5e-6, "\(worst.slope)")
    }
  }

  @Test("A break in the second derivative needs a breakpoint")
  func breakpoints() throws {
    let cutoff = RadialCutoff.xplor(onset: 4)
    let functions = FunctionFamily(channels: 2, end: 5) { channel, r in
      let x = Dual(r, tangent: 1)
      let wave = channel == 0 ? Dual<Double>(1) : x * x * Dual(0.1)
      let value = wave * cutoff.value(x, cutoff: 5)
      return (value.primal, value.tangent)
    }
    let table = try #require(
      try functions.table(
        Double.self, from: 0.5, to: 5, breakpoints: [4], tolerance: 1e-9,
        maximumBytes: 1 << 16))
    #expect(table.segments.map(\.start) == [0.5, 4])
    #expect(table.segments.map(\.end) == [4, 5])
    #expect(try functions.worstErrors(of: table).slope < 2e-9)
    let refused = try functions.table(
      Double.self, from: 0.5, to: 5, tolerance: 1e-9, maximumBytes: 1 << 16)
    #expect(refused == nil)
    // A break at the limit of the range is none.
    let shifted = try functions.table(
      Double.self, from: 4, to: 5, breakpoints: [4], tolerance: 1e-9, maximumBytes: 1 << 16)
    #expect(shifted?.segments.count == 1)
  }

  @Test("Distances outside the range count as its ends")
  func clamping() throws {
    let functions = FunctionFamily.waves(count: 2, cutoff: 6)
    let table = try #require(
      try functions.table(Double.self, from: 0.5, to: 6, breakpoints: [3], tolerance: 1e-6))
    let first = table.locate(0.5)
    #expect(first.row == 0 && first.t == 0)
    for r in [-1, 0, 0.4, -Double.infinity, .nan] {
      let place = table.locate(r)
      #expect(place.row == 0 && place.t == 0)
    }
    let last = table.rowCount - RadialTable<Double>.taps
    for r in [6, 6.1, 1e300, .infinity] {
      let place = table.locate(r)
      #expect(place.row == last && place.t == 1)
    }
    let middle = table.locate(3)
    #expect(middle.row == table.segments[1].firstRow && middle.t == 0)
  }

  @Test("Input that leaves nothing to tabulate gives no table, and no trap")
  func degenerateInput() throws {
    let waves = FunctionFamily.waves(count: 2, cutoff: 6)
    #expect(try waves.table(Double.self, from: 6, to: 6, tolerance: 1e-6) == nil)
    #expect(try waves.table(Double.self, from: 6, to: 1, tolerance: 1e-6) == nil)
    #expect(try waves.table(Double.self, from: .nan, to: 6, tolerance: 1e-6) == nil)
    #expect(try waves.table(Double.self, from: 0, to: .infinity, tolerance: 1e-6) == nil)
    #expect(try waves.table(Double.self, from: 1, to: 6, tolerance: 0) == nil)
    #expect(try waves.table(Double.self, from: 1, to: 6, tolerance: .nan) == nil)
    #expect(try waves.table(Double.self, from: 1, to: 6, tolerance: .infinity) == nil)
    #expect(
      try waves.table(Double.self, from: 1, to: 6, tolerance: 1e-6, maximumBytes: 0) == nil)
    #expect(
      try waves.table(Double.self, from: 1, to: 6, tolerance: 1e-11, maximumBytes: 4096) == nil)
    let steep = FunctionFamily(channels: 1) { _, r in (1e307 * sin(100 * r), 0) }
    #expect(try steep.table(Double.self, from: 1, to: 6, tolerance: 1e-6) == nil)
    let large = FunctionFamily(channels: 1) { _, r in (1e39 * r, 1e39) }
    #expect(try large.table(Float.self, from: 1, to: 6, tolerance: 1e-6) == nil)
    let many = FunctionFamily(channels: 1) { _, _ in (0, 0) }
    for channels in [-1, Int.max] {
      let table = try RadialTable<Double>.make(
        channels: channels, from: 1, to: 6, breakpoints: [], tolerance: 1e-6, maximumBytes: .max,
        evaluate: many.compute)
      #expect(table == nil)
    }
    let none = FunctionFamily(channels: 0) { _, _ in (0, 0) }
    #expect(try none.table(Double.self, from: 1, to: 6, tolerance: 1e-6) == nil)
    let singular = FunctionFamily(channels: 1) { _, r in (1 / (r - 1), 0) }
    #expect(try singular.table(Double.self, from: 1, to: 6, tolerance: 1e-6) == nil)
  }

  @Test("Breakpoints may be anywhere, in any order, and more than once")
  func wildBreakpoints() throws {
    let waves = FunctionFamily.waves(count: 2, cutoff: 6)
    let table = try #require(
      try waves.table(
        Double.self, from: 1, to: 6,
        breakpoints: [4, 2, 4, -3, 1, 6, 99, .nan, .infinity, 2.000_000_001], tolerance: 1e-8))
    #expect(table.segments.map(\.start) == [1, 2, 4])
    #expect(try waves.worstErrors(of: table).slope < 2e-8)
    var row = 0
    for segment in table.segments {
      #expect(segment.firstRow == row)
      row += segment.intervals + RadialTable<Double>.taps - 1
    }
    #expect(table.rowCount == row)
  }

  @Test("Zero and constant functions are tabulated by the coarsest table")
  func constants() throws {
    let zeros = FunctionFamily(channels: 9) { _, _ in (0, 0) }
    let table = try #require(try zeros.table(Double.self, from: 1, to: 6, tolerance: 1e-11))
    #expect(table.error == 0)
    #expect(try zeros.worstErrors(of: table, scale: 1) == (0, 0))
    let ones = FunctionFamily(channels: 9) { _, _ in (1, 0) }
    let flat = try #require(try ones.table(Double.self, from: 1, to: 6, tolerance: 1e-11))
    #expect(flat.segments[0].intervals == 16)
    #expect(try ones.worstErrors(of: flat, scale: 1).slope < 1e-12)
  }

  @Test("Errors of the functions are passed on")
  func errors() throws {
    #expect(throws: HoneError(.cancelled, "enough")) {
      try RadialTable<Double>.make(
        channels: 1, from: 1, to: 2, breakpoints: [], tolerance: 1e-6, maximumBytes: 1 << 20
      ) { _, _ throws(HoneError) in throw HoneError(.cancelled, "enough") }
    }
  }

  @Test("The weights of a convolution fit into a few hundred rows")
  func realisticSize() throws {
    let functions = try FunctionFamily.network(channels: 1280, cutoff: 6)
    func rows<T: HoneScalar>(_: T.Type, _ tolerance: Double) throws -> Int {
      let table = try #require(
        try functions.table(T.self, from: 0.2, to: 6, tolerance: tolerance))
      let rows = table.rowCount
      // The search for the spacing costs a few times what the table itself does.
      #expect(functions.evaluations < 12 * rows)
      return rows
    }
    #expect(try rows(Float.self, 1e-7) < 250)
    #expect(try rows(Double.self, 1e-10) < 320)
    #expect(try rows(Double.self, 1e-11) < 480)
  }

  @Test("The outputs of a network span no more than its last hidden layer")
  func rank() throws {
    let functions = try FunctionFamily.network(channels: 1280, cutoff: 6)
    let radii = try Buffer<Double>(count: 128)
    for index in 0..<128 { radii[index] = 0.2 + 5.8 * Double(index) / 127 }
    let samples = try Buffer<Double>(count: 128 * 1280)
    try functions.compute(radii.view, samples.view)
    let basis = try RowSpaceBasis(
      samples: samples.view, sampleCount: 128, channels: 1280, tolerance: 1e-13,
      maximumRank: 128)
    #expect(basis.rank <= 64)
    #expect(basis.residual <= 1e-13)
  }
}
