public import HoneNumerics

/// How gradients become steps.
public enum OptimizerMethod: Sendable, Equatable {
  /// Gradient descent.
  case gradientDescent(GradientDescentSettings)
  /// Adam and its variants: AMSGrad, AdamW.
  case adam(AdamSettings)
  /// Muon for matrices, Adam for everything else.
  case muon(MuonSettings)

  /// Throws unless the settings make sense.
  ///
  /// - Throws: `.invalidArgument` with what was expected.
  public func validate() throws(HoneError) {
    switch self {
    case .gradientDescent(let settings): try settings.validate()
    case .adam(let settings): try settings.validate()
    case .muon(let settings): try settings.validate()
    }
  }
}

/// Settings of gradient descent, as `torch.optim.SGD` has them.
///
/// With gradient g, which includes the decay λ θ: m ← μ m + g, θ ← θ − η m; Nesterov's variant
/// moves by η (g + μ m) instead.
public struct GradientDescentSettings: Sendable, Equatable {
  /// The momentum μ in [0, 1).
  public var momentum: Double
  /// Whether the step looks ahead; needs momentum.
  public var isNesterov: Bool
  /// The weight decay λ, added to the gradient.
  public var weightDecay: Double

  /// Makes settings.
  public init(momentum: Double = 0, isNesterov: Bool = false, weightDecay: Double = 0) {
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }

  /// Throws unless the settings make sense.
  ///
  /// - Throws: `.invalidArgument` with what was expected.
  public func validate() throws(HoneError) {
    try SettingsCheck.fraction(momentum, "a momentum")
    try SettingsCheck.nonNegative(weightDecay, "a weight decay")
    guard !isNesterov || momentum > 0 else {
      throw HoneError(.invalidArgument, "expected a positive momentum for Nesterov's, got 0")
    }
  }
}

/// Settings of Adam and its variants, as `torch.optim.Adam` and `torch.optim.AdamW` have them.
///
/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², and with t the number of the step
/// θ ← θ − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).
///
/// - SeeAlso: Kingma, Ba, ICLR 2015, arXiv:1412.6980; Reddi et al., ICLR 2018, arXiv:1904.09237
///   (AMSGrad); Loshchilov, Hutter, ICLR 2019, arXiv:1711.05101 (AdamW).
public struct AdamSettings: Sendable, Equatable {
  /// How weight decay λ acts.
  public enum Decay: Sendable, Equatable {
    /// As a part of the gradient, g ← g + λ θ: Adam as it was published.
    case coupled
    /// Beside it, θ ← (1 − η λ) θ: AdamW.
    case decoupled
  }

  /// The memory β₁ of the mean gradient, in [0, 1).
  public var beta1: Double
  /// The memory β₂ of the mean squared gradient, in [0, 1).
  public var beta2: Double
  /// What is added to the denominator, ε > 0.
  public var epsilon: Double
  /// The weight decay λ.
  public var weightDecay: Double
  /// How it acts.
  public var decay: Decay
  /// Whether the denominator has the largest v so far: AMSGrad.
  public var keepsLargest: Bool

  /// Makes settings.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0,
    decay: Decay = .coupled, keepsLargest: Bool = false
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decay = decay
    self.keepsLargest = keepsLargest
  }

  /// Throws unless the settings make sense.
  ///
  /// - Throws: `.invalidArgument` with what was expected.
  public func validate() throws(HoneError) {
    try SettingsCheck.fraction(beta1, "beta1 of Adam")
    try SettingsCheck.fraction(beta2, "beta2 of Adam")
    try SettingsCheck.positive(epsilon, "an epsilon of Adam")
    try SettingsCheck.nonNegative(weightDecay, "a weight decay")
  }
}

/// Settings of Muon: momentum whose singular values are all made about one.
///
/// m ← μ m + (1 − μ) g, u = orthogonalised (1 − μ) g + μ m (Nesterov) or m, and
/// θ ← (1 − η λ) θ − η s √max(rows, columns) u. An orthogonal matrix has root mean square
/// 1/√max(rows, columns), so s is the root mean square of a step of rate one. With s = 0.2, about
/// what Adam's steps have, one learning rate serves matrices and the rest. It does not matter
/// whether rows are inputs or outputs.
///
/// - SeeAlso: Jordan et al., "Muon", 2024, https://kellerjordan.github.io/posts/muon; Liu et al.,
///   arXiv:2502.16982, eq. (4), for the scale; `torch.optim.Muon` with `match_rms_adamw`.
public struct MuonSettings: Sendable, Equatable {
  /// The momentum μ in [0, 1).
  public var momentum: Double
  /// Whether the step looks ahead.
  public var isNesterov: Bool
  /// The weight decay λ of matrices, decoupled.
  public var weightDecay: Double
  /// The root mean square s of a matrix's step at a learning rate of one.
  public var stepSize: Double
  /// The number of Newton–Schulz iterations.
  public var iterationCount: Int
  /// The least norm that a momentum is divided by.
  public var epsilon: Double
  /// What trains everything that is no matrix; a matrix of one row or column counts as none.
  public var adam: AdamSettings

  /// Makes settings.
  public init(
    momentum: Double = 0.95, isNesterov: Bool = true, weightDecay: Double = 0,
    stepSize: Double = 0.2, iterationCount: Int = 5, epsilon: Double = 1e-7,
    adam: AdamSettings = AdamSettings(decay: .decoupled)
  ) {
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
    self.stepSize = stepSize
    self.iterationCount = iterationCount
    self.epsilon = epsilon
    self.adam = adam
  }

  /// Throws unless the settings make sense.
  ///
  /// - Throws: `.invalidArgument` with what was expected.
  public func validate() throws(HoneError) {
    try SettingsCheck.fraction(momentum, "a momentum")
    try SettingsCheck.nonNegative(weightDecay, "a weight decay")
    try SettingsCheck.positive(stepSize, "a step size of Muon")
    try SettingsCheck.positive(epsilon, "an epsilon of Muon")
    guard (1..<100).contains(iterationCount) else {
      throw HoneError(
        .invalidArgument, "expected 1 to 99 iterations of Muon, got \(iterationCount)")
    }
    try adam.validate()
  }
}

/// Checks of numbers that somebody set.
enum SettingsCheck {
  /// Throws unless 0 ≤ value < ∞.
  static func nonNegative(_ value: Double, _ what: String) throws(HoneError) {
    guard value.isFinite, value >= 0 else {
      throw HoneError(.invalidArgument, "expected \(what) of at least 0, got \(value)")
    }
  }

  /// Throws unless 0 < value < ∞.
  static func positive(_ value: Double, _ what: String) throws(HoneError) {
    guard value.isFinite, value > 0 else {
      throw HoneError(.invalidArgument, "expected \(what) above 0, got \(value)")
    }
  }

  /// Throws unless 0 ≤ value < 1.
  static func fraction(_ value: Double, _ what: String) throws(HoneError) {
    guard value >= 0, value < 1 else {
      throw HoneError(.invalidArgument, "expected \(what) in [0, 1), got \(value)")
    }
  }

  /// Throws unless the value counts something.
  static func positive(_ value: Int, _ what: String) throws(HoneError) {
    guard value > 0 else {
      throw HoneError(.invalidArgument, "expected \(what) of at least 1, got \(value)")
    }
  }
}
