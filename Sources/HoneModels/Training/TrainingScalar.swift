public import HoneNumerics

/// A number parameters are trained in.
///
/// `Float` and `Double` give gradients of losses; `Dual<Double>`, with parameters that carry a tangent,
/// gives Hessian-vector products of them too. Forces are computed on `Plain` and gradients of losses
/// on `Dual<Self>`; the weights of both are numbers of this type.
public protocol TrainingScalar: HoneScalar {
  /// What energies and forces are computed in.
  associatedtype Plain: HoneScalar where Plain.Weight == Self
  /// What is summed over edges, atoms and structures, and what losses are computed in.
  associatedtype Output: HoneScalar

  /// The result of a plain computation.
  static func output(_ plain: Plain) -> Output
  /// A parameter's gradient.
  static func output(_ gradient: Self) -> Output
  /// What a loss gave, as a number of this type.
  init(output: Output)
}

extension Float: TrainingScalar {
  /// What energies and forces are computed in.
  public typealias Plain = Float
  /// What losses are computed in.
  public typealias Output = Double

  /// The result of a plain computation.
  public static func output(_ plain: Float) -> Double { Double(plain) }
  /// What a loss gave, as a number of this type.
  public init(output: Double) { self.init(output) }
}

extension Double: TrainingScalar {
  /// What energies and forces are computed in.
  public typealias Plain = Double
  /// What losses are computed in.
  public typealias Output = Double

  /// The result of a plain computation.
  public static func output(_ plain: Double) -> Double { plain }
  /// What a loss gave, as a number of this type.
  public init(output: Double) { self = output }
}

extension Dual: TrainingScalar where Base == Double {
  /// What energies and forces are computed in: weights carry the inner tangent, positions could carry
  /// the outer one, but do not.
  public typealias Plain = Dual<Dual<Double>>
  /// What losses are computed in.
  public typealias Output = Dual<Double>

  /// The result of a plain computation.
  public static func output(_ plain: Dual<Dual<Double>>) -> Dual<Double> { plain.primal }
  /// A parameter's gradient.
  public static func output(_ gradient: Dual<Double>) -> Dual<Double> { gradient }
  /// What a loss gave, as a number of this type.
  public init(output: Dual<Double>) { self = output }
}
