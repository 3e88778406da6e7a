internal import Foundation
import HoneFormats
import HoneTestSupport
import Testing

@Suite("hone train")
struct TrainTests {
  private static let model = """
    [model]
    family = "mace"
    cutoff = 4.0
    hidden_irreps = "8x0e"
    max_ell = 1
    correlation = 2
    radial_hidden = [16]

    """

  private static func configuration(_ tail: String) -> String {
    model + """
      [data]
      training = "\(PackagePaths.golden)/training/labels-all.xyz"
      validation_count = 1
      \(tail)
      """
  }

  @Test("writes a model that evaluates, a log and a checkpoint, and goes on from it")
  func run() throws {
    let folder = try TemporaryFolder()
    let (config, output) = (folder.path("c.toml"), folder.path("run"))
    _ = try folder.file("c.toml", Self.configuration("[run]\nepochs = 2"))
    let first = try hone("train", config, "--output", output, "--json")
    #expect(first.code == 0, "\(first.errors)")
    #expect(try first.json["epochs"]?.int == 2)
    #expect(try first.json["validation"]?["force_rmse"]?.double != nil)
    let info = try hone("info", output + "/model.safetensors", "--json")
    #expect(info.code == 0)
    #expect(try info.json["layers"]?.int == 2)
    // The folder holds a run: only --resume may touch it.
    let again = try hone("train", config, "--output", output)
    #expect(again.code == 1)
    #expect(again.errors.contains("--resume") || again.errors.contains("resume it"))
    _ = try folder.file("c.toml", Self.configuration("[run]\nepochs = 4"))
    let more = try hone("train", config, "--output", output, "--resume", "--json", "--quiet")
    #expect(more.code == 0, "\(more.errors)")
    #expect(more.errors.isEmpty)
    #expect(try more.json["epochs"]?.int == 4)
    let log = try Bytes(contentsOfFile: output + "/log.jsonl").withUnsafeBytes {
      String(decoding: $0, as: UTF8.self)
    }
    let lines = log.split(separator: "\n")
    #expect(lines.count == 4)
    for (index, line) in lines.enumerated() {
      #expect(try JSONValue(parsing: String(line))["epoch"]?.int == index)
    }
    // Another configuration is another run.
    _ = try folder.file("c.toml", Self.configuration("[run]\nepochs = 4\nseed = 5"))
    let other = try hone("train", config, "--output", output, "--resume")
    #expect(other.code == 1)
    #expect(other.errors.contains("same configuration"))
  }

  static let mistakes = [
    ("[run]\nepoch = 3", "'run.epoch'"),
    ("[run]\nepochs = -1", "run.epochs"),
    ("[loss]\nkind = \"stresses\"", "loss.kind"),
    ("[optimizer]\nmethod = \"lion\"", "optimizer.method"),
    ("[schedule]\nlearning_rate = -1.0", "learning rate"),
    ("[rates]\nradial = -1.0", "radial"),
    ("[run]\nepochs = ", "line "),
    ("[rum]\nepochs = 1", "'rum'"),
  ]

  @Test("says what is wrong with a configuration", arguments: mistakes)
  func wrongConfiguration(_ tail: String, _ expected: String) throws {
    let folder = try TemporaryFolder()
    let config = try folder.file("c.toml", Self.configuration(tail))
    let result = try hone("train", config, "--output", folder.path("run"))
    #expect(result.code == 1)
    #expect(result.errors.contains(expected), "\(result.errors)")
    #expect(result.errors.contains("c.toml"), "\(result.errors)")
  }

