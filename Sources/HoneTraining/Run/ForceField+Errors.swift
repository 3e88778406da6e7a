public import HoneModels
public import HoneNumerics

extension ForceField {
  /// The errors of the model on the frames of a data set.
  ///
  /// Frames are computed a few at a time, each on one thread; sums are taken in their order, so the
  /// number of threads does not matter.
  ///
  /// - Parameters:
  ///   - dataSet: The frames; those that name no head are computed with that of the settings.
  ///   - settings: How.
  ///   - workspaces: Where the threads' memory comes from.
  /// - Throws: `.unknownSpecies` and others naming the frame; `.invalidArgument` for heads that the
  ///   model lacks; `.outOfMemory`.
  public func errors(
    on dataSet: DataSet, settings: ComputeSettings, workspaces: WorkspacePool
  ) throws(HoneError) -> ErrorStatistics {
    try dataSet.requireSpecies(species)
    let modelHeads = try dataSet.heads(among: heads, standard: settings.head)
    var statistics = ErrorStatistics()
    for head in dataSet.heads.indices {
      var settings = settings
      settings.head = modelHeads[head]
      let frames = dataSet.frames(ofHead: head)
      var first = 0
      while first < frames.count {
        let chunk = frames[first..<min(first + Self.chunkLength, frames.count)]
        try add(Array(chunk), of: dataSet, settings, workspaces, to: &statistics)
        first += chunk.count
      }
    }
    return statistics
  }

  /// How many frames are computed before their errors are summed.
  private static var chunkLength: Int { 256 }

  private func add(
    _ frames: [Int], of dataSet: DataSet, _ settings: ComputeSettings, _ workspaces: WorkspacePool,
    to statistics: inout ErrorStatistics
  ) throws(HoneError) {
    let needsVirials = frames.contains { dataSet[$0].labels.virial != nil }
    var starts = [0]
    for frame in frames { starts.append(starts[starts.count - 1] + dataSet.atomCount(of: frame)) }
    let energies = try Buffer<Double>(repeating: 0, count: frames.count)
    let forces = try Buffer<Double>(repeating: 0, count: 3 * starts[frames.count])
    let virials = try Buffer<Double>(repeating: 0, count: needsVirials ? 9 * frames.count : 0)
    let places = starts
    let (failure, _) = computeBatch(
      count: frames.count, settings: settings, workspaces: workspaces
    ) { index in
      let frame = dataSet[frames[index]]
      var targets = ComputeTargets()
      targets.energy = energies.view(from: index, count: 1)
      targets.forces = forces.view(from: 3 * places[index], count: 3 * frame.atomCount)
      if needsVirials { targets.virial = virials.view(from: 9 * index, count: 9) }
      return BatchItem(
        atomicNumbers: UnsafeBufferPointer(
          start: frame.atomicNumbers.base, count: frame.atomCount),
        positions: UnsafeBufferPointer(start: frame.positions.base, count: 3 * frame.atomCount),
        cell: frame.cell, targets: targets)
    }
    if let failure {
      throw HoneError(
        failure.error.kind,
        "\(dataSet.place(of: frames[failure.index])): \(failure.error.message)")
    }
    for (index, frame) in frames.enumerated() {
      var prediction = FramePrediction(energy: energies[index])
      prediction.forces = forces.view(
        from: 3 * starts[index], count: 3 * (starts[index + 1] - starts[index]))
      if needsVirials { prediction.virial = virials.view(from: 9 * index, count: 9) }
      try statistics.add(dataSet[frame], prediction)
    }
  }
}
