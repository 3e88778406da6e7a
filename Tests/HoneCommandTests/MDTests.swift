import HoneFormats
import HoneStructure
import HoneTestSupport
import Testing

@Suite struct MDTests {
  /// A molecule in a model of random weights: far from rest, and stiff.
  private static let start = "3\n\nO 0 0 0\nH 1.0 0.1 0\nH -0.3 0.95 0.2\n"

  /// Runs 10 fs.
  private func run(steps: Int) throws -> JSONValue {
    let folder = try TemporaryFolder()
    let start = try folder.file("start.xyz", Self.start)
    let trajectory = folder.path("out.xyz")
    let output = try hone(
      "md", Fixtures.mace, start, "--ensemble", "nve", "--steps", "\(steps)", "--timestep",
      "\(10 / Double(steps))", "--temperature", "300", "--seed", "7", "--precision", "float64",
      "--json", "--trajectory", trajectory, "--interval", "\(steps / 2)")
    #expect(output.code == 0)
    #expect(output.errors == "")
    let frames = try ExtendedXYZ.frames(path: trajectory)
    let written = frames.map { $0.info["step"] }
    #expect(written == [.integer(0), .integer(steps / 2), .integer(steps)])
    for frame in frames {
      #expect(frame.column("forces")?.values.count == 9)
      #expect(frame.column("velocities")?.values.count == 9)
    }
    return try output.json
  }

  @Test func theEnergyIsKeptToTheOrderOfTheMethod() throws {
    let json = try run(steps: 160)
    #expect(json["steps"]?.int == 160)
    let first = try #require(json["energy_first"]?.double)
    let last = try #require(json["energy_last"]?.double)
    let drift = try #require(json["drift_per_atom"]?.double)
    #expect(abs((last - first) / 3 - drift) < 1e-12)
    #expect(abs(drift) < 3e-4)
    // The error of velocity Verlet is of second order: half the step, a quarter of the error.
    let coarse = try #require(try run(steps: 80)["drift_per_atom"]?.double)
    #expect(abs(coarse / drift) > 3 && abs(coarse / drift) < 6)
  }

  @Test func runsWithEqualSeedsAreEqual() throws {
    #expect(try run(steps: 20) == run(steps: 20))
  }

  @Test func otherEnsemblesAreRefused() throws {
    let output = try hone(
      "md", Fixtures.mace, "-", "--ensemble", "langevin", "--steps", "1", input: Self.start)
    #expect(output.code == 1)
    #expect(output.errors.contains("langevin"))
    #expect(output.output == "")
  }

  @Test func noStepsGiveTheEnergyOfTheStart() throws {
    let output = try hone(
      "md", Fixtures.mace, "-", "--steps", "0", "--temperature", "0", "--json", input: Self.start)
    #expect(output.code == 0)
    #expect(try output.json["energy_first"] == output.json["energy_last"])
    #expect(try output.json["drift_per_atom"]?.double == 0)
  }
}
