import HoneFormats
import HoneModels
import HoneTestSupport
import Testing

@Suite("hone refine radius")
struct RefineRadiusTests {
  private let model = PackagePaths.root + "/share/hone/organic-xtb.safetensors"
  private let frames = PackagePaths.root + "/share/hone/held-out.xyz"

  /// The slope of the total energy in 10 ps of ethanol with water, in eV per atom and ps.
  private func drift(_ model: String) throws -> (slope: Double, error: Double) {
    let output = try hone(
      "md", model, frames, "--steps", "20000", "--timestep", "0.5", "--temperature", "300",
      "--seed", "3", "--json")
    let json = try output.json
    return (
      try #require(json["drift_slope_per_atom"]?.double),
      try #require(json["drift_slope_error"]?.double)
    )
  }

  @Test("a tapered radius keeps the energy as the whole one does, the paper's does not")
  func conservation() throws {
    let folder = try TemporaryFolder()
    let (smooth, paper) = (
      folder.path("smooth.safetensors"), folder.path("paper.safetensors")
    )
    for (mode, path) in [("smooth", smooth), ("paper", paper)] {
      let output = try hone(
        "refine", "radius", model, frames, "--mode", mode, "--radius", "3.2", "--output", path,
        "--json")
      #expect(output.code == 0)
      let choice = try output.json["model"]
      #expect(choice?["radius"]?.double == 3.2 && choice?["reason"]?.string == "given")
    }
    let whole = try drift(model)
    let tapered = try drift(smooth)
    let cut = try drift(paper)
    print("drift in eV per atom and ps: \(whole.slope), tapered \(tapered.slope), cut \(cut.slope)")
    for found in [whole, tapered] { #expect(abs(found.slope) + 2 * found.error < 5e-6) }
    // Atoms cross the radius all the time.
    #expect(abs(cut.slope) > 1e-4)
  }

  @Test("what it cannot do it says")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let output = folder.path("refined.safetensors")
    for (arguments, code, text) in [
      (["--radius", "9", "--output", output], 1, "4.5 Å of training"),
      (["--radius", "3.5"], 2, "--output"),
      (
        ["--mode", "smooth", "--taper-width", "9", "--radius", "3.5", "--output", output], 1,
        "taper"
      ),
    ] as [([String], Int32, String)] {
      let found = try hone(arguments: ["refine", "radius", model, frames] + arguments)
      #expect(found.code == code && found.errors.contains(text), "\(found)")
    }
    let bare = try hone(
      "refine", "radius", PackagePaths.golden + "/mace/four-layers.model", frames)
    #expect(bare.code == 1 && bare.errors.contains("hone diagnose --fit"))
  }
}
