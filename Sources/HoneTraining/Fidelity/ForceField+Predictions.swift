public import HoneModels
public import HoneNumerics

/// What a model gives for frames of a data set.
public struct FramePredictions: Sendable {
  /// Energies in eV, shape `[frames]`.
  public let energies: Buffer<Double>
  /// Forces in eV/Å, one frame after the other, shape `[atoms, 3]`.
  public let forces: Buffer<Double>
}

extension ForceField {
  /// Energies and forces of frames, such as an auxiliary model's of frames with cheap labels.
  ///
  /// - Parameters:
  ///   - dataSet: The data set.
  ///   - frames: Which frames; nil for all.
  ///   - settings: How.
  ///   - workspaces: Where the threads' memory comes from.
  /// - Throws: `.unknownSpecies` and others naming the frame; `.invalidArgument` for heads that the
  ///   model lacks and frames that are not there; `.outOfMemory`.
  public func predictions(
    of dataSet: DataSet, frames: [Int]? = nil, _ settings: ComputeSettings,
    _ workspaces: WorkspacePool
  ) throws(HoneError) -> FramePredictions {
    try dataSet.requireSpecies(species)
    let frames = try dataSet.requireFrames(frames)
    let modelHeads = try dataSet.heads(among: heads, standard: settings.head)
    let starts = try Buffer<Int>(count: frames.count + 1)
    starts[0] = 0
    for (row, frame) in frames.enumerated() {
      starts[row + 1] = starts[row] + dataSet.atomCount(of: frame)
    }
    let energies = try Buffer<Double>(repeating: 0, count: frames.count)
    let forces = try Buffer<Double>(repeating: 0, count: 3 * starts[frames.count])
    for head in dataSet.heads.indices {
      let rows = frames.indices.filter { dataSet[frames[$0]].head == head }
      var settings = settings
      settings.head = modelHeads[head]
      let (failure, _) = computeBatch(
        count: rows.count, settings: settings, workspaces: workspaces
      ) { index in
        let row = rows[index]
        let frame = dataSet[frames[row]]
        var targets = ComputeTargets()
        targets.energy = energies.view(from: row, count: 1)
        targets.forces = forces.view(from: 3 * starts[row], count: 3 * frame.atomCount)
        return BatchItem(
          atomicNumbers: UnsafeBufferPointer(
            start: frame.atomicNumbers.base, count: frame.atomCount),
          positions: UnsafeBufferPointer(start: frame.positions.base, count: 3 * frame.atomCount),
          cell: frame.cell, targets: targets)
      }
      if let failure {
        throw HoneError(
          failure.error.kind,
          "\(dataSet.place(of: frames[rows[failure.index]])): \(failure.error.message)")
      }
    }
    return FramePredictions(energies: energies, forces: forces)
  }
}
