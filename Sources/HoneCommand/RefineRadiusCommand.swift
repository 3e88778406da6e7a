internal import ArgumentParser
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneRefinement
internal import HoneStructure

/// How a radius is chosen, as the command line spells it.
enum RadiusModeName: String, ExpressibleByArgument, CaseIterable {
  case smooth, paper, fraction

  var mode: RadiusRefinementSettings.Mode {
    switch self {
    case .smooth: .smooth
    case .paper: .paper
    case .fraction: .fraction
    }
  }
}

/// `hone refine radius`: the radius that makes the graphs of structures most like those of training.
struct RefineRadiusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "radius",
    abstract: "Choose the radius that makes structures most like those of the training data.",
    discussion: """
      Says for every frame which radius suits it, and why. With --output it writes the model with \
      one radius for all frames: those of one trajectory or of one system, or its first frame.

      smooth keeps the radius of structures like those of the training data, goes no lower than 0.7 \
      of it, and lets messages fade before it, so that energies are conserved. paper is the rule of \
      Kreiman and Krishnapriyan (arXiv:2503.08674), which leaves neighbours out: energies jump where \
      an atom crosses the radius. fraction is the rule of the paper's first version.
      """)

  @Argument(help: "The model file, with statistics of its training data.")
  var model: String

  @Argument(help: "The frames, extended XYZ; - for standard input.")
  var data: String

  @Option(help: "The mode: smooth, paper or fraction.")
  var mode = RadiusModeName.smooth

  @Option(help: "A file for the model with one radius for all frames.")
  var output: String?

  @Option(help: "A radius in Å that is taken as it is; with --output.")
  var radius: Double?

  @Option(help: "Over which length messages fade in mode smooth, in Å.")
  var taperWidth: Double?

  @OptionGroup var options: CommonOptions

  func validate() throws {
    guard radius == nil || output != nil else {
      throw ValidationError("--radius needs --output, the file for the model")
    }
  }

  func run() throws {
    let field = try ForceField(path: model)
    var settings = RadiusRefinementSettings()
    settings.mode = mode.mode
    settings.radius = radius
    if let taperWidth { settings.taperWidth = taperWidth }
    var frames: [RadiusChoice] = []
    var structures: [Structure] = []
    var reader = try StructureInput.reader(data)
    var progress = Progress(options)
    while let frame = try reader.next() {
      do throws(HoneError) {
        frames.append(try field.chooseRadius(for: [frame.structure], settings))
      } catch {
        progress.clear()
        throw HoneError(
          error.kind, "frame \(reader.frameCount - 1) of '\(data)': \(error.message)")
      }
      if output != nil { structures.append(frame.structure) }
      progress.show("\(frames.count) frames")
    }
    progress.clear()
    guard !frames.isEmpty else {
      throw HoneError(.format, "expected at least one frame in '\(data)', got none")
    }
    var shared: RadiusChoice?
    if let output {
      let (refined, choice) = try field.refiningRadius(for: structures, settings)
      try refined.save(to: output)
      shared = choice
    }
    try options.json
      ? Console.write(json(frames, shared)) : Console.write(text(frames, shared))
  }

  private func json(_ frames: [RadiusChoice], _ shared: RadiusChoice?) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("mode", .string(mode.rawValue)), .init("frames", .array(frames.map(Self.json))),
    ]
    if let shared { members.append(.init("model", Self.json(shared))) }
    return .object(members)
  }

  private static func json(_ choice: RadiusChoice) -> JSONValue {
    .object([
      .init("radius", .number(choice.radius)),
      .init("effective_radius", .number(choice.effectiveRadius)),
      .init("training_radius", .number(choice.trainingRadius)),
      .init("reason", .string(choice.reason.rawValue)),
      .init("candidates", .array(choice.candidates.map { .number($0) })),
      .init("distances", .array(choice.distances.map { .number($0) })),
    ])
  }

  private func text(_ frames: [RadiusChoice], _ shared: RadiusChoice?) -> String {
    var text = Style.heading("Radius refinement, mode \(mode.rawValue)")
    if radius == nil { text += table(frames) }
    if let shared, let output {
      text +=
        "  \(output): \(shared.effectiveRadius.significant(4)) Å for all frames, "
        + Self.why(shared) + "\n"
    }
    return text
  }

  private func table(_ frames: [RadiusChoice]) -> String {
    var table = TextTable([.right, .right, .left])
    table.add("frame", "radius / Å", "why")
    let shown = 20
    for (index, choice) in frames.prefix(shown).enumerated() {
      table.add("\(index)", choice.radius.significant(4), Self.why(choice))
    }
    var text = table.text
    if frames.count > shown { text += "  … \(frames.count - shown) frames more; --json has all\n" }
    let changed = frames.filter { $0.effectiveRadius < $0.trainingRadius }.count
    return text + "  \(changed) of \(frames.count) frames ask for a smaller radius\n"
  }

  private static func why(_ choice: RadiusChoice) -> String {
    switch choice.reason {
    case .refined: "makes its graph more like those of the training data"
    case .notShifted: "its graph is like those of the training data"
    case .noImprovement: "no radius makes its graph like those of the training data"
    case .noReference: "the training data have none of its kind"
    case .beyondTraining:
      "beyond the \(choice.trainingRadius.significant(4)) Å of training, where the model sees nothing"
    case .given: "as given"
    }
  }
}
