extension SymmetricContractionBasis {
  /// The paths of MACE's full basis: couplings one input after another, sorted after each step.
  ///
  /// Of the intermediate representations only those are followed that can still become the
  /// output; that changes neither which paths there are nor their order. With four factors MACE
  /// keeps only representations with the parity of spherical harmonics, of degree below 12.
  static func fullPaths(
    inputs: [Irrep], output: Irrep, order: Int, convention: Wigner3jConvention,
    table: MonomialTable
  ) -> [PolynomialIrrep] {
    func isKept(_ irrep: Irrep) -> Bool {
      order < 4 || irrep.l < 12 && irrep.parity == .natural(irrep.l)
    }
    let variables = PolynomialIrrep.variables(of: inputs)
    guard order > 1 else { return lastRun(of: output, in: variables) }

    // useful[n] are the representations after n + 1 factors that can still become the output.
    var useful: [Set<Irrep>] = [[output]]
    for _ in 1..<order {
      let later = useful[0]
      useful.insert(Set(later.flatMap { out in inputs.flatMap { out * $0 } }), at: 0)
    }

    var paths = variables
    for degree in 1..<order {
      var accumulator = PolynomialAccumulator(count: table.count(degree + 1))
      var next: [PolynomialIrrep] = []
      for left in paths where useful[degree - 1].contains(left.irrep) {
        for right in variables {
          for irrep in left.irrep * right.irrep
          where isKept(irrep) && useful[degree].contains(irrep) {
            let coupling = wigner3j(
              irrep.l, left.irrep.l, right.irrep.l, convention: convention)
            next.append(
              .product(
                left, degree: degree, right, degree: 1, into: irrep, coupling: coupling,
                table: table, accumulator: &accumulator))
          }
        }
      }
      paths = PolynomialIrrep.sorted(next)
    }
    return paths
  }

  /// The last run of neighbours with the given representation.
  ///
  /// With one factor MACE does not sort, and drops what it has when it meets the output again.
  private static func lastRun(
    of output: Irrep, in list: [PolynomialIrrep]
  ) -> [PolynomialIrrep] {
    guard let last = list.lastIndex(where: { $0.irrep == output }) else { return [] }
    var first = last
    while first > 0, list[first - 1].irrep == output { first -= 1 }
    return Array(list[first...last])
  }
}
