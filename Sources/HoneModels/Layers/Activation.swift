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
    Self.value(function, x) * L(repeating: L.Element(factor))
  }

  /// The function's derivative, lane by lane: the same code on dual numbers.
  @inlinable
  public func derivative<L: HoneLanes>(_ x: L) -> L {
    Self.slope(function, x) * L(repeating: L.Element(factor))
  }

  /// Applies the function to a number of lanes.
  ///
  /// - Parameters:
  ///   - input: `count` lanes or more.
  ///   - output: Overwritten; may be the input.
  ///   - count: The number of lanes.
  public func apply<L: HoneLanes>(_ input: View<L>, into output: View<L>, count: Int) {
    let scale = L(repeating: L.Element(factor))
    // The case is a constant inside each loop, so that no lane pays for choosing.
    @inline(__always)
    func run(_ function: Function) {
      for index in 0..<count { output[index] = Self.value(function, input[index]) * scale }
    }
    switch function {
    case .silu: run(.silu)
    case .tanh: run(.tanh)
    case .abs: run(.abs)
    case .relu: run(.relu)
    case .sigmoid: run(.sigmoid)
    case .elu: run(.elu)
    case .shiftedSoftplus: run(.shiftedSoftplus)
    case .identity: run(.identity)
    }
  }

  /// Multiplies a gradient by the function's derivative at a number of lanes.
  ///
  /// - Parameters:
  ///   - input: Where the derivative is taken.
  ///   - gradient: Multiplied in place.
  ///   - count: The number of lanes.
  public func multiplyByDerivative<L: HoneLanes>(
    _ input: View<L>, _ gradient: View<L>, count: Int
  ) {
    let scale = L(repeating: L.Element(factor))
    @inline(__always)
    func run(_ function: Function) {
      for index in 0..<count {
        gradient[index] = gradient[index] * (Self.slope(function, input[index]) * scale)
      }
    }
    switch function {
    case .silu: run(.silu)
    case .tanh: run(.tanh)
    case .abs: run(.abs)
    case .relu: run(.relu)
    case .sigmoid: run(.sigmoid)
    case .elu: run(.elu)
    case .shiftedSoftplus: run(.shiftedSoftplus)
    case .identity: run(.identity)
    }
  }

  @inlinable @inline(__always)
  static func slope<L: HoneLanes>(_ function: Function, _ x: L) -> L {
    value(function, DualLanes(x, tangent: L(repeating: L.Element(1)))).tangent
  }

  @inlinable @inline(__always)
  static func value<L: HoneLanes>(_ function: Function, _ x: L) -> L {
    let half = L(repeating: L.Element(0.5))
    switch function {
    case .silu: return x * L.logistic(x)
    case .tanh: return L.tanh(x)
    case .abs: return L.magnitude(x)
    case .relu: return (x + L.magnitude(x)) * half
    case .sigmoid: return L.logistic(x)
    case .elu:
      // relu(x) + exp(min(x, 0)) − 1, and min(x, 0) = (x − |x|) / 2.
      let negative = (x - L.magnitude(x)) * half
      return (x + L.magnitude(x)) * half + (L.exp(negative) - L(repeating: L.Element(1)))
    case .shiftedSoftplus:
      // relu(x) + ln(1 + exp(−|x|)) − ln 2: no overflow.
      return (x + L.magnitude(x)) * half + L.logOnePlus(L.exp(-L.magnitude(x)))
        - L(repeating: L.Element(0.693_147_180_559_945_3))
    case .identity: return x
    }
  }
}
