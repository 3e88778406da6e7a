internal import HoneModels
internal import HoneNumerics
internal import HonePriors
internal import HoneTraining

/// The way of a model's parameters while it is adapted, and the choice of those that are kept.
struct RefinementPath {
  /// Parameters on the way and what they come to.
  private struct Candidate {
    let values: Buffer<Double>
    let look: RefinementLook
    var fraction = 1.0
  }

  private let trainer: Trainer
  private let data: RefinementData
  private let settings: WeightRefinementSettings
  /// The base model.
  private let start: Candidate
  /// The best parameters that change replay structures little enough, and the best ones of all.
  private var kept: Candidate?
  private var best: Candidate
  private(set) var stepCount = 0

  /// Looks at the base model.
  ///
  /// - Throws: As `Trainer.judge`.
  init(
    _ trainer: Trainer, _ data: RefinementData, _ settings: WeightRefinementSettings
  ) throws(HoneError) {
    self.trainer = trainer
    self.data = data
    self.settings = settings
    let values = trainer.model.initialValues
    start = Candidate(
      values: values, look: try Self.look(values, step: 0, trainer: trainer, data: data))
    best = start
  }

  /// The structures parameters are chosen by.
  private static func judges(_ data: RefinementData) -> [Int] {
    data.heldOut.isEmpty ? data.training : data.heldOut
  }

  private static func look(
    _ values: Buffer<Double>, step: Int, trainer: Trainer, data: RefinementData
  ) throws(HoneError) -> RefinementLook {
    let loss = try trainer.judge(judges(data), with: values).loss
    return RefinementLook(
      step: step, loss: loss,
      replayForceChange: try replayForceChange(values, trainer: trainer, data: data))
  }

  private static func replayForceChange(
    _ values: Buffer<Double>, trainer: Trainer, data: RefinementData
  ) throws(HoneError) -> Double? {
    guard !data.guarded.isEmpty else { return nil }
    let forces = try trainer.judge(data.guarded, with: values).errors.forces
    // Where the base model has no forces at all, any are too many.
    return forces.relativeRootMeanSquare ?? ((forces.rootMeanSquare ?? 0) > 0 ? .infinity : 0)
  }

  private func isHarmless(_ look: RefinementLook) -> Bool {
    guard let tolerance = settings.tolerance, let change = look.replayForceChange else {
      return true
    }
    return change <= tolerance
  }

  /// Takes the steps.
  ///
  /// - Parameter observe: Told of steps and looks; false ends the run.
  /// - Throws: `.cancelled`; as `Trainer.step`.
  mutating func run(_ observe: (RefinementEvent) -> Bool) throws(HoneError) {
    var looksSinceBest = 0
    for step in 1...settings.stepCount {
      if trainer.progress.isEpochDone { _ = try trainer.finishEpoch() }
      let loss = try trainer.step()
      stepCount = step
      guard observe(.step(step, of: settings.stepCount, loss: loss)) else {
        throw WeightRefinement.cancellation
      }
      let isLast = step == settings.stepCount
      guard isLast || (step % settings.evaluationInterval == 0 && !settings.takesLast) else {
        continue
      }
      let look = try Self.look(trainer.values, step: step, trainer: trainer, data: data)
      guard look.loss.isFinite else {
        throw HoneError(
          .notConverged,
          "the loss of the prior became \(look.loss) at step \(step): try a lower rate")
      }
      guard observe(.look(look)) else { throw WeightRefinement.cancellation }
      looksSinceBest = try take(look) ? 0 : looksSinceBest + 1
      if let patience = settings.patience, looksSinceBest >= patience { break }
    }
  }

  /// Remembers the trainer's parameters where they are the best so far.
  ///
  /// - Returns: Whether they are, whatever they change.
  private mutating func take(_ look: RefinementLook) throws(HoneError) -> Bool {
    if settings.takesLast {
      kept = try candidate(look)
      return true
    }
    if isHarmless(look), look.loss < (kept ?? start).look.loss { kept = try candidate(look) }
    guard look.loss < best.look.loss else { return false }
    best = try candidate(look)
    return true
  }

  private func candidate(_ look: RefinementLook) throws(HoneError) -> Candidate {
    let copy = try Buffer<Double>(count: trainer.values.count)
    copy.view.copy(from: trainer.values.view)
    return Candidate(values: copy, look: look)
  }

  /// How finely the way back is searched, as a power of a half.
  private static let halvings = 6

  /// Goes back from the best parameters towards the base model until replay structures change little
  /// enough: as far as that by bisection, for both the change and the gain grow along the way.
  private mutating func goBack() throws(HoneError) {
    guard !isHarmless(best.look) else { return }
    var (fraction, step) = (0.5, 0.25)
    for _ in 0..<Self.halvings {
      let values = try Buffer<Double>(count: start.values.count)
      for index in 0..<values.count {
        let origin = start.values[index]
        values[index] = origin + fraction * (best.values[index] - origin)
      }
      let look = try Self.look(values, step: best.look.step, trainer: trainer, data: data)
      if isHarmless(look) {
        if look.loss < (kept ?? start).look.loss {
          kept = Candidate(values: values, look: look, fraction: fraction)
        }
        fraction += step
      } else {
        fraction -= step
      }
      step /= 2
    }
  }

  /// Chooses the parameters, and reports what they come to.
  ///
  /// - Returns: The parameters.
  /// - Throws: `.notConverged` where none lower the loss without changing replay structures too much.
  mutating func finish(_ report: inout RefinementReport) throws(HoneError) -> Buffer<Double> {
    try goBack()
    guard let kept else { throw refusal }
    let before = try trainer.judge(data.training, with: start.values)
    let after = try trainer.judge(data.training, with: kept.values)
    report.steps = stepCount
    report.chosenStep = kept.look.step
    report.fraction = kept.fraction
    (report.priorLossBefore, report.priorLossAfter) = (before.loss, after.loss)
    report.forceErrorBefore = before.errors.forces.rootMeanSquare ?? 0
    report.forceErrorAfter = after.errors.forces.rootMeanSquare ?? 0
    if !data.heldOut.isEmpty {
      (report.heldOutBefore, report.heldOutAfter) = (start.look.loss, kept.look.loss)
    }
    report.replayForceChange = kept.look.replayForceChange
    report.accepted = true
    return kept.values
  }

  private var refusal: HoneError {
    let what = data.heldOut.isEmpty ? "test" : "held-out"
    let change = best.look.replayForceChange.map {
      " where forces of replay structures change by \(percent($0))"
    }
    let bound = settings.tolerance.map { " with a change of at most \(percent($0))" }
    let result =
      best.look.step > 0
      ? "the lowest loss, at step \(best.look.step), is \(best.look.loss)\(change ?? "")"
      : "no step lowered it"
    return HoneError(
      .notConverged,
      "the refinement is refused, the model stays as it was: in \(stepCount) steps the prior's loss of "
        + "\(what) structures, \(start.look.loss), could not be lowered"
        + "\(data.guarded.isEmpty ? "" : bound ?? ""); \(result)")
  }

  private func percent(_ part: Double) -> String {
    part.isFinite ? "\((part * 1e6).rounded() / 1e4) %" : "\(part)"
  }
}
