internal import ArgumentParser
internal import CHoneShims
internal import HoneModels
internal import HoneNumerics

/// The number of cores that the process may use.
func coreCount() -> Int { Int(honeshim_core_count()) }

/// The precision of the network, as the command line spells it.
enum PrecisionName: String, ExpressibleByArgument, CaseIterable {
  case float32, float64

  var precision: Precision { self == .float32 ? .float32 : .float64 }
}

/// Who computes, as the command line spells it.
enum EvaluatorName: String, ExpressibleByArgument, CaseIterable {
  case automatic, reference

  var evaluator: Evaluator { self == .automatic ? .automatic : .reference }
}

/// Flags that every subcommand has.
struct CommonOptions: ParsableArguments {
  @Option(help: "The precision of the network: float32 or float64.")
  var precision = PrecisionName.float32

  @Option(
    help: """
      The evaluator: automatic, with tables of the functions of the distance, or reference, exact \
      and several times slower.
      """)
  var evaluator = EvaluatorName.automatic

  @Option(
    help: """
      What a table may err, relative to the steepest slope at its distance or beyond; by default \
      1e-7 in single and 3e-11 in double precision.
      """)
  var tableTolerance: Double?

  @Option(help: "The number of threads; 0 for all cores.")
  var threads = 1

  @Flag(help: "No progress and no notes on standard error.")
  var quiet = false

  @Flag(help: "One JSON document on standard output, and nothing else there.")
  var json = false

  func validate() throws {
    if let tableTolerance, !(tableTolerance >= 1e-12 && tableTolerance <= 1e-2) {
      throw ValidationError(
        "--table-tolerance must be from 1e-12 to 1e-2, got \(tableTolerance)")
    }
    guard (0...4096).contains(threads) else {
      throw ValidationError("--threads must be from 0 to 4096, got \(threads)")
    }
  }

  /// The number of threads, all cores for 0.
  var threadCount: Int { threads > 0 ? threads : coreCount() }

  /// How to compute with a head.
  ///
  /// - Throws: `.invalidArgument` for a head the model has not.
  func settings(_ model: ForceField, head: String?) throws(HoneError) -> ComputeSettings {
    var settings = ComputeSettings()
    settings.precision = precision.precision
    settings.threadCount = threadCount
    settings.evaluator = evaluator.evaluator
    settings.tableTolerance = tableTolerance
    if let head {
      guard let index = model.heads.firstIndex(of: head) else {
        let known = model.heads.joined(separator: ", ")
        throw HoneError(.invalidArgument, "the model has no head '\(head)', it has \(known)")
      }
      settings.head = index
    }
    return settings
  }
}
