internal import Foundation
import HoneFormats
import HoneTestSupport
import Testing

/// What a run of the command gave.
struct CommandOutput {
  let code: Int32
  let output: String
  let errors: String

  /// Standard output as the one JSON document it must be.
  var json: JSONValue {
    get throws { try JSONValue(parsing: output) }
  }
}

/// Runs the command that was built beside the tests.
func hone(_ arguments: String..., input: String? = nil) throws -> CommandOutput {
  try hone(arguments: arguments, input: input)
}

/// Runs the command that was built beside the tests.
func hone(arguments: [String], input: String? = nil) throws -> CommandOutput {
  let process = Process()
  let program = try #require(executable)
  process.executableURL = program
  process.arguments = arguments
  let folder = try TemporaryFolder()
  let outputs = ["output", "errors"].map { URL(fileURLWithPath: folder.path($0)) }
  for url in outputs { try Data().write(to: url) }
  // Files, not pipes: nothing can fill up while nobody reads.
  process.standardOutput = try FileHandle(forWritingTo: outputs[0])
  process.standardError = try FileHandle(forWritingTo: outputs[1])
  if let input {
    try Data(input.utf8).write(to: URL(fileURLWithPath: folder.path("input")))
    process.standardInput = try FileHandle(
      forReadingFrom: URL(fileURLWithPath: folder.path("input")))
  } else {
    process.standardInput = FileHandle.nullDevice
  }
  try process.run()
  process.waitUntilExit()
  try #require(process.terminationReason == .exit, "ended by a signal: \(arguments)")
  return CommandOutput(
    code: process.terminationStatus,
    output: String(decoding: try Data(contentsOf: outputs[0]), as: UTF8.self),
    errors: String(decoding: try Data(contentsOf: outputs[1]), as: UTF8.self))
}

/// The command that was built beside the tests.
let executable: URL? = {
  let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  let beside = tests.deletingLastPathComponent().appendingPathComponent("hone-command")
  return FileManager.default.isExecutableFile(atPath: beside.path) ? beside : nil
}()

/// The bytes of a file.
func contents(_ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}
