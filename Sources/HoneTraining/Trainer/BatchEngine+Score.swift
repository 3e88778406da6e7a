internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// What writes the direction of a sample of a frame.
typealias ScoreDirections =
  @Sendable (_ direction: View<Double>, _ frame: Int, _ sample: Int) -> Void

extension BatchEngine {
  /// Some frames of one head whose scores are matched.
  private struct ScorePart {
    let evaluator: GradientEvaluator<S>
    let curvature: CurvatureEvaluator<S>?
    let score: ScoreMatching
    let directions: ScoreDirections
    let radii: RadiusDraw.Step?
    /// Indices into the data set.
    let frames: [Int]
    /// kT of each frame in eV.
    let thermalEnergies: [Double]
    /// What each frame's share is multiplied by: its weights over the atoms of the batch.
    let factors: [Double]
    /// Where gradients are gathered; nil where none are wanted.
    let slots: Range<Int>?
    let team: Team
  }

  /// Frames' share of an objective of scores, and its gradient if wanted.
  ///
  /// - Parameters:
  ///   - frames: The frames; those without a temperature add nothing.
  ///   - score: The objective.
  ///   - normalization: What the sum over all atoms of the batch is multiplied by.
  ///   - directions: What samples are.
  ///   - radii: The radius of every frame; nil for the model's cutoff.
  ///   - slots: Where gradients are gathered; nil where none are wanted.
  ///   - team: The threads.
  /// - Throws: `.invalidArgument` naming a frame, `.unknownSpecies`, `.outOfMemory`.
  func score(
    _ frames: [Int], _ score: ScoreMatching, normalization: Double,
    directions: @escaping ScoreDirections, radii: RadiusDraw.Step?, slots: Range<Int>?, _ team: Team
  ) throws(HoneError) -> S.Output {
    var total = S.Output.zero
    for (head, evaluator) in evaluators.enumerated() {
      var (own, thermalEnergies, factors) = ([Int](), [Double](), [Double]())
      for frame in frames where heads[cache.dataSet[frame].head] == head {
        let labels = cache.dataSet[frame].labels
        guard let energy = score.thermalEnergy(of: labels) else { continue }
        own.append(frame)
        thermalEnergies.append(energy)
        factors.append(normalization * labels.weights.structure * labels.weights.forces)
      }
      guard let evaluator, !own.isEmpty else { continue }
      let part = ScorePart(
        evaluator: evaluator, curvature: curvatures[head], score: score, directions: directions,
        radii: radii, frames: own, thermalEnergies: thermalEnergies, factors: factors,
        slots: slots, team: team)
      switch score.method {
      case .sliced: total += try sliced(part)
      case .difference(let step): total += try difference(part, step: step)
      case .denoising(let noise): total += try denoising(part, noise: noise)
      }
    }
    return total
  }

  /// Σ_f w_f [½|F|² − kT/K Σ_k v_kᵀ H v_k], from one pass for each direction.
  ///
  /// Along r + ε v + ε² t with t = F / 2kT, taken for a constant, the coefficient of ε² of −2kT E is
  /// −kT vᵀHv + |F|², and its gradient is −kT ∇_θ vᵀHv + ∇_θ ½|F|².
  private func sliced(_ part: ScorePart) throws(HoneError) -> S.Output {
    guard let curvature = part.curvature else {
      throw HoneError(.invalidArgument, "expected an engine that was made for second derivatives")
    }
    let batch = try batch(part.frames, part.radii)
    let forces = try part.evaluator.evaluate(batch, forces: true, virials: false, team: part.team)
      .forces
    let direction = try Buffer<Double>(count: forces.count)
    let bend = try Buffer<S.Output>(count: forces.count)
    let factors = try Buffer<S.Output>(count: part.frames.count)
    var total = S.Output.zero
    for index in part.frames.indices {
      let (energy, factor) = (part.thermalEnergies[index], part.factors[index])
      factors[index] = S.Output(-2 * energy * factor / Double(part.score.sampleCount))
      for component in Self.components(of: index, in: batch) {
        let force = forces[component]
        bend[component] = force * S.Output(0.5 / energy)
        total -= S.Output(0.5 * factor) * force * force
      }
    }
    let path = AtomPath(direction: direction.view, bend: bend.view)
    for sample in 0..<part.score.sampleCount {
      fill(direction, sample, part, batch)
      let values =
        if let slots = part.slots {
          try curvature.gather(batch, path, factors: factors.view, slots: slots, team: part.team)
        } else {
          try curvature.evaluate(batch, path, team: part.team)
        }
      for index in part.frames.indices { total += factors[index] * values[index] }
    }
    withExtendedLifetime((direction, bend, factors)) {}
    return total
  }

