internal import ArgumentParser
internal import Glibc
internal import HoneFormats
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

/// `hone train`: train a model as a TOML file says.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model as a TOML file says.",
    discussion: """
      The file has the tables model, data, energies, loss, optimizer, schedule, run and rates; \
      docs/training.md tells every key. The output folder gets model.safetensors (the best model \
      so far), log.jsonl (a line for each epoch) and checkpoint.safetensors. Ctrl-C ends a run \
      after the present step, with a checkpoint; --resume goes on from it, as it does after \
      anything else that ends the process.
      """)

  @Argument(help: "The configuration, TOML. Files it names are relative to its folder.")
  var config: String

  @Option(help: "The folder of the run; made if there is none.")
  var output: String

  @Flag(help: "Go on from the checkpoint in the folder, if there is one.")
  var resume = false

  @Option(help: "The precision of the network, in place of the file's: float32 or float64.")
  var precision: PrecisionName?

  @Option(help: "The number of threads, in place of the file's; 0 for all cores.")
  var threads: Int?

  @Flag(help: "No progress and no notes on standard error.")
  var quiet = false

  @Flag(help: "One JSON document on standard output, and nothing else there.")
  var json = false

  func validate() throws {
    if let threads, !(0...4096).contains(threads) {
      throw ValidationError("--threads must be from 0 to 4096, got \(threads)")
    }
  }

  func run() throws {
    let configuration = try read()
    guard mkdir(output, 0o777) == 0 || errno == EEXIST else {
      throw HoneError(
        .io, "could not make the folder '\(output)': \(String(cString: strerror(errno)))")
    }
    let training = try TrainingRun(
      configuration, inputDirectory: folder(of: config), outputDirectory: output,
      resumes: resume)
    Interruption.watch()
    var display = TrainingDisplay(isQuiet: quiet)
    let result = try training.run { event in
      display.show(event)
      return !Interruption.isAsked
    }
    display.finish(result, output: output)
    if json { try Console.write(display.json(result)) }
  }

  /// The configuration, with what the command line puts in place of it.
  private func read() throws -> TrainingConfiguration {
    let document = try TOMLDocument.json(path: config)
    var tables = document.members ?? []
    let place = tables.firstIndex { $0.key == "run" }
    var run = place.flatMap { tables[$0].value.members } ?? []
    func set(_ key: String, _ value: JSONValue) {
      run.removeAll { $0.key == key }
      run.append(.init(key, value))
    }
    if let precision { set("precision", .string(precision.rawValue)) }
    if let threads { set("threads", .count(threads > 0 ? threads : coreCount())) }
    let member = JSONValue.Member("run", .object(run))
    if let place { tables[place] = member } else if !run.isEmpty { tables.append(member) }
    do throws(HoneError) {
      return try TrainingConfiguration(json: .object(tables))
    } catch {
      throw HoneError(error.kind, "\(config): \(error.message)")
    }
  }

  private func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
  }
}

/// Whether somebody has pressed Ctrl-C, or asked the process to end.
enum Interruption {
  /// Set by a signal handler, which may do nothing else.
  nonisolated(unsafe) private static var asked: sig_atomic_t = 0

  static var isAsked: Bool { asked != 0 }

  /// Takes the first signal as a question; a second one ends the process as ever.
  static func watch() {
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in Interruption.asked = 1 }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(number, &action, nil)
    }
  }
}
