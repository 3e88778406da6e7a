/// A row of channels of Taylor polynomials of degree two, each coefficient in lanes of its own.
@frozen
public struct JetLanes<Base: HoneLanes>: HoneLanes {
  /// The number one lane holds.
  public typealias Element = Jet<Base.Element>
  /// A row of channels of weights.
  public typealias Weight = Base

  /// The numbers themselves.
  public var primal: Base
  /// Their derivatives.
  public var first: Base
  /// Half their second derivatives.
  public var second: Base

  /// Makes a row of numbers from their coefficients.
  @inlinable @inline(__always)
  public init(_ primal: Base, first: Base, second: Base) {
    self.primal = primal
    self.first = first
    self.second = second
  }

  /// How many channels a value holds.
  @inlinable public static var width: Int { Base.width }
  /// How many rows of plain numbers a value consists of.
  @inlinable public static var partCount: Int { 3 * Base.partCount }

  /// Makes a row from weights, which do not move.
  @inlinable @inline(__always)
  public init(weight: Base) { self.init(weight, first: .zero, second: .zero) }

  /// `accumulator + a · weight`: three products, not six.
  @inlinable @inline(__always)
  public static func multiplyAdd(_ accumulator: Self, _ a: Self, weight: Base) -> Self {
    Self(
      Base.multiplyAdd(accumulator.primal, a.primal, weight),
      first: Base.multiplyAdd(accumulator.first, a.first, weight),
      second: Base.multiplyAdd(accumulator.second, a.second, weight))
  }

  /// `accumulator` + the second coefficient of `a · gradient`.
  @inlinable @inline(__always)
  public static func accumulateWeight(_ accumulator: Base, _ a: Self, _ gradient: Self) -> Base {
    Base.multiplyAdd(
      Base.multiplyAdd(
        Base.multiplyAdd(accumulator, a.primal, gradient.second), a.first, gradient.first),
      a.second, gradient.primal)
  }

  /// All lanes equal.
  @inlinable @inline(__always)
  public init(repeating element: Element) {
    self.init(
      Base(repeating: element.primal), first: Base(repeating: element.first),
      second: Base(repeating: element.second))
  }

  /// One lane.
  @inlinable
  public subscript(lane: Int) -> Element {
    get { Jet(primal[lane], first: first[lane], second: second[lane]) }
    set {
      primal[lane] = newValue.primal
      first[lane] = newValue.first
      second[lane] = newValue.second
    }
  }

  /// The sum over the lanes.
  @inlinable
  public func sum() -> Element { Jet(primal.sum(), first: first.sum(), second: second.sum()) }

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
    let second = Base.multiplyAdd(lhs.primal * rhs.second, lhs.first, rhs.first)
    return Self(
      lhs.primal * rhs.primal,
      first: Base.multiplyAdd(lhs.primal * rhs.first, lhs.first, rhs.primal),
      second: Base.multiplyAdd(second, lhs.second, rhs.primal))
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

  /// `accumulator + a · b`, fused where the processor can.
  @inlinable @inline(__always)
  public static func multiplyAdd(_ accumulator: Self, _ a: Self, _ b: Self) -> Self {
    let first = Base.multiplyAdd(accumulator.first, a.primal, b.first)
    let second = Base.multiplyAdd(
      Base.multiplyAdd(accumulator.second, a.primal, b.second), a.first, b.first)
    return Self(
      Base.multiplyAdd(accumulator.primal, a.primal, b.primal),
      first: Base.multiplyAdd(first, a.first, b.primal),
      second: Base.multiplyAdd(second, a.second, b.primal))
  }

  /// Channel `index` of a row of lanes, read straight from memory.
  @inlinable @inline(__always)
  public static func element(_ index: Int, of row: UnsafePointer<Self>) -> Element {
    let block = row + index / width
    let lane = index % width
    return UnsafeRawPointer(block).withMemoryRebound(to: Base.self, capacity: 3) { parts in
      Jet(
        Base.element(lane, of: parts), first: Base.element(lane, of: parts + 1),
        second: Base.element(lane, of: parts + 2))
    }
  }

  /// Writes channel `index` of a row of lanes, straight to memory.
  @inlinable @inline(__always)
  public static func setElement(
    _ index: Int, of row: UnsafeMutablePointer<Self>, to value: Element
  ) {
    let block = row + index / width
    let lane = index % width
    UnsafeMutableRawPointer(block).withMemoryRebound(to: Base.self, capacity: 3) { parts in
      Base.setElement(lane, of: parts, to: value.primal)
      Base.setElement(lane, of: parts + 1, to: value.first)
      Base.setElement(lane, of: parts + 2, to: value.second)
    }
  }

  /// One half in all lanes.
  @inlinable @inline(__always)
  static var half: Base { Base(repeating: Base.Element(0.5)) }

  /// eˣ.
  @inlinable
  public static func exp(_ x: Self) -> Self {
    let e = Base.exp(x.primal)
    let first = e * x.first
    return Self(e, first: first, second: Base.multiplyAdd(e * x.second, half * first, x.first))
  }

  /// Sine and cosine lane by lane.
  @inlinable
  public static func sineCosine(_ x: Self) -> (sine: Self, cosine: Self) {
    let (sine, cosine) = Base.sineCosine(x.primal)
    let (rise, fall) = (cosine * x.first, -(sine * x.first))
    return (
      Self(
        sine, first: rise,
        second: Base.multiplyAdd(cosine * x.second, half * fall, x.first)),
      Self(
        cosine, first: fall,
        second: -Base.multiplyAdd(sine * x.second, half * rise, x.first))
    )
  }

  /// ln(1 + x) lane by lane, x > −1.
  @inlinable
  public static func logOnePlus(_ x: Self) -> Self {
    let shifted = Base(repeating: Base.Element(1)) + x.primal
    let first = x.first / shifted
    return Self(
      Base.logOnePlus(x.primal), first: first, second: x.second / shifted - half * first * first)
  }

  /// |x| lane by lane; its derivatives at 0 count as those from above.
  @inlinable
  public static func magnitude(_ x: Self) -> Self {
    var result = x
    for lane in 0..<width where x.primal[lane].value < 0 {
      result[lane] = -x[lane]
    }
    return result
  }
}
