/// Makes the linearly independent contraction paths of cuequivariance.
///
/// Priorities: 1. the same paths in the same order with the same signs, because weights are stored
/// by path; 2. no dense tensors: all steps are done on polynomials.
///
/// Symmetric powers of each input come first, products of powers of different inputs second; both
/// are then made sparse by combining pairs of paths (`SparseRows`).
struct ReducedBasisBuilder {
  let inputs: [Irrep]
  let convention: Wigner3jConvention
  let table: MonomialTable

  /// The paths to one representation.
  func paths(output: Irrep, order: Int) -> [PolynomialIrrep] {
    let variables = PolynomialIrrep.variables(of: inputs)
    if order == 1 { return variables.filter { $0.irrep == output } }
    if inputs.count == 1 {
      return sparse(symmetricPower(variables[0], order, keep: [output]), degree: order)
    }

    // powers[i][n − 1] is the nth power of input i: what can become the output with the others.
    let powers: [[[PolynomialIrrep]]] = variables.map { variable in
      (1...order).map { n in
        var keep: Set<Irrep> = [output]
        for _ in n..<order { keep = products(keep, Set(inputs)) }
        return sparse(symmetricPower(variable, n, keep: keep), degree: n)
      }
    }
    var paths: [PolynomialIrrep] = []
    for exponents in Self.exponents(count: inputs.count, sum: order) {
      let used = inputs.indices.filter { exponents[$0] > 0 }
      var degree = exponents[used[0]]
      var term = powers[used[0]][degree - 1]
      for (position, input) in used.enumerated().dropFirst() {
        let n = exponents[input]
        let isLast = position == used.count - 1
        term = product(
          term, degree: degree, powers[input][n - 1], degree: n, keep: isLast ? [output] : nil)
        degree += n
      }
      // The tensor is the sum over the orders of its factors, divided by the root of their number.
      var orders = 1
      var placed = 0
      for n in exponents {
        placed += n
        orders *= binomial(placed, n)
      }
      for path in term where path.irrep == output {
        paths.append(Self.scaled(path, by: Double(orders).squareRoot()))
      }
    }
    return sparse(paths, degree: order)
  }

  /// All tuples of exponents with a given sum, by falling first, then second, … exponent.
  static func exponents(count: Int, sum: Int) -> [[Int]] {
    if count == 1 { return [[sum]] }
    return (0...sum).reversed().flatMap { first in
      exponents(count: count - 1, sum: sum - first).map { [first] + $0 }
    }
  }

  private func products(_ left: Set<Irrep>, _ right: Set<Irrep>) -> Set<Irrep> {
    Set(left.flatMap { l in right.flatMap { l * $0 } })
  }

  private static func scaled(_ path: PolynomialIrrep, by factor: Double) -> PolynomialIrrep {
    var path = path
    for component in path.components.indices {
      for index in path.components[component].coefficients.indices {
        path.components[component].coefficients[index] *= factor
      }
    }
    return path
  }

  /// All couplings of two lists that are sorted by representation, sorted likewise.
  private func product(
    _ left: [PolynomialIrrep], degree leftDegree: Int, _ right: [PolynomialIrrep],
    degree rightDegree: Int, keep: Set<Irrep>?
  ) -> [PolynomialIrrep] {
    var accumulator = PolynomialAccumulator(count: table.count(leftDegree + rightDegree))
    var result: [PolynomialIrrep] = []
    let rightGroups = Self.groups(right)
    for leftGroup in Self.groups(left) {
      for rightGroup in rightGroups {
        for irrep in left[leftGroup.lowerBound].irrep * right[rightGroup.lowerBound].irrep
        where keep?.contains(irrep) ?? true {
          for u in leftGroup {
            for v in rightGroup {
              let coupling = wigner3j(
                irrep.l, left[u].irrep.l, right[v].irrep.l, convention: convention)
              result.append(
                .product(
                  left[u], degree: leftDegree, right[v], degree: rightDegree, into: irrep,
                  coupling: coupling, table: table, accumulator: &accumulator))
            }
          }
        }
      }
    }
    return PolynomialIrrep.sorted(result)
  }

