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
  /// Muon's matrices, and memory for each thread that makes them orthogonal.
  let matrixSteps: MatrixSteps?

  /// Makes an optimiser that has not made a step.
  ///
  /// - Parameters:
  ///   - method: How gradients become steps.
  ///   - layout: The groups.
  ///   - threadCount: How many threads of a team may work on Muon's matrices; each takes memory.
  /// - Throws: `.invalidArgument` for settings that make no sense, `.outOfMemory`.
  public init(
    _ method: OptimizerMethod, layout: ParameterLayout, threadCount: Int = 1
  ) throws(HoneError) {
    try method.validate()
    try SettingsCheck.positive(threadCount, "a number of threads")
    self.method = method
    self.layout = layout
    stepCounts = Array(repeating: 0, count: layout.groups.count)
    let count = layout.parameterCount
    switch method {
    case .gradientDescent(let settings):
      mean = settings.momentum > 0 ? try Buffer(repeating: 0, count: count) : nil
      meanSquare = nil
      largestSquare = nil
      matrixSteps = nil
    case .adam(let settings):
      mean = try Buffer(repeating: 0, count: count)
      meanSquare = try Buffer(repeating: 0, count: count)
      largestSquare = settings.keepsLargest ? try Buffer(repeating: 0, count: count) : nil
      matrixSteps = nil
    case .muon(let settings):
      mean = try Buffer(repeating: 0, count: count)
      meanSquare = try Buffer(repeating: 0, count: count)
      largestSquare = settings.adam.keepsLargest ? try Buffer(repeating: 0, count: count) : nil
      matrixSteps = try MatrixSteps(layout: layout, threadCount: threadCount)
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
  ///   - team: Threads to share the work; the result does not depend on their number.
  /// - Throws: `.invalidArgument` for vectors of another length or a rate that is negative or not
  ///   finite; nothing has then been changed.
  /// - Complexity: O(parameters); for Muon O(iterations · rows · columns · min(rows, columns)) for
  ///   every matrix; no allocation.
  public func step(
    _ values: View<Double>, gradient: View<Double>, rate: Double, team: Team? = nil
  ) throws(HoneError) {
    try layout.requireCount(of: values, "parameters")
    try layout.requireCount(of: gradient, "a gradient")
    try SettingsCheck.nonNegative(rate, "a learning rate")
    let vectors = StepVectors(values: values, gradient: gradient)
    for index in layout.groups.indices where layout.groups[index].rateFactor > 0 {
      stepCounts[index] += 1
      step(layout.groups[index], vectors, rate: rate, stepCount: stepCounts[index], team)
    }
    if case .muon(let settings) = method {
      matrixSteps?.run(
        settings, layout, vectors, momentum: mean?.view ?? .empty, rate: rate, team: team)
    }
  }

  /// One step for all of a group but the matrices of Muon.
  private func step(
    _ group: ParameterGroup, _ vectors: StepVectors, rate: Double, stepCount: Int, _ team: Team?
  ) {
    let rate = rate * group.rateFactor
    switch method {
    case .gradientDescent(let settings):
      let decay = group.decays ? settings.weightDecay : 0
      Self.share(group.range, team) { part in
        descend(part, vectors, rate: rate, settings, weightDecay: decay)
      }
    case .adam(let settings):
      let step = AdamStep(settings, group, rate: rate, stepCount: stepCount)
      Self.share(group.range, team) { part in stepAdam(part, vectors, step) }
    case .muon(let settings):
      let step = AdamStep(settings.adam, group, rate: rate, stepCount: stepCount)
      MatrixSteps.forEachOtherRange(of: group) { range in
        Self.share(range, team) { part in stepAdam(part, vectors, step) }
      }
    }
  }

  /// Splits a range among threads, if it is worth their waking.
  private static func share(
    _ range: Range<Int>, _ team: Team?, _ body: (_ part: Range<Int>) -> Void
  ) {
    guard let team, range.count >= 1 << 14 else { return body(range) }
    team.split(range.count) { part, _ in
      body(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
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
}
