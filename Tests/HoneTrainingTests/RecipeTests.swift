import Foundation
import HoneFormats
import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneTraining

/// The two ways to a model with a head of a prior that `docs/refinement.md` describes.
@Suite("Recipes for models with a head of a prior")
struct RecipeTests {
  /// Frames of a head as a file.
  private static func write(
    _ path: String, head: String, _ potential: PairClusters.Morse, seed: UInt64, count: Int = 24
  ) throws {
    var text = ""
    for structure in try PairClusters.structures(count, seed: seed) {
      let (energy, forces) = potential.labels(structure)
      text += "\(structure.atomCount)\nProperties=species:S:1:pos:R:3:REF_forces:R:3 "
      text += "REF_energy=\(energy) head=\(head)\n"
      for atom in 0..<structure.atomCount {
        let row = (0..<3).map { structure.positions[3 * atom + $0] }
        let force = (0..<3).map { forces[3 * atom + $0] }
        text += structure.atomicNumbers[atom] == 1 ? "H" : "O"
        text += (row + force).map { " \($0)" }.joined() + "\n"
      }
    }
    try AtomicFile.write(to: path) { (sink) throws(HoneError) in try sink.write(Array(text.utf8)) }
  }

  private static let reference = PairClusters.Morse()
  private static let prior = PairClusters.Morse(depth: 0.35, distance: 1.7, constant: -2)
  private static let model = """
    {"family": "mace", "cutoff": 4.0, "hidden_irreps": "8x0e+8x1o", "max_ell": 2,
     "correlation": 2, "radial_hidden": [16], "interactions": 2}
    """
  private static let common = """
    "schedule": {"learning_rate": 0.01, "shape": "constant"},
    "run": {"epochs": 12, "batch_size": 4, "average_decay": 0}
    """

  private func run(_ text: String, _ folder: TemporaryFolder, _ output: String) throws
    -> TrainingResult
  {
    let path = folder.path(output)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let run = try TrainingRun(
      TrainingConfiguration(json: JSONValue(parsing: text)), inputDirectory: folder.path(""),
      outputDirectory: path, resumes: false)
    return try run.run { _ in true }
  }

  private func errors(_ field: ForceField, _ head: String, _ potential: PairClusters.Morse) throws
    -> Double
  {
    let test = try PairSample.dataSet([(head, potential)], count: 10, seed: 500)
    let errors = try field.errors(
      on: test, settings: ComputeSettings(), workspaces: WorkspacePool())
    return try #require(errors.forces.relativeRootMeanSquare)
  }

  @Test("joint training: both heads learn their own labels over one representation")
  func joint() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder.path("reference.xyz"), head: "reference", Self.reference, seed: 1)
    try Self.write(folder.path("prior.xyz"), head: "prior", Self.prior, seed: 2)
    let result = try run(
      """
      {"model": \(Self.model),
       "data": {"training": ["reference.xyz", "prior.xyz"], "validation_count": 4},
       "energies": {"atomic_energies": "average"}, \(Self.common)}
      """, folder, "joint")
    #expect(result.model.heads == ["reference", "prior"])
    let own = try errors(result.model, "reference", Self.reference)
    let priorOwn = try errors(result.model, "prior", Self.prior)
    #expect(own < 0.3 && priorOwn < 0.3, "\(own) and \(priorOwn)")
    #expect(try errors(result.model, "prior", Self.reference) > 2 * own)
  }

  @Test("pre-training, freezing and fine-tuning: the representation and the prior's head stay")
  func frozen() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder.path("reference.xyz"), head: "reference", Self.reference, seed: 1)
    try Self.write(folder.path("prior.xyz"), head: "prior", Self.prior, seed: 2, count: 48)
    let first = try run(
      """
      {"model": \(Self.model), "data": {"training": "prior.xyz", "validation_count": 4},
       "energies": {"atomic_energies": "average"}, \(Self.common)}
      """, folder, "first")
    #expect(first.model.heads == ["prior"])
    let second = try run(
      """
      {"model": {"start": "first/model.safetensors", "add_heads": true},
       "data": {"training": "reference.xyz", "validation_count": 4},
       "energies": {"atomic_energies": "average"},
       "rates": {"embedding": 0, "radial": 0, "interaction": 0, "product": 0}, \(Self.common)}
      """, folder, "second")
    #expect(second.model.heads == ["prior", "reference"])
    let (before, after) = (try TrainableModel(first.model), try TrainableModel(second.model))
    for group in try ParameterGroup.groups(of: before)
    where group.role != .readout && group.role != .energyScale {
      let range = try #require(after.tensors.first { $0.name == group.name }).range
      #expect(
        zip(group.range, range).allSatisfy {
          before.initialValues[$0] == after.initialValues[$1]
        }, "\(group.name)")
    }
    let kept = try errors(second.model, "prior", Self.prior)
    #expect(isClose(kept, try errors(first.model, "prior", Self.prior), 1e-4))
    #expect(try errors(second.model, "reference", Self.reference) < 0.6)
  }

  @Test("heads that a model lacks are refused unless they are to be added")
  func refusal() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder.path("reference.xyz"), head: "reference", Self.reference, seed: 1)
    let heads = [HeadDescription(name: "a"), HeadDescription(name: "b")]
    try ForceField(PairSample.description(heads: heads), seed: 1).save(
      to: folder.path("two.safetensors"))
    func begin(_ model: String, _ energies: String = "") throws -> TrainingRun {
      let data = "\"data\": {\"training\": \"reference.xyz\"}"
      return try TrainingRun(
        TrainingConfiguration(
          json: JSONValue(parsing: "{\"model\": \(model), \(energies) \(data)}")),
        inputDirectory: folder.path(""), outputDirectory: folder.path("out"), resumes: false)
    }
    #expect(throws: HoneError.self) { try begin("{\"start\": \"two.safetensors\"}") }
    #expect(throws: HoneError.self) {
      try begin("{\"start\": \"two.safetensors\"}", "\"energies\": {\"shift\": \"none\"},")
    }
    #expect(throws: HoneError.self) {
      try begin("{\"start\": \"two.safetensors\", \"add_heads\": 1}")
    }
    _ = try begin("{\"start\": \"two.safetensors\", \"add_heads\": true}")
  }
}
