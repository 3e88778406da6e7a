public import HoneNumerics

/// Learning from structures without labels that are samples of a Boltzmann distribution.
///
/// Structures of a run at temperature T have the density p(R) ∝ exp(−U(R) / kT), whose score is
/// ∇ log p = F / kT. So a model's forces can be fitted to the structures alone, by any of
///
/// 1. the objective that integration by parts leaves of the distance of the scores, with the trace of the
///    Hessian estimated along random directions v of zero mean and unit covariance (`sliced`), in eV²/Å²:
///
///        J = 1/N Σ_frames [½|F|² + kT ∇·F] ≈ 1/N Σ_frames [½|F|² − kT/K Σ_k v_kᵀ H v_k]
///
///    where N is the number of atoms in the batch and H = ∂²E/∂R∂R; the derivative is exact;
/// 2. the same with v · ∇(F · v) by a central difference, v · [F(R + εv) − F(R − εv)] / 2ε;
/// 3. denoising: atoms are displaced by u ~ N(0, σ²), and the score of the displaced structures, which is
///    that of p smoothed by σ, is fitted to −u/σ². With the weight σ², which leaves a number of order one
///    whatever σ:
///
///        J = 1/N Σ_frames 1/K Σ_k ½ (σ/kT)² |F(R + u_k) + kT u_k / σ²|²
///
/// The first two have J for p itself but a trace with noise, the third no second derivatives but a blurred
/// p: bonds become softer by σ² over the square of their amplitude. Energies are learnt up to a constant,
/// and a model learns what made the structures, not what labels they would have had.
///
/// Weights of structures and of their forces multiply a frame's share; weights of atoms do not enter.
///
/// - SeeAlso: Hyvärinen, J. Mach. Learn. Res. 6, 695 (2005), theorem 1, for the integration by parts;
///   Vincent, Neural Comput. 23, 1661 (2011), for denoising; Song, Garg, Shi, Ermon, UAI 2019,
///   arXiv:1905.07088, for random directions with |F|² taken whole; Song, Ermon, NeurIPS 2019,
///   arXiv:1907.05600, for the weight σ²; Bukharin et al., ICML 2023, arXiv:2306.03109, for its use in
///   pre-training of force fields.
public struct ScoreMatching: Sendable, Equatable {
  /// Which objective.
  public enum Method: Sendable, Equatable {
    /// Directions, and the exact second derivative along each.
    case sliced
    /// Directions, and a central difference of forces along each; the step is ε in Å.
    case difference(step: Double)
    /// Displacements of the atoms; the noise is σ in Å.
    case denoising(noise: Double)
  }

  /// What directions are drawn from; displacements of denoising are always Gaussian.
  public enum Directions: String, Sendable, CaseIterable {
    /// Components of ±1, which have the smaller variance.
    case rademacher
    /// Components of a normal distribution.
    case gaussian
  }

  /// Boltzmann's constant in eV/K.
  public static let boltzmann = 8.617333262e-5

  /// Which objective.
  public let method: Method
  /// What directions are drawn from.
  public let directions: Directions
  /// How many directions, or displacements, a frame has in every step: K.
  public let sampleCount: Int
  /// The temperature of frames that name none, in K; nil for those to be left out.
  public let temperature: Double?
  /// What directions and displacements depend on, beside epoch and frame.
  public let seed: UInt64

  /// Makes an objective.
  ///
  /// - Throws: `.invalidArgument` for a temperature, a step or a noise that is not finite and positive,
  ///   and for a number of samples below one.
  public init(
    _ method: Method, directions: Directions = .rademacher, sampleCount: Int = 1,
    temperature: Double? = nil, seed: UInt64 = 1
  ) throws(HoneError) {
    switch method {
    case .sliced: break
    case .difference(let step):
      try SettingsCheck.positive(step, "a step of central differences in Å")
    case .denoising(let noise): try SettingsCheck.positive(noise, "a noise in Å")
    }
    if let temperature { try SettingsCheck.positive(temperature, "a temperature in K") }
    guard sampleCount >= 1 else {
      throw HoneError(
        .invalidArgument, "expected one sample of a frame or more, got \(sampleCount)")
    }
    self.method = method
    self.directions = directions
    self.sampleCount = sampleCount
    self.temperature = temperature
    self.seed = seed
  }

  /// kT of a frame in eV; nil for one without a temperature.
  func thermalEnergy(of labels: FrameLabels) -> Double? {
    guard let kelvins = labels.temperature ?? temperature, kelvins > 0 else { return nil }
    return kelvins * Self.boltzmann
  }

  /// One over the number of atoms with a temperature; 0 where there are none.
  func normalization(of batch: [FrameLabels]) -> Double {
    let count = batch.reduce(0) { thermalEnergy(of: $1) == nil ? $0 : $0 + $1.atomCount }
    return count > 0 ? 1 / Double(count) : 0
  }

  /// What frames draw in an epoch.
  ///
  /// - Parameter epoch: The epoch; nil for what frames are judged by, the same in all epochs.
  func draw(epoch: Int?) -> ScoreDraw {
    let isGaussian: Bool
    switch method {
    case .sliced, .difference: isGaussian = directions == .gaussian
    case .denoising: isGaussian = true
    }
    return ScoreDraw(seed: seed, epoch: epoch ?? -1, isGaussian: isGaussian)
  }
}

/// Directions of an epoch, a function of seed, epoch, frame and sample alone: a run that is resumed goes on
/// with those it would have had, whatever the number of threads.
struct ScoreDraw: Sendable, Equatable {
  let seed: UInt64
  let epoch: Int
  let isGaussian: Bool

  /// Draws the direction of a sample of a frame: components of zero mean and unit variance.
  func fill(_ direction: View<Double>, frame: Int, sample: Int) {
    var state = Self.mixed(seed ^ 0x73_636F_7265)
    for number in [epoch, frame, sample] {
      state = Self.mixed(state ^ UInt64(bitPattern: Int64(number)))
    }
    var numbers = RandomNumbers(seed: state)
    for index in 0..<direction.count {
      direction[index] = isGaussian ? numbers.normal() : numbers.next() >> 63 == 0 ? 1 : -1
    }
  }

  private static func mixed(_ seed: UInt64) -> UInt64 {
    var numbers = RandomNumbers(seed: seed)
    return numbers.next()
  }
}
