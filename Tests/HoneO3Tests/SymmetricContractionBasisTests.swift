import HoneNumerics
import HoneO3
import Testing

private func natural(_ lMax: Int) -> [Irrep] { (0...lMax).map { Irrep($0, .natural($0)) } }

@Suite("Symmetric contraction bases")
struct SymmetricContractionBasisTests {
  @Test("paths, their order and values are those of mace-torch and cuequivariance")
  func golden() throws {
    let golden = try #require(Golden.load("0.4").contractions)
    #expect(golden.count > 100)
    for row in golden {
      let basis = try SymmetricContractionBasis.make(
        row.reduced ? .reduced : .full, inputs: natural(row.lMax),
        output: Irrep(row.l, .natural(row.l)), order: row.order)
      #expect(basis.matchesReference)
      let values = basis.evaluate(Golden.pattern(basis.inputDim))
      var paths = [Double](repeating: 0, count: basis.pathCount)
      for (index, value) in values.enumerated() {
        let (component, path) = index.quotientAndRemainder(dividingBy: basis.pathCount)
        paths[path] += (1 + Double(component) / 8) * value
      }
      let worst = worstDifference(paths, row.paths)
      #expect(
        worst < 2e-12, "lMax \(row.lMax) order \(row.order) l \(row.l) reduced \(row.reduced)")
    }
  }

  @Test("all paths rotate as their representation", arguments: [1, 2, 3, 4])
  func equivariance(order: Int) throws {
    var generator = TestGenerator(state: 6)
    let inputs = natural(3)
    let matrices = wignerD(upTo: 3, rotation: generator.rotation())
    let vector = generator.vector(16)
    var turned: [Double] = []
    for l in 0...3 {
      let part = vector[(l * l)..<((l + 1) * (l + 1))]
      turned += apply(matrices[l], Array(part))
    }
    for kind in [SymmetricContractionBasis.Kind.full, .reduced] {
      for l in 0...(order == 4 ? 1 : 3) {
        let basis = try SymmetricContractionBasis.make(
          kind, inputs: inputs, output: Irrep(l, .natural(l)), order: order)
        let (before, after) = (basis.evaluate(vector), basis.evaluate(turned))
        var worst = 0.0
        for path in 0..<basis.pathCount {
          let rows = (0..<basis.outputDim).map { $0 * basis.pathCount + path }
          let expected = apply(matrices[l], rows.map { before[$0] })
          worst = max(worst, worstDifference(expected, rows.map { after[$0] }))
        }
        #expect(worst < 1e-12)
        #expect(!basis.isZero)
      }
    }
  }

  @Test(
    "reduced paths are independent and span what the full ones span",
    arguments: [(2, 3), (2, 4), (3, 3), (3, 4)])
  func independence(lMax: Int, order: Int) throws {
    var generator = TestGenerator(state: 7)
    let scalar = Irrep(0, .even)
    let full = try SymmetricContractionBasis.make(
      .full, inputs: natural(lMax), output: scalar, order: order)
    let reduced = try SymmetricContractionBasis.make(
      .reduced, inputs: natural(lMax), output: scalar, order: order)
    let points = (0..<60).map { _ in generator.vector(full.inputDim) }
    func rank(_ bases: [SymmetricContractionBasis]) -> Int {
      var rows = points.map { point in bases.flatMap { $0.evaluate(point) } }
      var rank = 0
      for column in rows[0].indices where rank < rows.count {
        var pivot = rank
        for row in rank..<rows.count where abs(rows[row][column]) > abs(rows[pivot][column]) {
          pivot = row
        }
        guard abs(rows[pivot][column]) > 1e-9 else { continue }
        rows.swapAt(rank, pivot)
        for row in (rank + 1)..<max(rows.count, rank + 1) {
          let factor = rows[row][column] / rows[rank][column]
          for index in rows[row].indices { rows[row][index] -= factor * rows[rank][index] }
        }
        rank += 1
      }
      return rank
    }
    #expect(rank([reduced]) == reduced.pathCount)
    #expect(rank([full]) == reduced.pathCount)
    #expect(rank([full, reduced]) == reduced.pathCount)
  }

  @Test("a dense tensor contracts as its symmetrized form", arguments: [1, 2, 3, 4])
  func dense(order: Int) throws {
    var generator = TestGenerator(state: 8)
    let (inputDim, outputDim, pathCount) = (4, 3, 2)
    let cells = (0..<order).reduce(1) { count, _ in count * inputDim }
    let tensor = generator.vector(outputDim * cells * pathCount)
    let basis = try SymmetricContractionBasis(
      symmetrizing: tensor, inputDim: inputDim, outputDim: outputDim, order: order,
      pathCount: pathCount, relativeTolerance: 0)
    let vector = generator.vector(inputDim)
    var expected = [Double](repeating: 0, count: outputDim * pathCount)
    for component in 0..<outputDim {
      for cell in 0..<cells {
        var (product, rest) = (1.0, cell)
        for _ in 0..<order {
          product *= vector[rest % inputDim]
          rest /= inputDim
        }
        for path in 0..<pathCount {
          let value = tensor[(component * cells + cell) * pathCount + path]
          expected[component * pathCount + path] += product * value
        }
      }
    }
    #expect(worstDifference(basis.evaluate(vector), expected) < 1e-13)
    for term in basis.coefficients.indices {
      let tuple = basis.factors[(term * order)..<(term * order + order)]
      #expect(tuple.sorted() == Array(tuple))
    }
  }

  @Test("rounding noise of single precision is dropped")
  func noise() throws {
    let basis = try SymmetricContractionBasis(
      symmetrizing: [0, 0.5, -0.5 + 3e-8, 1], inputDim: 2, outputDim: 1, order: 2, pathCount: 1)
    #expect(basis.coefficients == [1])
    #expect(basis.factors == [1, 1])
  }

  @Test("a representation that does not occur has one path that is zero")
  func absent() throws {
    for kind in [SymmetricContractionBasis.Kind.full, .reduced] {
      let basis = try SymmetricContractionBasis.make(
        kind, inputs: natural(2), output: Irrep(3, .odd), order: 1)
      #expect(basis.isZero)
      #expect(basis.pathCount == 1)
      #expect(basis.evaluate([Double](repeating: 1, count: 9)) == [Double](repeating: 0, count: 7))
    }
  }

  @Test("bases that depend on rounding errors of the reference say so")
  func matchesReference() throws {
    let scalar = Irrep(0, .even)
    let cases = [(2, 4, true), (3, 4, false), (3, 3, true), (4, 3, true), (5, 2, false)]
    for (lMax, order, expected) in cases {
      let reduced = try SymmetricContractionBasis.make(
        .reduced, inputs: natural(lMax), output: scalar, order: order)
      #expect(reduced.matchesReference == expected)
    }
    let full = try SymmetricContractionBasis.make(
      .full, inputs: natural(3), output: scalar, order: 4)
    #expect(full.matchesReference)
  }

  @Test("path counts tell the two bases apart")
  func pathCounts() throws {
    let counts = try [SymmetricContractionBasis.Kind.full, .reduced].map { kind in
      try (0...3).map { l in
        try SymmetricContractionBasis.make(
          kind, inputs: natural(3), output: Irrep(l, .natural(l)), order: 3
        ).pathCount
      }
    }
    #expect(counts == [[23, 51, 65, 65], [8, 12, 14, 15]])
  }

  @Test("representations and orders beyond the limits are refused")
  func limits() {
    let scalar = Irrep(0, .even)
    let cases: [(SymmetricContractionBasis.Kind, [Irrep], Int)] = [
      (.full, [scalar], -1), (.full, [scalar], 0), (.full, [scalar], 5), (.full, [scalar], .max),
      (.full, [], 2), (.reduced, [Irrep(9, .odd)], 3), (.full, natural(11), 4),
      (.full, [Irrep(12, .even)], 4),
    ]
    for (kind, inputs, order) in cases {
      #expect {
        try SymmetricContractionBasis.make(kind, inputs: inputs, output: scalar, order: order)
      } throws: { error in
        (error as? HoneError)?.kind == .unsupported
      }
    }
  }

  @Test("dense tensors of another shape, with other values or too large are refused")
  func malformedTensors() {
    let cases: [([Double], Int, Int, Int, Int, HoneError.Kind)] = [
      ([1, 2], 2, 1, 2, 1, .format), ([.nan, 2], 2, 1, 1, 1, .format),
      ([.infinity, 2], 2, 1, 1, 1, .format), ([], 3, .max, 2, .max, .format),
      ([], .max, .max, 4, .max, .unsupported), ([1], 1, 1, 5, 1, .unsupported),
      ([], 0, 1, 2, 1, .unsupported), ([], 2, 1, 2, -1, .unsupported),
    ]
    for (tensor, inputDim, outputDim, order, pathCount, kind) in cases {
      #expect {
        try SymmetricContractionBasis(
          symmetrizing: tensor, inputDim: inputDim, outputDim: outputDim, order: order,
          pathCount: pathCount)
      } throws: { error in
        (error as? HoneError)?.kind == kind
      }
    }
  }
}
