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
    _ = try folder.file(
      "missing.xyz", "1\nProperties=species:S:1:pos:R:3:forces:R:3 energy=nan\nH 0 0 0 0 0 0\n")
    let wrong = try hone("train", config, "--output", folder.path("run"))
    #expect(wrong.code == 1)
    #expect(wrong.errors.contains("missing.xyz:"), "\(wrong.errors)")
  }
}
