import HoneModels
import HoneStructure
import HoneTestSupport
import Testing

/// The largest deviations from a reference.
struct Deviation {
  var energyPerAtom = 0.0
  var forces = 0.0
  var virialPerAtom = 0.0
  var atomEnergies = 0.0
  var atomVirials = 0.0

  init(_ reference: ReferenceStructure, _ result: ComputeResult) throws {
    let count = Double(max(reference.structure.atomCount, 1))
    energyPerAtom = abs(result.energy - reference.energy) / count
    forces = try worst(reference.forces, result.forces.map(Array.init))
    if let virial = reference.virial {
      virialPerAtom = try worst(virial, result.virial) / count
    }
    atomEnergies = try worst(reference.atomEnergies, result.atomEnergies.map(Array.init))
    if let virials = reference.atomVirials {
      atomVirials = try worst(virials, result.atomVirials.map(Array.init))
    }
  }
}

private func worst(_ expected: [Double], _ values: [Double]?) throws -> Double {
  let values = try #require(values)
  try #require(values.count == expected.count)
  // NaN must not hide behind a comparison.
  return zip(expected, values).reduce(0) {
    max($0, ($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1))
  }
}

extension ForceField {
  /// Everything about a structure.
  func computeAll(
    _ reference: ReferenceStructure, precision: Precision, head: Int = 0, threads: Int = 1,
    quantities: Quantities = [.energy, .forces, .virial, .atomEnergies, .atomVirials],
    evaluator: Evaluator = .automatic
  ) throws -> ComputeResult {
    var settings = ComputeSettings()
    settings.precision = precision
    settings.threadCount = threads
    settings.head = head
    settings.evaluator = evaluator
    let structure = reference.structure
    return try structure.atomicNumbers.withUnsafeBufferPointer { numbers in
      try structure.positions.withUnsafeBufferPointer { positions in
        try compute(
          atomicNumbers: numbers.span, positions: positions.span, cell: structure.cell,
          quantities: quantities, settings: settings)
      }
    }
  }
}

@Suite("Values of the reference codes")
struct ReferenceTests {
  static let files =
    PackagePaths.files(in: PackagePaths.golden + "/mace", endings: [".json"]).map { "mace/" + $0 }
    + PackagePaths.files(in: PackagePaths.golden + "/sevennet", endings: [".json"])
    .map { "sevennet/" + $0 }

  /// Blocks this version refuses.
  static let refused = ["mace/attention.json"]

  static let evaluators = [Evaluator.automatic, .reference]

  @Test("Double precision equals the reference for every option", arguments: files, evaluators)
  func golden(_ file: String, _ evaluator: Evaluator) throws {
    try #require(!Self.files.isEmpty)
    let folder = PackagePaths.golden + "/" + file.split(separator: "/")[0]
    let (modelName, sets) = try ReferenceSet.json(PackagePaths.golden + "/" + file)
    guard !Self.refused.contains(file) else {
      #expect(throws: (any Error).self) { try ForceField(path: folder + "/" + modelName) }
      return
    }
    let model = try ForceField(path: folder + "/" + modelName)
    try #require(!sets.isEmpty)
    for set in sets {
      let head = set.head.flatMap { model.heads.firstIndex(of: $0) } ?? 0
      try #require(!set.structures.isEmpty)
      for reference in set.structures {
        let result = try model.computeAll(
          reference, precision: .float64, head: head, evaluator: evaluator)
        try expectAgreement(
          Deviation(reference, result), "\(file) \(reference) \(set.head ?? ""), \(evaluator)")
      }
    }
  }

  @Test(
    "Real models equal the reference",
    .enabled(if: PackagePaths.hasSharedModels, "needs the folder of real models"),
    arguments: RealModels.available, evaluators)
  func realModels(_ name: String, _ evaluator: Evaluator) throws {
    let folder = PackagePaths.sharedModels + "/" + name
    let path = try #require(RealModels.path(name))
    let model = try ForceField(path: path)
    let head = RealModels.head(name).flatMap { model.heads.firstIndex(of: $0) } ?? 0
    let references = try ReferenceSet.shared(folder)
    try #require(!references.isEmpty)
    for reference in references {
      let result = try model.computeAll(
        reference, precision: .float64, head: head,
        quantities: [.energy, .forces, .virial, .atomEnergies], evaluator: evaluator)
      try expectAgreement(Deviation(reference, result), "\(name) \(reference), \(evaluator)")
    }
  }

  @Test(
    "SevenNet's checkpoints are among the real models",
    .enabled(
      if: PackagePaths.hasSharedModels && RealModels.hasSevenNet,
      "needs the folder of real models and Scripts/fetch-sevennet.sh build/sevennet"))
  func sevenNet() { #expect(RealModels.available.filter { $0.hasPrefix("sevennet") }.count >= 3) }

  private func expectAgreement(_ deviation: Deviation, _ what: String) throws {
    #expect(deviation.energyPerAtom < 1e-8, "energy per atom of \(what)")
    #expect(deviation.forces < 1e-7, "forces of \(what)")
    #expect(deviation.virialPerAtom < 1e-7, "virial per atom of \(what)")
    #expect(deviation.atomEnergies < 1e-8, "atom energies of \(what)")
    #expect(deviation.atomVirials < 1e-6, "atom virials of \(what)")
  }
}

/// Where the real models lie: MACE beside their references, SevenNet in its own package.
enum RealModels {
  private static let checkpoints = [
    "sevennet-0_11jul2024": "SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth",
    "sevennet-l3i5": "SevenNet_l3i5/checkpoint_l3i5.pth",
    "sevennet-mf-0_pbe": "SevenNet_MF_0/checkpoint_sevennet_mf_0.pth",
  ]

  /// The models that are here, of those with references.
  static let available = PackagePaths.files(in: PackagePaths.sharedModels, endings: [""])
    .filter { path($0) != nil }

  /// Whether SevenNet's checkpoints are here: `Scripts/fetch-sevennet.sh build/sevennet`.
  static let hasSevenNet = checkpoints.keys.contains { path($0) != nil }

  static func head(_ name: String) -> String? { name.hasSuffix("_pbe") ? "PBE" : nil }

  static func path(_ name: String) -> String? {
    let own = PackagePaths.sharedModels + "/\(name)/\(name).model"
    if FileAccess.exists(own) { return own }
    let folder =
      FileAccess.environment("HONE_SEVENNET") ?? PackagePaths.root + "/build/sevennet"
    let checkpoint = checkpoints[name].map { folder + "/" + $0 }
    return checkpoint.flatMap { FileAccess.exists($0) ? $0 : nil }
  }
}