  @Test("says what is wrong with data")
  func data() throws {
    let folder = try TemporaryFolder()
    let config = try folder.file(
      "c.toml", Self.model + "[data]\ntraining = \"missing.xyz\"\n")
    let missing = try hone("train", config, "--output", folder.path("run"))
    #expect(missing.code == 1)
    // Relative to the configuration, not to where the command runs.
    #expect(missing.errors.contains(folder.path("missing.xyz")), "\(missing.errors)")
    _ = try folder.file("missing.xyz", "")
    let empty = try hone("train", config, "--output", folder.path("run"))
    #expect(empty.code == 1)
    #expect(empty.errors.contains("missing.xyz"), "\(empty.errors)")
  }

  /// A molecule of water with labels, in five lines, changed as told.
  private static func water(_ changes: (String, String)..., length: String = "0.96") -> String {
    let frame = """
      3
      Properties=species:S:1:pos:R:3:REF_forces:R:3 REF_energy=-1.5
      O 0 0 0 0 0 0.1
      H \(length) 0 0 0 0 0
      H -0.24 0.93 0 0 0 -0.1

      """
    return changes.reduce(frame) { $0.replacing($1.0, with: $1.1) }
  }

  /// A second frame, and words of the sentence about it.
  static let frames: [(frame: String, words: [String])] = [
    (water(("-1.5", "nan")), [":line 7 (frame 2)", "REF_energy must be finite", "correct it"]),
    (water(("-0.1", "inf")), [":line 10 (frame 2)", "REF_forces must be finite", "correct it"]),
    (water(("-0.1", "")), [":line 10 (frame 2)"]),
    (
      water(("REF_energy", "E"), ("REF_forces", "F")),
      [":line 7 (frame 2)", "expected labels", "REF_energy", "remove the frame"]
    ),
    (water(("H -0.24", "Xx -0.24")), [":line 10 (frame 2)", "Xx"]),
    (water(("H -0.24 0.93", "H 0.96 0")), [":line 6 (frame 2)", "atoms 1 and 2"]),
    ("3\nProperties=species:S:1:pos:R:3\n", [":line 8 (frame 2)", "expected 4 columns"]),
  ]

  @Test("names the file, the line and the frame of wrong data", arguments: frames)
  func wrongFrame(frame: String, words: [String]) throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("d.xyz", Self.water(length: "0.97") + frame + Self.water())
    let config = try folder.file("c.toml", Self.model + "[data]\ntraining = \"d.xyz\"\n")
    let result = try hone("train", config, "--output", folder.path("run"))
    #expect(result.code == 1)
    for word in [data] + words { #expect(result.errors.contains(word), "\(result.errors)") }
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(try folder.names == ["c.toml", "d.xyz", "run"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("run")).isEmpty)
  }

