import HoneNumerics
import Testing

@testable import HoneModels

@Suite("Kernels of a factorised layer")
struct PowerKernelTests {
  struct Shape: Sendable, CustomStringConvertible {
    let harmonics: Int
    let lanes: Int
    var description: String { "\(harmonics) harmonics, \(lanes) lanes" }
  }

  /// Harmonics up to degrees 0 to 4, with lanes that are no power of two among them.
  static let shapes = [1, 4, 9, 16, 25].flatMap { harmonics in
    [1, 3, 4].map { Shape(harmonics: harmonics, lanes: $0) }
  }

  private static let segments = [0..<3, 3..<3, 3..<4, 4..<21, 21..<37]

  /// The kernels on invented edges of a few centres.
  private struct Run<T: CompiledScalar> {
    let shape: Shape
    let edges: KernelEdges<T>
    var sumLanes: Int { shape.harmonics * shape.lanes }
    var sumCount: Int { segments.count * sumLanes }

    init(_ shape: Shape, step: Double = 0) throws {
      self.shape = shape
      edges = try KernelEdges(
        count: 37, couplingCount: shape.harmonics, tableLanes: shape.lanes, nodes: 1, step: step)
    }

    func sums(_ arrays: EdgeArrays<T>, start: Buffer<T.Lanes>) throws -> Buffer<T.Lanes> {
      let sums = try Buffer<T.Lanes>(count: sumCount)
      sums.view.copy(from: start.view)
      for (center, slots) in segments.enumerated() {
        PowerKernels.accumulate(
          harmonics: shape.harmonics, slots, lanes: shape.lanes, arrays,
          into: sums.base + center * sumLanes)
      }
      return sums
    }

    /// Gradients of Σ w · sums with respect to harmonics, `[harmonics][edges]`, and distances.
    func gradient(_ w: Buffer<T.Lanes>) throws -> (harmonics: [Double], distances: [Double]) {
      let width = T.Lanes.width
      var result = (
        harmonics: [Double](repeating: 0, count: shape.harmonics * edges.count),
        distances: [Double]()
      )
      let rows = try Buffer<UnsafePointer<T.Lanes>>(count: width)
      let products: Buffer<T.Lanes> = try filled(shape.harmonics * width, seed: 3)
      let before: Buffer<T.Lanes> = try filled(width, seed: 4)
      for first in stride(from: 0, to: edges.count, by: width) {
        let slots = first..<min(first + width, edges.count)
        for (center, segment) in segments.enumerated() {
          for slot in segment.clamped(to: slots) {
            rows[slot - first] = UnsafePointer(w.base + center * sumLanes)
          }
        }
        let radial: Buffer<T.Lanes> = try filled(width, seed: 4)
        PowerKernels.accumulateGradient(
          harmonics: shape.harmonics, slots, lanes: shape.lanes, edges.arrays(),
          UnsafePointer(rows.base), radial: radial.base, products: products.base)
        for slot in slots {
          result.distances.append(naiveSum(radial[slot - first]) - naiveSum(before[slot - first]))
          for n in 0..<shape.harmonics {
            result.harmonics[n * edges.count + slot] = naiveSum(
              products[n * width + slot - first])
          }
        }
      }
      withExtendedLifetime(rows) {}
      return result
    }

    /// ⟨v, gradient⟩ for the edges' directions, with the sum of the terms' magnitudes.
    func along(_ w: Buffer<T.Lanes>) throws -> (value: Double, size: Double) {
      let gradient = try gradient(w)
      var terms: [Double] = []
      for slot in 0..<edges.count {
        terms.append(KernelEdges<T>.distanceDirection(slot) * gradient.distances[slot])
        for n in 0..<shape.harmonics {
          terms.append(
            KernelEdges<T>.couplingDirection(n, slot)
              * gradient.harmonics[n * edges.count + slot])
        }
      }
      return (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
    }
  }

  @Test("Sums are those of their definition", arguments: shapes)
  func forward(_ shape: Shape) throws {
    try checkForward(shape, Double.self)
    try checkForward(shape, Float.self)
  }

