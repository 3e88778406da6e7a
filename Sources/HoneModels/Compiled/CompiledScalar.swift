internal import CHoneShims
public import HoneNumerics

/// A number the compiled evaluator computes with: `Float` or `Double`.
///
/// Dual numbers stay with the reference evaluator, whose code is generic over them.
public protocol CompiledScalar: HoneScalar where Weight == Self {
  /// Sums over the lanes of as many rows as a row has lanes: `sums[r] = Σ_l rows[r][l]`.
  static func sumLanes(
    _ rows: UnsafePointer<Lanes>, into sums: UnsafeMutablePointer<Lanes>)
  /// √x lane by lane.
  static func squareRoot(_ x: Lanes) -> Lanes
}

extension Float: CompiledScalar {
  /// Sums over the lanes of 16 rows of 16 numbers.
  public static func sumLanes(
    _ rows: UnsafePointer<SIMD16<Float>>, into sums: UnsafeMutablePointer<SIMD16<Float>>
  ) {
    let source = UnsafeRawPointer(rows).assumingMemoryBound(to: Float.self)
    let target = UnsafeMutableRawPointer(sums).assumingMemoryBound(to: Float.self)
    honeshim_lane_sums_f32(source, target)
  }

  /// √x lane by lane.
  @inline(__always)
  public static func squareRoot(_ x: SIMD16<Float>) -> SIMD16<Float> { x.squareRoot() }
}

extension Double: CompiledScalar {
  /// Sums over the lanes of 8 rows of 8 numbers.
  public static func sumLanes(
    _ rows: UnsafePointer<SIMD8<Double>>, into sums: UnsafeMutablePointer<SIMD8<Double>>
  ) {
    let source = UnsafeRawPointer(rows).assumingMemoryBound(to: Double.self)
    let target = UnsafeMutableRawPointer(sums).assumingMemoryBound(to: Double.self)
    honeshim_lane_sums_f64(source, target)
  }

  /// √x lane by lane.
  @inline(__always)
  public static func squareRoot(_ x: SIMD8<Double>) -> SIMD8<Double> { x.squareRoot() }
}
