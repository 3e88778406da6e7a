internal import HoneNumerics
internal import HoneTestSupport
internal import Testing

/// A product's measures: columns fill this many lanes, with or without a part of the last.
struct ProductShape: Sendable, CustomTestStringConvertible {
  var blocks: Int
  var rows: Int
  var testDescription: String { "\(blocks) lanes of columns, \(rows) rows" }

  static let all = (1...9).flatMap { blocks in
    [0, 1, 2, 3, 4, 6, 9, 11, 13, 15, 17].map { ProductShape(blocks: blocks, rows: $0) }
  }
}

@Suite("Packed matrices")
struct PackedMatrixTests {
  /// Multiplies small integers, which every scalar does exactly.
  private func check<T: HoneScalar>(
    _: T.Type, _ shape: ProductShape, depth: Int, missing: Int, accumulate: Bool,
    number: (Int) -> T, weight: (Int) -> T.Weight, same: (T, T) -> Bool
  ) throws {
    let width = T.Lanes.width
    let columns = shape.blocks * width - missing
    let matrix = try PackedMatrix<T>(rowCount: depth, columnCount: columns) {
      weight(($0 * 7 + $1 * 5) % 11)
    }
    #expect(matrix.blockCount == shape.blocks)
    let inputStride = T.Lanes.blocks(for: depth) + 1
    let outputStride = shape.blocks + 2
    let input = try Buffer<T.Lanes>(repeating: .zero, count: max(shape.rows, 1) * inputStride)
    let mark = T.Lanes(repeating: number(3))
    let output = try Buffer<T.Lanes>(repeating: mark, count: (shape.rows + 1) * outputStride)
    for row in 0..<shape.rows {
      // Behind `depth` channels there may be anything.
      for channel in 0..<inputStride * width {
        input.view.dropping(row * inputStride).setChannel(channel, to: number((row + channel) % 7))
      }
    }
    matrix.multiply(
      input.view, stride: inputStride, into: output.view, stride: outputStride, rows: shape.rows,
      accumulate: accumulate)
    var wrong = 0
    for row in 0...shape.rows {
      for channel in 0..<outputStride * width {
        var expected = number(3)
        if row < shape.rows && channel < shape.blocks * width {
          if !accumulate { expected = .zero }
          if channel < columns {
            for k in 0..<depth {
              expected += number((row + k) % 7) * T(weight: weight((k * 7 + channel * 5) % 11))
            }
          }
        }
        if !same(output.view.dropping(row * outputStride).channel(channel), expected) { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }

  @Test("the product is the naive one and touches nothing else", arguments: ProductShape.all)
  func product(_ shape: ProductShape) throws {
    for (depth, missing, accumulate) in [(1, 0, false), (5, 3, true), (19, 7, false), (0, 1, true)]
    {
      try check(
        Double.self, shape, depth: depth, missing: missing, accumulate: accumulate,
        number: { Double($0 - 3) }, weight: { Double($0 - 3) }, same: { $0 == $1 })
      try check(
        Float.self, shape, depth: depth, missing: missing, accumulate: accumulate,
        number: { Float($0 - 3) }, weight: { Float($0 - 3) }, same: { $0 == $1 })
      try check(
        Dual<Double>.self, shape, depth: depth, missing: missing, accumulate: accumulate,
        number: { Dual(Double($0 - 3), tangent: Double($0 * $0 - 5)) },
        weight: { Double($0 - 3) },
        same: { $0.primal == $1.primal && $0.tangent == $1.tangent })
    }
  }

  /// The gradient with respect to the entries, beside naive sums.
  private func checkGradient<T: HoneScalar>(
    _: T.Type, _ shape: ProductShape, depth: Int, number: (Int) -> T, share: (T) -> T.Weight,
    same: (T.Weight, T.Weight) -> Bool
  ) throws {
    let columns = shape.blocks * T.Lanes.width - 1
    let matrix = try PackedMatrix<T>(rowCount: depth, columnCount: columns) { _, _ in .zero }
    let (inputStride, outputStride) = (T.Lanes.blocks(for: depth) + 1, shape.blocks + 2)
    let input = try Buffer<T.Lanes>(repeating: .zero, count: max(shape.rows, 1) * inputStride)
    let output = try Buffer<T.Lanes>(repeating: .zero, count: max(shape.rows, 1) * outputStride)
    for row in 0..<shape.rows {
      for channel in 0..<depth {
        input.view.dropping(row * inputStride).setChannel(channel, to: number(row * 3 + channel))
      }
      for channel in 0..<columns {
        output.view.dropping(row * outputStride)
          .setChannel(channel, to: number(row * 5 + channel * 2))
      }
    }
    let gradient = try Buffer<T.Lanes.Weight>(
      repeating: T.Lanes.Weight(repeating: T.Weight(2)), count: matrix.gradientLanes)
    matrix.accumulateGradient(
      output.view, stride: outputStride, at: input.view, stride: inputStride, rows: shape.rows,
      into: gradient.view)
    var wrong = 0
    for k in 0..<depth {
      for channel in 0..<columns {
        var sum = T.zero
        for row in 0..<shape.rows { sum += number(row * 3 + k) * number(row * 5 + channel * 2) }
        let found = gradient.view.dropping(k * shape.blocks).channel(channel)
        if !same(found, T.Weight(2) + share(sum)) { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }

  @Test("the gradient of the entries is the naive one", arguments: ProductShape.all)
  func gradient(_ shape: ProductShape) throws {
    for depth in [1, 4, 7] {
      try checkGradient(
        Double.self, shape, depth: depth, number: { Double($0 % 7 - 3) }, share: { $0 },
        same: { $0 == $1 })
      try checkGradient(
        Float.self, shape, depth: depth, number: { Float($0 % 7 - 3) }, share: { $0 },
        same: { $0 == $1 })
      try checkGradient(
        Dual<Double>.self, shape, depth: depth,
        number: { Dual(Double($0 % 7 - 3), tangent: Double($0 % 5 - 1)) },
        share: { $0.tangent }, same: { $0 == $1 })
    }
  }

  @Test("without inputs the product is zero, without columns nothing happens")
  func empty() throws {
    let noRows = try PackedMatrix<Double>(rowCount: 0, columnCount: 9) { _, _ in 1 }
    let output = try Buffer<SIMD8<Double>>(repeating: SIMD8(repeating: 7), count: 4)
    noRows.multiply(output.view, stride: 0, into: output.view, stride: 2, rows: 2)
    #expect((0..<4).allSatisfy { output[$0] == SIMD8() })
    let noColumns = try PackedMatrix<Double>(rowCount: 9, columnCount: 0) { _, _ in 1 }
    output.fill(SIMD8(repeating: 7))
    noColumns.multiply(output.view, stride: 2, into: output.view, stride: 2, rows: 2)
    #expect((0..<4).allSatisfy { output[$0] == SIMD8(repeating: 7) })
  }
}
