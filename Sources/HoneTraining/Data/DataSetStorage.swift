internal import HoneNumerics
internal import HoneStructure

/// What a data set knows of a frame beside the numbers of its atoms.
struct FrameRecord: BitwiseCopyable {
  var firstAtom: Int
  var atomCount: Int
  var cell: Cell?
  /// The volume that stresses refer to, in Å³; 0 where there is none.
  var volume = 0.0
  var labels: LabelSet = []
  var energy = 0.0
  var virial = Matrix3.zero
  /// Where the forces start in `forces`; where there are none, -1.
  var firstForce = -1
  /// Where the weights of the atoms start in `atomWeights`; where there are none, -1.
  var firstAtomWeight = -1
  /// Where the weights of fidelity start in `fidelityWeights`; where there are none, -1.
  var firstFidelityWeight = -1
  /// In K; where there is none, -1.
  var temperature = -1.0
  var weights = FrameWeights()
  var head: Int32 = 0
  var configurationType: Int32 = 0
  var origin = FrameOrigin()
  /// A hash of the structure, which frames of all data sets compare by.
  var hash: UInt64 = 0
}

/// The numbers of all frames of a data set, one after the other.
final class DataSetStorage {
  let records: GrowableBuffer<FrameRecord>
  /// Shape `[atoms of all frames]`.
  let atomicNumbers: GrowableBuffer<Int32>
  /// Å, shape `[atoms of all frames, 3]`.
  let positions: GrowableBuffer<Double>
  /// eV/Å, shape `[atoms of frames with forces, 3]`.
  let forces: GrowableBuffer<Double>
  /// Shape `[atoms of frames with weights of atoms]`.
  let atomWeights: GrowableBuffer<Double>
  /// Shape `[atoms of frames with weights of fidelity]`.
  let fidelityWeights: GrowableBuffer<Double>
  /// Finds frames by their structures.
  let table: FrameTable

  init() throws(HoneError) {
    records = try GrowableBuffer()
    atomicNumbers = try GrowableBuffer()
    positions = try GrowableBuffer()
    forces = try GrowableBuffer()
    atomWeights = try GrowableBuffer()
    fidelityWeights = try GrowableBuffer()
    table = try FrameTable()
  }

  /// Shares what another storage holds, with records of its own: neither is added to afterwards.
  ///
  /// - Parameters:
  ///   - other: Whose numbers are shared.
  ///   - records: As many as there, the same structures in the same order.
  ///   - fidelityWeights: What the records say of weights of fidelity refers to.
  init(
    sharing other: DataSetStorage, records: GrowableBuffer<FrameRecord>,
    fidelityWeights: GrowableBuffer<Double>
  ) {
    self.records = records
    self.fidelityWeights = fidelityWeights
    atomicNumbers = other.atomicNumbers
    positions = other.positions
    forces = other.forces
    atomWeights = other.atomWeights
    table = other.table
  }

  /// How much there is.
  struct Mark {
    fileprivate let records, atomicNumbers, positions, forces, atomWeights, fidelityWeights: Int
  }

  /// How much there is now.
  var mark: Mark {
    Mark(
      records: records.count, atomicNumbers: atomicNumbers.count, positions: positions.count,
      forces: forces.count, atomWeights: atomWeights.count,
      fidelityWeights: fidelityWeights.count)
  }

  /// Forgets what was added after a mark.
  ///
  /// The table keeps numbers of frames that are gone; `first(_:where:)` passes over them.
  func rollBack(to mark: Mark) {
    records.truncate(to: mark.records)
    atomicNumbers.truncate(to: mark.atomicNumbers)
    positions.truncate(to: mark.positions)
    forces.truncate(to: mark.forces)
    atomWeights.truncate(to: mark.atomWeights)
    fidelityWeights.truncate(to: mark.fidelityWeights)
  }

  /// The first frame with a hash that satisfies a condition, or nil.
  func first(_ hash: UInt64, where isEqual: (_ frame: Int) -> Bool) -> Int? {
    table.first(hash) { $0 < records.count && isEqual($0) }
  }

