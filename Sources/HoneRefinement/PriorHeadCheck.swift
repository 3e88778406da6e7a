internal import HoneModels
internal import HoneNumerics
internal import HonePriors
internal import HoneStructure

/// Finds out whether a prior is the one that its head was trained on.
///
/// What is learnt of another prior is the difference between the two, and nothing downstream can tell:
/// the loss falls, forces on old structures stay, and the model is worse. Two signs give it away: labels
/// that are nearer to the main head than to the prior's, and labels that the prior's head does not know
/// on structures of the training data, where it should.
struct PriorHeadCheck {
  /// Labels may be this much nearer to the main head than to the prior's.
  static let neededAdvantage = 1.5
  /// What the error of the prior's head may be on training structures, relative to the forces: forces
  /// that have nothing to do with each other differ by more than all of them.
  static let largestError = 0.9
  /// How many structures of the training data are labelled, and how large they may be.
  static let knownCount = 8
  static let knownAtoms = 3...64

  private let names: (main: String, prior: String)
  private let main, head: BaseModel

  init(_ base: ForceField, _ heads: RefinementHeads, _ settings: WeightRefinementSettings) {
    names = (base.heads[heads.main], base.heads[heads.prior])
    main = BaseModel(base, head: heads.main, settings)
    head = BaseModel(base, head: heads.prior, settings)
  }

  /// Refuses labels that look like those of the main head.
  ///
  /// - Throws: `.invalidArgument`; as evaluation.
  func verify(_ labelled: [RefinementData.Labelled], prior: String) throws(HoneError) {
    var errors: [ForceErrors] = []
    for entry in labelled.prefix(Self.knownCount) {
      errors.append(try self.errors(entry.system.structure, entry.labels))
    }
    try refuse(errors, prior, "the structures")
  }

  /// Refuses a prior that its head does not know where it should.
  ///
  /// - Parameters:
  ///   - prior: Labels a few of the structures; those it cannot label are left out.
  ///   - structures: Training data of the model.
  /// - Throws: `.invalidArgument`; as evaluation.
  func verify(_ prior: any Prior, known structures: [Structure]) throws(HoneError) {
    let fitting = structures.filter { Self.knownAtoms.contains($0.atomCount) }
    let stride = max(fitting.count / Self.knownCount, 1)
    var errors: [ForceErrors] = []
    let places = Swift.stride(from: 0, to: fitting.count, by: stride).prefix(Self.knownCount)
    for place in places {
      guard let system = try? PriorSystem(fitting[place]),
        let labels = try? prior.labels(of: system)
      else { continue }
      try labels.check(atomCount: system.structure.atomCount, name: prior.name)
      errors.append(try self.errors(system.structure, labels))
    }
    try refuse(errors, prior.name, "structures of the training data")
    let relative = errors.filter { $0.forces > 0 }.map { $0.head / $0.forces }
    guard let error = median(relative), error > Self.largestError else { return }
    throw HoneError(
      .invalidArgument,
      "expected the prior that the head '\(names.prior)' was trained on, got \(prior.name): on "
        + "structures of the training data forces of the head differ from it by "
        + "\((100 * error).rounded()) %. Give that prior, name its head, or train the head on "
        + "this one")
  }

  /// Root mean squares over components of the forces of one structure, in eV/Å: errors of the heads
  /// against labels, and the labels.
  private struct ForceErrors {
    var main = 0.0
    var head = 0.0
    var forces = 0.0
  }

  private func errors(
    _ structure: Structure, _ labels: PriorLabels
  ) throws(HoneError) -> ForceErrors {
    func length(_ values: some Sequence<Double>) -> Double {
      (values.reduce(0) { $0 + $1 * $1 } / Double(labels.forces.count)).squareRoot()
    }
    let used = try main.predict(structure).forces
    let own = try head.predict(structure).forces
    return ForceErrors(
      main: length(zip(used, labels.forces).lazy.map { $0 - $1 }),
      head: length(zip(own, labels.forces).lazy.map { $0 - $1 }), forces: length(labels.forces))
  }

  private func refuse(
    _ errors: [ForceErrors], _ prior: String, _ what: String
  ) throws(HoneError) {
    guard let main = median(errors.map(\.main)), let head = median(errors.map(\.head)),
      head > Self.neededAdvantage * main
    else { return }
    throw HoneError(
      .invalidArgument,
      "expected the prior that the head '\(names.prior)' was trained on, got \(prior), whose forces on "
        + "\(what) are nearer to the head '\(names.main)' (\(shown(main)) eV/Å) than to "
        + "'\(names.prior)' (\(shown(head)) eV/Å)")
  }

  /// The middle value; nil for none.
  private func median(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.sorted()[values.count / 2]
  }

  private func shown(_ value: Double) -> String { "\((value * 1e4).rounded() / 1e4)" }
}
