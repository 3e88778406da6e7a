public import HoneModels
public import HoneNumerics

/// Trains a model on the frames of a data set, step by step or epoch by epoch.
///
/// Everything a run depends on is in the settings, the frames and its checkpoint: a trainer that is
/// restored from one goes on bit for bit as the trainer that wrote it would have.
public final class Trainer {
  /// The model with the parameters it began with.
  public let model: TrainableModel
  /// The frames' data set and their neighbours.
  public let cache: NeighborCache
  /// The frames to train on and to validate with.
  public let split: Split
  /// How.
  public let settings: TrainingSettings
  /// The parameters, `[model.parameterCount]`.
  public let values: Buffer<Double>
  /// The parameters with the lowest validation loss so far.
  public let bestValues: Buffer<Double>
  /// Where the run is.
  public internal(set) var progress = TrainingProgress()

  /// The atomic numbers the model knows.
  let species: [Int32]
  let gradient: Buffer<Double>
  let optimizer: Optimizer
  let layout: ParameterLayout
  /// Names of tensors that are not trained.
  let fixed: Set<String>
  var schedule: LearningRateSchedule
  let average: ExponentialAverage?
  let weightAverage: StochasticWeightAverage?
  let sharpness: SharpnessAwareMinimization?
  private let pull: StartingPull
  /// What radii are drawn from, where they vary.
  private let radii: RadiusDraw?
  private let order: BatchOrder
  private let engine: Engine
  /// What the best parameters make of the training frames; nil until somebody asks.
  var description: TrainingDescription?
  /// The batches of the epoch that is under way.
  private var batches: [[Int]] = []

  private enum Engine {
    case float32(BatchEngine<Float>)
    case float64(BatchEngine<Double>)
  }

  /// Begins a run.
  ///
  /// - Parameters:
  ///   - field: The model to begin with.
  ///   - cache: Frames and neighbours, with the model's cutoff.
  ///   - split: Which of the frames to train on; indices into the cache's data set.
  ///   - settings: How.
  /// - Throws: `.invalidArgument` for settings that make no sense, no frames to train on, a cutoff that
  ///   differs, or a head that the model lacks; `.unknownSpecies` naming the frame; `.outOfMemory`.
  public init(
    _ field: ForceField, cache: NeighborCache, split: Split, settings: TrainingSettings
  ) throws(HoneError) {
    try settings.validate()
    model = try TrainableModel(field)
    try Self.check(split, of: cache.dataSet)
    guard cache.cutoff == model.cutoff else {
      throw HoneError(
        .invalidArgument,
        "expected neighbours within the model's cutoff of \(model.cutoff) Å, got \(cache.cutoff) Å")
    }
    try Self.check(settings.loss, of: split.training, in: cache.dataSet)
    try Self.checkTemperatures(settings.loss, of: split.validation, in: cache.dataSet)
    try cache.dataSet.requireSpecies(field.species)
    species = field.species
    self.cache = cache
    self.split = split
    self.settings = settings
    let count = model.parameterCount
    values = try Buffer(count: count)
    values.view.copy(from: model.initialValues.view)
    bestValues = try Buffer(count: count)
    bestValues.view.copy(from: model.initialValues.view)
    gradient = try Buffer(repeating: 0, count: count)
    let layout = try ParameterLayout(
      ParameterGroup.groups(
        of: model, rateFactors: settings.rateFactors, decaysAll: settings.decaysAll),
      parameterCount: count)
    self.layout = layout
    optimizer = try Optimizer(
      settings.optimizer, layout: layout, threadCount: settings.threadCount)
    schedule = settings.schedule
    let initial = model.initialValues.view
    average = try settings.averageDecay.map { (decay) throws(HoneError) in
      try ExponentialAverage(decay: decay, values: initial)
    }
    weightAverage = try settings.weightAverageStart.map { (start) throws(HoneError) in
      try StochasticWeightAverage(startEpoch: start, parameterCount: count)
    }
    sharpness = try settings.sharpnessRadius.map { (radius) throws(HoneError) in
      try SharpnessAwareMinimization(radius: radius, layout: layout)
    }
    pull = StartingPull(strength: settings.startingPull, start: model.initialValues)
    radii = try Self.radii(settings, of: field)
    order = try BatchOrder(limit: settings.batchLimit, seed: settings.seed)
    guard layout.trainedGroups.contains(where: { !$0.range.isEmpty }) else {
      throw HoneError(
        .invalidArgument,
        "expected parameters to train, got rates of 0 for all of them: raise one of 'rates'")
    }
    let fixed = Set(layout.groups.filter { $0.rateFactor == 0 }.map(\.name))
    self.fixed = fixed
    // What is wrong with a frame is to be known before a step is taken.
    try cache.prepare(
      split.training + split.validation + split.companions,
      team: Team(threadCount: settings.threadCount))
    switch settings.precision {
    case .float32:
      engine = .float32(
        try BatchEngine(
          model, cache, threadCount: settings.threadCount, fixed: fixed,
          needsCurvature: settings.loss.needsCurvature))
    case .float64:
      engine = .float64(
        try BatchEngine(
          model, cache, threadCount: settings.threadCount, fixed: fixed,
          needsCurvature: settings.loss.needsCurvature))
    }
  }

