internal import HoneModels
internal import HoneNumerics
internal import HonePriors
internal import HoneStructure

/// Finds out whether a prior is the one that its head was trained on, and whether there is something to
/// learn from it.
///
/// What is learnt of another prior is the difference between the two, and nothing downstream can tell:
/// the loss falls, forces on old structures stay, and the model is worse. Two signs give it away: labels
/// that are nearer to the main head than to the prior's, and labels that the prior's head does not know
/// on structures of the training data, where it should.
///
/// The error of the prior's head can be seen where that of the main head cannot, and over one representation
/// the two go together: where the prior's head is as right as on training data, so is the main head, and
/// what remains to be learnt is as wrong as the model (`docs/studies/refinement.md`).
struct PriorHeadCheck {
  /// Labels may be this much nearer to the main head than to the prior's.
  static let neededAdvantage = 1.5
  /// What the error of the prior's head may be on training structures, relative to the forces: forces
  /// that have nothing to do with each other differ by more than all of them.
  static let largestError = 0.9
  /// How many structures are looked at, and how large those of the training data may be.
  static let mostStructures = 32
  static let knownAtoms = 3...64
  /// Fewer structures of the training data do not tell what an error on them is like.
  static let fewestKnown = 8

  private let names: (main: String, prior: String)
  private let main, head: BaseModel

  init(_ base: ForceField, _ heads: RefinementHeads, _ settings: WeightRefinementSettings) {
    names = (base.heads[heads.main], base.heads[heads.prior])
    main = BaseModel(base, head: heads.main, settings)
    head = BaseModel(base, head: heads.prior, settings)
  }

  /// The errors on structures to adapt to.
  ///
  /// - Throws: As evaluation.
  func errors(on labelled: [RefinementData.Labelled]) throws(HoneError) -> [ForceErrors] {
    var errors: [ForceErrors] = []
    for entry in labelled.prefix(Self.mostStructures) {
      errors.append(try self.errors(entry.system.structure, entry.labels))
    }
    return errors
  }

  /// The errors on a few structures of the training data; none of a prior that is for one system alone.
  ///
  /// - Parameters:
  ///   - structures: Training data of the model.
  ///   - prior: Labels them; those it cannot label are left out.
  ///   - observe: Told how many of how many are done; false cancels.
  /// - Throws: `.cancelled`, `.outOfMemory`; as evaluation.
  func errors(
    on structures: [Structure], _ prior: any Prior,
    _ observe: (_ done: Int, _ count: Int) -> Bool
  ) throws(HoneError) -> [ForceErrors] {
    guard prior.isTransferable else { return [] }
    let fitting = structures.filter { Self.knownAtoms.contains($0.atomCount) }
    // Rounded up, so that those looked at lie over all of them.
    let stride = max((fitting.count + Self.mostStructures - 1) / Self.mostStructures, 1)
    var errors: [ForceErrors] = []
    let places = Array(Swift.stride(from: 0, to: fitting.count, by: stride))
    for (index, place) in places.enumerated() {
      if let labels = try label(fitting[place], prior) {
        errors.append(try self.errors(fitting[place], labels))
      }
      guard observe(index + 1, places.count) else { throw WeightRefinement.cancellation }
    }
    return errors
  }

  /// Labels of a structure as a neutral one in its lowest spin; nil where the prior has none.
  ///
  /// Training data say nothing of charges. Medians do not mind a few ions.
  private func label(
    _ structure: Structure, _ prior: any Prior
  ) throws(HoneError) -> PriorLabels? {
    do throws(HoneError) {
      let labels = try prior.labels(of: PriorSystem(structure))
      try labels.check(atomCount: structure.atomCount, name: prior.name)
      return labels
    } catch {
      if error.kind == .outOfMemory || error.kind == .cancelled { throw error }
      return nil
    }
  }

  /// Refuses labels that look like those of the main head, and a prior that its head does not know where
  /// it should.
  ///
  /// - Throws: `.invalidArgument`.
  func verify(
    _ errors: [ForceErrors], known: [ForceErrors], prior: String
  ) throws(HoneError) {
    try refuse(errors, prior, "the structures")
    try refuse(known, prior, "structures of the training data")
    let relative = known.filter { $0.forces > 0 }.map { $0.head / $0.forces }
    guard let error = quantile(relative, 0.5), error > Self.largestError else { return }
    throw HoneError(
      .invalidArgument,
      "expected the prior that the head '\(names.prior)' was trained on, got \(prior): on "
        + "structures of the training data forces of the head differ from it by "
        + "\((100 * error).rounded()) %. Give that prior, name its head, train the head on "
        + "this one, or set checks_prior to false")
  }

  /// Refuses structures that the model knows.
  ///
  /// - Parameters:
  ///   - errors: On the structures to adapt to.
  ///   - known: On the training data.
  ///   - gate: The quantile of the latter that the median of the former must exceed.
  /// - Throws: `.notConverged`.
  func requireShift(
    _ errors: [ForceErrors], known: [ForceErrors], gate: Double
  ) throws(HoneError) {
    guard known.count >= Self.fewestKnown, let limit = quantile(known.map(\.head), gate),
      let error = quantile(errors.map(\.head), 0.5), error <= limit
    else { return }
    throw HoneError(
      .notConverged,
      "the refinement is refused, the model stays as it was: it knows these structures. Forces of its "
        + "head '\(names.prior)' differ from the prior by \(shown(error)) eV/Å, no more than on "
        + "structures of the training data (up to \(shown(limit)) eV/Å on \((100 * gate).rounded()) % "
        + "of them), so nothing can be learnt; with 0 as the "
        + "setting gate it is tried all the same")
  }

  /// Root mean squares over components of the forces of one structure, in eV/Å: errors of the heads
  /// against labels, and the labels.
  struct ForceErrors {
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
    guard let main = quantile(errors.map(\.main), 0.5),
      let head = quantile(errors.map(\.head), 0.5),
      head > Self.neededAdvantage * main
    else { return }
    throw HoneError(
      .invalidArgument,
      "expected the prior that the head '\(names.prior)' was trained on, got \(prior), whose forces on "
        + "\(what) are nearer to the head '\(names.main)' (\(shown(main)) eV/Å) than to "
        + "'\(names.prior)' (\(shown(head)) eV/Å). Give that prior, name its head, or set "
        + "checks_prior to false")
  }

  /// A value that a part of them does not exceed; nil for none.
  private func quantile(_ values: [Double], _ part: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    return values.sorted()[min(Int(part * Double(values.count)), values.count - 1)]
  }

  private func shown(_ value: Double) -> String { "\((value * 1e4).rounded() / 1e4)" }
}
