/// A short row of channels: what one instruction, or a few, works on.
///
/// Channels are the fastest index of every feature array, padded to whole lanes with zeros. So the
/// inner loops of all layers are over lanes, and nothing depends on the compiler's vectoriser.
public protocol HoneLanes: BitwiseCopyable, Sendable {
  /// The number one lane holds.
  associatedtype Element: HoneScalar
  /// A row of channels of weights.
  associatedtype Weight: HoneLanes where Weight.Element == Element.Weight

  /// How many channels a value holds.
  static var width: Int { get }
  /// How many rows of plain numbers a value consists of.
  static var partCount: Int { get }

  /// All lanes equal.
  init(repeating element: Element)
  /// One lane.
  subscript(lane: Int) -> Element { get set }
  /// The sum over the lanes.
  func sum() -> Element

  static func + (lhs: Self, rhs: Self) -> Self
  static func - (lhs: Self, rhs: Self) -> Self
  static func * (lhs: Self, rhs: Self) -> Self
  static func / (lhs: Self, rhs: Self) -> Self
  static prefix func - (operand: Self) -> Self

  /// `accumulator + a · b`, fused where the processor can.
  static func multiplyAdd(_ accumulator: Self, _ a: Self, _ b: Self) -> Self

  /// Makes the lanes from weights, which carry no outermost tangent.
  init(weight: Weight)
  /// `accumulator + a · weight`, without the products that a weight's missing tangent would give.
  static func multiplyAdd(_ accumulator: Self, _ a: Self, weight: Weight) -> Self
  /// The share of a weight in a derivative, where the weight is multiplied by `a` and `gradient` is
  /// that of the product: `accumulator + a · gradient`, of dual numbers the tangent alone.
  ///
  /// So a reverse pass on plain numbers gives ∂E/∂w, one on dual numbers its derivative along the
  /// direction of the tangents.
  static func accumulateWeight(_ accumulator: Weight, _ a: Self, _ gradient: Self) -> Weight

  /// Channel `index` of a row of lanes, read straight from memory.
  static func element(_ index: Int, of row: UnsafePointer<Self>) -> Element
  /// Writes channel `index` of a row of lanes, straight to memory.
  static func setElement(_ index: Int, of row: UnsafeMutablePointer<Self>, to value: Element)

  /// eˣ lane by lane.
  static func exp(_ x: Self) -> Self
  /// sin x and cos x lane by lane, for |x| up to about 1e5.
  static func sineCosine(_ x: Self) -> (sine: Self, cosine: Self)
  /// ln(1 + x) lane by lane, x > −1.
  static func logOnePlus(_ x: Self) -> Self
  /// |x| lane by lane; its derivative at 0 counts as that from above, 1.
  static func magnitude(_ x: Self) -> Self
}

extension HoneLanes {
  /// All lanes zero.
  @inlinable @inline(__always)
  public static var zero: Self { Self(repeating: Element(0)) }

  /// Adds to the left side.
  @inlinable @inline(__always)
  public static func += (lhs: inout Self, rhs: Self) { lhs = lhs + rhs }
  /// Multiplies the left side.
  @inlinable @inline(__always)
  public static func *= (lhs: inout Self, rhs: Self) { lhs = lhs * rhs }

  /// The number of lanes that hold `channels` channels.
  @inlinable @inline(__always)
  public static func blocks(for channels: Int) -> Int { (channels + width - 1) / width }

  /// The logistic function 1 / (1 + e⁻ˣ) lane by lane.
  @inlinable @inline(__always)
  public static func logistic(_ x: Self) -> Self {
    let one = Self(repeating: Element(1))
    return one / (one + Self.exp(-x))
  }

  /// tanh x lane by lane, as 2 · logistic(2x) − 1: absolute, not relative, accuracy near 0.
  @inlinable @inline(__always)
  public static func tanh(_ x: Self) -> Self {
    let s = logistic(x + x)
    return s + s - Self(repeating: Element(1))
  }
}

extension SIMD8: HoneLanes where Scalar == Double {
  /// The number one lane holds.
  public typealias Element = Double
  /// A row of channels of weights.
  public typealias Weight = Self

