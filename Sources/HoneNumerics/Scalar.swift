internal import Glibc

/// A number the layers compute with: `Float`, `Double`, or dual numbers over either.
///
/// The layers are written once, over this protocol. Run on dual numbers the same code gives exact
/// directional derivatives: of forces, hence of losses on forces (one order), and Hessian-vector
/// products of those losses (two orders).
public protocol HoneScalar: BitwiseCopyable, Sendable {
  /// A row of channels of this number, as one hardware vector or a few.
  associatedtype Lanes: HoneLanes where Lanes.Element == Self, Lanes.Weight == Weight.Lanes
  /// What the weights of layers over this number are: the number itself, or for a dual number what
  /// it is a dual number over, because the direction of the outermost tangent is one of positions.
  associatedtype Weight: HoneScalar

  /// Makes the number from a constant, which carries no tangent.
  init(_ value: Double)
  /// Makes the number from a weight, which carries no outermost tangent.
  init(weight: Weight)
  /// The number without its tangents.
  var value: Double { get }

  static func + (lhs: Self, rhs: Self) -> Self
  static func - (lhs: Self, rhs: Self) -> Self
  static func * (lhs: Self, rhs: Self) -> Self
  static func / (lhs: Self, rhs: Self) -> Self
  static prefix func - (operand: Self) -> Self

  /// √x.
  static func squareRoot(_ x: Self) -> Self
  /// eˣ.
  static func exp(_ x: Self) -> Self
  /// tanh x.
  static func tanh(_ x: Self) -> Self
  /// x to a constant real power, x > 0.
  static func power(_ x: Self, _ exponent: Double) -> Self
}

extension HoneScalar {
  /// The number 0.
  @inlinable @inline(__always)
  public static var zero: Self { Self(0) }

  /// Adds to the left side.
  @inlinable @inline(__always)
  public static func += (lhs: inout Self, rhs: Self) { lhs = lhs + rhs }
  /// Subtracts from the left side.
  @inlinable @inline(__always)
  public static func -= (lhs: inout Self, rhs: Self) { lhs = lhs - rhs }
  /// Multiplies the left side.
  @inlinable @inline(__always)
  public static func *= (lhs: inout Self, rhs: Self) { lhs = lhs * rhs }

  /// x to an integer power, n ≥ 0, by repeated squaring.
  @inlinable
  public static func power(_ x: Self, _ exponent: Int) -> Self {
    var result = Self(1)
    var base = x
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = result * base }
      base = base * base
      rest >>= 1
    }
    return result
  }
}

extension Double: HoneScalar {
  /// A row of channels of this number.
  public typealias Lanes = SIMD8<Double>
  /// What weights are.
  public typealias Weight = Double

  /// The number itself.
  @inlinable public init(weight: Double) { self = weight }

  /// The number without its tangents.
  @inlinable public var value: Double { self }
  /// √x.
  @inlinable public static func squareRoot(_ x: Double) -> Double { x.squareRoot() }
  /// eˣ.
  public static func exp(_ x: Double) -> Double { Glibc.exp(x) }
  /// tanh x.
  public static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
  /// x to a constant real power, x > 0.
  public static func power(_ x: Double, _ exponent: Double) -> Double { pow(x, exponent) }
}

extension Float: HoneScalar {
  /// A row of channels of this number.
  public typealias Lanes = SIMD16<Float>
  /// What weights are.
  public typealias Weight = Float

  /// The number itself.
  @inlinable public init(weight: Float) { self = weight }

  /// The number without its tangents.
  @inlinable public var value: Double { Double(self) }
  /// √x.
  @inlinable public static func squareRoot(_ x: Float) -> Float { x.squareRoot() }
  /// eˣ.
  public static func exp(_ x: Float) -> Float { Glibc.expf(x) }
  /// tanh x.
  public static func tanh(_ x: Float) -> Float { Glibc.tanhf(x) }
  /// x to a constant real power, x > 0.
  public static func power(_ x: Float, _ exponent: Double) -> Float { powf(x, Float(exponent)) }
}
