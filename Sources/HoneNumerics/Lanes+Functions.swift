internal import Glibc

// Elementary functions on whole lanes. Priorities: 1. no branch on the data, so that a denormal or
// a huge argument costs what any other does; 2. two units in the last place; 3. few constants.

extension SIMD8 where Scalar == Double {
  /// The sum over the lanes.
  @inlinable
  public func sum() -> Double {
    let four = lowHalf + highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  /// x, or the nearer bound; NaN stays NaN.
  @inlinable @inline(__always)
  static func saturated(_ x: Self, low: Double, high: Double) -> Self {
    let lowLanes = Self(repeating: low)
    let highLanes = Self(repeating: high)
    let raised = x.replacing(with: lowLanes, where: x .< lowLanes)
    return raised.replacing(with: highLanes, where: raised .> highLanes)
  }

  /// eˣ = 2ⁿ eʳ with r = x − n ln 2 in two pieces, and Taylor's polynomial to r¹³.
  @inlinable
  public static func exp(_ x: Self) -> Self {
    // Outside ±708 the result leaves the range of Double: saturate there.
    let clamped = saturated(x, low: -708, high: 709)
    let magic = Self(repeating: 6_755_399_441_055_744)  // 1.5 · 2⁵²: rounds to an integer
    let shifted = multiplyAdd(magic, clamped, Self(repeating: 1.442_695_040_888_963_4))
    let n = shifted - magic
    var r = multiplyAdd(clamped, n, Self(repeating: -0.693_147_180_369_123_8))
    r = multiplyAdd(r, n, Self(repeating: -1.908_214_929_270_587_7e-10))
    var sum = Self(repeating: 1.0 / 6_227_020_800)
    sum = multiplyAdd(Self(repeating: 1.0 / 479_001_600), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 39_916_800), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 3_628_800), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 362_880), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 40_320), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 5_040), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 720), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 120), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 24), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 6), sum, r)
    sum = multiplyAdd(Self(repeating: 0.5), sum, r)
    sum = multiplyAdd(Self(repeating: 1), sum, r)
    sum = multiplyAdd(Self(repeating: 1), sum, r)
    // The integer n stands in the low bits of `shifted`; it becomes the exponent of 2ⁿ.
    let bits = unsafeBitCast(shifted, to: SIMD8<Int64>.self)
    let exponent = (bits &+ SIMD8<Int64>(repeating: 1023)) &<< SIMD8<Int64>(repeating: 52)
    return sum * unsafeBitCast(exponent, to: Self.self)
  }

  /// Sine and cosine by reduction to |r| ≤ π/4 with π/2 in three pieces.
  @inlinable
  public static func sineCosine(_ x: Self) -> (sine: Self, cosine: Self) {
    let magic = Self(repeating: 6_755_399_441_055_744)
    let shifted = multiplyAdd(magic, x, Self(repeating: 0.636_619_772_367_581_3))
    let n = shifted - magic
    var r = multiplyAdd(x, n, Self(repeating: -1.570_796_251_296_997_1))
    r = multiplyAdd(r, n, Self(repeating: -7.549_789_415_861_596_4e-8))
    r = multiplyAdd(r, n, Self(repeating: -5.390_302_953_474_238_4e-15))
    let r2 = r * r
    var s = Self(repeating: -1.0 / 1_307_674_368_000)
    s = multiplyAdd(Self(repeating: 1.0 / 6_227_020_800), s, r2)
    s = multiplyAdd(Self(repeating: -1.0 / 39_916_800), s, r2)
    s = multiplyAdd(Self(repeating: 1.0 / 362_880), s, r2)
    s = multiplyAdd(Self(repeating: -1.0 / 5_040), s, r2)
    s = multiplyAdd(Self(repeating: 1.0 / 120), s, r2)
    s = multiplyAdd(Self(repeating: -1.0 / 6), s, r2)
    let sine = multiplyAdd(r, r * r2, s)
    var c = Self(repeating: 1.0 / 20_922_789_888_000)
    c = multiplyAdd(Self(repeating: -1.0 / 87_178_291_200), c, r2)
    c = multiplyAdd(Self(repeating: 1.0 / 479_001_600), c, r2)
    c = multiplyAdd(Self(repeating: -1.0 / 3_628_800), c, r2)
    c = multiplyAdd(Self(repeating: 1.0 / 40_320), c, r2)
    c = multiplyAdd(Self(repeating: -1.0 / 720), c, r2)
    c = multiplyAdd(Self(repeating: 1.0 / 24), c, r2)
    c = multiplyAdd(Self(repeating: -0.5), c, r2)
    let cosine = multiplyAdd(Self(repeating: 1), c, r2)
    // Quadrant n: odd ones exchange the two, quadrants 2 and 3 (1 and 2) negate sine (cosine).
    let quadrant = unsafeBitCast(shifted, to: SIMD8<Int64>.self)
    let one = SIMD8<Int64>(repeating: 1)
    let odd = (quadrant & one) .== one
    let two = SIMD8<Int64>(repeating: 2)
    let sineSign = (quadrant & two) .== two
    let cosineSign = ((quadrant &+ one) & two) .== two
    let first = sine.replacing(with: cosine, where: odd)
    let second = cosine.replacing(with: sine, where: odd)
    return (
      first.replacing(with: -first, where: sineSign),
      second.replacing(with: -second, where: cosineSign)
    )
  }

  /// ln(1 + x) lane by lane, x > −1.
  public static func logOnePlus(_ x: Self) -> Self {
    var result = x
    for lane in 0..<8 { result[lane] = log1p(x[lane]) }
    return result
  }

  /// |x| lane by lane; its derivative at 0 counts as 0.
  @inlinable
  public static func magnitude(_ x: Self) -> Self { x.replacing(with: -x, where: x .< 0) }
}