  /// Takes the next step: a batch's gradient, and the parameters moved against it.
  ///
  /// After the last batch of an epoch `progress.isEpochDone` is true, and `finishEpoch` must follow.
  ///
  /// - Returns: The loss of the batch before the step.
  /// - Throws: `.notConverged` when the loss or its gradient is not finite: parameters are then as they
  ///   were; otherwise as `init`.
  @discardableResult
  public func step() throws(HoneError) -> Double {
    if progress.step == 0 || batches.isEmpty { batches = try drawBatches() }
    if progress.isEpochDone {
      throw HoneError(
        .invalidArgument, "expected finishEpoch() after the last step of an epoch, got a step")
    }
    let frames = batches[progress.step]
    let loss = try batchGradient(frames)
    let norm = try settings.clipping.apply(to: gradient.view, layout: layout)
    guard norm.isFinite else { throw divergence(frames, "its gradient is \(norm)") }
    if let sharpness {
      _ = try sharpness.perturb(values.view, gradient: gradient.view)
      do throws(HoneError) {
        _ = try batchGradient(frames)
      } catch {
        try sharpness.restore(values.view)
        throw error
      }
      try sharpness.restore(values.view)
      let second = try settings.clipping.apply(to: gradient.view, layout: layout)
      guard second.isFinite else { throw divergence(frames, "its gradient is \(second)") }
    }
    let rate = schedule.rate
    pull.apply(values.view, layout, rate: rate)
    try optimizer.step(
      values.view, gradient: gradient.view, rate: rate,
      team: Team(threadCount: settings.threadCount))
    try average?.update(values.view)
    schedule.finishStep()
    progress.add(loss, norm: norm, rate: rate, frames: frames.count, of: batches.count)
    return loss.value
  }

  /// Ends an epoch: validates, remembers the best parameters, and lets the learning rate follow.
  ///
  /// - Returns: What the epoch came to.
  /// - Throws: As `step`.
  public func finishEpoch() throws(HoneError) -> EpochRecord {
    guard progress.isEpochDone else {
      throw HoneError(
        .invalidArgument,
        "expected an epoch whose steps are all done, got one of step "
          + "\(progress.step)")
    }
    try weightAverage?.update(values.view, epoch: progress.epoch)
    let epoch = progress.epoch
    let loss = settings.loss.loss(epoch: epoch)
    var record = EpochRecord(
      epoch: epoch, trainingLoss: progress.meanLoss, terms: progress.meanTerms,
      largestGradientNorm: progress.largestNorm, learningRate: progress.rate)
    if !split.validation.isEmpty {
      load(currentValues.view)
      (record.validationLoss, record.validation) = try judge(
        split.validation, (function: loss, epoch: epoch))
    }
    // A later stage weighs errors anew: its losses do not compare with those before.
    if settings.loss.changes(at: epoch) {
      progress.forgetBest()
      schedule.forgetBest()
    }
    let judged = record.validationLoss ?? record.trainingLoss
    if progress.isBest(judged) {
      bestValues.view.copy(from: currentValues.view)
      description = nil
      record.isBest = true
    }
    progress.finishEpoch(judged)
    schedule.finishEpoch(loss: judged)
    return record
  }

  /// Whether there is nothing left to do: all epochs are done, or the validation loss has not fallen
  /// for as long as settings allow.
  ///
  /// A later loss is waited for: patience does not end a run before it.
  public var isDone: Bool {
    guard progress.epoch < settings.epochCount else { return true }
    let waits = settings.loss.stages.contains {
      $0.start >= progress.epoch && $0.start < settings.epochCount && $0.start > 0
    }
    return !waits && settings.patience.map { progress.epochsSinceBest >= $0 } ?? false
  }

  /// The parameters that are validated and saved: an average, if there is one.
  public var currentValues: Buffer<Double> { weightAverage?.values ?? average?.values ?? values }

  /// The model with parameters of the caller's choice, which says nothing of its training data but the
  /// radii that were drawn.
  ///
  /// - Parameter values: `[model.parameterCount]`.
  /// - Throws: As `TrainableModel.forceField(_:leastRadius:)`.
  public func forceField(_ values: View<Double>) throws(HoneError) -> ForceField {
    // What the model it began with was trained on is not what this one was.
    try model.forceField(values, leastRadius: settings.leastCutoff)
      .describingTrainingData(nil, nil, exemplars: [])
  }

