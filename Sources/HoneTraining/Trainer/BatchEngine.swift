internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// The loss of a batch and its terms.
struct BatchLoss: Equatable {
  /// The sum of the terms.
  var value: Double
  /// What each term of the loss gives, weight included.
  var terms: [Double]
}

/// Losses, gradients and errors of frames of a data set, shared among threads.
///
/// A batch of twice as many structures as threads, or more, is split by structures, so that threads
/// meet once; a smaller one by atoms. Sums are taken in the order of the threads: the same for a given
/// number of them.
final class BatchEngine<S: TrainingScalar>: @unchecked Sendable where S.Output == Double {
  let cache: NeighborCache
  private let model: TrainableModel
  /// By head of the model; those that the data set has frames of.
  private let evaluators: [GradientEvaluator<S>?]
  /// The model's head of each head of the data set.
  private let heads: [Int]
  private let threadCount: Int

  /// Builds what evaluates the heads that the data set has frames of.
  ///
  /// - Parameter fixed: Names of tensors that are not trained.
  /// - Throws: `.invalidArgument` for a head that the model lacks, `.format`, `.outOfMemory`.
  init(
    _ model: TrainableModel, _ cache: NeighborCache, threadCount: Int, fixed: Set<String>
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
  }

  /// Takes new parameters.
  func load(_ values: View<Double>) {
    for case let evaluator? in evaluators { evaluator.load { values[$0] } }
  }

  /// The loss of a batch, and its gradient if wanted.
  ///
  /// - Parameter gradient: Overwritten, `[parameters]`.
  /// - Throws: `.invalidArgument` naming a frame, `.unknownSpecies`, `.outOfMemory`.
  func loss(
    _ frames: [Int], _ loss: TrainingLoss, epoch: Int, gradient: View<Double>?
  ) throws(HoneError) -> BatchLoss {
    let normalization = loss.normalization(
      of: frames.map { cache.dataSet[$0].labels }, epoch: epoch)
    let results = Lock([BatchLoss?](repeating: nil, count: threadCount))
    do throws(HoneError) {
      try share(frames) { (frames, slots, team) throws(HoneError) in
        let part = try self.loss(
          frames, loss, normalization, slots: gradient == nil ? nil : slots, team)
        results.withLock { $0[slots.lowerBound] = part }
      }
    } catch {
      for case let evaluator? in evaluators { evaluator.discardGradient() }
      throw error
    }
    var total = BatchLoss(value: 0, terms: [Double](repeating: 0, count: loss.terms.count))
    for part in results.withLock({ $0 }).compactMap({ $0 }) {
      total.value += part.value
      for index in part.terms.indices { total.terms[index] += part.terms[index] }
    }
    if let gradient {
      gradient.fill(0)
      for case let evaluator? in evaluators { evaluator.takeGradient(into: gradient) }
    }
    return total
  }

