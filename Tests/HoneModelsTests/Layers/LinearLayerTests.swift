internal import HoneNumerics
internal import HoneO3
internal import Testing

@testable internal import HoneModels

@Suite("Linear layers, gates and readouts")
struct LinearLayerTests {
  @Test("linear maps: the reverse is the adjoint")
  func linear() throws {
    try expectAdjoint(
      LinearOperation(input: irreps("5x0e+3x1o+9x1o+2x2e"), output: irreps("17x0e+4x1o+1x3o")))
    try expectAdjoint(
      LinearOperation(
        input: irreps("9x0e+2x0o+3x1e"), output: irreps("2x1e+8x0e+33x0e"), bias: true))
    try expectAdjoint(
      SpeciesLinearOperation(input: irreps("9x0e+3x1o"), output: irreps("4x1o+2x0e")))
  }

  @Test("a linear map does not mix components or unequal irreps, and adds biases to even scalars")
  func structure() throws {
    let input = try irreps("2x0e+3x1o+1x0o")
    let output = try irreps("4x1o+2x0e+1x0o")
    let values = try LinearOperation(input: input, output: output, bias: true).evaluate(
      (0..<3 * input.dim).map { noise(5, $0) })
    let x = (0..<3 * input.dim).map { noise(5, $0) }
    for row in 0..<3 {
      for component in 0..<3 {
        for w in 0..<4 {
          let expected = (0..<3).reduce(0.0) { sum, u in
            sum + x[row * 12 + 2 + component * 3 + u] * noise(1 + 17, 1000 * u + w) * 0.5
          }
          #expect(abs(values[row * 15 + component * 4 + w] - expected) < 1e-14)
        }
      }
      for w in 0..<2 {
        let expected = (0..<2).reduce(noise(1 + 999 + 1, w)) { sum, u in
          sum + x[row * 12 + u] * noise(1 + 1, 1000 * u + w) * 0.5
        }
        #expect(abs(values[row * 15 + 12 + w] - expected) < 1e-14)
      }
      let odd = x[row * 12 + 11] * noise(1 + 34 + 2, 0) * 0.5
      #expect(abs(values[row * 15 + 14] - odd) < 1e-15)
    }
  }

  @Test("gates: the reverse is the adjoint", arguments: 0..<3)
  func gate(_ seed: Int) throws { try expectAdjoint(GateOperation(), seed: seed) }

  @Test(
    "readouts: the reverse is the adjoint",
    arguments: [
      [nil], [.silu, nil], [.tanh, .sigmoid, nil], [nil, .shiftedSoftplus, nil, .elu, nil],
    ] as [[Activation.Function?]])
  func readout(_ functions: [Activation.Function?]) throws {
    try expectAdjoint(ReadoutOperation(functions: functions))
  }

  @Test("activations: slopes are derivatives", arguments: Activation.Function.allCases)
  func activation(_ function: Activation.Function) throws {
    for seed in 0..<3 {
      try expectAdjoint(ActivationOperation(activation: .normalized(function)), seed: seed)
      try expectAdjoint(ActivationOperation(activation: .plain(function)), seed: seed)
    }
  }

  @Test("activations are the named functions")
  func activationValues() {
    typealias D = SIMD8<Double>
    for x in stride(from: -6.0, through: 6, by: 0.25) {
      let expected: [(Activation.Function, Double)] = [
        (.silu, x / (1 + Double.exp(-x))), (.tanh, Double.tanh(x)), (.abs, abs(x)),
        (.relu, max(x, 0)), (.sigmoid, 1 / (1 + Double.exp(-x))),
        (.elu, x > 0 ? x : Double.exp(x) - 1), (.identity, x),
        (.shiftedSoftplus, max(x, 0) + logOnePlusExp(-abs(x)) - 0.693_147_180_559_945_3),
      ]
      for (function, value) in expected {
        #expect(abs(Activation.plain(function)(D(repeating: x))[1] - value) < 1e-14)
        let factor = Activation.normalized(function).factor
        #expect(abs(Activation.normalized(function)(D(repeating: x))[1] - value * factor) < 1e-13)
      }
    }
  }

  @Test(
    "far arguments of activations give finite values and slopes",
    arguments: Activation.Function.allCases)
  func farActivations(_ function: Activation.Function) {
    for x in [1e3, -1e3, 1e30, -1e30] {
      #expect(Activation.plain(function)(SIMD8<Double>(repeating: x))[0].isFinite)
      #expect(Activation.plain(function).derivative(SIMD8<Double>(repeating: x))[0].isFinite)
      #expect(Activation.plain(function)(SIMD16<Float>(repeating: Float(x)))[0].isFinite)
      #expect(Activation.plain(function).derivative(SIMD16<Float>(repeating: Float(x)))[0].isFinite)
    }
  }

  @Test("slopes at 0 are PyTorch's")
  func slopesAtZero() {
    let expected: [(Activation.Function, Double)] = [
      (.silu, 0.5), (.tanh, 1), (.abs, 0), (.relu, 0), (.sigmoid, 0.25), (.elu, 1),
      (.shiftedSoftplus, 0.5), (.identity, 1),
    ]
    for (function, slope) in expected {
      let lanes = Activation.plain(function).derivative(SIMD8<Double>())
      #expect(lanes[0] == slope, "\(function)")
      let single = Activation.plain(function).derivative(SIMD16<Float>())
      #expect(Double(single[0]) == slope, "\(function)")
    }
  }
}

/// ln(1 + eˣ) for x ≤ 0, by its series where it is small.
private func logOnePlusExp(_ x: Double) -> Double {
  SIMD8<Double>.logOnePlus(SIMD8(repeating: Double.exp(x)))[0]
}

struct ActivationOperation: ReversibleOperation {
  let activation: Activation
  let inputCount = 24

  func point(_ seed: Int) -> [Double] { (0..<inputCount).map { 4 * noise(seed, $0) } }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    let packing = Packing<T>(Irreps([.init(inputCount, Irrep(0, .even))]), rows: 1)
    let input = try packing.packed(x)
    let output = try packing.zeros()
    activation.apply(input.view, into: output.view, count: input.count)
    for block in 0..<input.count {
      // One by one is the same as all together.
      let alone = activation(input[block])
      for lane in 0..<T.Lanes.width where alone[lane].value != output[block][lane].value {
        output[block][lane] = T(.nan)
      }
    }
    return packing.unpacked(output.view)
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    let packing = Packing<T>(Irreps([.init(inputCount, Irrep(0, .even))]), rows: 1)
    let input = try packing.packed(x)
    let gradient = try packing.packed(w)
    let expected = (0..<input.count).map { gradient[$0] * activation.derivative(input[$0]) }
    activation.multiplyByDerivative(input.view, gradient.view, count: input.count)
    for block in 0..<input.count {
      for lane in 0..<T.Lanes.width
      where expected[block][lane].value != gradient[block][lane].value {
        gradient[block][lane] = T(.nan)
      }
    }
    return packing.unpacked(gradient.view)
  }
}
