internal import Glibc
public import HoneNumerics

/// Moves all parameters of a model along gradients, step by step.
///
/// Parameters and gradients are one vector each, divided by a `ParameterLayout`; a group's learning rate is
/// the one given for the step times its rate factor. Runs follow those of PyTorch's optimisers in
/// double precision to rounding. Every group counts its own steps, as PyTorch's parameters do, so one
/// that is thawed late begins with the corrections of a first step.
public final class Optimizer {
  /// How gradients become steps.
  public let method: OptimizerMethod
  /// The groups.
  public private(set) var layout: ParameterLayout
  /// How many steps each group has made.
  public internal(set) var stepCounts: [Int]

  /// The momentum, or the mean gradient.
  let mean: Buffer<Double>?
  /// The mean squared gradient.
  let meanSquare: Buffer<Double>?
  /// The largest mean squared gradient so far.
  let largestSquare: Buffer<Double>?
  /// Memory for making matrices orthogonal.
  let orthogonalization: Orthogonalization?

  /// Makes an optimiser that has not made a step.
  ///
  /// - Throws: `.invalidArgument` for settings that make no sense, `.outOfMemory`.
  public init(_ method: OptimizerMethod, layout: ParameterLayout) throws(HoneError) {
    try method.validate()
    self.method = method
    self.layout = layout
    stepCounts = Array(repeating: 0, count: layout.groups.count)
    let count = layout.parameterCount
    switch method {
    case .gradientDescent(let settings):
      mean = settings.momentum > 0 ? try Buffer(repeating: 0, count: count) : nil
      meanSquare = nil
      largestSquare = nil
      orthogonalization = nil
    case .adam(let settings):
      mean = try Buffer(repeating: 0, count: count)
      meanSquare = try Buffer(repeating: 0, count: count)
      largestSquare = settings.keepsLargest ? try Buffer(repeating: 0, count: count) : nil
      orthogonalization = nil
    case .muon(let settings):
      mean = try Buffer(repeating: 0, count: count)
      meanSquare = try Buffer(repeating: 0, count: count)
      largestSquare = settings.adam.keepsLargest ? try Buffer(repeating: 0, count: count) : nil
      orthogonalization = try Orthogonalization(matrices: layout.groups.flatMap(\.matrices))
    }
  }

  /// Moves the parameters by one step.
  ///
  /// A gradient that is not finite would spoil the optimiser for good: `GradientClipping.apply` returns
  /// the norm that tells.
  ///
  /// - Parameters:
  ///   - values: The parameters.
  ///   - gradient: The gradient of the loss.
  ///   - rate: The learning rate of groups whose factor is one.
  /// - Throws: `.invalidArgument` for vectors of another length or a rate that is negative or not
  ///   finite; nothing has then been changed.
  /// - Complexity: O(parameters); for Muon O(iterations · rows · columns · min(rows, columns)) for
  ///   every matrix; no allocation.
  public func step(
    _ values: View<Double>, gradient: View<Double>, rate: Double
  ) throws(HoneError) {
    try layout.requireCount(of: values, "parameters")
    try layout.requireCount(of: gradient, "a gradient")
    try SettingsCheck.nonNegative(rate, "a learning rate")
    for index in layout.groups.indices where layout.groups[index].rateFactor > 0 {
      stepCounts[index] += 1
      let group = layout.groups[index]
      let groupRate = rate * group.rateFactor
      switch method {
      case .gradientDescent(let settings):
        descend(
          group.range, values, gradient, rate: groupRate, settings,
          weightDecay: group.decays ? settings.weightDecay : 0)
      case .adam(let settings):
        stepAdam(
          group.range, values, gradient, rate: groupRate, settings,
          weightDecay: group.decays ? settings.weightDecay : 0, stepCount: stepCounts[index])
      case .muon(let settings):
        stepMuon(
          group, values, gradient, rate: groupRate, settings, stepCount: stepCounts[index])
      }
    }
  }

  /// Changes rate factors and weight decay of the groups, as for parameters that are frozen or thawed
  /// during a run.
  ///
  /// - Throws: `.invalidArgument` if groups are others or divide the parameters otherwise.
  public func update(_ layout: ParameterLayout) throws(HoneError) {
    let isSame =
      layout.parameterCount == self.layout.parameterCount
      && layout.groups.elementsEqual(self.layout.groups) {
        $0.name == $1.name && $0.range == $1.range && $0.matrices.elementsEqual($1.matrices, by: ==)
      }
    guard isSame else {
      throw HoneError(
        .invalidArgument,
        "expected the \(self.layout.groups.count) groups that the optimizer was made for, got others"
      )
    }
    self.layout = layout
  }

  // θ ← θ − η m with m ← μ m + g + λ θ; the first m is the first gradient, since m starts at 0.
  private func descend(
    _ range: Range<Int>, _ values: View<Double>, _ gradient: View<Double>, rate: Double,
    _ settings: GradientDescentSettings, weightDecay: Double
  ) {
    for index in range {
      var slope = gradient[index] + weightDecay * values[index]
      if let mean {
        mean[index] = settings.momentum * mean[index] + slope
        slope = settings.isNesterov ? slope + settings.momentum * mean[index] : mean[index]
      }
      values[index] -= rate * slope
    }
  }

  /// One step of Adam for a part of the parameters.
  func stepAdam(
    _ range: Range<Int>, _ values: View<Double>, _ gradient: View<Double>, rate: Double,
    _ settings: AdamSettings, weightDecay: Double, stepCount: Int
  ) {
    guard let mean, let meanSquare else { return }
    let isCoupled = settings.decay == .coupled
    let shrink = isCoupled ? 1 : 1 - rate * weightDecay
    let slopeDecay = isCoupled ? weightDecay : 0
    let step = rate / (1 - pow(settings.beta1, Double(stepCount)))
    let correction = (1 - pow(settings.beta2, Double(stepCount))).squareRoot()
    for index in range {
      let slope = gradient[index] + slopeDecay * values[index]
      let first = mean[index] + (1 - settings.beta1) * (slope - mean[index])
      let second = settings.beta2 * meanSquare[index] + (1 - settings.beta2) * (slope * slope)
      mean[index] = first
      meanSquare[index] = second
      var square = second
      if let largestSquare {
        square = max(largestSquare[index], second)
        largestSquare[index] = square
      }
      let scale = square.squareRoot() / correction + settings.epsilon
      values[index] = shrink * values[index] - step * (first / scale)
    }
  }
}
