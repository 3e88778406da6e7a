internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// The loss of a batch and its terms.
struct BatchLoss<T: HoneScalar> {
  /// The sum of the terms.
  var value: T
  /// What each term of the loss gives, weight included.
  var terms: [T]
}

/// Losses, gradients and errors of frames of a data set, shared among threads.
///
/// A batch of twice as many structures as threads, or more, is split by structures, so that threads
/// meet once; a smaller one by atoms. Sums are taken in the order of the threads: the same for a given
/// number of them. On `Dual<Double>` losses and gradients carry their derivatives along the tangent of the
/// parameters.
final class BatchEngine<S: TrainingScalar>: @unchecked Sendable {
  let cache: NeighborCache
  private let model: TrainableModel
  /// By head of the model; those that the data set has frames of.
  let evaluators: [GradientEvaluator<S>?]
  /// What gives second derivatives, of the same heads; of none where no loss needs them.
  let curvatures: [CurvatureEvaluator<S>?]
  /// The model's head of each head of the data set.
  let heads: [Int]
  private let threadCount: Int

  /// Builds what evaluates the heads that the data set has frames of.
  ///
  /// - Parameters:
  ///   - fixed: Names of tensors that are not trained.
  ///   - needsCurvature: Whether losses need second derivatives in positions.
  /// - Throws: `.invalidArgument` for a head that the model lacks, `.format`, `.outOfMemory`.
  init(
    _ model: TrainableModel, _ cache: NeighborCache, threadCount: Int, fixed: Set<String>,
    needsCurvature: Bool = false
  ) throws(HoneError) {
    self.model = model
    self.cache = cache
    self.threadCount = threadCount
    let heads = try cache.dataSet.heads(among: model.heads)
    self.heads = heads
    var evaluators: [GradientEvaluator<S>?] = []
    for head in model.heads.indices {
      evaluators.append(
        heads.contains(head)
          ? try model.evaluator(head: head, slotCount: threadCount, fixed: fixed) : nil)
    }
    self.evaluators = evaluators
    var curvatures: [CurvatureEvaluator<S>?] = []
    for head in model.heads.indices {
      curvatures.append(
        needsCurvature && heads.contains(head)
          ? try model.curvatureEvaluator(head: head, slotCount: threadCount, fixed: fixed) : nil)
    }
    self.curvatures = curvatures
  }

  /// Takes new parameters.
  func load(_ values: View<S.Output>) {
    for case let evaluator? in evaluators { evaluator.load { values[$0] } }
    for case let evaluator? in curvatures { evaluator.load { values[$0] } }
  }

  /// The loss of a batch, and its gradient if wanted.
  ///
  /// - Parameters:
  ///   - frames: The batch.
  ///   - loss: What is made small.
  ///   - epoch: The epoch its weights are those of.
  ///   - radii: The radius of every frame; nil for the model's cutoff.
  ///   - gradient: Overwritten, `[parameters]`.
  /// - Throws: `.invalidArgument` naming a frame, `.unknownSpecies`, `.outOfMemory`.
  func loss(
    _ frames: [Int], _ loss: TrainingLoss, epoch: Int, radii: RadiusDraw.Step? = nil,
    gradient: View<S.Output>?
  ) throws(HoneError) -> BatchLoss<S.Output> {
    let normalization = loss.normalization(
      of: frames.map { cache.dataSet[$0].labels }, epoch: epoch)
    let results = Lock([BatchLoss<S.Output>?](repeating: nil, count: threadCount))
    do throws(HoneError) {
      try share(frames) { (frames, slots, team) throws(HoneError) in
        let part = try self.loss(
          frames, loss, normalization, epoch, radii, slots: gradient == nil ? nil : slots, team)
        results.withLock { $0[slots.lowerBound] = part }
      }
    } catch {
      for case let evaluator? in evaluators { evaluator.discardGradient() }
      for case let evaluator? in curvatures { evaluator.discardGradient() }
      throw error
    }
    var total = BatchLoss<S.Output>(
      value: .zero, terms: Array(repeating: .zero, count: loss.termCount))
    for part in results.withLock({ $0 }).compactMap({ $0 }) {
      total.value += part.value
      for index in part.terms.indices { total.terms[index] += part.terms[index] }
    }
    if let gradient {
      gradient.fill(.zero)
      for case let evaluator? in evaluators { evaluator.takeGradient(into: gradient) }
      for case let evaluator? in curvatures { evaluator.takeGradient(into: gradient) }
    }
    return total
  }

