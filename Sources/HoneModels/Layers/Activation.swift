public import HoneNumerics

/// A scalar non-linearity, scaled as the networks it comes from were trained.
public struct Activation: Sendable, Equatable {
  /// The function without its factor.
  public enum Function: String, Sendable, CaseIterable {
    case silu, tanh, abs, relu, sigmoid, elu
    /// softplus(x) − ln 2.
    case shiftedSoftplus = "ssp"
    /// x.
    case identity
  }

  /// The function.
  public let function: Function
  /// The factor the function's value is multiplied by.
  public let factor: Double

  /// Makes an activation with a factor of one.
  public static func plain(_ function: Function) -> Activation {
    Activation(function: function, factor: 1)
  }

  /// Makes an activation whose second moment over normal variates is one.
  ///
  /// e3nn estimates the moment on a fixed sample of a million variates. Models were trained with
  /// that estimate, so it is used here, not the integral.
  /// - SeeAlso: e3nn's `normalize2mom`.
  public static func normalized(_ function: Function) -> Activation {
    let factor =
      switch function {
      case .silu: 1.6791767923989418
      case .tanh: 1.5937334472592695
      case .abs: 1.001110600838467
      case .relu: 1.4163393446331365
      case .sigmoid: 1.8467055342154763
      case .elu: 1.2467863885570512
      case .shiftedSoftplus: 1.878204668541552
      case .identity: 1.0
      }
    return Activation(function: function, factor: factor)
  }

  /// The function's value, lane by lane.
  @inlinable
  public func callAsFunction<L: HoneLanes>(_ x: L) -> L {
    let one = L(repeating: L.Element(1))
    let zero = L.zero
    let y: L =
      switch function {
      case .silu: x * L.logistic(x)
      case .tanh: L.tanh(x)
      case .abs: L.magnitude(x)
      case .relu: (x + L.magnitude(x)) * L(repeating: L.Element(0.5))
      case .sigmoid: L.logistic(x)
      // elu(x) = relu(x) + exp(min(x, 0)) − 1, and min(x, 0) = (x − |x|) / 2.
      case .elu:
        (x + L.magnitude(x)) * L(repeating: L.Element(0.5))
          + (L.exp((x - L.magnitude(x)) * L(repeating: L.Element(0.5))) - one)
      // softplus(x) = relu(x) + ln(1 + exp(−|x|)): no overflow.
      case .shiftedSoftplus:
        (x + L.magnitude(x)) * L(repeating: L.Element(0.5))
          + L.logOnePlus(L.exp(zero - L.magnitude(x)))
          - L(repeating: L.Element(0.693_147_180_559_945_3))
      case .identity: x
      }
    return y * L(repeating: L.Element(factor))
  }

  /// The function's derivative, lane by lane: the same code on dual numbers.
  @inlinable
  public func derivative<L: HoneLanes>(_ x: L) -> L {
    self(DualLanes(x, tangent: L(repeating: L.Element(1)))).tangent
  }
}
