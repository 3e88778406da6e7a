import HoneFormats
import HoneStructure
import HoneTestSupport
import Testing

/// Frames whose references differ from what a model gives by errors that are known.
struct KnownErrors {
  /// Two molecules and a crystal, with an energy for all and forces for the last two.
  ///
  /// - Parameter info: What the comment lines say besides, by frame.
  static func frames(info: [[String: InfoValue]] = [[:], [:], [:]]) throws -> [ExtendedXYZ.Frame] {
    let input = """
      3
      Properties=species:S:1:pos:R:3
      O 0.0 0.0 0.0
      H 0.96 0.0 0.0
      H -0.24 0.93 0.0
      2
      Properties=species:S:1:pos:R:3
      C 0.0 0.0 0.0
      O 1.15 0.1 0.0
      4
      Lattice="3.1 0.0 0.0 0.2 3.0 0.0 0.0 0.3 3.3" Properties=species:S:1:pos:R:3
      C 0.1 0.0 0.0
      O 1.2 0.3 0.2
      H 0.2 1.7 1.4
      H 2.1 1.8 1.9

      """
    let folder = try TemporaryFolder()
    let path = folder.path("predicted.xyz")
    let run = try hone(
      "evaluate", Fixtures.mace, "-", "--precision", "float64", "--output", path, "--quiet",
      input: input)
    try #require(run.code == 0, "\(run.errors)")
    var frames = try ExtendedXYZ.frames(path: path)
    for index in frames.indices {
      for (key, value) in info[index] { frames[index].info[key] = value }
      let energy = try #require(frames[index].info["energy"]?.numbers?.first)
      // Errors, prediction less reference, of 0.3, -0.2 and 0.8 eV: 0.1, -0.1 and 0.2 eV per atom.
      frames[index].info["energy"] = .real(energy - [0.3, -0.2, 0.8][index])
      guard let column = frames[index].column("forces"), case .reals(var forces) = column.values
      else { continue }
      // 0.01 on the first component of every atom, and -0.05 on the last one of the last atom.
      for atom in 0..<forces.count / 3 { forces[3 * atom] -= 0.01 }
      forces[forces.count - 1] += 0.05
      frames[index].columns = [
        ExtendedXYZ.Column(name: "forces", width: 3, values: .reals(forces))
      ]
    }
    frames[0].columns = []
    // Errors of 0.002 and -0.004 eV/Å³ of two components on the diagonal.
    var stress = try #require(frames[2].info["stress"]?.numbers)
    stress[0] -= 0.002
    stress[4] += 0.004
    frames[2].info["stress"] = .reals(stress)
    return frames
  }

