public import HoneModels
public import HoneNumerics

/// How far cheap forces lie from those of an auxiliary model, by frame and by atom.
///
/// The auxiliary model was trained on few accurate labels; where it disagrees with a cheap label, the label
/// is suspected. With the difference d_a = F_aux,a − F_cheap,a of each atom of a frame of n atoms:
///
/// * by frame b = 1/(3n) Σ_a Σ_c |d_ac|, the mean magnitude of a component, as in the paper;
/// * by atom ‖d_a‖, which does not depend on the orientation of the frame and is what weights of atoms are
///   made from (`ForceWeights`), and the mean magnitude of the three components, of which b is the mean.
///
/// All in eV/Å. Frames without forces have no bias and are left out.
///
/// - SeeAlso: Bukharin et al., ICML 2023, arXiv:2306.03109, on bias-aware pre-training.
public struct ForceBias: Sendable {
  /// The frames, indices into the data set the bias was computed for.
  public let frames: [Int]
  /// Where the atoms of each frame start, shape `[frames + 1]`.
  public let atomStarts: Buffer<Int>
  /// b of each frame, shape `[frames]`.
  public let frameValues: Buffer<Double>
  /// ‖d_a‖ of each atom, shape `[atoms]`.
  public let atomNorms: Buffer<Double>
  /// The mean magnitude of the components of d_a of each atom, shape `[atoms]`.
  public let atomMagnitudes: Buffer<Double>
  /// Hashes of the structures, by which frames are found again, shape `[frames]`.
  let structures: Buffer<UInt64>

  /// The number of atoms of all frames.
  public var atomCount: Int { atomNorms.count }

  init(
    frames: [Int], atomStarts: Buffer<Int>, frameValues: Buffer<Double>,
    atomNorms: Buffer<Double>, atomMagnitudes: Buffer<Double>, structures: Buffer<UInt64>
  ) {
    self.frames = frames
    self.atomStarts = atomStarts
    self.frameValues = frameValues
    self.atomNorms = atomNorms
    self.atomMagnitudes = atomMagnitudes
    self.structures = structures
  }

  /// Makes room for frames.
  ///
  /// - Throws: `.outOfMemory`.
  init(frames: [Int], atomCounts: (_ row: Int) -> Int) throws(HoneError) {
    let starts = try Buffer<Int>(count: frames.count + 1)
    starts[0] = 0
    for row in frames.indices { starts[row + 1] = starts[row] + atomCounts(row) }
    let count = starts[frames.count]
    self.init(
      frames: frames, atomStarts: starts, frameValues: try Buffer(count: frames.count),
      atomNorms: try Buffer(count: count), atomMagnitudes: try Buffer(count: count),
      structures: try Buffer(count: frames.count))
  }

  /// Compares forces that are given.
  ///
  /// - Parameters:
  ///   - dataSet: The cheap labels.
  ///   - frames: Which frames; nil for all.
  ///   - forces: The forces of the auxiliary model on these frames in eV/Å, shape
  ///     `[atoms of all of them, 3]`.
  /// - Throws: `.invalidArgument` for no frames with forces, forces of the wrong size, and ones that are
  ///   not finite, naming the frame; `.outOfMemory`.
  public init(
    of dataSet: DataSet, frames: [Int]? = nil, against forces: View<Double>
  ) throws(HoneError) {
    let asked = try dataSet.requireFrames(frames)
    let size = asked.reduce(0) { $0 + 3 * dataSet.atomCount(of: $1) }
    guard forces.count == size else {
      throw HoneError(
        .invalidArgument,
        "expected \(size) components of forces of the auxiliary model, got \(forces.count)")
    }
    let labelled = asked.filter { dataSet[$0].labels.forces != nil }
    guard !labelled.isEmpty else {
      throw HoneError(
        .invalidArgument,
        "expected frames with forces to compare with an auxiliary model, got none: add labels of "
          + "forces, or name their key")
    }
    try self.init(frames: labelled) { dataSet.atomCount(of: labelled[$0]) }
    var (row, start) = (0, 0)
    for frame in asked {
      let count = dataSet.atomCount(of: frame)
      if dataSet[frame].labels.forces != nil {
        try compare(dataSet, row, forces.slice(start, 3 * count))
        row += 1
      }
      start += 3 * count
    }
  }

  /// Compares the forces of a model.
  ///
  /// - Parameters:
  ///   - dataSet: The cheap labels.
  ///   - frames: Which frames; nil for all.
  ///   - field: The auxiliary model.
  ///   - settings: How it computes.
  ///   - workspaces: Where the threads' memory comes from.
  /// - Throws: As `init(of:frames:against:)`, and as `ForceField.predictions(of:frames:_:_:)`.
  public init(
    of dataSet: DataSet, frames: [Int]? = nil, against field: ForceField,
    settings: ComputeSettings, workspaces: WorkspacePool
  ) throws(HoneError) {
    let asked = try dataSet.requireFrames(frames)
    let predictions = try field.predictions(of: dataSet, frames: asked, settings, workspaces)
    try self.init(of: dataSet, frames: asked, against: predictions.forces.view)
    withExtendedLifetime(predictions) {}
  }

