import HoneTestSupport
import Testing

@Suite struct WrongInputTests {
  private static let usage: [[String]] = [
    [], ["unknown"], ["info"], ["info", "--unknown"], ["info", Fixtures.mace, "more"],
    ["evaluate", Fixtures.mace], ["evaluate", Fixtures.mace, "-", "--precision", "half"],
    ["evaluate", Fixtures.mace, "-", "--threads", "-1"],
    ["evaluate", Fixtures.mace, "-", "--threads", "x"], ["convert", Fixtures.mace],
    ["md", Fixtures.mace, "-"], ["md", Fixtures.mace, "-", "--steps", "-1"],
    ["md", Fixtures.mace, "-", "--steps", "1", "--ensemble", "npt"],
    ["md", Fixtures.mace, "-", "--steps", "1", "--timestep", "0"],
    ["md", Fixtures.mace, "-", "--steps", "1", "--temperature", "nan"],
    ["benchmark", Fixtures.mace, "-", "--repeat", "0"],
    ["benchmark", Fixtures.mace, "-", "--frame", "-1"],
  ]

  @Test("wrong usage ends with 2", arguments: usage)
  func wrongUsage(arguments: [String]) throws {
    let run = try hone(arguments: arguments)
    // Without arguments the help is shown, which is an answer.
    #expect(run.code == (arguments.isEmpty ? 0 : 2))
    if !arguments.isEmpty {
      #expect(run.output == "")
      #expect(!run.errors.isEmpty)
    }
  }

  @Test("help and version end with 0", arguments: ["--help", "--version"])
  func help(flag: String) throws {
    let run = try hone(flag)
    #expect(run.code == 0)
    #expect(!run.output.isEmpty && run.errors.isEmpty)
  }

  private static let commands: [[String]] = [
    ["info"], ["evaluate", "-"], ["convert", "out.safetensors"], ["md", "-", "--steps", "1"],
    ["benchmark", "-"],
  ]

  @Test("a model that is none ends with 1 and one sentence", arguments: commands)
  func brokenModel(command: [String]) throws {
    let folder = try TemporaryFolder()
    let garbage = try folder.file("garbage.model", String(repeating: "garbage ", count: 100))
    let empty = try folder.file("empty.model", "")
    for model in [folder.path("none"), folder.path("."), garbage, empty] {
      var arguments = command
      arguments.insert(model, at: 1)
      let run = try hone(arguments: arguments + ["--json"])
      expectOneSentence(run)
    }
    #expect(try folder.names == ["empty.model", "garbage.model"])
  }

  private static let structures = [
    "garbage", "2\n\nH 0 0 0\n", "1\n\nXx 0 0 0\n", "1\n\nH 0 0 nan\n", "1\n\nFe 0 0 0\n",
    "2\n\nH 0 0 0\nH 0 0 0\n", "1\nLattice=\"1 0 0 0 1 0 0 0 0\"\nH 0 0 0\n", "",
  ]

  @Test("structures that cannot be ends with 1 and one sentence", arguments: structures)
  func brokenStructure(text: String) throws {
    for command in [["evaluate"], ["md", "--steps", "1"], ["benchmark"]] {
      let arguments = [command[0], Fixtures.mace, "-"] + command.dropFirst() + ["--json"]
      expectOneSentence(try hone(arguments: arguments, input: text))
    }
  }

  @Test func aFileOfStructuresThatIsNone() throws {
    let folder = try TemporaryFolder()
    for data in [folder.path("none"), folder.path(".")] {
      expectOneSentence(try hone("evaluate", Fixtures.mace, data))
    }
  }

  @Test func aFailureLeavesTheOldOutput() throws {
    let folder = try TemporaryFolder()
    let output = try folder.file("out.xyz", "old")
    let run = try hone(
      "evaluate", Fixtures.mace, "-", "--output", output, input: "1\n\nH 0 0 0\n1\n\nFe 0 0 0\n")
    expectOneSentence(run)
    #expect(run.errors.contains("frame 2"))
    #expect(try contents(output) == Array("old".utf8))
    #expect(try folder.names == ["out.xyz"])
  }

  @Test func aTrajectoryThatCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    let run = try hone(
      "md", Fixtures.mace, "-", "--steps", "1", "--json", "--trajectory",
      folder.path("none/out.xyz"), input: "1\n\nH 0 0 0\n")
    expectOneSentence(run)
  }

  private func expectOneSentence(
    _ run: CommandOutput, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(run.code == 1, sourceLocation: sourceLocation)
    #expect(run.output == "", sourceLocation: sourceLocation)
    #expect(run.errors.hasPrefix("hone: "), sourceLocation: sourceLocation)
    #expect(run.errors.hasSuffix(".\n"), sourceLocation: sourceLocation)
    #expect(run.errors.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
  }
}