  /// Σ_f w_f [½|F|² + kT/K Σ_k v_k · (F(R + ε v_k) − F(R − ε v_k)) / 2ε].
  private func difference(_ part: ScorePart, step: Double) throws(HoneError) -> S.Output {
    let still = try batch(part.frames, part.radii)
    var total = try addForces(part, still) { index, component, force in
      let factor = S.Output(part.factors[index])
      return (S.Output(0.5) * factor * force * force, factor * force)
    }
    let direction = try Buffer<Double>(count: 3 * still.atomCount)
    let displacement = try Buffer<Double>(count: 3 * still.atomCount)
    let scale = 1 / (2 * step * Double(part.score.sampleCount))
    for sample in 0..<part.score.sampleCount {
      fill(direction, sample, part, still)
      for signed in [step, -step] {
        for index in 0..<displacement.count { displacement[index] = signed * direction[index] }
        let moved = try batch(part.frames, part.radii, movedBy: displacement.view)
        total += try addForces(part, moved) { index, component, force in
          let slope = S.Output(
            (signed < 0 ? -scale : scale) * part.factors[index] * part.thermalEnergies[index]
              * direction[component])
          return (slope * force, slope)
        }
      }
    }
    withExtendedLifetime(displacement) {}
    return total
  }

  /// Σ_f w_f 1/K Σ_k ½ (σ/kT)² |F(R + u_k) + kT u_k / σ²|² with u_k = σ v_k.
  private func denoising(_ part: ScorePart, noise: Double) throws(HoneError) -> S.Output {
    let count = part.frames.reduce(0) { $0 + 3 * cache.dataSet.atomCount(of: $1) }
    let displacement = try Buffer<Double>(count: count)
    var total = S.Output.zero
    for sample in 0..<part.score.sampleCount {
      var start = 0
      for frame in part.frames {
        let size = 3 * cache.dataSet.atomCount(of: frame)
        part.directions(displacement.view(from: start, count: size), frame, sample)
        start += size
      }
      for index in 0..<count { displacement[index] *= noise }
      let moved = try batch(part.frames, part.radii, movedBy: displacement.view)
      total += try addForces(part, moved) { index, component, force in
        let scale = noise / part.thermalEnergies[index]
        let factor = part.factors[index] / Double(part.score.sampleCount)
        let error = S.Output(scale) * force + S.Output(displacement[component] / noise)
        return (S.Output(0.5 * factor) * error * error, S.Output(factor * scale) * error)
      }
    }
    withExtendedLifetime(displacement) {}
    return total
  }

  /// Sums a function of the components of forces, and gathers the gradient of the sum if wanted.
  ///
  /// - Parameter function: The value and its derivative, for the index of a structure in the batch, that of
  ///   a component and the component of the force.
  private func addForces(
    _ part: ScorePart, _ batch: TrainingBatch,
    _ function: (_ index: Int, _ component: Int, _ force: S.Output) -> (S.Output, S.Output)
  ) throws(HoneError) -> S.Output {
    let forces = try part.evaluator.evaluate(batch, forces: true, virials: false, team: part.team)
      .forces
    let seeds = try Buffer<S.Output>(count: forces.count)
    var total = S.Output.zero
    for index in part.frames.indices {
      for component in Self.components(of: index, in: batch) {
        let (value, derivative) = function(index, component, forces[component])
        total += value
        seeds[component] = derivative
      }
    }
    if let slots = part.slots {
      try part.evaluator.gather(
        batch, PredictionSeeds(energies: .empty, forces: seeds.view, virials: .empty),
        slots: slots, team: part.team)
    }
    withExtendedLifetime(seeds) {}
    return total
  }

  /// The directions of a sample of all frames.
  private func fill(
    _ direction: Buffer<Double>, _ sample: Int, _ part: ScorePart, _ batch: TrainingBatch
  ) {
    for (index, frame) in part.frames.enumerated() {
      let components = Self.components(of: index, in: batch)
      part.directions(
        direction.view(from: components.lowerBound, count: components.count), frame, sample)
    }
  }

  /// The components of the forces of a structure of a batch.
  private static func components(of index: Int, in batch: TrainingBatch) -> Range<Int> {
    3 * batch.atomStarts[index]..<3 * batch.atomStarts[index + 1]
  }
}