  /// The loss of many frames as if they were one batch, without a gradient.
  ///
  /// - Throws: As `loss`.
  func meanLoss(_ frames: [Int], _ loss: TrainingLoss, epoch: Int) throws(HoneError) -> Double {
    let normalization = loss.normalization(
      of: frames.map { cache.dataSet[$0].labels }, epoch: epoch)
    let results = Lock<[Int: Double]>([:])
    try share(frames) { (frames, slots, team) throws(HoneError) in
      var sum = 0.0
      for start in stride(from: 0, to: frames.count, by: 8) {
        let some = Array(frames[start..<min(start + 8, frames.count)])
        sum += try self.loss(some, loss, normalization, slots: nil, team).value
      }
      results.withLock { $0[slots.lowerBound] = sum }
    }
    return results.withLock { $0 }.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value }
  }

  /// The errors of frames.
  ///
  /// - Throws: As `loss`.
  func errors(_ frames: [Int]) throws(HoneError) -> ErrorStatistics {
    let results = Lock<[Int: ErrorStatistics]>([:])
    try share(frames) { (frames, slots, team) throws(HoneError) in
      var statistics = ErrorStatistics()
      // A few frames at a time: memory must not grow with the data set.
      for start in stride(from: 0, to: frames.count, by: 8) {
        let some = Array(frames[start..<min(start + 8, frames.count)])
        let virials = some.contains { cache.dataSet[$0].labels.virial != nil }
        try self.predict(some, virials: virials, team) { (frame, prediction) throws(HoneError) in
          try statistics.add(frame, prediction)
        }
      }
      results.withLock { $0[slots.lowerBound] = statistics }
    }
    var total = ErrorStatistics()
    for (_, part) in results.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { total.add(part) }
    return total
  }

  /// Divides frames among threads, or one after the other among all threads where there are few.
  private func share(
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
    slots: Range<Int>?, _ team: Team
  ) throws(HoneError) -> BatchLoss {
    var total = BatchLoss(value: 0, terms: [Double](repeating: 0, count: loss.terms.count))
    let labels = loss.labels
    for (head, evaluator) in evaluators.enumerated() {
      let own = frames.filter { heads[cache.dataSet[$0].head] == head }
      guard let evaluator, !own.isEmpty else { continue }
      let batch = try batch(own)
      let predictions = try evaluator.evaluate(
        batch, forces: labels.contains(.forces), virials: labels.contains(.virial), team: team)
      let energies = try Buffer<Double>(repeating: 0, count: own.count)
      let forces = try Buffer<Double>(repeating: 0, count: 3 * batch.atomCount)
      let virials = try Buffer<Double>(repeating: 0, count: 9 * own.count)
      for (index, frame) in own.enumerated() {
        let prediction = Self.prediction(predictions, batch, index)
        let atoms = batch.atomStarts[index]..<batch.atomStarts[index + 1]
        var seeds: LossSeeds? = LossSeeds(
          forces: forces.view(from: 3 * atoms.lowerBound, count: 3 * atoms.count))
        total.value += try loss.add(
          cache.dataSet[frame].labels, prediction, normalization, seeds: &seeds,
          values: &total.terms)
        guard let seeds else { continue }
        energies[index] = seeds.energy
        for a in 0..<3 {
          for b in 0..<3 { virials[9 * index + 3 * a + b] = seeds.virial[a][b] }
        }
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
  private func predict(
    _ frames: [Int], virials: Bool, _ team: Team,
    _ body: (TrainingFrame, FramePrediction) throws(HoneError) -> Void
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
    _ predictions: BatchPredictions<Double>, _ batch: TrainingBatch, _ index: Int
  ) -> FramePrediction {
    let atoms = batch.atomStarts[index]..<batch.atomStarts[index + 1]
    var prediction = FramePrediction(energy: predictions.energies[index])
    if predictions.forces.count > 0 || batch.atomCount == 0 {
      prediction.forces = predictions.forces.view(
        from: 3 * atoms.lowerBound, count: 3 * atoms.count)
    }
    if predictions.virials.count > 0 {
      let w = predictions.virials.view(from: 9 * index, count: 9)
      prediction.virial = Matrix3([w[0], w[1], w[2]], [w[3], w[4], w[5]], [w[6], w[7], w[8]])
    }
    return prediction
  }

  private func batch(_ frames: [Int]) throws(HoneError) -> TrainingBatch {
    let search = NeighborSearch()
    var lists: [FrameNeighbors] = []
    var members: [BatchMember] = []
    for frame in frames {
      let list = try cache.neighbors(of: frame, with: search)
      lists.append(list)
      members.append(
        BatchMember(
          atomicNumbers: cache.dataSet[frame].atomicNumbers, starts: list.edgeStarts.view,
          neighbors: list.neighbors.view, vectors: list.vectors.view))
    }
    let batch = try TrainingBatch(members, speciesIndex: model.speciesIndex(of:))
    withExtendedLifetime(lists) {}
    return batch
  }
}
