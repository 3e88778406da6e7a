internal import ArgumentParser

/// `hone refine`: a model for structures unlike those it was trained on.
struct RefineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refine",
    abstract: "Adapt a model to structures unlike those it was trained on.",
    subcommands: [RefineRadiusCommand.self, RefineTrainCommand.self])
}
