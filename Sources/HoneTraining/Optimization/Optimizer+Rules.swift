internal import Glibc
internal import HoneNumerics

/// The parameters and the gradient of one step.
struct StepVectors {
  /// The parameters.
  let values: View<Double>
  /// The gradient of the loss.
  let gradient: View<Double>
}

/// What a step of Adam is for a group.
struct AdamStep {
  let settings: AdamSettings
  /// What parameters are multiplied by: decoupled decay.
  let shrink: Double
  /// What of them is added to the gradient: coupled decay.
  let slopeDecay: Double
  /// η / (1 − β₁ᵗ).
  let rate: Double
  /// √(1 − β₂ᵗ).
  let correction: Double

  /// A group's step; the rate is that of the group.
  init(_ settings: AdamSettings, _ group: ParameterGroup, rate: Double, stepCount: Int) {
    self.settings = settings
    let decay = group.decays ? settings.weightDecay : 0
    shrink = settings.decay == .decoupled ? 1 - rate * decay : 1
    slopeDecay = settings.decay == .coupled ? decay : 0
    self.rate = rate / (1 - pow(settings.beta1, Double(stepCount)))
    correction = (1 - pow(settings.beta2, Double(stepCount))).squareRoot()
  }
}

extension Optimizer {
  /// One step of gradient descent for a part of the parameters.
  ///
  /// θ ← θ − η m with m ← μ m + g + λ θ; the first m is the first gradient, since m starts at 0.
  func descend(
    _ range: Range<Int>, _ vectors: StepVectors, rate: Double,
    _ settings: GradientDescentSettings, weightDecay: Double
  ) {
    let (values, gradient) = (vectors.values, vectors.gradient)
    guard let mean = mean?.view else {
      for index in range {
        values[index] -= rate * (gradient[index] + weightDecay * values[index])
      }
      return
    }
    let (momentum, isNesterov) = (settings.momentum, settings.isNesterov)
    for index in range {
      let slope = gradient[index] + weightDecay * values[index]
      let kept = momentum * mean[index] + slope
      mean[index] = kept
      values[index] -= rate * (isNesterov ? slope + momentum * kept : kept)
    }
  }

  /// One step of Adam for a part of the parameters.
  func stepAdam(_ range: Range<Int>, _ vectors: StepVectors, _ step: AdamStep) {
    guard let mean = mean?.view, let meanSquare = meanSquare?.view else { return }
    let (values, gradient) = (vectors.values, vectors.gradient)
    let (beta1, beta2) = (step.settings.beta1, step.settings.beta2)
    let (shrink, slopeDecay) = (step.shrink, step.slopeDecay)
    let (rate, correction, epsilon) = (step.rate, step.correction, step.settings.epsilon)
    // The same memory where no maximum is kept: then the maximum is of a number and itself.
    let largestSquare = largestSquare?.view ?? meanSquare
    for index in range {
      let slope = gradient[index] + slopeDecay * values[index]
      let first = mean[index] + (1 - beta1) * (slope - mean[index])
      let second = beta2 * meanSquare[index] + (1 - beta2) * (slope * slope)
      mean[index] = first
      meanSquare[index] = second
      let square = max(largestSquare[index], second)
      largestSquare[index] = square
      let scale = square.squareRoot() / correction + epsilon
      values[index] = shrink * values[index] - rate * (first / scale)
    }
  }
}
