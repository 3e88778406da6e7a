/// A Taylor polynomial of degree two in one variable: primal + ε · first + ε² · second, ε³ = 0.
///
/// Run on positions that move along a curve r + ε v + ε² t, the code that computes an energy gives
/// ½ vᵀ H v + ∇E · t as its second coefficient, and the reverse pass the same of ∂E/∂θ. Nested dual numbers
/// give that too, with four numbers in place of three: a product takes six multiplications here and nine
/// there, one with a weight three and not six.
/// - SeeAlso: Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, sec. 13.2.
@frozen
public struct Jet<Base: HoneScalar>: HoneScalar {
  /// A row of channels of this number.
  public typealias Lanes = JetLanes<Base.Lanes>
  /// What weights are: numbers that do not move.
  public typealias Weight = Base

  /// The number itself.
  public var primal: Base
  /// Its derivative.
  public var first: Base
  /// Half its second derivative.
  public var second: Base

  /// Makes a number from its coefficients.
  @inlinable @inline(__always)
  public init(_ primal: Base, first: Base, second: Base) {
    self.primal = primal
    self.first = first
    self.second = second
  }

  /// Makes a value from a constant, which does not move.
  @inlinable @inline(__always)
  public init(_ value: Double) { self.init(Base(value), first: Base(0), second: Base(0)) }

  /// Makes a value from a weight, which does not move.
  @inlinable @inline(__always)
  public init(weight: Base) { self.init(weight, first: Base(0), second: Base(0)) }

  /// The number without its derivatives.
  @inlinable public var value: Double { primal.value }

  /// The sum.
  @inlinable @inline(__always)
  public static func + (lhs: Self, rhs: Self) -> Self {
    Self(lhs.primal + rhs.primal, first: lhs.first + rhs.first, second: lhs.second + rhs.second)
  }

  /// The difference.
  @inlinable @inline(__always)
  public static func - (lhs: Self, rhs: Self) -> Self {
    Self(lhs.primal - rhs.primal, first: lhs.first - rhs.first, second: lhs.second - rhs.second)
  }

  /// The product.
  @inlinable @inline(__always)
  public static func * (lhs: Self, rhs: Self) -> Self {
    Self(
      lhs.primal * rhs.primal, first: lhs.primal * rhs.first + lhs.first * rhs.primal,
      second: lhs.primal * rhs.second + lhs.first * rhs.first + lhs.second * rhs.primal)
  }

  /// The quotient.
  @inlinable @inline(__always)
  public static func / (lhs: Self, rhs: Self) -> Self {
    let quotient = lhs.primal / rhs.primal
    let first = (lhs.first - quotient * rhs.first) / rhs.primal
    return Self(
      quotient, first: first,
      second: (lhs.second - quotient * rhs.second - first * rhs.first) / rhs.primal)
  }

  /// The negative.
  @inlinable @inline(__always)
  public static prefix func - (operand: Self) -> Self {
    Self(-operand.primal, first: -operand.first, second: -operand.second)
  }

  /// √x.
  @inlinable
  public static func squareRoot(_ x: Self) -> Self {
    let root = Base.squareRoot(x.primal)
    let first = x.first / (root + root)
    return Self(root, first: first, second: (x.second - first * first) / (root + root))
  }

  /// eˣ.
  @inlinable
  public static func exp(_ x: Self) -> Self {
    let e = Base.exp(x.primal)
    let first = e * x.first
    return Self(e, first: first, second: e * x.second + Base(0.5) * first * x.first)
  }

  /// tanh x.
  @inlinable
  public static func tanh(_ x: Self) -> Self {
    let t = Base.tanh(x.primal)
    let slope = Base(1) - t * t
    let first = slope * x.first
    return Self(t, first: first, second: slope * x.second - t * first * x.first)
  }

  /// x to a constant real power, x > 0.
  @inlinable
  public static func power(_ x: Self, _ exponent: Double) -> Self {
    let slope = Base(exponent) * Base.power(x.primal, exponent - 1)
    let half = Base(0.5 * exponent * (exponent - 1)) * Base.power(x.primal, exponent - 2)
    return Self(
      Base.power(x.primal, exponent), first: slope * x.first,
      second: slope * x.second + half * x.first * x.first)
  }
}
