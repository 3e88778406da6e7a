import HoneFormats
import HoneStructure
import HoneTestSupport
import Testing

/// Models that the tests carry, with reference values beside them.
enum Fixtures {
  static let sevennet = PackagePaths.golden + "/sevennet/bias.pth"
  static let mace = PackagePaths.golden + "/mace/scalar-c3.model"
  static let modal = PackagePaths.golden + "/sevennet/modal-all.pth"
  static let all = [sevennet, mace]

  /// The reference structures of a model as extended XYZ, under names that start with a prefix.
  static func frames(_ model: String, prefix: String = "") throws -> String {
    let stem = model.split(separator: ".").dropLast().joined(separator: ".")
    let references = try ReferenceSet.json("/" + stem.drop { $0 == "/" } + ".json").sets[0]
    var bytes: [UInt8] = []
    for reference in references.structures {
      var info = Info()
      info[prefix + "energy"] = .real(reference.energy)
      let forces = ExtendedXYZ.Column(
        name: prefix + "forces", width: 3, values: .reals(reference.forces))
      bytes += try ExtendedXYZ.bytes(
        of: ExtendedXYZ.Frame(structure: reference.structure, info: info, columns: [forces]))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

@Suite struct InfoTests {
  @Test("info gives every key of the interface", arguments: Fixtures.all)
  func keys(model: String) throws {
    let run = try hone("info", model, "--json")
    #expect(run.code == 0)
    #expect(run.errors == "")
    let json = try run.json
    #expect(json["architecture"]?.string == (model == Fixtures.mace ? "MACE" : "NequIP"))
    #expect(json["species"]?.array?.contains(.integer(1)) == true)
    #expect(json["cutoff"]?.double == 4)
    #expect(json["layers"]?.int == 2)
    #expect(try #require(json["parameters"]?.int) > 100)
    #expect(json["precision"]?.string == "float64")
    #expect(json["heads"]?.array == [.string("Default")])
  }

  @Test func forPeopleItNamesElements() throws {
    let run = try hone("info", Fixtures.mace)
    #expect(run.code == 0)
    #expect(run.output.contains("H C O"))
    #expect(!run.output.contains("\u{1B}"), "colors belong on a terminal")
  }
}

@Suite struct EvaluateTests {
  @Test(
    "errors against the reference code vanish in double", arguments: Fixtures.all, ["", "REF_"])
  func references(model: String, prefix: String) throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.xyz", try Fixtures.frames(model, prefix: prefix))
    let run = try hone("evaluate", model, data, "--json", "--precision", "float64")
    #expect(run.code == 0)
    #expect(run.errors == "")
    let json = try run.json
    #expect(json["frames"]?.int == 5)
    #expect(try #require(json["atoms"]?.int) > 15)
    #expect(try #require(json["energy_mae"]?.double) < 1e-8)
    #expect(try #require(json["energy_rmse"]?.double) < 1e-8)
    #expect(try #require(json["force_mae"]?.double) < 1e-7)
    #expect(try #require(json["force_rmse"]?.double) < 1e-7)
  }

  @Test func errorsHaveTheUnitsOfTheInterface() throws {
    let water = """
      3
      energy=ENERGY Properties=species:S:1:pos:R:3:forces:R:3
      O 0.0 0.0 0.0 0 0 0
      H 0.96 0.0 0.0 0 0 0
      H -0.24 0.93 0.0 0 0 0

      """
    func json(_ energy: String) throws -> JSONValue {
      let text = water.split(separator: "ENERGY").joined(separator: energy)
      let run = try hone(
        "evaluate", Fixtures.mace, "-", "--json", "--precision", "float64", input: text)
      #expect(run.code == 0)
      return try run.json
    }
    // Moving one reference by 3 eV moves the error of three atoms by 1 eV per atom.
    let low = try #require(try json("-1000")["energy_mae"]?.double)
    let high = try #require(try json("-997")["energy_mae"]?.double)
    #expect(abs(low - high - 1) < 1e-9)
    let forces = try json("0")
    let mae = try #require(forces["force_mae"]?.double)
    let rmse = try #require(forces["force_rmse"]?.double)
    #expect(mae > 0 && rmse >= mae)
  }

  @Test func predictionsComeBackAsReferences() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.xyz", try Fixtures.frames(Fixtures.sevennet))
    let output = folder.path("out.xyz")
    #expect(try hone("evaluate", Fixtures.sevennet, data, "--output", output).code == 0)
    let frames = try ExtendedXYZ.frames(path: output)
    #expect(frames.count == 5)
    for frame in frames {
      #expect(frame.info["REF_energy"] != nil && frame.info["energy"] != nil)
      #expect(frame.column("REF_forces") != nil && frame.column("forces") != nil)
      #expect((frame.info["stress"] != nil) == (frame.structure.cell?.periodicity == .all))
    }
    let again = try hone(
      "evaluate", Fixtures.sevennet, output, "--json", "--energy-key", "energy", "--forces-key",
      "forces")
    #expect(try again.json["energy_mae"]?.double == 0)
    #expect(try again.json["force_rmse"]?.double == 0)
  }

  @Test func missingReferencesAreNullAndSaid() throws {
    let run = try hone(
      "evaluate", Fixtures.mace, "-", "--json", input: "1\nenergy=-1.0\nH 0 0 0\n")
    #expect(run.code == 0)
    #expect(try run.json["force_mae"] == .null)
    #expect(try run.json["energy_mae"]?.double != nil)
    #expect(run.errors.contains("forces"))
    let quiet = try hone(
      "evaluate", Fixtures.mace, "-", "--json", "--quiet", input: "1\nenergy=-1.0\nH 0 0 0\n")
    #expect(quiet.errors == "")
  }

  @Test func aHeadIsChosenByName() throws {
    let heads = try #require(try hone("info", Fixtures.modal, "--json").json["heads"]?.array)
    #expect(heads.count > 1)
    let data = "2\nenergy=0.0\nO 0 0 0\nH 0.9 0 0\n"
    let errors = try heads.map { head in
      let run = try hone(
        "evaluate", Fixtures.modal, "-", "--json", "--quiet", "--head", head.string ?? "",
        input: data)
      return try #require(try run.json["energy_mae"]?.double)
    }
    #expect(errors[0] != errors[1])
    let unknown = try hone("evaluate", Fixtures.modal, "-", "--head", "none", input: data)
    #expect(unknown.code == 1)
    #expect(unknown.errors.contains("'none'"))
  }
}

@Suite struct ConvertTests {
  @Test("a converted model computes the same", arguments: Fixtures.all)
  func same(model: String) throws {
    let folder = try TemporaryFolder()
    let converted = folder.path("model.safetensors")
    let data = try folder.file("data.xyz", try Fixtures.frames(model))
    #expect(try hone("convert", model, converted, "--json").json["output"]?.string == converted)
    let before = try hone("evaluate", model, data, "--json")
    let after = try hone("evaluate", converted, data, "--json")
    #expect(after.code == 0)
    #expect(before.output == after.output)

    let again = folder.path("again.safetensors")
    #expect(try hone("convert", converted, again, "--quiet").output == "")
    #expect(try contents(again) == contents(converted))
  }

  @Test func aFolderThatIsNotThereLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let run = try hone("convert", Fixtures.mace, folder.path("none/model.safetensors"))
    #expect(run.code == 1)
    #expect(try folder.names == [])
  }
}

@Suite struct BenchmarkTests {
  @Test("benchmark gives every key of the interface", arguments: Fixtures.all)
  func keys(model: String) throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.xyz", try Fixtures.frames(model))
    let run = try hone(
      "benchmark", model, data, "--frame", "1", "--repeat", "2", "--threads", "2", "--json")
    #expect(run.code == 0)
    let json = try run.json
    #expect(json["atoms"]?.int == 6)
    #expect(try #require(json["microseconds_per_atom"]?.double) > 0)
    #expect(try #require(json["gemm_peak_gflops"]?.double) > 0.01)
    #expect(try #require(json["neighbors_per_atom"]?.double) > 1)
  }

  @Test func aFrameBeyondTheEndIsRefused() throws {
    let run = try hone("benchmark", Fixtures.mace, "-", "--frame", "2", input: "1\n\nH 0 0 0\n")
    #expect(run.code == 1)
    #expect(run.errors.contains("3 frames"))
  }
}
