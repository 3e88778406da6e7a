import HoneDiagnosis
import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

@testable import HoneModels

/// Molecules whose atoms are a Gaussian distance from where they belong: data of a distribution that
/// a test knows.
enum ShakenMolecules {
  private static let water: [Double] = [0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0]
  private static let methanol: [Double] = [
    0, 0, 0, 1.42, 0, 0, -0.36, 1.03, 0, -0.36, -0.51, 0.89, -0.36, -0.51, -0.89, 1.74, 0.9, 0.1,
  ]

  /// Structures, water and methanol in turn.
  static func structures(_ count: Int, seed: UInt64, amplitude: Double = 0.06) throws -> [Structure]
  {
    var random = RandomNumbers(seed: seed)
    return try (0..<count).map { index in
      let (numbers, ideal): ([Int32], [Double]) =
        index % 2 == 0 ? ([8, 1, 1], water) : ([6, 8, 1, 1, 1, 1], methanol)
      return try Structure(
        atomicNumbers: numbers, positions: ideal.map { $0 + amplitude * random.normal() })
    }
  }

  /// A data set of structures with forces that are known: multiples of the positions.
  static func dataSet(_ structures: [Structure], hasForces: Bool = true) throws -> DataSet {
    let reader = try DataSetReader()
    for structure in structures {
      var labels = StructureLabels()
      labels.energy = -1
      if hasForces { labels.forces = structure.positions.map { 0.1 * $0 } }
      try reader.add(structure, labels)
    }
    return try DataSet(reader)
  }

  /// A model from scratch of hydrogen, carbon and oxygen.
  static func model(family: String = "mace") throws -> ForceField {
    let text =
      family == "mace"
      ? """
      {"family": "mace", "species": [1, 6, 8], "cutoff": 3.5, "hidden_irreps": "8x0e+8x1o",
       "max_ell": 2, "correlation": 2, "interactions": 2}
      """
      : """
      {"family": "nequip", "species": [1, 6, 8], "cutoff": 3.5, "channels": 8, "max_ell": 1,
       "interactions": 2}
      """
    var description = try ModelDescription(json: JSONValue(parsing: text))
    description.averageNeighborCount = 4
    description.heads = [
      HeadDescription(name: "Default", atomicEnergies: [0, 0, 0], scale: [1], shift: [0])
    ]
    return try ForceField(description, seed: 3)
  }

  /// The model, with what 400 structures make of it.
  static func fitted(family: String = "mace") throws -> ForceField {
    try model(family: family).fittingStatistics(
      to: dataSet(structures(400, seed: 5)), settings: ComputeSettings(),
      workspaces: WorkspacePool())
  }
}

extension ForceField {
  /// The distances of a structure's atoms.
  func distances(
    _ structure: Structure, _ settings: ComputeSettings = ComputeSettings()
  ) throws -> [Double] {
    let found = try Buffer<Double>(repeating: .nan, count: structure.atomCount)
    var targets = ComputeTargets()
    targets.descriptorDistances = found.view
    try compute(
      atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span,
      cell: structure.cell, into: targets, settings: settings, workspace: Workspace())
    return withExtendedLifetime(found) { (0..<structure.atomCount).map { found[$0] } }
  }
}
