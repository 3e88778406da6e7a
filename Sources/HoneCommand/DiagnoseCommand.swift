internal import ArgumentParser
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

/// `hone diagnose`: how structures differ from what a model was trained on.
struct DiagnoseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose",
    abstract: "Tell how structures differ from what a model was trained on.",
    discussion: """
      A frame is shifted when it has an element that the training data lack, or when its mean force \
      or its connectivity lies beyond one standard deviation of theirs (arXiv:2503.08674). Every atom \
      has a distance, 1 for what one training atom in a hundred exceeds. Forces are references where \
      a frame has some, else the model's own. Models from hone train know their training data; others \
      learn it with --fit.
      """)

  @Argument(help: "The model file.")
  var model: String

  @Argument(help: "The frames, extended XYZ; - for standard input. May be left out with --fit.")
  var data: String?

  @Option(
    help: """
      The head (MACE) or modality (SevenNet), by name; by default what the key 'head' of a frame \
      says or, without one, the file's first.
      """)
  var head: String?

  @Option(help: "A file for a report to look at: one page of HTML with all its drawings.")
  var report: String?

  @Option(
    name: .customLong("fit"),
    help: "The frames that the model was trained on, extended XYZ; may be repeated.")
  var trainingData: [String] = []

  @Option(help: "A file for the model with what --fit found, safetensors.")
  var output: String?

  @OptionGroup var labels: LabelKeyOptions

  @OptionGroup var options: CommonOptions

  func validate() throws {
    if trainingData.isEmpty {
      guard data != nil else { throw ValidationError("expected frames: DATA, or --fit") }
      guard output == nil else { throw ValidationError("--output needs --fit") }
    } else if data == nil {
      guard output != nil else { throw ValidationError("--fit needs --output, or DATA") }
      guard report == nil else { throw ValidationError("--report needs DATA") }
    }
    if let output, output == report {
      throw ValidationError("--output and --report must be two files, got '\(output)' for both")
    }
  }

  func run() throws {
    var field = try ForceField(path: model)
    let settings = try options.settings(field, head: head)
    if !trainingData.isEmpty { field = try fitted(field, settings) }
    guard let data else { return }
    let diagnostician = try Diagnostician(field)
    var summary = DiagnoseSummary(
      diagnostician.statistics, measuresDistances: field.descriptorMetric != nil)
    // The file is opened before anything is computed: a folder that is not there is found now.
    guard let report else {
      try diagnose(data, diagnostician, settings, &summary)
      return try show(summary)
    }
    try AtomicFile.write(to: report) { (sink) throws(HoneError) in
      try diagnose(data, diagnostician, settings, &summary)
      try sink.write(
        Array(
          DiagnoseReport(summary, model: Self.name(of: model), data: Self.name(of: data)).html.utf8)
      )
    }
    try show(summary)
  }

  private func show(_ summary: DiagnoseSummary) throws(HoneError) {
    try options.json ? Console.write(summary.json) : Console.write(summary.text)
  }

  /// The model with what is to be known of its training data.
  private func fitted(
    _ field: ForceField, _ settings: ComputeSettings
  ) throws(HoneError) -> ForceField {
    var reading = DataSetOptions()
    reading.keys = labels.keys
    let frames = try DataSet(paths: trainingData, options: reading)
    let fitted = try field.fittingStatistics(
      to: frames, settings: settings, workspaces: WorkspacePool())
    if let output { try fitted.save(to: output) }
    if data == nil {
      let members: [JSONValue.Member] = [
        .init("frames", .count(frames.count)), .init("atoms", .count(frames.atomCount)),
        .init("exemplars", .count(fitted.exemplars.count)), .init("output", .string(output ?? "")),
      ]
      try options.json
        ? Console.write(.object(members))
        : Console.write("\(Style.grouped(frames.count)) frames described in \(output ?? "")\n")
    }
    return fitted
  }

  /// Compares all frames of a file, a few at a time.
  private func diagnose(
    _ path: String, _ diagnostician: Diagnostician, _ settings: ComputeSettings,
    _ summary: inout DiagnoseSummary
  ) throws(HoneError) {
    let team = FrameTeam(threadCount: settings.threadCount)
    let workspaces = WorkspacePool()
    var input = EvaluateInput(
      try EvaluateInput.reader(path), keys: labels.keys, group: nil,
      heads: head == nil ? diagnostician.field.heads : [], defaultHead: settings.head)
    var progress = Progress(options)
    defer { progress.clear() }
    while true {
      let frames = try input.next(threadCount: team.threadCount)
      guard !frames.isEmpty else { break }
      let results = try team.map(frames) { (frame, threadCount) throws(HoneError) in
        var how = settings
        how.threadCount = threadCount
        how.head = frame.head
        let wanted = how
        return try frame.located { () throws(HoneError) in
          try workspaces.with { (workspace) throws(HoneError) in
            try diagnostician.diagnose(
              frame.frame.structure, forces: frame.labels?.forces, settings: wanted,
              workspace: workspace)
          }
        }
      }
      for (frame, result) in zip(frames, results) { summary.add(frame, result) }
      progress.show("\(summary.frames.count) frames, \(summary.atomCount) atoms")
    }
    guard !summary.frames.isEmpty else {
      throw HoneError(.format, "expected at least one frame in '\(path)', got none")
    }
    for note in input.notes { Console.note(note, options) }
  }

  /// What a report calls a file.
  private static func name(of path: String) -> String {
    path == "-" ? "standard input" : path.split(separator: "/").last.map(String.init) ?? path
  }
}
