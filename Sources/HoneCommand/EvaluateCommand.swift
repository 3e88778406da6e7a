internal import ArgumentParser
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

/// `hone evaluate`: predictions for every frame of a file, and their errors.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Compute energies and forces of the frames of a file, and compare with references.",
    discussion: """
      References have the names that training knows: REF_energy, REF_forces, REF_virials and \
      REF_stress or, where a frame has none of these, energy, forces, virials and stress, or those \
      with dft_. Errors of energies are per atom, those of forces and stresses per component.
      """)

  @Argument(help: "The model file.")
  var model: String

  @Argument(help: "The frames, extended XYZ; - for standard input.")
  var data: String

  @Option(
    help: """
      The head (MACE) or modality (SevenNet), by name; by default what the key 'head' of a frame \
      says or, without one, the file's first.
      """)
  var head: String?

  @Option(help: "A file for the frames with the predicted energy, forces and stress.")
  var output: String?

  @Option(help: "A file for parity plots, SVG.")
  var plot: String?

  @Option(
    help: """
      The key of the comment line by which errors are grouped; by default config_type, where it \
      takes several values.
      """)
  var by: String?

  @OptionGroup var labels: LabelKeyOptions

  @OptionGroup var options: CommonOptions

  func validate() throws {
    if let output, output == plot {
      throw ValidationError("--output and --plot must be two files, got '\(output)' for both")
    }
  }

  func run() throws {
    let field = try ForceField(path: model)
    let settings = try options.settings(field, head: head)
    let input = EvaluateInput(
      try EvaluateInput.reader(data), keys: labels.keys, group: by,
      heads: head == nil ? field.heads : [], defaultHead: settings.head)
    var evaluation = Evaluation(
      engine: EvaluateEngine(field: field, settings: settings), input: input,
      summary: EvaluateSummary(groupKey: by),
      parity: plot == nil ? nil : ParityData(field: field, settings: settings))
    // Files are opened before anything is computed: a folder that is not there is found now.
    try Self.withFile(output) { (frames) throws(HoneError) in
      try Self.withFile(plot) { (drawing) throws(HoneError) in
        try evaluation.run(data, frames, options)
        if let drawing, let parity = evaluation.parity {
          let names = "\(Self.name(of: model)) on \(Self.name(of: data))"
          try drawing.write(try parity.document(names, evaluation.summary).bytes)
        }
      }
    }
    evaluation.sayWhatIsMissing(options)
    try options.json
      ? Console.write(evaluation.summary.json) : Console.write(evaluation.summary.text)
  }

  /// What a drawing calls a file.
  private static func name(of path: String) -> String {
    path == "-" ? "standard input" : path.split(separator: "/").last.map(String.init) ?? path
  }

  /// Runs a body with a file that is replaced when it succeeds, or with none.
  private static func withFile(
    _ path: String?, _ body: (FileSink?) throws(HoneError) -> Void
  ) throws(HoneError) {
    guard let path else { return try body(nil) }
    try AtomicFile.write(to: path) { (sink) throws(HoneError) in try body(sink) }
  }
}

/// A run over all frames.
private struct Evaluation {
  let engine: EvaluateEngine
  var input: EvaluateInput
  var summary: EvaluateSummary
  var parity: ParityData?

  /// Computes every frame, a few at a time.
  ///
  /// - Parameters:
  ///   - path: What messages call the data.
  ///   - sink: Where predicted frames go, or nil.
  ///   - options: Whether progress is shown.
  /// - Throws: What is wrong with the first frame that cannot be read or computed.
  mutating func run(
    _ path: String, _ sink: FileSink?, _ options: CommonOptions
  ) throws(HoneError) {
    var progress = Progress(options)
    defer { progress.clear() }
    while true {
      let frames = try input.next(threadCount: engine.threadCount)
      guard !frames.isEmpty else { break }
      let results = try engine.compute(frames, virials: sink != nil)
      for (frame, result) in zip(frames, results) {
        try frame.located { () throws(HoneError) in
          try summary.add(frame, result)
          try parity?.add(frame, result)
        }
        if let sink { try sink.write(try ExtendedXYZ.bytes(of: frame.frame.predicted(result))) }
      }
      progress.show("\(summary.frames) frames, \(summary.atoms) atoms")
    }
    guard summary.frames > 0 else {
      throw HoneError(.format, "expected at least one frame in '\(path)', got none")
    }
  }

  /// Notes on frames without references, heads the model lacks, and groups.
  func sayWhatIsMissing(_ options: CommonOptions) {
    for note in input.notes + summary.notes { Console.note(note, options) }
  }
}