extension SIMD16 where Scalar == Float {
  /// The sum over the lanes.
  @inlinable
  public func sum() -> Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  /// x, or the nearer bound; NaN stays NaN.
  @inlinable @inline(__always)
  static func saturated(_ x: Self, low: Float, high: Float) -> Self {
    let lowLanes = Self(repeating: low)
    let highLanes = Self(repeating: high)
    let raised = x.replacing(with: lowLanes, where: x .< lowLanes)
    return raised.replacing(with: highLanes, where: raised .> highLanes)
  }

  /// eˣ = 2ⁿ eʳ with r = x − n ln 2 in two pieces, and Taylor's polynomial to r⁷.
  @inlinable
  public static func exp(_ x: Self) -> Self {
    let clamped = saturated(x, low: -87, high: 88)
    let magic = Self(repeating: 12_582_912)  // 1.5 · 2²³
    let shifted = multiplyAdd(magic, clamped, Self(repeating: 1.442_695))
    let n = shifted - magic
    var r = multiplyAdd(clamped, n, Self(repeating: -0.693_359_4))
    r = multiplyAdd(r, n, Self(repeating: 2.121_944_4e-4))
    var sum = Self(repeating: 1.0 / 5_040)
    sum = multiplyAdd(Self(repeating: 1.0 / 720), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 120), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 24), sum, r)
    sum = multiplyAdd(Self(repeating: 1.0 / 6), sum, r)
    sum = multiplyAdd(Self(repeating: 0.5), sum, r)
    sum = multiplyAdd(Self(repeating: 1), sum, r)
    sum = multiplyAdd(Self(repeating: 1), sum, r)
    let bits = unsafeBitCast(shifted, to: SIMD16<Int32>.self)
    let exponent = (bits &+ SIMD16<Int32>(repeating: 127)) &<< SIMD16<Int32>(repeating: 23)
    return sum * unsafeBitCast(exponent, to: Self.self)
  }

  /// Sine and cosine by reduction to |r| ≤ π/4 with π/2 in three pieces.
  @inlinable
  public static func sineCosine(_ x: Self) -> (sine: Self, cosine: Self) {
    let magic = Self(repeating: 12_582_912)
    let shifted = multiplyAdd(magic, x, Self(repeating: 0.636_619_8))
    let n = shifted - magic
    var r = multiplyAdd(x, n, Self(repeating: -1.570_312_5))
    r = multiplyAdd(r, n, Self(repeating: -4.837_513e-4))
    r = multiplyAdd(r, n, Self(repeating: -7.549_79e-8))
    let r2 = r * r
    var s = Self(repeating: 1.0 / 362_880)
    s = multiplyAdd(Self(repeating: -1.0 / 5_040), s, r2)
    s = multiplyAdd(Self(repeating: 1.0 / 120), s, r2)
    s = multiplyAdd(Self(repeating: -1.0 / 6), s, r2)
    let sine = multiplyAdd(r, r * r2, s)
    var c = Self(repeating: 1.0 / 40_320)
    c = multiplyAdd(Self(repeating: -1.0 / 720), c, r2)
    c = multiplyAdd(Self(repeating: 1.0 / 24), c, r2)
    c = multiplyAdd(Self(repeating: -0.5), c, r2)
    let cosine = multiplyAdd(Self(repeating: 1), c, r2)
    let quadrant = unsafeBitCast(shifted, to: SIMD16<Int32>.self)
    let one = SIMD16<Int32>(repeating: 1)
    let odd = (quadrant & one) .== one
    let two = SIMD16<Int32>(repeating: 2)
    let sineSign = (quadrant & two) .== two
    let cosineSign = ((quadrant &+ one) & two) .== two
    let first = sine.replacing(with: cosine, where: odd)
    let second = cosine.replacing(with: sine, where: odd)
    return (
      first.replacing(with: -first, where: sineSign),
      second.replacing(with: -second, where: cosineSign)
    )
  }

  /// ln(1 + x) lane by lane, x > −1.
  public static func logOnePlus(_ x: Self) -> Self {
    var result = x
    for lane in 0..<16 { result[lane] = log1pf(x[lane]) }
    return result
  }

  /// |x| lane by lane; its derivative at 0 counts as 0.
  @inlinable
  public static func magnitude(_ x: Self) -> Self { x.replacing(with: -x, where: x .< 0) }
}
