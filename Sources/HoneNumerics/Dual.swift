/// A number and its derivative along one direction: value + ε · tangent, ε² = 0.
///
/// Nested, `Dual<Dual<Double>>` carries mixed second derivatives.
/// - SeeAlso: Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, ch. 3.
@frozen
public struct Dual<Base: HoneScalar>: HoneScalar {
  /// A row of channels of this number.
  public typealias Lanes = DualLanes<Base.Lanes>
  /// What weights are: numbers without this tangent.
  public typealias Weight = Base

  /// The number itself.
  public var primal: Base
  /// Its derivative along the direction.
  public var tangent: Base

  /// Makes a number with its derivative.
  @inlinable @inline(__always)
  public init(_ primal: Base, tangent: Base) {
    self.primal = primal
    self.tangent = tangent
  }

  /// Makes a value from a constant: its tangent is zero.
  @inlinable @inline(__always)
  public init(_ value: Double) { self.init(Base(value), tangent: Base(0)) }

  /// Makes a value from a weight: its tangent is zero.
  @inlinable @inline(__always)
  public init(weight: Base) { self.init(weight, tangent: Base(0)) }

  /// The number without its tangents.
  @inlinable public var value: Double { primal.value }

  /// The sum.
  @inlinable @inline(__always)
  public static func + (lhs: Self, rhs: Self) -> Self {
    Self(lhs.primal + rhs.primal, tangent: lhs.tangent + rhs.tangent)
  }

  /// The difference.
  @inlinable @inline(__always)
  public static func - (lhs: Self, rhs: Self) -> Self {
    Self(lhs.primal - rhs.primal, tangent: lhs.tangent - rhs.tangent)
  }

  /// The product.
  @inlinable @inline(__always)
  public static func * (lhs: Self, rhs: Self) -> Self {
    Self(lhs.primal * rhs.primal, tangent: lhs.primal * rhs.tangent + lhs.tangent * rhs.primal)
  }

  /// The quotient.
  @inlinable @inline(__always)
  public static func / (lhs: Self, rhs: Self) -> Self {
    let quotient = lhs.primal / rhs.primal
    return Self(quotient, tangent: (lhs.tangent - quotient * rhs.tangent) / rhs.primal)
  }

  /// The negative.
  @inlinable @inline(__always)
  public static prefix func - (operand: Self) -> Self {
    Self(-operand.primal, tangent: -operand.tangent)
  }

  /// √x.
  @inlinable
  public static func squareRoot(_ x: Self) -> Self {
    let root = Base.squareRoot(x.primal)
    return Self(root, tangent: x.tangent / (root + root))
  }

  /// eˣ.
  @inlinable
  public static func exp(_ x: Self) -> Self {
    let e = Base.exp(x.primal)
    return Self(e, tangent: e * x.tangent)
  }

  /// tanh x.
  @inlinable
  public static func tanh(_ x: Self) -> Self {
    let t = Base.tanh(x.primal)
    return Self(t, tangent: (Base(1) - t * t) * x.tangent)
  }

  /// x to a constant real power, x > 0.
  @inlinable
  public static func power(_ x: Self, _ exponent: Double) -> Self {
    let slope = Base(exponent) * Base.power(x.primal, exponent - 1)
    return Self(Base.power(x.primal, exponent), tangent: slope * x.tangent)
  }
}

/// A row of channels of dual numbers, values and tangents in lanes of their own.
@frozen
public struct DualLanes<Base: HoneLanes>: HoneLanes {
  /// The number one lane holds.
  public typealias Element = Dual<Base.Element>
  /// A row of channels of weights.
  public typealias Weight = Base

  /// The numbers themselves.
  public var primal: Base
  /// Their derivatives along the direction.
  public var tangent: Base

  /// Makes a row of numbers with their derivatives.
  @inlinable @inline(__always)
  public init(_ primal: Base, tangent: Base) {
    self.primal = primal
    self.tangent = tangent
  }

  /// How many channels a value holds.
  @inlinable public static var width: Int { Base.width }
  /// How many rows of plain numbers a value consists of.
  @inlinable public static var partCount: Int { 2 * Base.partCount }

  /// Makes a row from weights: the tangents are zero.
  @inlinable @inline(__always)
  public init(weight: Base) { self.init(weight, tangent: .zero) }

  /// `accumulator + a · weight`: two products, not three.
  @inlinable @inline(__always)
  public static func multiplyAdd(_ accumulator: Self, _ a: Self, weight: Base) -> Self {
    Self(
      Base.multiplyAdd(accumulator.primal, a.primal, weight),
      tangent: Base.multiplyAdd(accumulator.tangent, a.tangent, weight))
  }

