internal import HoneDiagnosis
internal import HoneFormats
public import HoneModels
public import HoneNumerics
internal import HoneStructure

/// What a model file says of the data a model was trained on.
struct TrainingDescription {
  /// Distributions of sizes, forces, spectra and neighbours.
  let statistics: TrainingStatistics
  /// How far descriptors are from those of the frames.
  let metric: DescriptorMetric
  /// A few of the structures.
  let exemplars: [Structure]
}

extension ForceField {
  /// The same weights, with what is to be known of the data they were trained on.
  ///
  /// Frames are computed a few at a time, each on one thread, so the result does not depend on the number
  /// of threads. Forces are references where a frame has some, else those of the model. Atoms on their
  /// own are left out: they have neither neighbours nor forces.
  ///
  /// - Parameters:
  ///   - dataSet: The training data; frames that name no head are computed with that of the settings.
  ///   - frames: Which of them; nil for all.
  ///   - settings: How.
  ///   - workspaces: Where the threads' memory comes from.
  /// - Throws: `.unknownSpecies` and others naming the frame; `.invalidArgument` for heads that the model
  ///   lacks, and where there are no frames but single atoms; `.outOfMemory`.
  public func fittingStatistics(
    to dataSet: DataSet, frames: [Int]? = nil, settings: ComputeSettings, workspaces: WorkspacePool
  ) throws(HoneError) -> ForceField {
    let all = frames ?? Array(0..<dataSet.count)
    return try describing(try description(of: dataSet, frames: all, settings, workspaces))
  }

  /// The same weights with a description of training data.
  ///
  /// - Throws: `.invalidArgument` for that of another model's descriptors; `.outOfMemory`.
  func describing(_ description: TrainingDescription) throws(HoneError) -> ForceField {
    try describingTrainingData(
      description.statistics.json, description.metric, exemplars: description.exemplars)
  }

  /// Describes frames of a data set.
  ///
  /// - Throws: As `fittingStatistics`.
  func description(
    of dataSet: DataSet, frames: [Int], _ settings: ComputeSettings, _ workspaces: WorkspacePool
  ) throws(HoneError) -> TrainingDescription {
    try dataSet.requireSpecies(species)
    let modelHeads = try dataSet.heads(among: heads, standard: settings.head)
    let frames = frames.filter { !dataSet.isSingleAtom($0) }
    guard !frames.isEmpty else {
      throw HoneError(
        .invalidArgument, "expected structures of two atoms or more to describe, got none")
    }
    let fit = try StatisticsFit(self, dataSet)
    for head in dataSet.heads.indices {
      var settings = settings
      settings.head = modelHeads[head]
      for part in fit.parts(of: frames.filter { dataSet[$0].head == head }) {
        try fit.add(part, settings, workspaces)
      }
    }
    return TrainingDescription(
      statistics: try fit.collector.statistics(), metric: try fit.samples.metric(),
      exemplars: try ExemplarChoice(dataSet, frames).structures())
  }
}

extension DataSet {
  /// Whether a frame is an atom on its own.
  func isSingleAtom(_ frame: Int) -> Bool {
    atomCount(of: frame) == 1 && (self[frame].cell?.periodicity.count ?? 0) == 0
  }
}

/// Statistics and descriptors on their way to a model.
private final class StatisticsFit {
  let collector: StatisticsCollector
  let samples: DescriptorSamples
  private let field: ForceField
  private let dataSet: DataSet

  /// The most numbers of descriptors that are held at once, frames larger than that aside.
  private static let mostNumbers = 1 << 21
  /// The most frames.
  private static let mostFrames = 256

  init(_ field: ForceField, _ dataSet: DataSet) throws(HoneError) {
    self.field = field
    self.dataSet = dataSet
    collector = try StatisticsCollector(radius: field.trainingCutoff)
    samples = DescriptorSamples(width: field.descriptorWidth)
  }

  /// Cuts frames into parts that are computed at once.
  func parts(of frames: [Int]) -> [ArraySlice<Int>] {
    var parts: [ArraySlice<Int>] = []
    var (first, numbers) = (0, 0)
    for (place, frame) in frames.enumerated() {
      let own = dataSet.atomCount(of: frame) * field.descriptorWidth
      if place > first, place - first == Self.mostFrames || numbers + own > Self.mostNumbers {
        parts.append(frames[first..<place])
        (first, numbers) = (place, 0)
      }
      numbers += own
    }
    if first < frames.count { parts.append(frames[first...]) }
    return parts
  }

  /// Computes frames and takes them in, in their order.
  func add(
    _ part: ArraySlice<Int>, _ settings: ComputeSettings, _ workspaces: WorkspacePool
  ) throws(HoneError) {
    let frames = Array(part)
    let width = field.descriptorWidth
    var starts = [0]
    for frame in frames { starts.append(starts[starts.count - 1] + dataSet.atomCount(of: frame)) }
    let atoms = starts[frames.count]
    // Frames pass through arrays one after the other.
    try Headroom.require(frames.map { dataSet.atomCount(of: $0) }.max() ?? 0, of: 512)
    let descriptors = try Buffer<Double>(repeating: 0, count: atoms * width)
    let lacksForces = frames.contains { dataSet[$0].labels.forces == nil }
    let forces = try Buffer<Double>(repeating: 0, count: lacksForces ? 3 * atoms : 0)
    let places = starts
    let (failure, _) = field.computeBatch(
      count: frames.count, settings: settings, workspaces: workspaces
    ) { [dataSet] index in
      let frame = dataSet[frames[index]]
      var targets = ComputeTargets()
      targets.descriptors = descriptors.view(
        from: places[index] * width, count: frame.atomCount * width)
      if frame.labels.forces == nil {
        targets.forces = forces.view(from: 3 * places[index], count: 3 * frame.atomCount)
      }
      return BatchItem(
        atomicNumbers: UnsafeBufferPointer(start: frame.atomicNumbers.base, count: frame.atomCount),
        positions: UnsafeBufferPointer(start: frame.positions.base, count: 3 * frame.atomCount),
        cell: frame.cell, targets: targets)
    }
    if let failure {
      throw HoneError(
        failure.error.kind,
        "\(dataSet.place(of: frames[failure.index])): \(failure.error.message)")
    }
    for (index, number) in frames.enumerated() {
      let frame = dataSet[number]
      let count = frame.atomCount
      try samples.add(
        atomicNumbers: frame.atomicNumbers,
        descriptors: descriptors.view(from: starts[index] * width, count: count * width))
      let known =
        frame.labels.forces ?? forces.view(from: 3 * starts[index], count: 3 * count)
      try collector.add(
        atomicNumbers: frame.atomicNumbers.array, positions: frame.positions.array,
        cell: frame.cell, forces: known.array)
    }
    withExtendedLifetime((descriptors, forces)) {}
  }
}

extension View {
  /// A copy as an array.
  var array: [Element] { (0..<count).map { self[$0] } }
}
