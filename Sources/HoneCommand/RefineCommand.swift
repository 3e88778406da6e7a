internal import ArgumentParser

/// `hone refine`: a model made to suit structures that it was not trained on.
struct RefineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refine",
    abstract: "Make a model suit structures that it was not trained on.",
    subcommands: [RefineRadiusCommand.self])
}
