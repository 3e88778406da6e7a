public import HoneNumerics
internal import HoneStructure

/// The sum of several priors, such as a repulsion under a potential that has none.
public struct SumPrior: Prior {
  /// What is summed; one prior at least.
  public let terms: [any Prior]
  /// The names of the terms between plus signs.
  public var name: String { terms.map(\.name).joined(separator: "+") }

  /// Whether all terms are.
  public var isTransferable: Bool { terms.allSatisfy(\.isTransferable) }

  /// Makes a sum.
  ///
  /// - Throws: `.invalidArgument` for no terms.
  public init(_ terms: [any Prior]) throws(HoneError) {
    guard !terms.isEmpty else {
      throw HoneError(.invalidArgument, "a sum of priors needs one prior at least, got none")
    }
    self.terms = terms
  }

  /// The labels of a structure; a virial where every term has one.
  ///
  /// - Throws: What the first term that fails throws.
  public func labels(of system: PriorSystem) throws(HoneError) -> PriorLabels {
    let atomCount = system.structure.atomCount
    var sum = PriorLabels(
      energy: 0, forces: [Double](repeating: 0, count: 3 * atomCount),
      virial: [Double](repeating: 0, count: 9))
    for term in terms {
      let labels = try term.labels(of: system)
      try labels.check(atomCount: atomCount, name: term.name)
      sum.energy += labels.energy
      for index in sum.forces.indices { sum.forces[index] += labels.forces[index] }
      sum.virial = sum.virial.flatMap { known in
        labels.virial.map { virial in zip(known, virial).map(+) }
      }
    }
    try sum.check(atomCount: atomCount, name: name)
    return sum
  }
}
