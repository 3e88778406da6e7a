import HoneFormats
import HoneTestSupport
import Testing

@Suite("Energy conservation of the compiled evaluator")
struct EnergyConservationTests {
  /// 20 ps of a molecule in single precision.
  ///
  /// The slope of the total energy is fitted. Forces that are not the derivative of the energy would
  /// give many times the bound.
  @Test(
    "A molecule keeps its energy for 20 ps",
    .enabled(if: PackagePaths.hasSharedModels, "needs the folder of real models"))
  func drift() throws {
    let output = try hone(
      "md", PackagePaths.sharedModels + "/spice/spice.model",
      PackagePaths.root + "/Scripts/benchmark/structures/3bpa.xyz", "--steps", "80000",
      "--timestep", "0.25", "--temperature", "300", "--interval", "100", "--json")
    #expect(output.code == 0)
    let json = try output.json
    let slope = try #require(json["drift_slope_per_atom"]?.double)
    let error = try #require(json["drift_slope_error"]?.double)
    let temperature = try #require(json["temperature_mean"]?.double)
    print("drift \(1e3 * slope) ± \(1e3 * error) meV per atom and ps at \(temperature) K")
    #expect(temperature > 200 && temperature < 350)
    #expect(abs(slope) + 2 * error < 2e-6)
  }
}
