internal import HoneModels
internal import HoneNumerics

extension BatchEngine where S.Output == Double {
  /// What frames come to without a gradient.
  struct Judgement {
    /// Their loss, as if they were one batch.
    var loss = 0.0
    /// Their errors.
    var errors = ErrorStatistics()
  }

  /// Errors of frames, and their loss if wanted, from one evaluation of each.
  ///
  /// - Parameter loss: The loss and the epoch its weights are those of.
  /// - Throws: As `loss(_:_:epoch:gradient:)`.
  func judge(
    _ frames: [Int], _ loss: (function: TrainingLoss, epoch: Int)? = nil
  ) throws(HoneError) -> Judgement {
    let normalization = loss.map { loss in
      loss.function.normalization(
        of: frames.map { cache.dataSet[$0].labels }, epoch: loss.epoch)
    }
    let results = Lock<[Int: Judgement]>([:])
    try share(frames) { (frames, slots, team) throws(HoneError) in
      var part = Judgement()
      var terms = [Double](repeating: 0, count: loss?.function.termCount ?? 0)
      // A few frames at a time: memory must not grow with the data set.
      for start in stride(from: 0, to: frames.count, by: 8) {
        let some = Array(frames[start..<min(start + 8, frames.count)])
        let virials = some.contains { self.cache.dataSet[$0].labels.virial != nil }
        try self.predict(some, virials: virials, team) { (frame, prediction) throws(HoneError) in
          try part.errors.add(frame, prediction)
          guard let loss, let normalization, loss.function.score == nil else { return }
          var none: LossSeeds<Double>?
          part.loss += try loss.function.add(
            frame.labels, prediction, normalization, seeds: &none, values: &terms)
        }
        guard let score = loss?.function.score, let normalization else { continue }
        // Directions that stay: losses of different epochs are compared.
        let draw = score.draw(epoch: nil)
        part.loss += try self.score(
          some, score, normalization: normalization.factors[0],
          directions: { draw.fill($0, frame: $1, sample: $2) }, radii: nil, slots: nil, team)
      }
      results.withLock { $0[slots.lowerBound] = part }
    }
    var total = Judgement()
    for (_, part) in results.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      total.loss += part.loss
      total.errors.add(part.errors)
    }
    return total
  }
}
