import Foundation
import HoneModels
import HoneTestSupport
import HoneTraining
import Testing

@Suite("The model that comes with hone")
struct OwnModelTests {
  private static let folder = PackagePaths.root + "/share/hone"
  private static let model = folder + "/organic-xtb.safetensors"

  @Test("is small, and knows six elements")
  func contents() throws {
    let size = try FileManager.default.attributesOfItem(atPath: Self.model)[.size] as? Int
    #expect(try #require(size) < 3_000_000)
    let field = try ForceField(path: Self.model)
    #expect(field.species == [1, 6, 7, 8, 9, 16])
    #expect(field.heads == ["Default"] && field.layerCount == 2)
  }

  @Test(
    "has the errors on held-out molecules that its documentation tells, with both evaluators",
    arguments: [Evaluator.automatic, .reference], [Precision.float32, .float64])
  func errors(_ evaluator: Evaluator, _ precision: Precision) throws {
    let field = try ForceField(path: Self.model)
    let frames = try DataSet(paths: [Self.folder + "/held-out.xyz"])
    var settings = ComputeSettings()
    settings.evaluator = evaluator
    settings.precision = precision
    let errors = try field.errors(on: frames, settings: settings, workspaces: WorkspacePool())
    // 1.97 and 2.87 meV per atom, 34.6 and 62.0 meV/Å when it was made.
    let energy = try #require(errors.energyPerAtom.meanAbsolute)
    let force = try #require(errors.forces.meanAbsolute)
    #expect(abs(energy - 1.967e-3) < 1e-5)
    #expect(abs(force - 34.59e-3) < 1e-4)
    #expect(errors.forces.count == 3 * frames.atomCount)
  }
}
