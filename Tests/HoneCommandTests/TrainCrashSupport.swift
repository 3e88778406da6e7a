internal import Foundation
import Glibc
import HoneFormats
import HoneTestSupport
import Testing

/// Runs of `hone train` that somebody ends, on a small model and six frames, a batch each.
struct SmallTraining {
  static let names = ["checkpoint.safetensors", "log.jsonl", "model.safetensors"]

  let folder: TemporaryFolder
  let config: String

  /// Writes a configuration.
  ///
  /// - Parameters:
  ///   - run: Lines of the table `run`.
  ///   - loss: Lines of the table `loss`.
  init(run: String, loss: String = "") throws {
    folder = try TemporaryFolder()
    config = folder.path("c.toml")
    try configure(run: run, loss: loss)
  }

  /// Writes the configuration again.
  func configure(run: String, loss: String = "") throws {
    _ = try folder.file(
      "c.toml",
      """
      [model]
      family = "mace"
      cutoff = 4.0
      hidden_irreps = "8x0e"
      max_ell = 1
      correlation = 2
      radial_hidden = [16]

      [data]
      training = "\(PackagePaths.golden)/training/labels-all.xyz"
      validation_count = 1

      [loss]
      \(loss)

      [run]
      batch_size = 1
      \(run)
      """)
  }

  /// The arguments of a run in a folder.
  func arguments(_ output: String) -> [String] {
    ["train", config, "--output", folder.path(output), "--resume", "--json", "--quiet"]
  }

  /// Runs to the end, and gives the files of the folder.
  func finish(_ output: String) throws -> [String: [UInt8]] {
    let result = try hone(arguments: arguments(output))
    try #require(result.code == 0, "\(result.errors)")
    return try files(output)
  }

  /// The bytes of the files of a run, hidden ones included.
  func files(_ output: String) throws -> [String: [UInt8]] {
    let path = folder.path(output)
    var result: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      result[name] = try contents(path + "/" + name)
    }
    return result
  }

  /// Runs behind a shell that forbids files beyond a number of blocks of 512 bytes, as a full disk does.
  func finish(_ output: String, blocks: Int) throws -> CommandOutput {
    let program = try #require(executable)
    return try shell(
      "ulimit -f \(blocks); trap '' XFSZ; exec \"$@\"", [program.path] + arguments(output))
  }

  /// Runs a line of a shell.
  func shell(_ line: String, _ arguments: [String]) throws -> CommandOutput {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line, "sh"] + arguments
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationReason == .exit, "ended by a signal")
    return CommandOutput(
      code: process.terminationStatus, output: "", errors: String(decoding: text, as: UTF8.self))
  }

  /// Starts a run, and sends a signal after some checkpoints and microseconds more.
  ///
  /// - Returns: How the process ended.
  func interrupt(
    _ output: String, with signal: Int32, afterCheckpoints count: Int, microseconds: UInt32
  ) throws -> (reason: Process.TerminationReason, status: Int32) {
    let process = Process()
    process.executableURL = try #require(executable)
    process.arguments = arguments(output)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let path = folder.path(output) + "/checkpoint.safetensors"
    var (seen, last) = (0, Self.identity(of: path))
    let deadline = ContinuousClock.now + .seconds(120)
    try Self.unblocked(signal) { try process.run() }
    defer {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    while seen < count {
      try #require(process.isRunning && .now < deadline, "no \(count) checkpoints")
      usleep(100)
      let now = Self.identity(of: path)
      if now != last { (seen, last) = (seen + 1, now) }
    }
    usleep(microseconds)
    kill(process.processIdentifier, signal)
    while process.isRunning {
      try #require(.now < deadline, "goes on after signal \(signal)")
      usleep(1000)
    }
    return (process.terminationReason, process.terminationStatus)
  }

  /// Does something with a signal let through: tests run on threads that block most, and processes
  /// inherit that.
  private static func unblocked(_ signal: Int32, _ body: () throws -> Void) rethrows {
    var (wanted, before) = (sigset_t(), sigset_t())
    sigemptyset(&wanted)
    sigaddset(&wanted, signal)
    pthread_sigmask(SIG_UNBLOCK, &wanted, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  /// Which file has a name: another after it was replaced.
  private static func identity(of path: String) -> [Int] {
    var status = stat()
    guard stat(path, &status) == 0 else { return [] }
    return [Int(status.st_ino), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
  }

  /// Expects every file of a run that has its name to be whole.
  static func expectWhole(_ files: [String: [UInt8]]) throws {
    for (name, bytes) in files where !name.hasPrefix(".") {
      guard name.hasSuffix(".jsonl") else {
        _ = try SafetensorsFile(bytes: Bytes(bytes))
        continue
      }
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      for (index, line) in lines.enumerated() {
        #expect(try JSONValue(parsing: String(line))["epoch"]?.int == index)
      }
    }
  }
}