  /// Divides frames among threads, or one after the other among all threads where there are few.
  func share(
    _ frames: [Int],
    _ body: @Sendable (_ frames: [Int], _ slots: Range<Int>, _ team: Team) throws(HoneError) -> Void
  ) throws(HoneError) {
    let team = Team(threadCount: threadCount)
    guard frames.count >= 2 * team.threadCount, team.threadCount > 1 else {
      return try body(frames, 0..<team.threadCount, team)
    }
    let ends = balanced(frames, parts: team.threadCount)
    let failure = Lock<(part: Int, error: HoneError)?>(nil)
    team.split(team.threadCount) { range, rank in
      for part in range {
        do throws(HoneError) {
          try body(
            Array(frames[ends[part]..<ends[part + 1]]), part..<part + 1, Team(threadCount: 1))
        } catch {
          failure.withLock { first in
            if part < first?.part ?? .max { first = (part, error) }
          }
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }

  /// Where runs of frames of about equal numbers of atoms begin; one more at the end.
  private func balanced(_ frames: [Int], parts: Int) -> [Int] {
    let total = frames.reduce(0) { $0 + cache.dataSet.atomCount(of: $1) }
    var ends = [0]
    var sum = 0
    for (index, frame) in frames.enumerated() {
      while ends.count < parts && sum * parts >= total * ends.count && index > 0 {
        ends.append(index)
      }
      sum += cache.dataSet.atomCount(of: frame)
    }
    while ends.count <= parts { ends.append(frames.count) }
    return ends
  }

  /// One thread's part of a batch.
  private func loss(
    _ frames: [Int], _ loss: TrainingLoss, _ normalization: TrainingLoss.Normalization,
    _ epoch: Int, _ radii: RadiusDraw.Step?, slots: Range<Int>?, _ team: Team
  ) throws(HoneError) -> BatchLoss<S.Output> {
    if let score = loss.score {
      let draw = score.draw(epoch: epoch)
      let value = try self.score(
        frames, score, normalization: normalization.factors[0],
        directions: { draw.fill($0, frame: $1, sample: $2) }, radii: radii, slots: slots, team)
      return BatchLoss(value: value, terms: [value])
    }
    var total = BatchLoss<S.Output>(
      value: .zero, terms: Array(repeating: .zero, count: loss.termCount))
    let labels = loss.labels
    for (head, evaluator) in evaluators.enumerated() {
      let own = frames.filter { heads[cache.dataSet[$0].head] == head }
      guard let evaluator, !own.isEmpty else { continue }
      let batch = try batch(own, radii)
      let predictions = try evaluator.evaluate(
        batch, forces: labels.contains(.forces), virials: labels.contains(.virial), team: team)
      let energies = try Buffer<S.Output>(repeating: .zero, count: own.count)
      let forces = try Buffer<S.Output>(repeating: .zero, count: 3 * batch.atomCount)
      let virials = try Buffer<S.Output>(repeating: .zero, count: 9 * own.count)
      for (index, frame) in own.enumerated() {
        let atoms = batch.atomStarts[index]..<batch.atomStarts[index + 1]
        var seeds: LossSeeds<S.Output>? = LossSeeds(
          forces: forces.view(from: 3 * atoms.lowerBound, count: 3 * atoms.count),
          virial: virials.view(from: 9 * index, count: 9))
        total.value += try loss.add(
          cache.dataSet[frame].labels, Self.prediction(predictions, batch, index), normalization,
          seeds: &seeds, values: &total.terms)
        energies[index] = seeds?.energy ?? .zero
      }
      guard let slots else { continue }
      try evaluator.gather(
        batch,
        PredictionSeeds(
          energies: energies.view, forces: labels.contains(.forces) ? forces.view : .empty,
          virials: labels.contains(.virial) ? virials.view : .empty),
        slots: slots, team: team)
    }
    return total
  }

  /// Predicts frames, and hands each with its prediction to somebody.
  func predict(
    _ frames: [Int], virials: Bool, _ team: Team,
    _ body: (TrainingFrame, FramePrediction<S.Output>) throws(HoneError) -> Void
  ) throws(HoneError) {
    for (head, evaluator) in evaluators.enumerated() {
      let own = frames.filter { heads[cache.dataSet[$0].head] == head }
      guard let evaluator, !own.isEmpty else { continue }
      let batch = try batch(own)
      let predictions = try evaluator.evaluate(
        batch, forces: true, virials: virials, team: team)
      for (index, frame) in own.enumerated() {
        try body(cache.dataSet[frame], Self.prediction(predictions, batch, index))
      }
    }
  }

  private static func prediction(
    _ predictions: BatchPredictions<S.Output>, _ batch: TrainingBatch, _ index: Int
  ) -> FramePrediction<S.Output> {
    let atoms = batch.atomStarts[index]..<batch.atomStarts[index + 1]
    var prediction = FramePrediction(energy: predictions.energies[index])
    if predictions.forces.count > 0 || batch.atomCount == 0 {
      prediction.forces = predictions.forces.view(
        from: 3 * atoms.lowerBound, count: 3 * atoms.count)
    }
    if predictions.virials.count > 0 {
      prediction.virial = predictions.virials.view(from: 9 * index, count: 9)
    }
    return prediction
  }

  /// Joins frames.
  ///
  /// - Parameters:
  ///   - radii: The radius of every frame; nil for the model's cutoff.
  ///   - displacement: By how much the atoms are moved in Å, shape `[atoms of all frames, 3]`; nil where
  ///     they stay.
  func batch(
    _ frames: [Int], _ radii: RadiusDraw.Step? = nil, movedBy displacement: View<Double>? = nil
  ) throws(HoneError) -> TrainingBatch {
    let search = NeighborSearch()
    var lists: [FrameNeighbors] = []
    var members: [BatchMember] = []
    var start = 0
    for frame in frames {
      let size = 3 * cache.dataSet.atomCount(of: frame)
      let list =
        if let displacement {
          try cache.neighbors(
            of: frame, movedBy: displacement.slice(start, size), with: search)
        } else {
          try cache.neighbors(of: frame, with: search)
        }
      start += size
      lists.append(list)
      members.append(
        BatchMember(
          atomicNumbers: cache.dataSet[frame].atomicNumbers, starts: list.edgeStarts.view,
          neighbors: list.neighbors.view, vectors: list.vectors.view,
          cutoff: radii.map { $0[frame] }))
    }
    let batch = try TrainingBatch(members, speciesIndex: model.speciesIndex(of:))
    withExtendedLifetime(lists) {}
    return batch
  }
}
