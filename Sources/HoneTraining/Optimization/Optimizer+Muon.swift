internal import HoneNumerics

extension Optimizer {
  /// One step for a group: Muon for its matrices, Adam for what is none.
  func stepMuon(
    _ group: ParameterGroup, _ values: View<Double>, _ gradient: View<Double>, rate: Double,
    _ settings: MuonSettings, stepCount: Int
  ) {
    let adamDecay = group.decays ? settings.adam.weightDecay : 0
    guard !group.matrices.isEmpty else {
      stepAdam(
        group.range, values, gradient, rate: rate, settings.adam, weightDecay: adamDecay,
        stepCount: stepCount)
      return
    }
    var start = group.range.lowerBound
    for matrix in group.matrices {
      let range = start..<start + matrix.rows * matrix.columns
      if Orthogonalization.covers(matrix) {
        stepMatrix(
          matrix, range, values, gradient, rate: rate, settings,
          weightDecay: group.decays ? settings.weightDecay : 0)
      } else {
        stepAdam(
          range, values, gradient, rate: rate, settings.adam, weightDecay: adamDecay,
          stepCount: stepCount)
      }
      start = range.upperBound
    }
  }

  private func stepMatrix(
    _ matrix: (rows: Int, columns: Int), _ range: Range<Int>, _ values: View<Double>,
    _ gradient: View<Double>, rate: Double, _ settings: MuonSettings, weightDecay: Double
  ) {
    guard let mean, let orthogonalization else { return }
    let momentum = mean.view(from: range.lowerBound, count: range.count)
    let slope = gradient.slice(range.lowerBound, range.count)
    let target = values.slice(range.lowerBound, range.count)
    let step = orthogonalization.matrix.slice(0, range.count)
    for index in 0..<range.count {
      let kept = momentum[index] + (1 - settings.momentum) * (slope[index] - momentum[index])
      momentum[index] = kept
      step[index] =
        settings.isNesterov ? slope[index] + settings.momentum * (kept - slope[index]) : kept
    }
    orthogonalization.run(
      matrix, iterationCount: settings.iterationCount, epsilon: settings.epsilon)
    let size = settings.stepSize * Double(max(matrix.rows, matrix.columns)).squareRoot()
    let shrink = 1 - rate * weightDecay
    for index in 0..<range.count {
      target[index] = shrink * target[index] - rate * size * step[index]
    }
  }
}
