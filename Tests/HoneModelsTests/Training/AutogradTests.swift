import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneModels

/// Gradients that PyTorch's autograd gave, stored as models whose parameters are the gradients.
@Suite("Gradients of the reference codes")
struct AutogradTests {
  static let folder = PackagePaths.golden + "/gradients"
  static let files = PackagePaths.files(in: folder, endings: [".json"])

  private static func numbers(_ value: JSONValue?) -> [Double] {
    guard let array = value?.array else { return [value?.double].compactMap { $0 } }
    return array.flatMap { numbers($0) }
  }

  @Test("equal ours for losses on energies, forces and virials", arguments: files)
  func autograd(_ file: String) throws {
    let document = try JSONValue(parsing: Bytes(contentsOfFile: Self.folder + "/" + file))
    let fixture = PackagePaths.golden + "/" + (try #require(document["fixture"]?.string))
    let field = try ForceField(path: fixture)
    let model = try TrainableModel(field)
    let expected = try TrainableModel(
      ForceField(path: Self.folder + "/" + (try #require(document["gradients"]?.string))))
    try #require(expected.tensors == model.tensors)
    let head = document["head"]?.string.flatMap { model.heads.firstIndex(of: $0) } ?? 0
    // The structures stand beside the fixture.
    let known = try ReferenceSet.json(
      String(fixture[..<(try #require(fixture.lastIndex(of: ".")))]) + ".json"
    ).sets[0].structures
    let entries = try #require(document["structures"]?.array)
    try #require(!entries.isEmpty)
    let structures = try entries.map { entry in
      try #require(known.first { $0.name == entry["name"]?.string }).structure
    }
    let batch = try BatchFixture(structures, model).batch
    func seeds(_ name: String) throws -> Buffer<Double> {
      try Buffer(entries.flatMap { Self.numbers($0["seeds"]?[name]) })
    }
    let (energies, forces, virials) = (
      try seeds("energy"), try seeds("forces"), try seeds("virial")
    )
    try #require(
      energies.count == structures.count && forces.count == 3 * batch.atomCount
        && virials.count == 9 * structures.count)
    let evaluator: GradientEvaluator<Double> = try model.evaluator(head: head, slotCount: 1)
    try evaluator.gather(
      batch,
      PredictionSeeds(energies: energies.view, forces: forces.view, virials: virials.view),
      slots: 0..<1, team: Team(threadCount: 1))
    let gradient = try Buffer<Double>(repeating: 0, count: model.parameterCount)
    try evaluator.takeGradient(into: gradient.view)
    // Models of class MACE have neither scale nor shift, which hone adds as constants.
    let hasScale = !["plain-tensor.json", "chebyshev-zbl.json"].contains(file)
    for tensor in model.tensors where hasScale || !["scale", "shift"].contains(tensor.name) {
      guard !tensor.name.hasSuffix("couplings") else { continue }
      let size = tensor.range.reduce(0) { max($0, expected.initialValues[$1].magnitude) }
      let deviation = tensor.range.reduce(0) {
        max($0, (gradient[$1] - expected.initialValues[$1]).magnitude)
      }
      #expect(
        deviation <= 1e-8 * max(size, 1e-3), "\(tensor.name): \(deviation) of \(size)")
    }
  }
}
