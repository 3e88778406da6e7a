/// The monomials of each degree in a number of variables, and how they multiply.
///
/// A monomial of degree n is a sorted tuple of n variables; its rank is its place in
/// lexicographic order. A symmetric tensor contracted n times with one vector is a polynomial, so
/// all contraction bases are made of these.
struct MonomialTable: Sendable {
  /// The number of variables.
  let variableCount: Int
  /// For each degree the tuples, shape `[count, degree]`.
  let tuples: [[Int]]
  /// For each degree but the last the rank of monomial times variable, shape
  /// `[count, variableCount]`, in the degree above.
  let products: [[Int]]
  /// For each degree the number of orders of each tuple, n! / Π eᵢ!.
  let permutationCounts: [[Double]]

  /// The number of monomials of a degree.
  func count(_ degree: Int) -> Int { permutationCounts[degree].count }

  /// The number of monomials of a degree, or nil where it is beyond `limit`.
  static func count(variables: Int, degree: Int, limit: Int) -> Int? {
    var count = 1
    for step in 0..<degree {
      let (product, overflow) = count.multipliedReportingOverflow(by: variables + step)
      guard !overflow else { return nil }
      count = product / (step + 1)
    }
    return count <= limit ? count : nil
  }

  /// Makes the tables for degrees 0 … `degree`; sizes are checked by the caller.
  init(variableCount: Int, degree: Int) {
    self.variableCount = variableCount
    var tuples: [[Int]] = [[]]
    var products: [[Int]] = []
    var permutationCounts: [[Double]] = [[1]]
    for n in 0..<degree {
      let flat = tuples[n]
      var next: [Int] = []
      // Each tuple appears once from its prefix and a last variable not below the prefix's last.
      var ranks: [Int: Int] = [:]
      var counts: [Double] = []
      for rank in 0..<permutationCounts[n].count {
        let tuple = flat[(rank * n)..<(rank * n + n)]
        for variable in (tuple.last ?? 0)..<variableCount {
          ranks[Self.key(tuple, variable, variableCount)] = counts.count
          next.append(contentsOf: tuple)
          next.append(variable)
          let repeats = tuple.reduce(1) { $0 + ($1 == variable ? 1 : 0) }
          counts.append(permutationCounts[n][rank] * Double(n + 1) / Double(repeats))
        }
      }
      var product: [Int] = []
      for rank in 0..<permutationCounts[n].count {
        let tuple = flat[(rank * n)..<(rank * n + n)]
        for variable in 0..<variableCount {
          product.append(ranks[Self.key(tuple, variable, variableCount)] ?? 0)
        }
      }
      tuples.append(next)
      products.append(product)
      permutationCounts.append(counts)
    }
    self.tuples = tuples
    self.products = products
    self.permutationCounts = permutationCounts
  }

  /// A number that tells sorted tuples of one length apart, for a tuple with a variable put in.
  private static func key(_ tuple: ArraySlice<Int>, _ variable: Int, _ base: Int) -> Int {
    var key = 0
    var pending = true
    for element in tuple {
      if pending, variable < element {
        key = key &* base &+ variable
        pending = false
      }
      key = key &* base &+ element
    }
    return pending ? key &* base &+ variable : key
  }
}

/// A polynomial of one degree as sorted ranks of its monomials and their coefficients.
struct SparsePolynomial: Sendable {
  var ranks: [Int] = []
  var coefficients: [Double] = []
}

/// Collects products of polynomials of one degree, with a dense array and a list of what it holds.
struct PolynomialAccumulator {
  /// Sums below this are taken for zeros that rounding has blurred.
  static let zeroThreshold = 1e-12

  private var values: [Double]
  private var isUsed: [Bool]
  private var used: [Int] = []

  init(count: Int) {
    values = [Double](repeating: 0, count: count)
    isUsed = [Bool](repeating: false, count: count)
  }

  mutating func add(_ coefficient: Double, at rank: Int) {
    values[rank] += coefficient
    if !isUsed[rank] {
      isUsed[rank] = true
      used.append(rank)
    }
  }

  mutating func add(_ polynomial: SparsePolynomial, times factor: Double) {
    for (rank, coefficient) in zip(polynomial.ranks, polynomial.coefficients) {
      add(factor * coefficient, at: rank)
    }
  }

  /// The sum so far; the accumulator is empty afterwards.
  mutating func take() -> SparsePolynomial {
    used.sort()
    var result = SparsePolynomial()
    for rank in used {
      if abs(values[rank]) > Self.zeroThreshold {
        result.ranks.append(rank)
        result.coefficients.append(values[rank])
      }
      values[rank] = 0
      isUsed[rank] = false
    }
    used.removeAll(keepingCapacity: true)
    return result
  }
}

/// A representation whose components are polynomials of one degree in the inputs.
struct PolynomialIrrep: Sendable {
  let irrep: Irrep
  var components: [SparsePolynomial]

  /// The components of `coupling(left, right)`, scaled to what e3nn calls `component`.
  ///
  /// p_M = √(2L+1) Σ C[M, i, j] left_i right_j, with C either `wigner3j(L, l₁, l₂)` or, up to the
  /// sign of a cyclic exchange, which is one, `wigner3j(l₁, l₂, L)`.
  static func product(
    _ left: PolynomialIrrep, degree leftDegree: Int, _ right: PolynomialIrrep,
    degree rightDegree: Int, into irrep: Irrep, coupling: [Double], table: MonomialTable,
    accumulator: inout PolynomialAccumulator
  ) -> PolynomialIrrep {
    let (leftDim, rightDim) = (left.irrep.dim, right.irrep.dim)
    let scale = Double(irrep.dim).squareRoot()
    var components: [SparsePolynomial] = []
    for component in 0..<irrep.dim {
      for i in 0..<leftDim where !left.components[i].ranks.isEmpty {
        for j in 0..<rightDim {
          let factor = coupling[(component * leftDim + i) * rightDim + j] * scale
          guard factor != 0 else { continue }
          let (p, q) = (left.components[i], right.components[j])
          for (rightRank, rightValue) in zip(q.ranks, q.coefficients) {
            let first = rightRank * rightDegree
            for (leftRank, leftValue) in zip(p.ranks, p.coefficients) {
              var rank = leftRank
              for step in 0..<rightDegree {
                let variable = table.tuples[rightDegree][first + step]
                rank = table.products[leftDegree + step][rank * table.variableCount + variable]
              }
              accumulator.add(factor * rightValue * leftValue, at: rank)
            }
          }
        }
      }
      components.append(accumulator.take())
    }
    return PolynomialIrrep(irrep: irrep, components: components)
  }

  /// One representation per input, whose components are the input's own variables.
  static func variables(of inputs: [Irrep]) -> [PolynomialIrrep] {
    var offset = 0
    return inputs.map { irrep in
      let components = (0..<irrep.dim).map {
        SparsePolynomial(ranks: [offset + $0], coefficients: [1])
      }
      offset += irrep.dim
      return PolynomialIrrep(irrep: irrep, components: components)
    }
  }

  /// Sorts by representation; equal ones keep their order.
  static func sorted(_ list: [PolynomialIrrep]) -> [PolynomialIrrep] {
    list.indices.sorted { (list[$0].irrep, $0) < (list[$1].irrep, $1) }.map { list[$0] }
  }
}
