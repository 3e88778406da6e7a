public import HoneNumerics

extension SymmetricContractionBasis {
  /// Symmetrizes a dense tensor, such as the buffers `U_matrix_ν` of a MACE file.
  ///
  /// The number of paths tells which basis a file was made with: with 0e+1o+2e+3o to 0e and ν = 3,
  /// 23 paths are full and 8 are reduced; `make(_:inputs:output:order:convention:)` gives both
  /// numbers. Compare all outputs and orders, as single numbers can agree. A tensor of zeros is how MACE writes that the output does not occur.
  ///
  /// - Parameters:
  ///   - tensor: U, shape `[outputDim, inputDim, …, inputDim, pathCount]`, row-major; without its
  ///     first axis where `outputDim` is one, which makes no difference here.
  ///   - inputDim: The dimension of A.
  ///   - outputDim: 2L + 1.
  ///   - order: The number of factors ν, `1 … highestOrder`.
  ///   - pathCount: The number of paths.
  ///   - relativeTolerance: Coefficients below this part of the largest one are zeros that rounding
  ///     has blurred; the default suits tensors that were stored in single precision.
  /// - Throws: `HoneError` of kind `format` where the number of values is not that of the shape or
  ///   values are not finite, `unsupported` for sizes beyond the limits.
  public init(
    symmetrizing tensor: [Double], inputDim: Int, outputDim: Int, order: Int, pathCount: Int,
    relativeTolerance: Double = 1e-6
  ) throws(HoneError) {
    guard (1...Self.highestOrder).contains(order), inputDim > 0, outputDim > 0, pathCount > 0,
      inputDim <= Self.mostMonomials,
      MonomialTable.count(variables: inputDim, degree: order, limit: Self.mostMonomials) != nil
    else {
      throw HoneError(
        .unsupported,
        "symmetric contractions have up to \(Self.highestOrder) factors and \(Self.mostMonomials) "
          + "monomials, got correlation \(order) of \(inputDim) components to \(outputDim) "
          + "in \(pathCount) paths")
    }
    var expected = pathCount
    for factor in [outputDim] + Array(repeating: inputDim, count: order) {
      let (product, overflow) = expected.multipliedReportingOverflow(by: factor)
      expected = overflow ? Int.max : product
      if overflow { break }
    }
    guard tensor.count == expected else {
      throw HoneError(
        .format,
        "a contraction tensor of correlation \(order) from \(inputDim) to \(outputDim) components "
          + "in \(pathCount) paths has \(expected) values, got \(tensor.count)")
    }
    var largest = 0.0
    for value in tensor {
      guard value.isFinite else {
        throw HoneError(.format, "a contraction tensor has finite values, got \(value)")
      }
      largest = max(largest, abs(value))
    }

    let table = MonomialTable(variableCount: inputDim, degree: order)
    let monomials = table.count(order)
    let cells = expected / (outputDim * pathCount)
    // rankOf[i₁ … iᵥ] is the sorted tuple that each cell of the dense tensor adds to.
    var rankOf = [0]
    for degree in 0..<order {
      rankOf = rankOf.flatMap { rank in
        (0..<inputDim).map { table.products[degree][rank * inputDim + $0] }
      }
    }
    var paths = [PolynomialIrrep](
      repeating: PolynomialIrrep(irrep: Irrep(0, .even), components: []), count: pathCount)
    var sums = [Double](repeating: 0, count: monomials * pathCount)
    for component in 0..<outputDim {
      for index in sums.indices { sums[index] = 0 }
      for cell in 0..<cells {
        let (from, to) = ((component * cells + cell) * pathCount, rankOf[cell] * pathCount)
        for path in 0..<pathCount { sums[to + path] += tensor[from + path] }
      }
      for path in 0..<pathCount {
        var polynomial = SparsePolynomial()
        for rank in 0..<monomials
        where abs(sums[rank * pathCount + path]) > relativeTolerance * largest {
          polynomial.ranks.append(rank)
          polynomial.coefficients.append(sums[rank * pathCount + path])
        }
        paths[path].components.append(polynomial)
      }
    }
    self.init(
      paths: paths, outputDim: outputDim, order: order, table: table, matchesReference: true)
  }
}
