internal import HoneNumerics
internal import HoneO3
internal import Testing

@testable internal import HoneModels

/// A function of many numbers with a hand-written reverse pass.
protocol ReversibleOperation: Sendable {
  /// The number of inputs.
  var inputCount: Int { get }
  /// The outputs at a point.
  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T]
  /// The gradient of `Σ w · outputs` with respect to the inputs, at a point.
  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T]
  /// Where the operation is tested.
  func point(_ seed: Int) -> [Double]
}

extension ReversibleOperation {
  func point(_ seed: Int) -> [Double] { (0..<inputCount).map { noise(seed, $0) } }
}

/// A number between −1 and 1 that depends on two integers alone.
func noise(_ a: Int, _ b: Int) -> Double {
  var x = UInt64(truncatingIfNeeded: a &* 0x9E37_79B9 &+ b &+ 1) &* 0x9E37_79B9_7F4A_7C15
  x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
  x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
  return Double((x ^ (x >> 31)) >> 11) / Double(1 << 52) - 1
}

/// How far a reverse pass is from its forward code, relative to the sizes of the terms.
struct AdjointDeviation {
  /// ⟨Jv, w⟩ by dual numbers against ⟨v, Jᵀw⟩.
  var adjoint = 0.0
  /// ⟨Jv, w⟩ by central differences against ⟨v, Jᵀw⟩.
  var difference = 0.0
  /// The reverse pass on dual numbers against differences of the reverse pass.
  var secondReverse = 0.0
  /// uᵀHv by nested dual numbers in the forward code against the reverse pass on dual numbers.
  var secondForward = 0.0
}

/// Compares the reverse pass of an operation with its forward code.
func adjointDeviation<O: ReversibleOperation>(_ operation: O, seed: Int = 0) throws
  -> AdjointDeviation
{
  let n = operation.inputCount
  let x = operation.point(seed)
  let v = (0..<n).map { noise(seed + 1000, $0) }
  let u = (0..<n).map { noise(seed + 2000, $0) }
  let plain = try operation.evaluate(x)
  let w = plain.indices.map { 0.1 + noise(seed + 3000, $0) }
  let gradient = try operation.gradient(x, w)
  try #require(gradient.count == n)
  func moved(_ step: Double) -> [Double] { zip(x, v).map { $0 + step * $1 } }
  let h = 1e-4

  var result = AdjointDeviation()
  let forward = try operation.evaluate(zip(x, v).map { Dual($0, tangent: $1) })
  #expect(zip(plain, forward).allSatisfy { abs($0 - $1.primal) <= 1e-12 * max(1, abs($0)) })
  let reverse = inner(v, gradient)
  let size = max(1e-6, zip(v, gradient).reduce(0) { $0 + abs($1.0 * $1.1) })
  result.adjoint = abs(inner(forward.map(\.tangent), w) - reverse) / size
  let f = { (step: Double) in inner(try operation.evaluate(moved(step)), w) }
  let slope = try (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
  result.difference = abs(slope - reverse) / size

  let dualGradient = try operation.gradient(
    zip(x, v).map { Dual($0, tangent: $1) }, w.map { Dual($0) })
  let before = try operation.gradient(moved(-h), w)
  let after = try operation.gradient(moved(h), w)
  let farBefore = try operation.gradient(moved(-2 * h), w)
  let farAfter = try operation.gradient(moved(2 * h), w)
  let largest = max(1e-3, dualGradient.reduce(0) { max($0, abs($1.tangent)) })
  for index in 0..<n {
    let near = 8 * (after[index] - before[index])
    let expected = (near - (farAfter[index] - farBefore[index])) / (12 * h)
    let error = abs(dualGradient[index].tangent - expected) / largest
    result.secondReverse = error.isNaN ? .infinity : max(result.secondReverse, error)
  }

  typealias Twice = Dual<Dual<Double>>
  let nested = try operation.evaluate(
    (0..<n).map { Twice(Dual(x[$0], tangent: v[$0]), tangent: Dual(u[$0])) })
  let curvature = inner(nested.map(\.tangent.tangent), w)
  let hessian = inner(u, dualGradient.map(\.tangent))
  result.secondForward = abs(curvature - hessian) / max(1, Double(n).squareRoot() * largest)
  return result
}

/// Expects a reverse pass to be the adjoint of its forward code, to second order.
func expectAdjoint<O: ReversibleOperation>(
  _ operation: O, seed: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let deviation = try adjointDeviation(operation, seed: seed)
  #expect(deviation.adjoint < 1e-12, sourceLocation: sourceLocation)
  #expect(deviation.difference < 1e-8, sourceLocation: sourceLocation)
  #expect(deviation.secondReverse < 1e-7, sourceLocation: sourceLocation)
  #expect(deviation.secondForward < 1e-11, sourceLocation: sourceLocation)
}

/// The sum of products.
func inner(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// Rows of a layout from the channels alone, and back.
struct Packing<T: HoneScalar> {
  let layout: FeatureLayout
  let rows: Int

  init(_ irreps: Irreps, rows: Int) {
    layout = FeatureLayout(irreps, width: T.Lanes.width)
    self.rows = rows
  }

  init(_ layout: FeatureLayout, rows: Int) {
    self.layout = layout
    self.rows = rows
  }

  /// Where each channel stands: row by row, block, component, channel.
  private var places: [Int] {
    (0..<rows).flatMap { row in
      layout.blocks.flatMap { block in
        (0..<block.componentCount).flatMap { component in
          (0..<block.multiplicity).map { channel in
            (row * layout.rowLanes + block.offset(component: component)) * T.Lanes.width + channel
          }
        }
      }
    }
  }

  /// Padded rows.
  func packed<S: Sequence<T>>(_ values: S) throws -> Buffer<T.Lanes> {
    let buffer = try Buffer<T.Lanes>(repeating: .zero, count: rows * layout.rowLanes)
    for (place, value) in zip(places, values) { buffer.view.setChannel(place, to: value) }
    return buffer
  }

  /// Channels without padding.
  func unpacked(_ buffer: View<T.Lanes>) -> [T] { places.map { buffer.channel($0) } }

  /// Rows of zeros.
  func zeros() throws -> Buffer<T.Lanes> { try packed([]) }
}

/// Takes runs of an array in order.
struct Taker<T> {
  private var rest: ArraySlice<T>

  init(_ values: [T]) { rest = values[...] }

  mutating func next(_ count: Int) -> ArraySlice<T> {
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}

/// Representations from e3nn's notation.
func irreps(_ text: String) throws -> Irreps { try Irreps(parsing: text) }
