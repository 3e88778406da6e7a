internal import HoneFormats
internal import HoneRefinement

/// What a person sees of a model that is adapted.
struct RefinementDisplay {
  private var progress: Progress

  init(_ options: CommonOptions) {
    progress = Progress(options)
  }

  mutating func show(_ event: RefinementEvent) {
    switch event {
    case .labelled(let count, let total):
      progress.show("\(count) of \(total) structures labelled")
    case .generated(let count, let starts):
      progress.show("\(count) structures made from \(starts) starts")
    case .step(let step, let total, let loss):
      progress.show("step \(step) of \(total)  loss \(loss.significant(4))")
    case .look: break
    }
  }

  /// Removes the line of progress, and notes what did not go as asked.
  func finish(_ report: RefinementReport, _ options: CommonOptions) {
    progress.clear()
    for interruption in report.interruptions {
      Console.note("dynamics on the prior ended early, \(interruption)", options)
    }
    if report.replayCount == 0 {
      Console.note(
        "without --replay nothing tells how much the model changed for structures it knew", options)
    }
  }

  /// The report by the names of the interface.
  static func json(_ report: RefinementReport) -> JSONValue {
    .object([
      .init("steps", .count(report.steps)), .init("chosen_step", .count(report.chosenStep)),
      .init("fraction", .number(report.fraction)),
      .init("prior_loss_before", .number(report.priorLossBefore)),
      .init("prior_loss_after", .number(report.priorLossAfter)),
      .init("held_out_before", .optional(report.heldOutBefore)),
      .init("held_out_after", .optional(report.heldOutAfter)),
      .init("prior_force_rmse_before", .number(report.forceErrorBefore)),
      .init("prior_force_rmse_after", .number(report.forceErrorAfter)),
      .init("replay_force_change", .optional(report.replayForceChange)),
      .init("accepted", .bool(report.accepted)),
      .init("structures", .count(report.structureCount)),
      .init("held_out", .count(report.heldOutCount)),
      .init("replay", .count(report.replayCount)),
      .init("parameters", .count(report.parameterCount)),
      .init("milliseconds", .number(report.milliseconds)),
    ])
  }

  /// The report for a person.
  static func text(_ report: RefinementReport) -> String {
    var table = TextTable([.left, .right, .right, .left])
    table.add("", "before", "after", "")
    func add(_ name: String, _ before: Double, _ after: Double, _ unit: String = "") {
      table.add(name, before.significant(4), after.significant(4), unit)
    }
    add("loss of the prior", report.priorLossBefore, report.priorLossAfter)
    if let before = report.heldOutBefore, let after = report.heldOutAfter {
      add("  held-out structures", before, after)
    }
    add(
      "prior's forces, RMSE", 1000 * report.forceErrorBefore, 1000 * report.forceErrorAfter,
      "meV/Å")
    if let change = report.replayForceChange {
      table.add("forces on replay", "", (100 * change).significant(3), "% changed")
    }
    let part = report.fraction < 1 ? ", \((100 * report.fraction).significant(3)) % of the way" : ""
    return table.text
      + "step \(report.chosenStep) of \(report.steps)\(part), \(report.parameterCount) parameters\n"
  }
}
