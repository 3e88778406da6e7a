import HoneFormats
import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Synchronization

/// A model with small structures to try it on.
struct InvarianceCase {
  let name: String
  /// One suite for the first head, and one for the last where there are several: with the evaluator
  /// that is taken by itself and, for committed models, with the reference evaluator.
  let suites: [InvarianceSuite]
  let molecule: Sample
  let crystal: Sample
  /// Periodic in two directions; models of molecules have none.
  let slab: Sample?

  var samples: [Sample] { [molecule, crystal] + (slab.map { [$0] } ?? []) }
  var model: ForceField { suites[0].model }

  /// SevenNet models whose odd gates break the mirror's symmetry, in the reference code too.
  private static let oddGates = ["sevennet/odd-gates.json", "sevennet/odd-scalars.json"]

  /// Whether a mirror changes nothing: the irreps carry parity and the gates respect it.
  var hasInversion: Bool {
    get throws {
      let description = try JSONValue(parsing: Bytes(Array(model.description.utf8)))
      if let even = Self.find("even_harmonics", description)?.bool { return !even }
      let hasParity = Self.find("has_parity", description)?.bool ?? false
      return hasParity && !Self.oddGates.contains(name)
    }
  }

  private static func find(_ key: String, _ value: JSONValue) -> JSONValue? {
    if let found = value[key] { return found }
    let inner = (value.members ?? []).map(\.value) + (value.array ?? [])
    return inner.lazy.compactMap { find(key, $0) }.first
  }

  /// The committed models, those of them that this version reads.
  static let golden = ReferenceTests.files.filter { !ReferenceTests.refused.contains($0) }

  /// The real models that are there.
  static let real = PackagePaths.files(in: PackagePaths.sharedModels, endings: [""])
    .filter { RealModels.path($0) != nil }

  /// Models are read once for all tests.
  private static let known = Mutex<[String: InvarianceCase]>([:])

  /// A committed model by its reference file, or a real one by its name.
  static func named(_ name: String) throws -> InvarianceCase {
    if let found = known.withLock({ $0[name] }) { return found }
    let made = try name.hasSuffix(".json") ? committed(name) : shared(name)
    known.withLock { $0[name] = made }
    return made
  }

  private init(_ name: String, _ model: ForceField, heads: [Int], _ structures: [Structure]) throws
  {
    self.name = name
    let evaluators: [Evaluator] = name.hasSuffix(".json") ? [.automatic, .reference] : [.automatic]
    suites = heads.flatMap { head in
      evaluators.map { InvarianceSuite(model: model, head: head, evaluator: $0) }
    }
    func smallest(_ periods: Int, atoms: Int) throws -> Sample? {
      structures
        .filter { ($0.cell?.periodicity.count ?? 0) == periods && $0.atomCount >= atoms }
        .min { $0.atomCount < $1.atomCount }.map(Sample.init)
    }
    guard let molecule = try smallest(0, atoms: 2), let crystal = try smallest(3, atoms: 2) else {
      throw HoneError(.invalidArgument, "expected a molecule and a crystal for \(name)")
    }
    (self.molecule, self.crystal) = (molecule, crystal)
    slab = try smallest(2, atoms: 2).flatMap { $0.count < 40 ? $0 : nil }
  }

  private static func committed(_ file: String) throws -> InvarianceCase {
    let folder = PackagePaths.golden + "/" + file.split(separator: "/")[0]
    let (name, sets) = try ReferenceSet.json(PackagePaths.golden + "/" + file)
    let model = try ForceField(path: folder + "/" + name)
    let heads = Set([0, model.heads.count - 1]).sorted()
    return try InvarianceCase(
      file, model, heads: heads, (sets.first?.structures ?? []).map(\.structure))
  }

  private static func shared(_ name: String) throws -> InvarianceCase {
    let model = try ForceField(path: RealModels.path(name) ?? "")
    let head = RealModels.head(name).flatMap { model.heads.firstIndex(of: $0) } ?? 0
    let structures = try ReferenceSet.shared(PackagePaths.sharedModels + "/" + name)
    return try InvarianceCase(name, model, heads: [head], structures.map(\.structure))
  }
}