  private func compare(
    _ dataSet: DataSet, _ row: Int, _ predicted: View<Double>
  ) throws(HoneError) {
    let frame = frames[row]
    guard let labels = dataSet[frame].labels.forces else { return }
    structures[row] = dataSet.storage.records[frame].hash
    var total = 0.0
    for atom in 0..<labels.count / 3 {
      var (sum, square) = (0.0, 0.0)
      for component in 3 * atom..<3 * atom + 3 {
        let difference = predicted[component] - labels[component]
        sum += difference.magnitude
        square += difference * difference
      }
      guard square.isFinite else {
        throw HoneError(
          .invalidArgument,
          "\(dataSet.place(of: frame)): the force of the auxiliary model on atom \(atom) must be "
            + "finite and near its label, got a difference of \(sum) eV/Å: leave out the frame, or "
            + "train the auxiliary model again")
      }
      atomNorms[atomStarts[row] + atom] = square.squareRoot()
      atomMagnitudes[atomStarts[row] + atom] = sum / 3
      total += sum
    }
    frameValues[row] = total / Double(labels.count)
  }

  /// The statistics of b over the frames.
  ///
  /// - Throws: `.outOfMemory`.
  public func frameStatistics() throws(HoneError) -> BiasStatistics {
    try BiasStatistics(of: frameValues.view)
  }

  /// The statistics of ‖d_a‖ over the atoms.
  ///
  /// - Throws: `.outOfMemory`.
  public func atomStatistics() throws(HoneError) -> BiasStatistics {
    try BiasStatistics(of: atomNorms.view)
  }

  /// The bias of frames of a data set, found by their structures.
  ///
  /// - Parameters:
  ///   - dataSet: The data set, which need not be the one the bias was computed for.
  ///   - wanted: Which frames; those without forces are left out.
  /// - Throws: `.invalidArgument` naming the first frame that has no bias, and for no frames with forces;
  ///   `.outOfMemory`.
  public func selecting(_ wanted: [Int], of dataSet: DataSet) throws(HoneError) -> ForceBias {
    let table = try FrameTable()
    for row in frames.indices { try table.insert(structures[row], row) }
    let labelled = try dataSet.requireFrames(wanted).filter {
      dataSet[$0].labels.forces != nil
    }
    var rows: [Int] = []
    for frame in labelled {
      let count = dataSet.atomCount(of: frame)
      let hash = dataSet.storage.records[frame].hash
      let fits = { atomStarts[$0 + 1] - atomStarts[$0] == count }
      // Of a structure that occurs again the labels may differ: its own number goes first.
      let row =
        table.first(hash) { frames[$0] == frame && fits($0) } ?? table.first(hash, where: fits)
      guard let row else {
        throw HoneError(
          .invalidArgument,
          "\(dataSet.place(of: frame)): expected a bias of every frame with forces, got none of this "
            + "one: compute the bias of these frames anew")
      }
      rows.append(row)
    }
    guard !rows.isEmpty else {
      throw HoneError(
        .invalidArgument, "expected frames with forces to find the bias of, got none")
    }
    let result = try ForceBias(frames: labelled) { atomStarts[rows[$0] + 1] - atomStarts[rows[$0]] }
    for (index, row) in rows.enumerated() {
      let (start, count) = (atomStarts[row], atomStarts[row + 1] - atomStarts[row])
      let target = result.atomStarts[index]
      result.frameValues[index] = frameValues[row]
      result.structures[index] = structures[row]
      result.atomNorms.view(from: target, count: count).copy(
        from: atomNorms.view(from: start, count: count))
      result.atomMagnitudes.view(from: target, count: count).copy(
        from: atomMagnitudes.view(from: start, count: count))
    }
    return result
  }
}

extension DataSet {
  /// Frames that are asked for, all where none are named.
  ///
  /// - Throws: `.invalidArgument` for frames that are not there or named twice.
  func requireFrames(_ frames: [Int]?) throws(HoneError) -> [Int] {
    guard let frames else { return Array(0..<count) }
    if let frame = frames.first(where: { !(0..<count).contains($0) }) {
      throw HoneError(.invalidArgument, "expected frames below \(count), got frame \(frame)")
    }
    guard Set(frames).count == frames.count else {
      throw HoneError(.invalidArgument, "expected every frame once, got one of them again")
    }
    return frames
  }
}