  /// The model with the best parameters so far, which says nothing of its training data.
  ///
  /// - Throws: `.notConverged`, `.outOfMemory`.
  public func bestForceField() throws(HoneError) -> ForceField {
    try forceField(bestValues.view)
  }

  /// The model with the best parameters so far and, unless settings say otherwise, what they make of the
  /// training frames: computed when first asked for, then kept until there are better ones.
  ///
  /// - Throws: `.notConverged`, `.outOfMemory`.
  public func describedForceField() throws(HoneError) -> ForceField {
    let field = try bestForceField()
    guard settings.describesTrainingData,
      split.training.contains(where: { !cache.dataSet.isSingleAtom($0) })
    else { return field }
    if let description { return try field.describing(description) }
    var how = ComputeSettings()
    how.precision = settings.precision
    how.threadCount = settings.threadCount
    let made = try field.description(
      of: cache.dataSet, frames: split.training, how, WorkspacePool())
    description = made
    return try field.describing(made)
  }

  /// The number of parameters that are moved.
  public var trainedParameterCount: Int {
    layout.trainedGroups.reduce(0) { $0 + $1.range.count }
  }

  /// The steps of the epoch that is under way; 0 before its first.
  public var stepCount: Int { batches.count }

  /// The batches of the epoch, which follow from its number alone.
  private func drawBatches() throws(HoneError) -> [[Int]] {
    if case .edges = settings.batchLimit {
      // Sizes must not depend on which lists have been asked for.
      try cache.prepare(
        split.training.filter { cache.edgeCount(of: $0) == nil },
        team: Team(threadCount: settings.threadCount))
    }
    let batches = order.batches(
      epoch: progress.epoch, frames: split.training,
      size: {
        switch settings.batchLimit {
        case .edges: cache.edgeCount(of: $0) ?? 0
        case .atoms, .structures: cache.dataSet.atomCount(of: $0)
        }
      })
    return order.adding(
      split.companions, to: batches, epoch: progress.epoch, count: split.companionCount)
  }

  /// Draws the batches of the epoch anew, after progress was set.
  ///
  /// - Throws: `.format` when more of them are done than there are; as `step`.
  func redrawBatches() throws(HoneError) {
    batches = progress.step == 0 ? [] : try drawBatches()
    let isEpochDone = progress.step > 0 && progress.step == batches.count
    guard progress.step <= batches.count, progress.isEpochDone == isEpochDone else {
      throw HoneError(
        .format,
        "expected at most \(batches.count) steps of an epoch to be done, got \(progress.step), so the "
          + "checkpoint is damaged: begin anew")
    }
  }

  /// The loss of a batch and its gradient at the present parameters.
  private func batchGradient(_ frames: [Int]) throws(HoneError) -> BatchLoss<Double> {
    load(values.view)
    let (epoch, loss) = (progress.epoch, settings.loss.loss(epoch: progress.epoch))
    let radii = radii?.step(progress.step, epoch: epoch)
    let result =
      switch engine {
      case .float32(let engine):
        try engine.loss(frames, loss, epoch: epoch, radii: radii, gradient: gradient.view)
      case .float64(let engine):
        try engine.loss(frames, loss, epoch: epoch, radii: radii, gradient: gradient.view)
      }
    guard result.value.isFinite else { throw divergence(frames, "its loss is \(result.value)") }
    return result
  }

  func load(_ values: View<Double>) {
    switch engine {
    case .float32(let engine): engine.load(values)
    case .float64(let engine): engine.load(values)
    }
  }

  /// The loss of frames as if they were one batch, and their errors.
  ///
  /// - Parameter loss: The loss and the epoch its weights are those of; nil for errors alone.
  func judge(
    _ frames: [Int], _ loss: (function: TrainingLoss, epoch: Int)? = nil
  ) throws(HoneError) -> (loss: Double, errors: ErrorStatistics) {
    switch engine {
    case .float32(let engine):
      let result = try engine.judge(frames, loss)
      return (result.loss, result.errors)
    case .float64(let engine):
      let result = try engine.judge(frames, loss)
      return (result.loss, result.errors)
    }
  }

  private func divergence(_ frames: [Int], _ what: String) -> HoneError {
    let places = frames.prefix(3).map { "\(cache.dataSet.place(of: $0))" }
    return HoneError(
      .notConverged,
      "training diverged in epoch \(progress.epoch) at step \(progress.step): \(what); the batch "
        + "begins with \(places.joined(separator: ", ")); try a lower learning rate, clipping, or a "
        + "look at these frames")
  }
}
