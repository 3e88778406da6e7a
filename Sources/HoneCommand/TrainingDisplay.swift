internal import HoneFormats
internal import HoneStructure
internal import HoneTraining

/// What a person sees of a run of training: a bar while an epoch goes on, a line for each epoch.
struct TrainingDisplay {
  private let isQuiet: Bool
  private var progress: Progress
  private let began = Clock.wall()
  private var firstStep = 0
  private var stepsPerEpoch = 0
  private var summary: TrainingSummary?
  private var lines = 0

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    progress = Progress(isQuiet: isQuiet)
  }

  mutating func show(_ event: TrainingEvent) {
    guard !isQuiet else {
      if case .began(let summary) = event { self.summary = summary }
      return
    }
    switch event {
    case .began(let summary): begin(summary)
    case .step(let state, let stepCount): step(state, of: stepCount)
    case .epoch(let record): finish(record)
    }
  }

  private mutating func begin(_ summary: TrainingSummary) {
    self.summary = summary
    var text =
      "\(Style.grouped(summary.trainingCount)) frames to train, "
      + "\(Style.grouped(summary.validationCount)) to validate with, "
      + "\(Style.grouped(summary.parameterCount)) parameters"
    if summary.firstEpoch > 0 { text += "; going on with epoch \(summary.firstEpoch)" }
    Console.writeError(text + "\n")
    for note in Self.notes(summary) { Console.writeError("note: \(note).\n") }
  }

  /// What somebody may not expect of the data.
  private static func notes(_ summary: TrainingSummary) -> [String] {
    func frames(_ count: Int, _ one: String = "", _ several: String = "") -> String {
      count == 1 ? "1 frame\(one)" : "\(Style.grouped(count)) frames\(several)"
    }
    var notes: [String] = []
    let duplicates = summary.duplicates
    if duplicates.count > 0 {
      let first = duplicates.pairs.first.map { " (\($0.place) is \($0.original))" } ?? ""
      var note = frames(duplicates.count, " repeats another", " repeat others") + first
      if duplicates.conflictCount > 0 {
        note += ", \(duplicates.conflictCount) of them with other labels or weights"
      }
      if !summary.dropsDuplicates {
        note += "; data.duplicates = \"drop\" leaves out those with equal ones"
      } else if duplicates.conflictCount == 0 {
        note += "; left out"
      } else {
        note += ", which stay; the rest is left out"
      }
      notes.append(note)
    }
    if summary.unlabeledCount > 0 {
      notes.append("left out " + frames(summary.unlabeledCount) + " without labels")
    }
    for missing in summary.missingLabels {
      notes.append(
        frames(missing.count, " lacks", " lack") + " \(missing.name) (\(missing.first)) and "
          + (missing.count == 1 ? "adds" : "add") + " nothing to that part of the loss")
    }
    return notes
  }

  private mutating func step(_ state: TrainingProgress, of stepCount: Int) {
    if stepsPerEpoch == 0 { firstStep = state.totalSteps - 1 }
    stepsPerEpoch = stepCount
    let elapsed = Clock.wall() - began
    let done = state.totalSteps - firstStep
    let rate = elapsed > 0 ? Double(done) / elapsed : 0
    let epochs = summary?.epochCount ?? 0
    let left = (epochs - state.epoch) * stepCount - state.step
    let width = 20
    let filled = stepCount > 0 ? state.step * width / stepCount : 0
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    progress.show(
      "epoch \(state.epoch) \(bar) \(state.step)/\(stepCount)  loss \(state.meanLoss.significant(4))"
        + "  \(rate.significant(3)) steps/s  \(Self.time(rate > 0 ? Double(left) / rate : 0)) left")
  }

  private mutating func finish(_ record: EpochRecord) {
    progress.clear()
    if lines % 25 == 0 {
      Console.writeError(
        Self.row("epoch", "loss", "validation", "E meV/atom", "F meV/Å", "rate") + "\n")
    }
    lines += 1
    func milli(_ value: Double?) -> String { value.map { (1000 * $0).significant(4) } ?? "–" }
    Console.writeError(
      Self.row(
        "\(record.epoch)", record.trainingLoss.significant(5),
        record.validationLoss?.significant(5) ?? "–",
        milli(record.validation?.energyPerAtom.rootMeanSquare),
        milli(record.validation?.forces.rootMeanSquare), record.learningRate.significant(3))
        + (record.isBest ? " *" : "") + "\n")
  }

  /// Says how the run ended.
  func finish(_ result: TrainingResult, output: String) {
    guard !isQuiet else { return }
    progress.clear()
    for (name, errors) in [("validation", result.validation), ("test", result.test)] {
      guard let errors else { continue }
      Console.writeError(Self.table(name, errors))
    }
    Console.writeError(
      result.isCancelled
        ? "stopped after \(result.epochCount) epochs; --resume goes on\n"
        : "\(output)/model.safetensors after \(Self.time(Clock.wall() - began))\n")
  }

  /// The run by the names of the interface.
  func json(_ result: TrainingResult) -> JSONValue {
    func errors(_ statistics: HoneTraining.ErrorStatistics?) -> JSONValue {
      guard let statistics else { return .null }
      return .object([
        .init("energy_mae", .optional(statistics.energyPerAtom.meanAbsolute)),
        .init("energy_rmse", .optional(statistics.energyPerAtom.rootMeanSquare)),
        .init("force_mae", .optional(statistics.forces.meanAbsolute)),
        .init("force_rmse", .optional(statistics.forces.rootMeanSquare)),
      ])
    }
    return .object([
      .init("epochs", .count(result.epochCount)), .init("cancelled", .bool(result.isCancelled)),
      .init("parameters", .count(summary?.parameterCount ?? 0)),
      .init("validation", errors(result.validation)), .init("test", errors(result.test)),
    ])
  }

  private static func table(_ name: String, _ errors: HoneTraining.ErrorStatistics) -> String {
    var table = TextTable([.left, .right, .right, .left])
    table.add(name, "MAE", "RMSE", "")
    func add(_ what: String, _ sum: ErrorSum, _ unit: String) {
      guard let mean = sum.meanAbsolute, let square = sum.rootMeanSquare else { return }
      table.add(what, (1000 * mean).significant(4), (1000 * square).significant(4), unit)
    }
    add("energy", errors.energyPerAtom, "meV/atom")
    add("force", errors.forces, "meV/Å per component")
    for number in errors.species {
      add(
        "  on " + (ElementSymbols.symbol(of: number) ?? "\(number)"), errors.forces(on: number),
        "meV/Å")
    }
    add("stress", errors.stress, "meV/Å³")
    return table.text
  }

  private static func row(_ cells: String...) -> String {
    cells.map { cell in String(repeating: " ", count: max(0, 12 - cell.count)) + cell }.joined()
  }

  private static func time(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e9).rounded())
    return whole >= 3600
      ? "\(whole / 3600) h \(whole % 3600 / 60) min"
      : whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
  }
}