  /// A frame, in views.
  func frame(_ index: Int) -> TrainingFrame {
    let record = records[index]
    let count = record.atomCount
    let labels = FrameLabels(
      atomCount: count,
      energy: record.labels.contains(.energy) ? record.energy : nil,
      forces: record.firstForce >= 0 ? forces.view.slice(record.firstForce, 3 * count) : nil,
      virial: record.labels.contains(.virial) ? record.virial : nil,
      volume: record.volume > 0 ? record.volume : nil,
      weights: record.weights,
      atomWeights: record.firstAtomWeight >= 0
        ? atomWeights.view.slice(record.firstAtomWeight, count) : nil,
      fidelityWeights: record.firstFidelityWeight >= 0
        ? fidelityWeights.view.slice(record.firstFidelityWeight, count) : nil,
      temperature: record.temperature >= 0 ? record.temperature : nil)
    return TrainingFrame(
      index: index, atomicNumbers: atomicNumbers.view.slice(record.firstAtom, count),
      positions: positions.view.slice(3 * record.firstAtom, 3 * count), cell: record.cell,
      labels: labels, head: Int(record.head), configurationType: Int(record.configurationType))
  }

  /// The hash of a structure: species, positions, cell and periods.
  static func hash(_ structure: Structure) -> UInt64 {
    var hash = NumberHash()
    for number in structure.atomicNumbers { hash.add(UInt64(truncatingIfNeeded: number)) }
    for coordinate in structure.positions { hash.add(coordinate) }
    if let cell = structure.cell {
      for element in cell.rows.elements { hash.add(element) }
      hash.add(UInt64(cell.periodicity.rawValue))
    }
    return hash.value
  }

  /// Whether two frames have the same species, positions and cell.
  func isSameStructure(_ index: Int, _ other: DataSetStorage, _ match: Int) -> Bool {
    let (first, second) = (frame(index), other.frame(match))
    return first.cell == second.cell
      && DataSetStorage.areEqual(first.atomicNumbers, second.atomicNumbers)
      && DataSetStorage.areEqual(first.positions, second.positions)
  }

  /// Whether two frames of the same structure have the same labels and weights.
  func hasEqualLabels(_ index: Int, _ other: DataSetStorage, _ match: Int) -> Bool {
    let (first, second) = (frame(index).labels, other.frame(match).labels)
    return first.energy == second.energy && first.virial == second.virial
      && first.weights == second.weights && first.temperature == second.temperature
      && DataSetStorage.areEqual(first.forces, second.forces)
      && DataSetStorage.areEqual(first.atomWeights, second.atomWeights)
      && DataSetStorage.areEqual(first.fidelityWeights, second.fidelityWeights)
  }

  /// Whether a frame has the species, positions and cell of a structure.
  func isFrame(_ index: Int, of structure: Structure) -> Bool {
    let frame = frame(index)
    return frame.cell == structure.cell
      && DataSetStorage.areEqual(frame.atomicNumbers, structure.atomicNumbers)
      && DataSetStorage.areEqual(frame.positions, structure.positions)
  }

  /// Whether a frame has the labels and weights of another one that has been read.
  func hasFrame(_ index: Int, labels other: SourceLabels) -> Bool {
    let labels = frame(index).labels
    return labels.energy == other.energy && labels.virial == other.virial
      && labels.weights == other.weights && labels.temperature == other.temperature
      && DataSetStorage.areEqual(labels.forces, other.forces)
      && DataSetStorage.areEqual(labels.atomWeights, other.atomWeights)
      && DataSetStorage.areEqual(labels.fidelityWeights, other.fidelityWeights)
  }

  private static func areEqual<T: BitwiseCopyable & Equatable>(
    _ first: View<T>?, _ second: View<T>?
  ) -> Bool {
    guard let first, let second else { return (first == nil) == (second == nil) }
    guard first.count == second.count else { return false }
    return (0..<first.count).allSatisfy { first[$0] == second[$0] }
  }

  private static func areEqual<T: BitwiseCopyable & Equatable>(
    _ first: View<T>?, _ second: [T]?
  ) -> Bool {
    guard let first, let second else { return (first == nil) == (second == nil) }
    guard first.count == second.count else { return false }
    return second.indices.allSatisfy { first[$0] == second[$0] }
  }
}
