internal import HoneNumerics
internal import HoneO3

/// Product bases that are computed from their rules, as long as that takes no more than a moment.
enum ProductRule {
  /// The most work of one basis, in the units of `work`: about a third of a second.
  static let mostWork = 5e8
  /// The most work of all bases of a model.
  static let mostTotalWork = 1e9

  /// The basis of one number of factors.
  ///
  /// - Throws: `.unsupported` for bases that would take too long.
  static func basis(
    _ kind: SymmetricContractionBasis.Kind, inputs: [Irrep], output: Irrep, order: Int
  ) throws(HoneError) -> SymmetricContractionBasis {
    guard
      work(kind, inputs: inputs, output: output, correlation: order) <= mostWork
    else {
      throw HoneError(
        .unsupported,
        "this version does not compute the product basis of correlation \(order) from "
          + "\(Irreps(inputs)) to \(output)")
    }
    return try .make(kind, inputs: inputs, output: output, order: order)
  }

  /// About how many multiplications a basis takes.
  ///
  /// Each coupling of a polynomial with an input visits the polynomial's monomials for each pair
  /// of the input's and the result's components. Removing dependent paths takes longer than
  /// making them.
  static func work(
    _ kind: SymmetricContractionBasis.Kind, inputs: [Irrep], output: Irrep, correlation: Int
  ) -> Double {
    let variables = Double(inputs.reduce(0) { $0 + $1.dim })
    var counts: [Irrep: Double] = [:]
    for input in inputs { counts[input, default: 0] += 1 }
    var work = variables
    var monomials = variables
    for degree in stride(from: 2, through: correlation, by: 1) {
      var next: [Irrep: Double] = [:]
      for (left, count) in counts {
        for right in inputs {
          for irrep in left * right where degree < correlation || irrep == output {
            next[irrep, default: 0] += count
            work += count * monomials * Double(right.dim * irrep.dim)
          }
        }
      }
      counts = next
      monomials *= (variables + Double(degree - 1)) / Double(degree)
    }
    return kind == .reduced ? 4 * work : work
  }
}
