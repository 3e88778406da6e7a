import HoneModels
import HoneTestSupport
import Testing

@Suite("Counts of parameters")
struct ParameterCountTests {
  /// What PyTorch counts in the same files.
  static let counts = [
    ("spice", 150_800), ("ani-ccx", 196_944), ("gst", 222_672), ("solvents", 53_648),
    ("zr-mof", 34_400), ("3bpa-reference", 90_032), ("sevennet-0_11jul2024", 842_623),
    ("sevennet-mf-0_pbe", 846_168), ("sevennet-l3i5", 1_171_327),
  ]

  @Test(
    "Real models have as many trained numbers as PyTorch counts",
    .enabled(if: PackagePaths.hasSharedModels, "needs the folder of real models"),
    arguments: counts.filter { RealModels.path($0.0) != nil })
  func realModels(_ name: String, _ count: Int) throws {
    let path = try #require(RealModels.path(name))
    let found = try ForceField(path: path).parameterCount
    #expect(found == count, "found \(found)")
  }
}
