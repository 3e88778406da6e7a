public import HoneModels
public import HoneNumerics

/// The two heads that adapting a model needs: one that is used, and one that a prior can judge.
public struct RefinementHeads: Sendable, Equatable {
  /// The head that is used, an index into the heads of the model.
  public let main: Int
  /// The head of the prior.
  public let prior: Int

  /// What a head is called that needs no name given.
  static let priorName = "prior"

  /// Finds the heads.
  ///
  /// - Parameters:
  ///   - field: The model.
  ///   - main: The name of the main head; nil where two heads leave only one.
  ///   - prior: The name of the prior's head; nil for the one called `prior`.
  /// - Throws: `.invalidArgument` for a model without a head for a prior, and for names that it lacks or
  ///   that leave a choice.
  public init(
    _ field: ForceField, main: String? = nil, prior: String? = nil
  ) throws(HoneError) {
    let heads = field.heads
    let shown = heads.map { "'\($0)'" }.joined(separator: ", ")
    func index(_ name: String) throws(HoneError) -> Int {
      guard let index = heads.firstIndex(of: name) else {
        throw HoneError(
          .invalidArgument, "expected one of the model's heads \(shown), got '\(name)'")
      }
      return index
    }
    let priorIndex: Int
    if let prior {
      priorIndex = try index(prior)
    } else if let found = heads.firstIndex(where: { $0.lowercased() == Self.priorName }) {
      priorIndex = found
    } else if heads.count == 2, let main {
      priorIndex = 1 - (try index(main))
    } else {
      throw HoneError(
        .invalidArgument,
        "expected a model with a head that was trained on a prior, got one with the head"
          + "\(heads.count == 1 ? "" : "s") \(shown): name that head, train a model with one as "
          + "docs/refinement.md tells, or fit one to the prior first")
    }
    self.prior = priorIndex
    let others = heads.indices.filter { $0 != priorIndex }
    if let main {
      self.main = try index(main)
    } else {
      guard others.count == 1 else {
        throw HoneError(
          .invalidArgument,
          others.isEmpty
            ? "expected a head beside that of the prior, got '\(heads[priorIndex])' alone"
            : "expected the name of the main head, for the model has \(shown)")
      }
      self.main = others[0]
    }
    guard self.main != self.prior else {
      throw HoneError(
        .invalidArgument,
        "expected different heads for the prior and for use, got '\(heads[self.main])' for both")
    }
  }
}