  static func text(_ frames: [ExtendedXYZ.Frame]) throws -> String {
    var bytes: [UInt8] = []
    for frame in frames { bytes += try ExtendedXYZ.bytes(of: frame) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

func expectClose(
  _ value: JSONValue?, _ expected: Double, _ tolerance: Double = 1e-8,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let number = try #require(value?.double, sourceLocation: sourceLocation)
  #expect(
    abs(number - expected) <= tolerance, "expected \(expected), got \(number)",
    sourceLocation: sourceLocation)
}

@Suite("hone evaluate: errors")
struct EvaluateErrorsTests {
  private func evaluate(
    _ frames: [ExtendedXYZ.Frame], _ arguments: String...
  ) throws -> CommandOutput {
    try hone(
      arguments: ["evaluate", Fixtures.mace, "-", "--precision", "float64"] + arguments,
      input: try KnownErrors.text(frames))
  }

  @Test("of energies, forces, virials and stresses are those that were made")
  func properties() throws {
    let frames = try KnownErrors.frames()
    let run = try evaluate(frames, "--json")
    #expect(run.code == 0)
    #expect(run.errors == "note: only 2 of 3 frames have a reference for forces.\n")
    let json = try run.json
    try expectClose(json["energy_mae"], 0.4 / 3)
    try expectClose(json["energy_rmse"], (0.06 / 3).squareRoot())
    try expectClose(json["energy_max"], 0.2)
    try expectClose(json["energy_total_mae"], 1.3 / 3)
    try expectClose(json["energy_total_rmse"], ((0.09 + 0.04 + 0.64) / 3).squareRoot())
    try expectClose(json["energy_total_max"], 0.8)
    // 6 atoms with forces: 6 errors of 0.01 and 2 of 0.05 among 18 components.
    try expectClose(json["force_mae"], 0.16 / 18)
    try expectClose(json["force_rmse"], ((6e-4 + 2 * 25e-4) / 18).squareRoot())
    try expectClose(json["force_max"], 0.05)
    var square = 0.0
    for frame in frames {
      guard case .reals(let values) = frame.column("forces")?.values else { continue }
      square += values.reduce(0) { $0 + $1 * $1 }
    }
    try expectClose(
      json["force_rmse_percent"], 100 * ((6e-4 + 2 * 25e-4) / square).squareRoot(), 1e-6)
    try expectClose(json["stress_mae"], 0.006 / 9)
    try expectClose(json["stress_rmse"], (20e-6 / 9).squareRoot())
    try expectClose(json["stress_max"], 0.004)
    let volume = try #require(frames[2].structure.cell).volume
    try expectClose(json["virial_mae"], 0.006 / 9 * volume)
    try expectClose(json["virial_max"], 0.004 * volume)
    try expectClose(json["virial_per_atom_max"], 0.001 * volume)
    #expect(json["frames"]?.int == 3 && json["atoms"]?.int == 9)
    #expect(json["frames_with_energy"]?.int == 3 && json["frames_with_forces"]?.int == 2)
    #expect(json["frames_with_virial"]?.int == 1 && json["frames_with_stress"]?.int == 1)
    #expect(json["groups"]?.array == [] && json["group_key"] == .null)
  }

  @Test("of forces are told apart by element")
  func species() throws {
    let json = try evaluate(try KnownErrors.frames(), "--json").json
    let species = try #require(json["by_species"]?.array)
    #expect(species.map { $0["symbol"]?.string } == ["H", "C", "O"])
    #expect(species.map { $0["atoms"]?.int } == [2, 2, 2])
    #expect(species.map { $0["components"]?.int } == [6, 6, 6])
    // The last atoms of both frames, an oxygen and a hydrogen, have an error more.
    let means = [0.07 / 6, 0.02 / 6, 0.07 / 6]
    let squares = [27e-4 / 6, 2e-4 / 6, 27e-4 / 6]
    for index in 0..<3 {
      try expectClose(species[index]["force_mae"], means[index])
      try expectClose(species[index]["force_rmse"], squares[index].squareRoot())
    }
    try expectClose(species[1]["force_max"], 0.01)
  }

  @Test("are grouped by config_type where it takes several values")
  func kinds() throws {
    let kinds: [[String: InfoValue]] = [
      ["config_type": .string("liquid & gas")], ["config_type": .string("solid")],
      ["config_type": .string("solid")],
    ]
    let json = try evaluate(try KnownErrors.frames(info: kinds), "--json").json
    #expect(json["group_key"]?.string == "config_type")
    let groups = try #require(json["groups"]?.array)
    #expect(groups.map { $0["name"]?.string } == ["liquid & gas", "solid"])
    #expect(groups.map { $0["frames"]?.int } == [1, 2])
    #expect(groups.map { $0["atoms"]?.int } == [3, 6])
    try expectClose(groups[0]["energy_mae"], 0.1)
    #expect(groups[0]["force_mae"] == .null)
    try expectClose(groups[1]["energy_mae"], 0.15)
    try expectClose(groups[1]["energy_rmse"], 0.025.squareRoot())
    try expectClose(groups[1]["force_mae"], 0.16 / 18)
    try expectClose(groups[1]["stress_max"], 0.004)
    #expect(json["other_groups"] == .null)
    let text = try evaluate(try KnownErrors.frames(info: kinds)).output
    let row = try #require(text.split(separator: "\n").first { $0.contains("liquid & gas") })
    #expect(
      row.split(separator: " ").map(String.init) == [
        "liquid", "&", "gas", "1", "3", "100.000", "100.000", "–", "–",
      ])
    #expect(text.contains("stress"))
  }

  @Test("are grouped by any key, and frames without it are a group")
  func keys() throws {
    let classes: [[String: InfoValue]] = [["class": .integer(7)], [:], ["class": .integer(8)]]
    let frames = try KnownErrors.frames(info: classes)
    let json = try evaluate(frames, "--json", "--by", "class").json
    let groups = try #require(json["groups"]?.array)
    #expect(groups.map { $0["name"] } == [.string("7"), .null, .string("8")])
    #expect(try evaluate(frames, "--json").json["groups"]?.array == [])
    let unknown = try evaluate(frames, "--json", "--by", "clas")
    #expect(unknown.code == 0)
    #expect(unknown.errors.contains("no frame has the key 'clas'"))
  }

  @Test("of more groups than a table holds are put together, which is said")
  func manyGroups() throws {
    let input = (0..<205).map { "1\nid=\($0) energy=0.0\nH 0 0 0\n" }.joined()
    let run = try hone("evaluate", Fixtures.mace, "-", "--by", "id", "--json", input: input)
    let json = try run.json
    #expect(json["groups"]?.array?.count == 200)
    #expect(json["other_groups"]?["frames"]?.int == 5)
    #expect(run.errors.contains("5 frames with further ones"))
    let all = try #require(json["energy_mae"]?.double)
    try expectClose(json["other_groups"]?["energy_mae"], all, 1e-12)
    #expect(
      try hone("evaluate", Fixtures.mace, "-", "--by", "id", input: input).output
        .contains("(other)"))
  }

  @Test("are the same with threads, and frames keep their order")
  func threads() throws {
    let folder = try TemporaryFolder()
    let frames = try KnownErrors.frames()
    let text = try KnownErrors.text(Array(repeating: frames, count: 20).flatMap { $0 })
    let paths = ["1", "3"].map { folder.path($0) }
    let runs = try ["1", "3"].map { threads in
      try hone(
        "evaluate", Fixtures.mace, "-", "--json", "--threads", threads, "--output",
        folder.path(threads), input: text)
    }
    #expect(runs[0].code == 0 && runs[0].output == runs[1].output)
    #expect(try contents(paths[0]) == contents(paths[1]))
  }
}
