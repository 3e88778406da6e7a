internal import ArgumentParser
internal import CHone
internal import CHoneEigen
internal import CHoneShims
internal import Glibc
internal import HoneNumerics

/// The command line: subcommands, and what happens to their errors.
@main
struct Hone: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hone",
    abstract: "Trained machine-learned force fields, evaluated from their original files.",
    discussion: """
      MODEL is a MACE .model, a SevenNet .pth checkpoint, or a .safetensors written by hone. \
      DATA.xyz is an extended XYZ file, or - for standard input. Energies are in eV, lengths in \
      Å, forces in eV/Å, times in fs.
      """,
    version: HONE_VERSION_STRING,
    subcommands: [
      InfoCommand.self, EvaluateCommand.self, ConvertCommand.self, MDCommand.self,
      BenchmarkCommand.self, TrainCommand.self, RefineCommand.self,
    ])

  /// Runs a subcommand.
  ///
  /// Exit code 0 when done, 1 when the input or the system prevented it, 2 for wrong usage.
  static func main() {
    do {
      var command = try parseAsRoot()
      try requireProcessor()
      try command.run()
    } catch let error as HoneError {
      fail("\(error.message).")
    } catch {
      finish(error)
    }
  }

  /// Refuses a processor that would die at the first instruction of a kernel it does not know.
  private static func requireProcessor() throws(HoneError) {
    guard let name = honeshim_missing_feature(honeeigen_required_features()) else { return }
    throw HoneError(
      .unsupported,
      "this program was built for a processor with \(String(cString: name)), which this one lacks; "
        + "build it with HONE_CPU=x86-64-v3 or lower")
  }

  private static func fail(_ sentence: String) -> Never {
    Console.writeError("hone: \(sentence)\n")
    Glibc.exit(1)
  }

  /// Help and version end with 0; what the parser refuses ends with 2.
  private static func finish(_ error: any Error) -> Never {
    let text = fullMessage(for: error)
    let code = exitCode(for: error)
    if code.isSuccess {
      Console.writeIgnoringErrors(text + "\n")
      Glibc.exit(0)
    }
    guard code == .validationFailure else { fail(text) }
    Console.writeError(text + "\n")
    Glibc.exit(2)
  }
}