  /// `accumulator` + the tangent of `a · gradient`.
  @inlinable @inline(__always)
  public static func accumulateWeight(_ accumulator: Base, _ a: Self, _ gradient: Self) -> Base {
    Base.multiplyAdd(
      Base.multiplyAdd(accumulator, a.primal, gradient.tangent), a.tangent, gradient.primal)
  }

  /// All lanes equal.
  @inlinable @inline(__always)
  public init(repeating element: Element) {
    self.init(Base(repeating: element.primal), tangent: Base(repeating: element.tangent))
  }

  /// One lane.
  @inlinable
  public subscript(lane: Int) -> Element {
    get { Dual(primal[lane], tangent: tangent[lane]) }
    set {
      primal[lane] = newValue.primal
      tangent[lane] = newValue.tangent
    }
  }

  /// The sum over the lanes.
  @inlinable
  public func sum() -> Element { Dual(primal.sum(), tangent: tangent.sum()) }

  /// The sum.
  @inlinable @inline(__always)
  public static func + (lhs: Self, rhs: Self) -> Self {
    Self(lhs.primal + rhs.primal, tangent: lhs.tangent + rhs.tangent)
  }

  /// The difference.
  @inlinable @inline(__always)
  public static func - (lhs: Self, rhs: Self) -> Self {
    Self(lhs.primal - rhs.primal, tangent: lhs.tangent - rhs.tangent)
  }

  /// The product.
  @inlinable @inline(__always)
  public static func * (lhs: Self, rhs: Self) -> Self {
    Self(
      lhs.primal * rhs.primal,
      tangent: Base.multiplyAdd(lhs.primal * rhs.tangent, lhs.tangent, rhs.primal))
  }

  /// The quotient.
  @inlinable @inline(__always)
  public static func / (lhs: Self, rhs: Self) -> Self {
    let quotient = lhs.primal / rhs.primal
    return Self(quotient, tangent: (lhs.tangent - quotient * rhs.tangent) / rhs.primal)
  }

  /// The negative.
  @inlinable @inline(__always)
  public static prefix func - (operand: Self) -> Self {
    Self(-operand.primal, tangent: -operand.tangent)
  }

  /// `accumulator + a · b`, fused where the processor can.
  @inlinable @inline(__always)
  public static func multiplyAdd(_ accumulator: Self, _ a: Self, _ b: Self) -> Self {
    Self(
      Base.multiplyAdd(accumulator.primal, a.primal, b.primal),
      tangent: Base.multiplyAdd(
        Base.multiplyAdd(accumulator.tangent, a.primal, b.tangent), a.tangent, b.primal))
  }

  /// Channel `index` of a row of lanes, read straight from memory.
  @inlinable @inline(__always)
  public static func element(_ index: Int, of row: UnsafePointer<Self>) -> Element {
    let block = row + index / width
    let lane = index % width
    return UnsafeRawPointer(block).withMemoryRebound(to: Base.self, capacity: 2) { parts in
      Dual(Base.element(lane, of: parts), tangent: Base.element(lane, of: parts + 1))
    }
  }

  /// Writes channel `index` of a row of lanes, straight to memory.
  @inlinable @inline(__always)
  public static func setElement(
    _ index: Int, of row: UnsafeMutablePointer<Self>, to value: Element
  ) {
    let block = row + index / width
    let lane = index % width
    UnsafeMutableRawPointer(block).withMemoryRebound(to: Base.self, capacity: 2) { parts in
      Base.setElement(lane, of: parts, to: value.primal)
      Base.setElement(lane, of: parts + 1, to: value.tangent)
    }
  }

  /// eˣ.
  @inlinable
  public static func exp(_ x: Self) -> Self {
    let e = Base.exp(x.primal)
    return Self(e, tangent: e * x.tangent)
  }

  /// Sine and cosine lane by lane.
  @inlinable
  public static func sineCosine(_ x: Self) -> (sine: Self, cosine: Self) {
    let (sine, cosine) = Base.sineCosine(x.primal)
    return (Self(sine, tangent: cosine * x.tangent), Self(cosine, tangent: -(sine * x.tangent)))
  }

  /// ln(1 + x) lane by lane, x > −1.
  @inlinable
  public static func logOnePlus(_ x: Self) -> Self {
    let one = Base(repeating: Base.Element(1))
    return Self(Base.logOnePlus(x.primal), tangent: x.tangent / (one + x.primal))
  }

  /// |x| lane by lane; its derivative at 0 counts as 0.
  @inlinable
  public static func magnitude(_ x: Self) -> Self {
    var result = x
    for lane in 0..<width where x.primal[lane].value < 0 {
      result[lane] = -x[lane]
    }
    return result
  }
}
