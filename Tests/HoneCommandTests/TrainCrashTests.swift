internal import Foundation
import Glibc
import HoneFormats
import HoneNumerics
import HoneTestSupport
import Testing

@Suite("hone train that is ended")
struct TrainCrashTests {
  /// A checkpoint after every step, so that a process spends most of its time writing; and no end, so
  /// that it never finishes before the signal.
  private static let endless = "epochs = 1000000\ncheckpoint_minutes = 0"
  private static let kills = 12

  /// Goes on for two epochs after what was interrupted, and expects the files of a run that was not.
  private func expectSame(_ training: SmallTraining, _ output: String) throws {
    let log = try #require(training.files(output)["log.jsonl"])
    try training.configure(run: "epochs = \(log.count { $0 == 10 } + 2)")
    let expected = try training.finish("whole")
    #expect(expected.keys.sorted() == SmallTraining.names)
    #expect(try training.finish(output) == expected)
  }

  @Test("by kill -9, twelve times, comes to the files of a run that nobody ended")
  func killed() throws {
    let training = try SmallTraining(run: Self.endless)
    var numbers = RandomNumbers(seed: 9)
    for _ in 0..<Self.kills {
      let end = try training.interrupt(
        "killed", with: SIGKILL, afterCheckpoints: 1 + numbers.integer(below: 8),
        microseconds: UInt32(numbers.integer(below: 3000)))
      #expect(end.reason == .uncaughtSignal && end.status == SIGKILL)
      let files = try training.files("killed")
      #expect(files["checkpoint.safetensors"] != nil)
      try SmallTraining.expectWhole(files)
    }
    // What writers leave that are killed; the loop may have been kind.
    _ = try training.folder.file("killed/.hone-4194304-abc", "half a checkpoint")
    try expectSame(training, "killed")
  }

  @Test("by Ctrl-C or SIGTERM, leaves a checkpoint, and goes on", arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) throws {
    let training = try SmallTraining(run: Self.endless)
    for count in [1, 12, 5] {
      let end = try training.interrupt(
        "stopped", with: signal, afterCheckpoints: count, microseconds: 100)
      #expect(end.reason == .exit && end.status == 0)
      let files = try training.files("stopped")
      // The log begins with the first epoch that is done.
      #expect(Set(files.keys).union(["log.jsonl"]) == Set(SmallTraining.names))
      try SmallTraining.expectWhole(files)
    }
    try expectSame(training, "stopped")
  }

  /// Blocks of 512 bytes that a file may have, and the first file that needs more.
  private static let limits = [
    (1, "log.jsonl"), (20, "model.safetensors"), (100, "checkpoint.safetensors"),
  ]

  @Test("by a full disk, says so, loses nothing, and goes on", arguments: limits)
  func fullDisk(blocks: Int, name: String) throws {
    // The later loss makes epoch 3 the best one, so that its model is saved.
    let loss = "late_start = 3"
    let training = try SmallTraining(run: "epochs = 6", loss: loss)
    let expected = try training.finish("whole")
    try training.configure(run: "epochs = 3", loss: loss)
    let before = try training.finish("full")
    try training.configure(run: "epochs = 6", loss: loss)
    let result = try training.finish("full", blocks: blocks)
    #expect(result.code == 1)
    let sentence = "could not write '\(training.folder.path("full"))/\(name)': File too large"
    #expect(result.errors.contains(sentence), "\(result.errors)")
    #expect(result.errors.contains("resume"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    let after = try training.files("full")
    #expect(after.keys.sorted() == SmallTraining.names)
    try SmallTraining.expectWhole(after)
    #expect(after["checkpoint.safetensors"] == before["checkpoint.safetensors"])
    #expect(after[name] == before[name])
    #expect(try training.finish("full") == expected)
  }

  @Test("by a full disk before the first checkpoint, begins anew")
  func fullDiskAtFirst() throws {
    let training = try SmallTraining(run: "epochs = 2")
    let expected = try training.finish("whole")
    let result = try training.finish("full", blocks: 20)
    #expect(result.code == 1)
    #expect(try training.files("full").isEmpty)
    #expect(try training.finish("full") == expected)
  }

  @Test("by nobody to take its answer, has saved the model all the same")
  func fullOutput() throws {
    let training = try SmallTraining(run: "epochs = 1")
    let program = try #require(executable)
    let result = try training.shell(
      "exec \"$@\" >/dev/full", [program.path] + training.arguments("run"))
    #expect(result.code == 1)
    #expect(result.errors.contains("standard output: No space left"), "\(result.errors)")
    #expect(try training.files("run").keys.sorted() == SmallTraining.names)
  }

  @Test("with a damaged checkpoint does not begin anew over it")
  func damagedCheckpoint() throws {
    let training = try SmallTraining(run: "epochs = 1")
    let files = try training.finish("run")
    let checkpoint = try #require(files["checkpoint.safetensors"])
    let path = training.folder.path("run/checkpoint.safetensors")
    for length in [0, 4, 1000, checkpoint.count - 1] {
      var damaged = files
      damaged["checkpoint.safetensors"] = Array(checkpoint.prefix(length))
      try Data(checkpoint.prefix(length)).write(to: URL(fileURLWithPath: path))
      let result = try hone(arguments: training.arguments("run"))
      #expect(result.code == 1)
      #expect(result.errors.contains(path), "\(result.errors)")
      #expect(try training.files("run") == damaged)
    }
  }

  @Test("does not write over a model that is not its own", arguments: [true, false])
  func foreignModel(resumes: Bool) throws {
    let training = try SmallTraining(run: "epochs = 1")
    let made = try training.finish("made")
    let model = try #require(made["model.safetensors"])
    try FileManager.default.createDirectory(
      atPath: training.folder.path("run"), withIntermediateDirectories: true)
    let path = training.folder.path("run/model.safetensors")
    try Data(model).write(to: URL(fileURLWithPath: path))
    let arguments = training.arguments("run").filter { resumes || $0 != "--resume" }
    let result = try hone(arguments: arguments)
    #expect(result.code == 1)
    #expect(result.errors.contains(path) && result.errors.contains("another folder"))
    #expect(try training.files("run") == ["model.safetensors": model])
  }
}