  /// The runs of equal representations in a sorted list.
  private static func groups(_ list: [PolynomialIrrep]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for index in list.indices {
      if let last = result.last, list[last.lowerBound].irrep == list[index].irrep {
        result[result.count - 1] = last.lowerBound..<(index + 1)
      } else {
        result.append(index..<(index + 1))
      }
    }
    return result
  }

  /// The symmetric power of one input, before it is made sparse.
  ///
  /// The third power couples the second with the input, the fourth couples two second powers.
  private func symmetricPower(
    _ variable: PolynomialIrrep, _ n: Int, keep: Set<Irrep>
  ) -> [PolynomialIrrep] {
    guard n > 1 else { return keep.contains(variable.irrep) ? [variable] : [] }
    var left = [variable]
    var right = [variable]
    if n > 2 {
      var squareKeep = keep
      for _ in 2..<n { squareKeep = products(squareKeep, [variable.irrep]) }
      left = symmetricPower(variable, 2, keep: squareKeep)
      if n == 4 { right = left }
    }
    let coupled = product(left, degree: n == 2 ? 1 : 2, right, degree: n == 4 ? 2 : 1, keep: keep)
    return Self.groups(coupled).flatMap { independent(Array(coupled[$0]), degree: n) }
  }

  /// Orthonormal combinations of paths to one representation that are symmetric tensors.
  ///
  /// The rows of the projector R S Rᵀ, with R the tensors and S the projector on symmetric ones,
  /// orthogonalized in order. ⟨p, q⟩ = Σ pq / (number of orders of the monomial) is the product of
  /// symmetric tensors in terms of their polynomials.
  private func independent(_ paths: [PolynomialIrrep], degree: Int) -> [PolynomialIrrep] {
    let weights = table.permutationCounts[degree]
    let first = paths.map(\.components[0])
    var dense = [Double](repeating: 0, count: weights.count)
    var gram = [[Double]](repeating: [], count: paths.count)
    for u in paths.indices {
      for (rank, value) in zip(first[u].ranks, first[u].coefficients) {
        dense[rank] = value / weights[rank]
      }
      gram[u] = first.map { other in
        zip(other.ranks, other.coefficients).reduce(0) { $0 + dense[$1.0] * $1.1 }
      }
      for rank in first[u].ranks { dense[rank] = 0 }
    }

    var kept: [[Double]] = []
    for row in gram {
      var vector = row
      for other in kept {
        let overlap = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
        for index in vector.indices { vector[index] -= overlap * other[index] }
      }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // cuequivariance has half the projector and a threshold of 1e-5.
      if length > 2e-5 { kept.append(vector.map { $0 / length }) }
    }
    var accumulator = PolynomialAccumulator(count: weights.count)
    return kept.map { vector in
      let components = (0..<paths[0].irrep.dim).map { component in
        for (path, factor) in zip(paths, vector) where abs(factor) > 1e-12 {
          accumulator.add(path.components[component], times: factor)
        }
        var sum = accumulator.take()
        for (index, rank) in sum.ranks.enumerated() {
          let value = SquareRootRational.rounded(sum.coefficients[index] / weights[rank])
          sum.coefficients[index] = value * weights[rank]
        }
        return sum
      }
      return PolynomialIrrep(irrep: paths[0].irrep, components: components)
    }
  }

  /// Makes the paths to each representation of a sorted list sparse.
  private func sparse(_ list: [PolynomialIrrep], degree: Int) -> [PolynomialIrrep] {
    Self.groups(list).flatMap { group -> [PolynomialIrrep] in
      var rows = SparseRows(paths: Array(list[group]), weights: table.permutationCounts[degree])
      rows.reduce()
      return rows.paths
    }
  }
}
