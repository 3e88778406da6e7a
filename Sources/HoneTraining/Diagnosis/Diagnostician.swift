public import HoneDiagnosis
public import HoneModels
public import HoneNumerics
public import HoneStructure

/// Compares structures with the data a model was trained on, with what the model file says of them.
public final class Diagnostician: Sendable {
  /// The model.
  public let field: ForceField
  /// What is known of its training data.
  public let statistics: TrainingStatistics

  /// Takes a model.
  ///
  /// - Throws: `.invalidArgument` for one without statistics; `.format` for damaged ones;
  ///   `.unsupported` for those of a later version.
  public init(_ field: ForceField) throws(HoneError) {
    guard let statistics = field.statistics else {
      throw HoneError(
        .invalidArgument,
        "the model has no statistics of its training data: fit them with hone diagnose --fit DATA, "
          + "or hone_model_fit_statistics")
    }
    self.field = field
    self.statistics = try TrainingStatistics(json: statistics)
  }

  /// Compares a structure with the training data.
  ///
  /// Elements that the model was not made for are unseen ones. There are then no forces but those given,
  /// and of the other atoms no distances, which depend on what is around them.
  ///
  /// - Parameters:
  ///   - structure: One atom at least.
  ///   - forces: In eV/Å, `[atoms, 3]`: references; nil for the model's own.
  ///   - settings: How the model is computed.
  ///   - workspace: Memory to use, which nobody else uses meanwhile.
  /// - Throws: `.invalidArgument`, `.outOfMemory`; `.notConverged` when a result is not finite.
  public func diagnose(
    _ structure: Structure, forces: [Double]?, settings: ComputeSettings, workspace: Workspace
  ) throws(HoneError) -> ShiftDiagnosis {
    let count = structure.atomCount
    // Arrays hold what is computed, and what is said of every atom.
    try Headroom.require(count, of: 512)
    let known = Set(field.species)
    let isKnown = structure.atomicNumbers.allSatisfy(known.contains)
    let measures = field.descriptorMetric != nil
    var (forces, distances) = (forces, [Double]?.none)
    if isKnown {
      let found = try Buffer<Double>(repeating: 0, count: forces == nil ? 3 * count : 0)
      let measured = try Buffer<Double>(repeating: 0, count: measures ? count : 0)
      var targets = ComputeTargets()
      if forces == nil { targets.forces = found.view }
      if measures { targets.descriptorDistances = measured.view }
      try field.compute(
        atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span,
        cell: structure.cell, into: targets, settings: settings, workspace: workspace)
      if forces == nil { forces = found.view.array }
      if measures { distances = measured.view.array }
      withExtendedLifetime((found, measured)) {}
    } else if measures {
      distances = structure.atomicNumbers.map { known.contains($0) ? .nan : .infinity }
    }
    return try ShiftDiagnosis(
      statistics, atomicNumbers: structure.atomicNumbers, positions: structure.positions,
      cell: structure.cell, forces: forces, descriptorDistances: distances)
  }
}
