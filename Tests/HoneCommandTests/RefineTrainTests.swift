import HoneFormats
import HoneStructure
import HoneTestSupport
import Testing

@Suite("hone refine train")
struct RefineTrainTests {
  /// Frames of clusters with the labels of a potential.
  private static func frames(
    _ potential: PairClusters.Morse, head: String?, count: Int, seed: UInt64,
    species: [Int32] = [1, 8, 1, 1, 8]
  ) throws -> String {
    var text = ""
    for structure in try PairClusters.structures(count, species: species, seed: seed) {
      let (energy, forces) = potential.labels(structure)
      text += "\(structure.atomCount)\nProperties=species:S:1:pos:R:3:REF_forces:R:3 "
      text += "REF_energy=\(energy)\(head.map { " head=\($0)" } ?? "") charge=0\n"
      for atom in 0..<structure.atomCount {
        let row = structure.positions[3 * atom..<3 * atom + 3] + forces[3 * atom..<3 * atom + 3]
        text += (structure.atomicNumbers[atom] == 1 ? "H" : "O")
        text += row.map { " \($0)" }.joined() + "\n"
      }
    }
    return text
  }

  /// The configurations that `docs/refinement.md` shows, in order, made small.
  private static func recipes() throws -> [String] {
    let document = try Bytes(contentsOfFile: PackagePaths.root + "/docs/refinement.md")
      .withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    return document.components("```toml\n").dropFirst().compactMap {
      $0.components("```").first?
        .replacing("epochs = 100", "epochs = 8").replacing("32x0e+32x1o", "8x0e+8x1o")
        .replacing("cutoff = 5.0", "cutoff = 4.0\nmax_ell = 2\nradial_hidden = [16]")
    }
  }

  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let wrong = PairClusters.Morse(depth: 0.35, distance: 1.7, constant: -2)
    _ = try folder.file(
      "reference.xyz", try frames(PairClusters.Morse(), head: "reference", count: 16, seed: 1))
    _ = try folder.file("prior.xyz", try frames(wrong, head: "prior", count: 16, seed: 2))
    _ = try folder.file(
      "new.xyz",
      try frames(wrong, head: nil, count: 8, seed: 3, species: [8, 1, 8, 8, 1]))
    return folder
  }

  @Test("the recipes of the documentation run, and their models can be adapted")
  func recipes() throws {
    let folder = try Self.folder()
    let recipes = try Self.recipes()
    try #require(recipes.count == 3)
    for (name, text) in zip(["joint", "pretrained", "tuned"], recipes) {
      let config = try folder.file(name + ".toml", text)
      let result = try hone("train", config, "--output", folder.path(name), "--quiet")
      #expect(result.code == 0, "\(name): \(result.errors)")
    }
    for (name, heads) in [("joint", ["reference", "prior"]), ("tuned", ["prior", "reference"])] {
      let model = folder.path(name) + "/model.safetensors"
      let info = try hone("info", model, "--json")
      #expect(try info.json["heads"]?.array?.compactMap(\.string) == heads)
      // The prior is the pre-trained model: it knows the other head's zero of energy.
      let output = folder.path(name + ".safetensors")
      let prior = "model:\(folder.path("pretrained"))/model.safetensors"
      let refined = try hone(
        "refine", "train", model, folder.path("new.xyz"), "--prior", prior, "--replay",
        folder.path("reference.xyz"), "--output", output, "--steps", "40", "--tolerance", "0.1",
        "--settings", #"{"gate": 0}"#, "--json", "--quiet")
      #expect(refined.code == 0, "\(refined.errors)")
      let report = try refined.json
      #expect(report["accepted"]?.bool == true && report["steps"]?.int != nil)
      let (before, after) = (
        try #require(report["held_out_before"]?.double),
        try #require(report["held_out_after"]?.double)
      )
      #expect(after < before)
      #expect(report["prior_loss_before"]?.double != nil)
      #expect(report["prior_loss_after"]?.double != nil)
      #expect(try #require(report["replay_force_change"]?.double) <= 0.1)
      #expect(try hone("info", output, "--json").code == 0)
    }
  }

  @Test("says what is wrong, and writes nothing then")
  func mistakes() throws {
    let folder = try Self.folder()
    let config = try folder.file("pretrained.toml", try Self.recipes()[1])
    #expect(try hone("train", config, "--output", folder.path("one"), "--quiet").code == 0)
    let model = folder.path("one") + "/model.safetensors"
    let output = folder.path("out.safetensors")
    func run(_ arguments: String...) throws -> CommandOutput {
      try hone(
        arguments: ["refine", "train", model, folder.path("new.xyz"), "--output", output]
          + arguments)
    }
    let lonely = try run("--prior", "lj")
    #expect(lonely.code == 1 && lonely.errors.contains("prior' alone"), "\(lonely.errors)")
    let unknown = try run("--prior", "dft")
    #expect(unknown.code == 1 && unknown.errors.contains("gfn2-xtb"))
    let strict = try run(
      "--prior", "zbl", "--fit-head", "--prior-head", "pairs", "--head", "prior", "--replay",
      folder.path("prior.xyz"), "--tolerance", "1e-9", "--steps", "10")
    #expect(strict.code == 1 && strict.errors.contains("refused"), "\(strict.errors)")
    #expect(try run("--prior", "lj", "--fit-head").code == 2)
    #expect(try !folder.names.contains("out.safetensors"))
    let fitted = try run(
      "--prior", "zbl", "--fit-head", "--prior-head", "pairs", "--head", "prior", "--replay",
      folder.path("prior.xyz"), "--tolerance", "0.5", "--steps", "20", "--json")
    #expect(fitted.code == 0, "\(fitted.errors)")
    #expect(try folder.names.contains("out.safetensors"))
  }
}

extension String {
  /// The parts between separators.
  fileprivate func components(_ separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }

  fileprivate func replacing(_ old: String, _ new: String) -> String {
    components(old).joined(separator: new)
  }
}
