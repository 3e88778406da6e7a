public import HoneNumerics

/// The equivariant polynomials that MACE contracts its atomic basis to.
///
/// MACE holds a tensor U[M, i₁, …, iᵥ, η] and contracts all its inner axes with one vector A, so
/// only the part of U that is symmetric in them matters. It is kept as polynomials:
///
///     B[M, η](A) = Σ coefficient · A[i₁] ⋯ A[iᵥ]     with i₁ ≤ … ≤ iᵥ
///
/// where a coefficient is the sum of U over all orders of the tuple. Paths η are those of MACE,
/// in its order, also where a path is zero, because weights are stored by path.
///
/// - SeeAlso: Batatia et al., NeurIPS 2022, arXiv:2206.07697, eqs. (10) and (11).
public struct SymmetricContractionBasis: Sendable, Hashable {
  /// Which of MACE's two sets of polynomials.
  public enum Kind: Sendable, Hashable {
    /// One path per sequence of couplings (`use_reduced_cg` false), with many that are zero or
    /// depend on each other.
    case full
    /// Paths that are linearly independent and sparse (`use_reduced_cg` true), as made by
    /// cuequivariance.
    case reduced
  }

  /// The most monomials of one degree that a basis is made for.
  public static let mostMonomials = 1 << 20
  /// The highest number of factors.
  public static let highestOrder = 4

  /// Whether the paths are known to be those that mace-torch makes from the same representations.
  ///
  /// False for four factors in the reduced basis with degrees of three or more, and beyond degree
  /// four. There the sparse paths that cuequivariance finds turn on rounding errors in its dense
  /// tensors, by which components differ that are equal by symmetry. The basis made here spans the
  /// same space, but weights of a MACE file belong to the file's own tensors.
  public let matchesReference: Bool
  /// The dimension of A.
  public let inputDim: Int
  /// The number of factors ν.
  public let order: Int
  /// The number of components M, 2L + 1.
  public let outputDim: Int
  /// The number of paths η; one path, which is zero, where the representation does not occur.
  public let pathCount: Int
  /// Where the terms of row M · pathCount + η start, shape `[outputDim · pathCount + 1]`.
  public let offsets: [Int]
  /// The sorted variables of each term, shape `[terms, order]`.
  public let factors: [Int32]
  /// The coefficient of each term, shape `[terms]`; sorted by tuple within a row.
  public let coefficients: [Double]

  /// Whether all polynomials are zero, in which case MACE holds empty weights.
  public var isZero: Bool { coefficients.isEmpty }

  /// Gathers paths; each has `outputDim` components.
  init(
    paths: [PolynomialIrrep], outputDim: Int, order: Int, table: MonomialTable,
    matchesReference: Bool
  ) {
    self.matchesReference = matchesReference
    inputDim = table.variableCount
    self.order = order
    self.outputDim = outputDim
    pathCount = max(paths.count, 1)
    var offsets = [0]
    var factors: [Int32] = []
    var coefficients: [Double] = []
    for component in 0..<outputDim {
      for path in 0..<pathCount {
        if path < paths.count {
          let polynomial = paths[path].components[component]
          for rank in polynomial.ranks {
            let tuple = table.tuples[order][(rank * order)..<(rank * order + order)]
            factors.append(contentsOf: tuple.lazy.map { Int32($0) })
          }
          coefficients.append(contentsOf: polynomial.coefficients)
        }
        offsets.append(coefficients.count)
      }
    }
    self.offsets = offsets
    self.factors = factors
    self.coefficients = coefficients
  }

  /// The basis that mace-torch makes for the given representations; kept in memory once made.
  ///
  /// mace-torch takes the full basis where `use_reduced_cg` is false, and also where it is true
  /// but cuequivariance is not installed. Where the full basis of up to three factors needs
  /// couplings beyond degree 11, which e3nn 0.4 does not have (three factors of degree 4 do), it
  /// takes the reduced one instead, and so does this function. Files of MACE carry U itself, and
  /// that is to be preferred; see `init(symmetrizing:inputDim:outputDim:order:pathCount:)`.
  ///
  /// - Parameters:
  ///   - kind: Which basis.
  ///   - inputs: The representations of A, once each, in their order.
  ///   - output: The representation of B.
  ///   - order: The number of factors ν, `1 … highestOrder`.
  ///   - convention: The signs of the couplings; mace-torch needs e3nn 0.4.
  /// - Throws: `HoneError` of kind `unsupported` for orders, degrees and sizes beyond the limits.
  public static func make(
    _ kind: Kind, inputs: [Irrep], output: Irrep, order: Int,
    convention: Wigner3jConvention = .firstPositive
  ) throws(HoneError) -> SymmetricContractionBasis {
    guard (1...highestOrder).contains(order) else {
      throw HoneError(
        .unsupported,
        "symmetric contractions have 1 to \(highestOrder) factors, got correlation \(order)")
    }
    let highest = max(inputs.map(\.l).max() ?? 0, output.l)
    let kind = order < 4 && highest * order > 11 ? .reduced : kind
    guard highest <= 11, kind == .full || highest * order <= wigner3jHighestDegree else {
      throw HoneError(
        .unsupported,
        "couplings of contraction bases reach degree \(wigner3jHighestDegree), "
          + "got correlation \(order) of degree \(highest)")
    }
    let inputDim = inputs.reduce(0) { $0 + $1.dim }
    guard
      inputDim > 0,
      MonomialTable.count(variables: inputDim, degree: order, limit: mostMonomials) != nil
    else {
      throw HoneError(
        .unsupported,
        "symmetric contractions have 1 to \(mostMonomials) monomials, "
          + "got correlation \(order) of \(inputDim) components")
    }
    let key = Key(
      kind: kind, inputs: inputs, output: output, order: order, convention: convention)
    if let known = madeBases.withLock({ $0[key] }) { return known }
    let table = MonomialTable(variableCount: inputDim, degree: order)
    let paths =
      switch kind {
      case .full:
        fullPaths(
          inputs: inputs, output: output, order: order, convention: convention, table: table)
      case .reduced:
        ReducedBasisBuilder(inputs: inputs, convention: convention, table: table)
          .paths(output: output, order: order)
      }
    let basis = SymmetricContractionBasis(
      paths: paths, outputDim: output.dim, order: order, table: table,
      matchesReference: kind == .full || (inputs.map(\.l).max() ?? 0) <= (order == 4 ? 2 : 4))
    madeBases.withLock { $0[key] = basis }
    return basis
  }

  /// Evaluates all polynomials, term by term: the reference for faster evaluations.
  ///
  /// - Parameter vector: A, shape `[inputDim]`.
  /// - Returns: B, shape `[outputDim, pathCount]`.
  public func evaluate(_ vector: [Double]) -> [Double] {
    precondition(vector.count == inputDim, "the vector has \(inputDim) components")
    return (0..<(outputDim * pathCount)).map { row in
      (offsets[row]..<offsets[row + 1]).reduce(0) { sum, term in
        sum
          + (0..<order).reduce(coefficients[term]) {
            $0 * vector[Int(factors[term * order + $1])]
          }
      }
    }
  }
}

private struct Key: Hashable, Sendable {
  let kind: SymmetricContractionBasis.Kind
  let inputs: [Irrep]
  let output: Irrep
  let order: Int
  let convention: Wigner3jConvention
}

private let madeBases = Lock<[Key: SymmetricContractionBasis]>([:])
