public import HoneNumerics
internal import HoneStructure

/// A prior of the host: a closure, and everything it returns is checked.
public struct CallbackPrior: Prior {
  /// What computes the labels of a structure; called by several threads at once.
  public typealias Body = @Sendable (PriorSystem) throws(HoneError) -> PriorLabels

  /// The name, for messages.
  public let name: String
  /// Whether the closure labels structures of any composition.
  public let isTransferable: Bool
  private let body: Body

  /// Makes a prior.
  ///
  /// - Parameters:
  ///   - name: For messages.
  ///   - isTransferable: Whether the closure labels structures of any composition.
  ///   - body: Gives energy in eV, forces in eV/Å and perhaps the virial −∂E/∂ε in eV, all of them of
  ///     the structure alone.
  public init(
    name: String = "callback", isTransferable: Bool = false, _ body: @escaping Body
  ) {
    self.name = name
    self.isTransferable = isTransferable
    self.body = body
  }

  /// The labels of a structure.
  ///
  /// - Throws: What the closure throws; `.invalidArgument` and `.notConverged` for labels that no prior
  ///   may give (`PriorLabels.check`).
  public func labels(of system: PriorSystem) throws(HoneError) -> PriorLabels {
    let labels = try body(system)
    try labels.check(atomCount: system.structure.atomCount, name: name)
    return labels
  }
}
