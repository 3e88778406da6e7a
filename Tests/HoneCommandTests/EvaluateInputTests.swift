import HoneFormats
import HoneStructure
import HoneTestSupport
import Testing

@Suite("hone evaluate: what it reads")
struct EvaluateInputTests {
  @Test("all four references may have names of their own, and others then do not count")
  func names() throws {
    let frames = try KnownErrors.frames().map { frame in
      var renamed = frame
      for key in ["energy", "stress"] {
        renamed.info["my_" + key] = frame.info[key]
        renamed.info[key] = nil
      }
      renamed.columns = frame.columns.map {
        ExtendedXYZ.Column(name: "my_forces", width: $0.width, values: $0.values)
      }
      return renamed
    }
    func json(_ arguments: String...) throws -> JSONValue {
      try hone(
        arguments: [
          "evaluate", Fixtures.mace, "-", "--json", "--quiet", "--precision", "float64",
        ] + arguments, input: try KnownErrors.text(frames)
      ).json
    }
    let all = try json(
      "--energy-key", "my_energy", "--forces-key", "my_forces", "--stress-key", "my_stress")
    try expectClose(all["energy_max"], 0.2)
    try expectClose(all["force_max"], 0.05)
    try expectClose(all["stress_max"], 0.004)
    let none = try json()
    #expect(none["energy_mae"] == .null && none["force_mae"] == .null)
    #expect(none["frames_with_stress"]?.int == 0 && none["frames"]?.int == 3)
    let one = try json("--virial-key", "my_stress")
    #expect(one["energy_mae"] == .null && one["frames_with_virial"]?.int == 1)
  }

  @Test("frames without references are predicted all the same")
  func noReferences() throws {
    let folder = try TemporaryFolder()
    let input = "1\n\nH 0 0 0\n2\nProperties=species:S:1:pos:R:3\nO 0 0 0\nH 0.9 0 0\n"
    let run = try hone(
      "evaluate", Fixtures.mace, "-", "--json", "--output", folder.path("out.xyz"), input: input)
    #expect(run.code == 0)
    #expect(run.errors.contains("no frame has a reference for energy"))
    #expect(try run.json["by_species"]?.array == [])
    let frames = try ExtendedXYZ.frames(path: folder.path("out.xyz"))
    #expect(frames.map { $0.structure.atomCount } == [1, 2])
    #expect(frames.allSatisfy { $0.info["energy"] != nil && $0.column("forces") != nil })
  }

  @Test("each frame is computed with its head, unless one is named for all")
  func heads() throws {
    let heads = try #require(try hone("info", Fixtures.modal, "--json").json["heads"]?.array)
    let names = heads.compactMap(\.string)
    try #require(names.count > 1)
    func frame(_ info: String) -> String { "2\nenergy=0.0 \(info)\nO 0 0 0\nH 0.9 0 0\n" }
    func errors(_ input: String, _ arguments: String...) throws -> CommandOutput {
      try hone(
        arguments: ["evaluate", Fixtures.modal, "-", "--json", "--by", "head"] + arguments,
        input: input)
    }
    let single = try names.map {
      try #require(try errors(frame(""), "--head", $0, "--quiet").json["energy_mae"]?.double)
    }
    let input = frame("head=\(names[1])") + frame("") + frame("head=\(names[0])")
    let each = try errors(input)
    #expect(!each.errors.contains("heads the model lacks"))
    let groups = try #require(try each.json["groups"]?.array)
    #expect(groups.map { $0["name"]?.string } == [names[1], nil, names[0]])
    #expect(groups.map { $0["energy_mae"]?.double } == [single[1], single[0], single[0]])
    let all = try #require(try errors(input, "--head", names[1]).json["groups"]?.array)
    #expect(all.allSatisfy { $0["energy_mae"]?.double == single[1] })
    let unknown = try errors(frame("head=nobody"))
    #expect(unknown.code == 0)
    #expect(unknown.errors.contains("1 frame with heads the model lacks, such as 'nobody'"))
    #expect(unknown.errors.contains("'\(names[0])'"))
    #expect(try unknown.json["energy_mae"]?.double == single[0])
  }

  private static let wrong: [(frame: String, expected: String)] = [
    ("1\nenergy=nan\nH 0 0 0\n", "energy must be finite"),
    ("1\nenergy=\"1 2\"\nH 0 0 0\n", "energy must be a number"),
    ("1\nenergy=1.0 stress=\"1 2 3\"\nH 0 0 0\n", "6 or 9 numbers"),
    ("1\nenergy=1.0 stress=\"1 2 3 4 5 6\"\nH 0 0 0\n", "Lattice"),
    (
      "1\nProperties=species:S:1:pos:R:3:forces:R:2 energy=1.0\nH 0 0 0 0 0\n",
      "3 numbers for each atom"
    ),
    (
      "1\nProperties=species:S:1:pos:R:3:forces:R:3 energy=1.0\nH 0 0 0 0 inf 0\n",
      "forces must be finite"
    ),
    ("1\nREF_energy=1.0\nH 0 0 0\n", "expected labels named like"),
    ("1\nenergy=1.0\nFe 0 0 0\n", "26"),
    ("2\nenergy=1.0\nH 0 0 0\nH 0 0 0\n", "coincide"),
    ("2\nenergy=1.0\nH 0 0 0\n", "expected 4 columns in an atom line"),
  ]

  @Test("what is wrong with a frame is said with file and frame", arguments: wrong)
  func wrongFrames(_ frame: String, _ expected: String) throws {
    let folder = try TemporaryFolder()
    let good = "1\nenergy=1.0\nH 0 0 0\n"
    let data = try folder.file("data.xyz", good + good + frame + good)
    for threads in ["1", "2"] {
      let run = try hone("evaluate", Fixtures.mace, data, "--threads", threads)
      #expect(run.code == 1)
      #expect(run.output == "")
      #expect(run.errors.hasPrefix("hone: \(data):"), "\(run.errors)")
      #expect(run.errors.contains("frame 3"), "\(run.errors)")
      #expect(run.errors.contains(expected), "\(run.errors)")
    }
  }

  @Test("of several wrong frames the first one is named, with threads too")
  func firstWrongFrame() throws {
    let good = "1\nenergy=1.0\nH 0 0 0\n"
    let input =
      good + "1\nenergy=1.0\nFe 0 0 0\n" + good + "1\nenergy=nan\nH 0 0 0\n" + good
    for threads in ["1", "4"] {
      let run = try hone("evaluate", Fixtures.mace, "-", "--threads", threads, input: input)
      #expect(run.code == 1)
      #expect(run.errors.contains("/dev/stdin: frame 2"), "\(run.errors)")
    }
  }

  @Test("a frame without atoms has no errors")
  func noAtoms() throws {
    let input = "0\nenergy=1.0\n1\nenergy=1.0\nH 0 0 0\n"
    let run = try hone("evaluate", Fixtures.mace, "-", "--json", input: input)
    #expect(run.code == 0)
    #expect(try run.json["frames"]?.int == 2)
    #expect(try run.json["frames_with_energy"]?.int == 1)
  }
}
