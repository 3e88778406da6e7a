import HoneNumerics
import Testing

@testable import HoneModels

@Suite("Kernels of a convolution's paths")
struct RouteKernelTests {
  /// The components of blocks of degrees 0 to 4.
  private static let components = [1, 3, 5, 7, 9]

  struct Shape: Sendable, CustomStringConvertible {
    let inputs: Int
    let outputs: Int
    let isDiagonal: Bool
    /// Lanes of a component: one, two or three.
    var lanes: Int { 1 + (inputs + outputs / 2) % 3 }
    var description: String { isDiagonal ? "\(inputs) as δ" : "\(inputs) to \(outputs)" }
  }

  /// All pairs there is a kernel for.
  ///
  /// A scalar goes to a scalar with the harmonic of degree zero alone, which is constant.
  static let shapes =
    components.flatMap { a in
      components.filter { a * $0 > 1 }.map { Shape(inputs: a, outputs: $0, isDiagonal: false) }
    } + components.map { Shape(inputs: $0, outputs: $0, isDiagonal: true) }

  /// Centres with no, one and many edges; the last group of lanes is not full.
  private static let segments = [0..<3, 3..<3, 3..<4, 4..<21, 21..<37]

  private func run<T: CompiledScalar>(_ shape: Shape, _: T.Type, step: Double = 0) throws
    -> RouteRun<T>
  {
    try RouteRun(
      inputs: shape.inputs, outputs: shape.outputs, isDiagonal: shape.isDiagonal,
      lanes: shape.lanes, segments: Self.segments, step: step)
  }

  @Test("Messages are the sums of their definition", arguments: shapes)
  func forward(_ shape: Shape) throws {
    try checkForward(shape, Double.self)
    try checkForward(shape, Float.self)
  }

  private func checkForward<T: CompiledScalar>(_ shape: Shape, _: T.Type) throws {
    let run = try run(shape, T.self)
    let features = try run.features()
    let start: Buffer<T.Lanes> = try filled(Self.segments.count * run.messageLanes, seed: 6)
    let found = numbers(try run.messages(run.edges.arrays(), features, start: start))
    let (expected, sizes) = run.naiveMessages(features, start: start)
    for index in expected.indices {
      #expect(
        abs(found[index] - expected[index]) <= roundingTolerance(T.self) * sizes[index],
        "channel \(index)")
    }
  }

  @Test("The gradient is the adjoint in features, couplings and distance", arguments: shapes)
  func adjoint(_ shape: Shape) throws {
    try checkAdjoint(shape, Double.self)
    try checkAdjoint(shape, Float.self)
  }

  private func checkAdjoint<T: CompiledScalar>(_ shape: Shape, _: T.Type) throws {
    let run = try run(shape, T.self)
    let features = try run.features()
    let w: Buffer<T.Lanes> = try filled(Self.segments.count * run.messageLanes, seed: 7)
    let zeros = try Buffer<T.Lanes>(repeating: .zero, count: w.count)
    // Messages are linear in each argument: the derivative is what they are for its direction.
    let moved = try run.edges.directions()
    var pushed = numbers(
      try run.messages(run.edges.arrays(), run.featureDirection(), start: zeros))
    var arrays = [run.edges.arrays(taps: moved.taps)]
    if !shape.isDiagonal { arrays.append(run.edges.arrays(couplings: moved.couplings)) }
    for arrays in arrays {
      let part = numbers(try run.messages(arrays, features, start: zeros))
      for index in pushed.indices { pushed[index] += part[index] }
    }
    withExtendedLifetime(moved) {}
    let (backward, size) = try run.along(try run.gradient(features, w))
    #expect(abs(inner(pushed, numbers(w)) - backward) <= roundingTolerance(T.self) * size)
    #expect(size > 1)
  }

  @Test("The gradient is that of differences", arguments: shapes)
  func differences(_ shape: Shape) throws {
    let run = try run(shape, Double.self)
    let features = try run.features()
    let w: Buffer<SIMD8<Double>> = try filled(Self.segments.count * run.messageLanes, seed: 7)
    let zeros = try Buffer<SIMD8<Double>>(repeating: SIMD8(), count: w.count)
    func energy(_ step: Double) throws -> Double {
      let moved = try self.run(shape, Double.self, step: step)
      let features = try combined(features, step, run.featureDirection())
      return inner(
        numbers(try moved.messages(moved.edges.arrays(), features, start: zeros)),
        numbers(w))
    }
    let h = 1e-3
    let slope = try (8 * (energy(h) - energy(-h)) - (energy(2 * h) - energy(-2 * h))) / (12 * h)
    let (backward, size) = try run.along(try run.gradient(features, w))
    #expect(abs(slope - backward) <= 1e-9 * size)
  }

  @Test("Where nobody asks for the features' gradient, the others stay the same", arguments: shapes)
  func withoutFeatures(_ shape: Shape) throws {
    let run = try run(shape, Float.self)
    let features = try run.features()
    let w: Buffer<SIMD16<Float>> = try filled(Self.segments.count * run.messageLanes, seed: 7)
    let all = try run.gradient(features, w)
    let some = try run.gradient(features, w, needsFeatures: false)
    #expect(some.couplings == all.couplings)
    #expect(some.distances == all.distances)
    #expect(some.features.allSatisfy { $0 == 0 })
    #expect(all.features.contains { $0 != 0 })
  }

  @Test("Degrees up to four have a kernel, higher ones have none")
  func coverage() {
    func route(_ inputs: Int, _ outputs: Int) -> Route {
      Route(
        inputs: inputs, outputs: outputs, lanes: 1, inputOffset: 0, outputOffset: 0,
        tableOffset: 0, couplingOffset: 0, isDiagonal: inputs == outputs)
    }
    for a in Self.components {
      for c in Self.components { #expect(route(a, c).isCovered) }
      #expect(!route(a, 11).isCovered && !route(11, a).isCovered)
    }
    for lMax in 0...6 { #expect(PowerKernels.cover(lMax: lMax) == (lMax <= 4)) }
  }
}
