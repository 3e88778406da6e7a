public import HoneModels
public import HoneNumerics
public import HoneStructure
public import HoneTraining

/// A structure of the training data, by which an adapted model is held to what it knew.
public struct ReplayStructure: Sendable {
  /// The atoms and their cell.
  public let structure: Structure
  /// What the main head should give; nil for what that of the base model gives.
  ///
  /// Labels that name another head of the model count as none.
  public let labels: StructureLabels?

  /// Makes a structure to replay.
  ///
  /// - Parameters:
  ///   - structure: The atoms and their cell.
  ///   - labels: What the main head should give; nil for what that of the base model gives.
  public init(_ structure: Structure, labels: StructureLabels? = nil) {
    self.structure = structure
    self.labels = labels
  }

  /// The structures of its training data that a model carries, without labels.
  public static func exemplars(of field: ForceField) -> [ReplayStructure] {
    field.exemplars.map { ReplayStructure($0) }
  }

  /// The frames of a data set with a head.
  ///
  /// - Parameters:
  ///   - dataSet: The data set.
  ///   - head: The name of the head; nil for all frames, whatever theirs.
  ///   - usesLabels: Whether labels of the frames count; else predictions of the base model.
  /// - Throws: `.invalidArgument` for frames that are no structures.
  public static func structures(
    of dataSet: DataSet, head: String? = nil, usesLabels: Bool = true
  ) throws(HoneError) -> [ReplayStructure] {
    var result: [ReplayStructure] = []
    for index in 0..<dataSet.count {
      let frame = dataSet[index]
      if let head, dataSet.heads[frame.head] != head { continue }
      func array(_ view: View<Double>) -> [Double] { (0..<view.count).map { view[$0] } }
      var labels = StructureLabels()
      labels.energy = frame.labels.energy
      labels.forces = frame.labels.forces.map(array)
      labels.virial = frame.labels.virial?.elements
      labels.atomWeights = frame.labels.atomWeights.map(array)
      labels.weights = frame.labels.weights
      labels.head = dataSet.heads[frame.head]
      let structure = try Structure(
        atomicNumbers: (0..<frame.atomCount).map { frame.atomicNumbers[$0] },
        positions: array(frame.positions), cell: frame.cell)
      let isLabelled = labels.energy != nil || labels.forces != nil || labels.virial != nil
      result.append(ReplayStructure(structure, labels: usesLabels && isLabelled ? labels : nil))
    }
    return result
  }
}