  private func checkForward<T: CompiledScalar>(_ shape: Shape, _: T.Type) throws {
    let run = try Run<T>(shape)
    let width = T.Lanes.width
    let start: Buffer<T.Lanes> = try filled(run.sumCount, seed: 6)
    var expected = numbers(start)
    var sizes = expected.map(abs)
    for (center, slots) in Self.segments.enumerated() {
      for slot in slots {
        for channel in 0..<shape.lanes * width {
          let value = run.edges.function(slot, channel: channel)
          for n in 0..<shape.harmonics {
            let target = (center * run.sumLanes + n * shape.lanes) * width + channel
            let term = run.edges.couplings[n * run.edges.stride + slot].value * value
            expected[target] += term
            sizes[target] += abs(term)
          }
        }
      }
    }
    let found = numbers(try run.sums(run.edges.arrays(), start: start))
    for index in expected.indices {
      #expect(abs(found[index] - expected[index]) <= roundingTolerance(T.self) * sizes[index])
    }
  }

  @Test("The gradient is the adjoint in harmonics and distance", arguments: shapes)
  func adjoint(_ shape: Shape) throws {
    try checkAdjoint(shape, Double.self)
    try checkAdjoint(shape, Float.self)
  }

  private func checkAdjoint<T: CompiledScalar>(_ shape: Shape, _: T.Type) throws {
    let run = try Run<T>(shape)
    let w: Buffer<T.Lanes> = try filled(run.sumCount, seed: 7)
    let zeros = try Buffer<T.Lanes>(repeating: .zero, count: run.sumCount)
    let moved = try run.edges.directions()
    let byDistance = numbers(try run.sums(run.edges.arrays(taps: moved.taps), start: zeros))
    let byHarmonics = numbers(
      try run.sums(run.edges.arrays(couplings: moved.couplings), start: zeros))
    withExtendedLifetime(moved) {}
    let pushed = inner(zip(byDistance, byHarmonics).map { $0 + $1 }, numbers(w))
    let (backward, size) = try run.along(w)
    #expect(abs(pushed - backward) <= roundingTolerance(T.self) * size)
    #expect(size > 1)
  }

  @Test("The gradient is that of differences", arguments: shapes)
  func differences(_ shape: Shape) throws {
    let run = try Run<Double>(shape)
    let w: Buffer<SIMD8<Double>> = try filled(run.sumCount, seed: 7)
    let zeros = try Buffer<SIMD8<Double>>(repeating: SIMD8(), count: run.sumCount)
    func energy(_ step: Double) throws -> Double {
      let moved = try Run<Double>(shape, step: step)
      return inner(numbers(try moved.sums(moved.edges.arrays(), start: zeros)), numbers(w))
    }
    let h = 1e-3
    let slope = try (8 * (energy(h) - energy(-h)) - (energy(2 * h) - energy(-2 * h))) / (12 * h)
    let (backward, size) = try run.along(w)
    #expect(abs(slope - backward) <= 1e-9 * size)
  }

  @Test("Sums over the lanes of a square of rows are those of each row")
  func laneSums() throws {
    try checkLaneSums(Double.self)
    try checkLaneSums(Float.self)
  }

  private func checkLaneSums<T: CompiledScalar>(_: T.Type) throws {
    let width = T.Lanes.width
    let rows: Buffer<T.Lanes> = try filled(width, seed: 8)
    let sums = try Buffer<T.Lanes>(repeating: .zero, count: 2)
    T.sumLanes(UnsafePointer(rows.base), into: sums.base)
    for row in 0..<width {
      let expected = naiveSum(rows[row])
      #expect(abs(sums[0][row].value - expected) <= roundingTolerance(T.self) * Double(width))
    }
    // One row of results, and no more.
    #expect(naiveSum(sums[1]) == 0)
    // Each number counts once, in its own row: powers of two do not cancel.
    for row in 0..<width {
      for lane in 0..<width { rows[row][lane] = T(Double(1 << lane) + Double(row)) }
    }
    T.sumLanes(UnsafePointer(rows.base), into: sums.base)
    for row in 0..<width {
      #expect(sums[0][row].value == Double((1 << width) - 1 + row * width))
    }
  }

  @Test("Square roots are those of each lane")
  func squareRoots() {
    var x = SIMD16<Float>()
    var y = SIMD8<Double>()
    for lane in 0..<16 { x[lane] = Float(lane * lane) }
    for lane in 0..<8 { y[lane] = Double(lane) * 0.3 }
    for lane in 0..<16 { #expect(Float.squareRoot(x)[lane] == Float(lane)) }
    for lane in 0..<8 { #expect(Double.squareRoot(y)[lane] == y[lane].squareRoot()) }
  }
}