  @Test("says which frames lack a label that the loss needs, and refuses where all do")
  func missingLabels() throws {
    let folder = try TemporaryFolder()
    let unforced = Self.water(("REF_forces", "F"), length: "0.98")
    let config = try folder.file(
      "c.toml",
      Self.model + "[data]\ntraining = \"d.xyz\"\nvalidation = \"v.xyz\"\n[run]\nepochs = 1\n")
    _ = try folder.file("v.xyz", Self.water(length: "0.97"))
    _ = try folder.file("d.xyz", Self.water() + unforced)
    let some = try hone("train", config, "--output", folder.path("some"))
    #expect(some.code == 0, "\(some.errors)")
    #expect(
      some.errors.contains("1 frame lacks forces (\(folder.path("d.xyz")):line 6 (frame 2))"),
      "\(some.errors)")
    _ = try folder.file("d.xyz", unforced)
    let all = try hone("train", config, "--output", folder.path("all"))
    #expect(all.code == 1)
    #expect(all.errors.contains("needs forces"), "\(all.errors)")
    #expect(all.errors.contains("choose another loss"), "\(all.errors)")
  }

  @Test("names an element that the model to begin with lacks")
  func unknownSpecies() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file(
      "d.xyz",
      Self.water() + Self.water(("O 0", "S 0")) + Self.water(length: "0.97"))
    let config = try folder.file(
      "c.toml",
      "[model]\nstart = \"\(Fixtures.mace)\"\n[data]\ntraining = \"d.xyz\"\n")
    let result = try hone("train", config, "--output", folder.path("run"))
    #expect(result.code == 1)
    for words in [data + ":line 6 (frame 2)", "S (16)", "H C O", "leave out the frame"] {
      #expect(result.errors.contains(words), "\(result.errors)")
    }
  }

  /// What is done about duplicates, the exit code, how many frames are left, and words about it.
  static let choices: [(choice: String, code: Int32, frames: String, words: String)] = [
    ("keep", 0, "3 frames to train", "\"drop\" leaves out"),
    ("drop", 0, "2 frames to train", "left out"),
    ("refuse", 1, "expected every structure once", "remove one of them"),
  ]

  @Test("keeps, drops or refuses frames that repeat others", arguments: choices)
  func duplicates(choice: String, code: Int32, frames: String, words: String) throws {
    let folder = try TemporaryFolder()
    let data = try folder.file(
      "d.xyz", Self.water() + Self.water(length: "0.97") + Self.water())
    _ = try folder.file("v.xyz", Self.water(length: "0.98"))
    let config = try folder.file(
      "c.toml",
      Self.model + """
        [data]
        training = "d.xyz"
        validation = "v.xyz"
        duplicates = "\(choice)"
        [run]
        epochs = 1
        """)
    let result = try hone("train", config, "--output", folder.path("run"))
    #expect(result.code == code)
    for text in [frames, words, data + ":line 1", "(frame 1)", "(frame 3)"] {
      #expect(result.errors.contains(text), "\(result.errors)")
    }
  }

  @Test("steps are timed, whole batches alone, and the model stays as it is", arguments: [1, 2])
  func benchmark(threads: Int) throws {
    let folder = try TemporaryFolder()
    let data = try folder.file(
      "d.xyz", ["0.94", "0.95", "0.96", "0.97", "0.98"].map { Self.water(length: $0) }.joined())
    let before = try contents(Fixtures.mace)
    let arguments = [
      "benchmark", Fixtures.mace, data, "--training", "--batch-size", "2", "--precision", "float64",
      "--threads", "\(threads)", "--repeat", "5",
    ]
    let run = try hone(arguments: arguments + ["--json", "--quiet"])
    #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
    let json = try run.json
    #expect(json["steps"]?.int == 5 && json["batch_size"]?.int == 2)
    #expect(json["threads"]?.int == threads && json["precision"]?.string == "float64")
    #expect(json["atoms_per_step"]?.double == 6 && json["neighbors_per_atom"]?.double == 2)
    #expect(try #require(json["first_loss"]?.double) > 0)
    #expect(try #require(json["first_gradient_norm"]?.double) > 0)
    let best = try #require(json["milliseconds_per_step"]?.double)
    let median = try #require(json["milliseconds_per_step_median"]?.double)
    #expect(best > 0 && best <= median)
    let level = try #require(json["memory_before_mb"]?.double)
    let peak = try #require(json["peak_memory_mb"]?.double)
    #expect(level > 0 && level <= peak)
    #expect(try contents(Fixtures.mace) == before)
    let text = try hone(arguments: arguments)
    #expect(text.code == 0 && text.output.contains("ms per step, best of 5"))
  }

  static let wrongBenchmarks = [
    ["--batch-size", "2"], ["--training", "--batch-size", "0"], ["--training", "--frame", "1"],
    ["--training", "--head", "Default"], ["--training", "--virial"],
  ]

  @Test("options of a benchmark that do not go together end with 2", arguments: wrongBenchmarks)
  func wrongBenchmark(arguments: [String]) throws {
    let run = try hone(arguments: ["benchmark", Fixtures.mace, "-"] + arguments)
    #expect(run.code == 2)
    #expect(run.errors.contains(arguments.last { $0.hasPrefix("--") } ?? ""), "\(run.errors)")
  }
}
