internal import HoneNumerics
internal import HoneO3

@testable internal import HoneModels

/// A linear map with weights that depend on nothing but a seed.
func noisyLinear<T: HoneScalar>(
  _ input: Irreps, _ output: Irreps, seed: Int, bias: Bool = false
) throws -> EquivariantLinear<T> {
  try EquivariantLinear(
    from: FeatureLayout(input, width: T.Lanes.width),
    to: FeatureLayout(output, width: T.Lanes.width),
    weight: { i, o in MatrixEntries { u, w in noise(seed + 17 * i + o, 1000 * u + w) * 0.5 } },
    bias: { o in
      bias
        ? RowEntries(
          constants: (0..<output.blocks[o].multiplicity).map { noise(seed + 999 + o, $0) }) : nil
    })
}

/// The same for a number of species.
func noisySpeciesLinear<T: HoneScalar>(
  _ input: Irreps, _ output: Irreps, seed: Int, species: Int = 3
) throws -> SpeciesLinear<T> {
  var maps: [EquivariantLinear<T>] = []
  for index in 0..<species { maps.append(try noisyLinear(input, output, seed: seed + 100 * index)) }
  return SpeciesLinear(maps)
}

/// Species of a few rows, in runs.
func speciesRows(_ rows: Int) throws -> Buffer<Int32> {
  try Buffer([0, 2, 2, 1, 1, 1, 0].prefix(rows).map { Int32($0) })
}

struct LinearOperation: ReversibleOperation {
  let input: Irreps
  let output: Irreps
  var bias = false
  let rows = 3

  var inputCount: Int { rows * input.dim }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    let map: EquivariantLinear<T> = try noisyLinear(input, output, seed: 1, bias: bias)
    let result = try Packing<T>(output, rows: rows).zeros()
    let rowsOfX = try Packing<T>(input, rows: rows).packed(x)
    map.evaluate(rowsOfX.view, into: result.view, rows: rows)
    return Packing<T>(output, rows: rows).unpacked(result.view)
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    let map: EquivariantLinear<T> = try noisyLinear(input, output, seed: 1, bias: bias)
    let result = try Packing<T>(input, rows: rows).zeros()
    let rowsOfW = try Packing<T>(output, rows: rows).packed(w)
    map.accumulateGradient(rowsOfW.view, into: result.view, rows: rows)
    return Packing<T>(input, rows: rows).unpacked(result.view)
  }
}

struct SpeciesLinearOperation: ReversibleOperation {
  let input: Irreps
  let output: Irreps
  let rows = 6

  var inputCount: Int { rows * input.dim }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    let map: SpeciesLinear<T> = try noisySpeciesLinear(input, output, seed: 1)
    let result = try Packing<T>(output, rows: rows).zeros()
    let rowsOfX = try Packing<T>(input, rows: rows).packed(x)
    let species = try speciesRows(rows)
    map.accumulate(rowsOfX.view, species: species.view, into: result.view, rows: rows)
    return Packing<T>(output, rows: rows).unpacked(result.view)
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    let map: SpeciesLinear<T> = try noisySpeciesLinear(input, output, seed: 1)
    let result = try Packing<T>(input, rows: rows).zeros()
    let rowsOfW = try Packing<T>(output, rows: rows).packed(w)
    let species = try speciesRows(rows)
    map.accumulateGradient(rowsOfW.view, species: species.view, into: result.view, rows: rows)
    return Packing<T>(input, rows: rows).unpacked(result.view)
  }
}

/// Ten scalars, three odd ones, and a vector and a tensor block with gates of their own.
func sampleGate<T: HoneScalar>() throws -> Gate<T> {
  let width = T.Lanes.width
  return Gate(
    inputLayout: FeatureLayout(try irreps("10x0e+3x0o+4x0e+9x0o+4x1o+9x2e"), width: width),
    outputLayout: FeatureLayout(try irreps("9x2e+10x0e+3x0o+4x1o"), width: width),
    scalars: [
      (input: 0, output: 1, activation: .normalized(.silu)),
      (input: 1, output: 2, activation: .normalized(.tanh)),
    ],
    gated: [
      (gates: 2, input: 4, output: 3, activation: .normalized(.sigmoid)),
      (gates: 3, input: 5, output: 0, activation: .plain(.tanh)),
    ])
}

struct GateOperation: ReversibleOperation {
  let rows = 2
  var inputCount: Int { rows * (10 + 3 + 4 + 9 + 12 + 45) }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    let gate: Gate<T> = try sampleGate()
    let result = Packing<T>(gate.outputLayout, rows: rows)
    let buffer = try result.zeros()
    let rowsOfX = try Packing<T>(gate.inputLayout, rows: rows).packed(x)
    gate.evaluate(rowsOfX.view, into: buffer.view, rows: rows)
    return result.unpacked(buffer.view)
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    let gate: Gate<T> = try sampleGate()
    let input = Packing<T>(gate.inputLayout, rows: rows)
    let buffer = try input.zeros()
    let rowsOfX = try input.packed(x)
    let rowsOfW = try Packing<T>(gate.outputLayout, rows: rows).packed(w)
    gate.accumulateGradient(rowsOfW.view, at: rowsOfX.view, into: buffer.view, rows: rows)
    return input.unpacked(buffer.view)
  }
}

/// A chain of linear maps of scalars that ends in one number per row.
struct ReadoutOperation: ReversibleOperation {
  let functions: [Activation.Function?]
  let rows = 5
  var inputCount: Int { rows * (11 + 6) }

  private func readout<T: HoneScalar>() throws -> NetworkReadout<T> {
    var links: [NetworkReadout<T>.Link] = []
    var input = try irreps("11x0e+2x1o")
    for (index, function) in functions.enumerated() {
      let output = try irreps(index == functions.count - 1 ? "1x0e" : "\(9 - 2 * index)x0e")
      links.append(
        .init(
          linear: try noisyLinear(input, output, seed: 40 + index, bias: index % 2 == 1),
          activation: function.map { .normalized($0) }))
      input = output
    }
    return NetworkReadout(links)
  }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    let readout: NetworkReadout<T> = try readout()
    let features = try Packing<T>(try irreps("11x0e+2x1o"), rows: rows).packed(x)
    let work = try Buffer<T.Lanes>(repeating: .zero, count: readout.workLanes(rows: rows))
    let energies = try Buffer<T>(repeating: T(0.5), count: rows)
    readout.accumulate(features.view, rows: rows, work: work.view, into: energies.view)
    return (0..<rows).map { energies[$0] - T(0.5) }
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    let readout: NetworkReadout<T> = try readout()
    let input = Packing<T>(try irreps("11x0e+2x1o"), rows: rows)
    let features = try input.packed(x)
    let work = try Buffer<T.Lanes>(repeating: .zero, count: readout.workLanes(rows: rows))
    let result = try input.zeros()
    let seeds = try Buffer(w)
    readout.accumulateGradient(
      features.view, seeds: seeds.view, rows: rows, work: work.view, into: result.view)
    return input.unpacked(result.view)
  }
}