  /// How many channels a value holds.
  @inlinable public static var width: Int { 8 }
  /// How many rows of plain numbers a value consists of.
  @inlinable public static var partCount: Int { 1 }

  /// The weights themselves.
  @inlinable @inline(__always)
  public init(weight: Self) { self = weight }

  /// `accumulator + a · weight`, fused where the processor can.
  @inlinable @inline(__always)
  public static func multiplyAdd(_ accumulator: Self, _ a: Self, weight: Self) -> Self {
    multiplyAdd(accumulator, a, weight)
  }

  /// `accumulator + a · gradient`.
  @inlinable @inline(__always)
  public static func accumulateWeight(_ accumulator: Self, _ a: Self, _ gradient: Self) -> Self {
    multiplyAdd(accumulator, a, gradient)
  }

  /// `accumulator + a · b`, fused where the processor can.
  @inlinable @inline(__always)
  public static func multiplyAdd(_ accumulator: Self, _ a: Self, _ b: Self) -> Self {
    #if HONE_FMA
      accumulator.addingProduct(a, b)
    #else
      accumulator + a * b
    #endif
  }

  /// Channel `index` of a row of lanes, read straight from memory.
  @inlinable @inline(__always)
  public static func element(_ index: Int, of row: UnsafePointer<Self>) -> Double {
    UnsafeRawPointer(row).load(fromByteOffset: index &* 8, as: Double.self)
  }

  /// Writes channel `index` of a row of lanes, straight to memory.
  @inlinable @inline(__always)
  public static func setElement(
    _ index: Int, of row: UnsafeMutablePointer<Self>, to value: Double
  ) {
    UnsafeMutableRawPointer(row).storeBytes(of: value, toByteOffset: index &* 8, as: Double.self)
  }
}

extension SIMD16: HoneLanes where Scalar == Float {
  /// The number one lane holds.
  public typealias Element = Float
  /// A row of channels of weights.
  public typealias Weight = Self

  /// How many channels a value holds.
  @inlinable public static var width: Int { 16 }
  /// How many rows of plain numbers a value consists of.
  @inlinable public static var partCount: Int { 1 }

  /// The weights themselves.
  @inlinable @inline(__always)
  public init(weight: Self) { self = weight }

  /// `accumulator + a · weight`, fused where the processor can.
  @inlinable @inline(__always)
  public static func multiplyAdd(_ accumulator: Self, _ a: Self, weight: Self) -> Self {
    multiplyAdd(accumulator, a, weight)
  }

  /// `accumulator + a · gradient`.
  @inlinable @inline(__always)
  public static func accumulateWeight(_ accumulator: Self, _ a: Self, _ gradient: Self) -> Self {
    multiplyAdd(accumulator, a, gradient)
  }

  /// `accumulator + a · b`, fused where the processor can.
  @inlinable @inline(__always)
  public static func multiplyAdd(_ accumulator: Self, _ a: Self, _ b: Self) -> Self {
    #if HONE_FMA
      accumulator.addingProduct(a, b)
    #else
      accumulator + a * b
    #endif
  }

  /// Channel `index` of a row of lanes, read straight from memory.
  @inlinable @inline(__always)
  public static func element(_ index: Int, of row: UnsafePointer<Self>) -> Float {
    UnsafeRawPointer(row).load(fromByteOffset: index &* 4, as: Float.self)
  }

  /// Writes channel `index` of a row of lanes, straight to memory.
  @inlinable @inline(__always)
  public static func setElement(
    _ index: Int, of row: UnsafeMutablePointer<Self>, to value: Float
  ) {
    UnsafeMutableRawPointer(row).storeBytes(of: value, toByteOffset: index &* 4, as: Float.self)
  }
}

extension View where Element: HoneLanes {
  /// Channel `index` of the row that starts here.
  @inlinable @inline(__always)
  public func channel(_ index: Int) -> Element.Element {
    assert(index >= 0 && index < count * Element.width)
    return Element.element(index, of: UnsafePointer(base))
  }

  /// Sets channel `index` of the row that starts here.
  @inlinable @inline(__always)
  public func setChannel(_ index: Int, to value: Element.Element) {
    assert(index >= 0 && index < count * Element.width)
    Element.setElement(index, of: base, to: value)
  }
}
