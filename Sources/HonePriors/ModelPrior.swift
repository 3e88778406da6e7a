public import HoneModels
public import HoneNumerics
internal import HoneStructure

/// A force field of hone as a prior: one trained on much and cheap data beside one on little and dear.
public struct ModelPrior: Prior {
  /// The model.
  public let field: ForceField
  /// How it is evaluated.
  public let settings: ComputeSettings
  /// The name.
  public let name: String
  private let workspaces = WorkspacePool()

  /// Makes a prior of a model that is already there.
  ///
  /// - Parameters:
  ///   - field: The model.
  ///   - head: The name of its head; the first where nil.
  ///   - threadCount: The threads of one computation, at least one.
  ///   - name: For messages.
  /// - Throws: `.invalidArgument` for a head the model does not have.
  public init(
    _ field: ForceField, head: String? = nil, threadCount: Int = 1, name: String = "model"
  ) throws(HoneError) {
    self.field = field
    self.name = name
    var settings = ComputeSettings()
    // Differences of energies check priors; single precision would leave too few digits of them.
    settings.precision = .float64
    settings.threadCount = max(threadCount, 1)
    if let head {
      guard let index = field.heads.firstIndex(of: head) else {
        throw HoneError(
          .invalidArgument,
          "the model has the heads \(field.heads.joined(separator: ", ")), not '\(head)'")
      }
      settings.head = index
    }
    self.settings = settings
  }

  /// Reads a model.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - head: The name of its head; the first where nil.
  ///   - threadCount: The threads of one computation, at least one.
  /// - Throws: As `ForceField.init(path:)`, and `.invalidArgument` for a head the model does not have.
  public init(path: String, head: String? = nil, threadCount: Int = 1) throws(HoneError) {
    try self.init(
      try ForceField(path: path), head: head, threadCount: threadCount,
      name: "model:\(path)" + (head.map { "@\($0)" } ?? ""))
  }

  /// The labels of a structure; charge and multiplicity mean nothing to them.
  ///
  /// - Throws: As `ForceField.compute`: `.unknownSpecies` where the model was not made for an atom.
  public func labels(of system: PriorSystem) throws(HoneError) -> PriorLabels {
    let structure = system.structure
    let result = try workspaces.with { (workspace) throws(HoneError) in
      try field.compute(
        atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span,
        cell: structure.cell, quantities: [.energy, .forces, .virial], settings: settings,
        workspace: workspace)
    }
    guard let forces = result.forces else {
      throw HoneError(.internalError, "the model gave no forces although it was asked for them")
    }
    let labels = PriorLabels(
      energy: result.energy, forces: (0..<forces.count).map { forces[$0] }, virial: result.virial)
    try labels.check(atomCount: structure.atomCount, name: name)
    return labels
  }
}
