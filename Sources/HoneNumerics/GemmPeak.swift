internal import CHoneEigen
internal import Glibc

/// The arithmetic speed of this machine, measured: what a computation can be held against.
///
/// Two ceilings: a product of 1024² matrices by Eigen, and a loop of fused multiply-adds that
/// touches no memory. Each is the best of several short runs, so that other work on the machine
/// counts little.
public struct GemmPeak: Sendable {
  /// The speed of the matrix product in GFlop/s.
  public let matrixProduct: Double
  /// The speed of the loop of multiply-adds in GFlop/s.
  public let multiplyAdd: Double

  /// The larger of both in GFlop/s.
  public var gigaflops: Double { max(matrixProduct, multiplyAdd) }

  /// Measures single precision; it takes about 0.3 s.
  ///
  /// - Parameter threadCount: Threads that work at once; the speed is that of all of them.
  /// - Throws: `.outOfMemory`.
  public static func float32(threadCount: Int) throws(HoneError) -> GemmPeak {
    try measure(SIMD16<Float>.self, threadCount: threadCount) { size, a, b, c in
      honeeigen_gemm_f32(size, size, size, a, size, b, size, c, size)
    }
  }

  /// Measures double precision; it takes about 0.5 s.
  ///
  /// - Parameter threadCount: Threads that work at once; the speed is that of all of them.
  /// - Throws: `.outOfMemory`.
  public static func float64(threadCount: Int) throws(HoneError) -> GemmPeak {
    try measure(SIMD8<Double>.self, threadCount: threadCount) { size, a, b, c in
      honeeigen_gemm_f64(size, size, size, a, size, b, size, c, size)
    }
  }

  private static let size = 1024
  private static let repeats = 8
  /// Independent chains of multiply-adds: more than latency × issue width of current cores.
  private static let chains = 12

  private typealias Product<T> = (
    _ size: Int, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ c: UnsafeMutablePointer<T>
  ) -> Void

  @inline(__always)
  private static func measure<V: HoneLanes>(
    _: V.Type, threadCount: Int, _ product: @escaping Product<V.Element>
  ) throws(HoneError) -> GemmPeak {
    let team = Team(threadCount: max(1, threadCount))
    let elements = size * size
    let inputs = try Buffer<V.Element>(count: 2 * elements)
    for index in 0..<2 * elements { inputs[index] = V.Element(Double(index % 17) / 16 - 0.5) }
    let outputs = try Buffer<V.Element>(
      repeating: V.Element(0), count: elements * team.threadCount)

    let products = bestTime(team) { rank in
      product(size, inputs.base, inputs.base + elements, outputs.base + elements * rank)
    }
    let steps = 400_000
    let sums = try Buffer<V>(repeating: V.zero, count: team.threadCount)
    let loops = bestTime(team) { rank in sums[rank] = multiplyAdds(V.self, steps: steps) }

    let threads = Double(team.threadCount)
    let cube = Double(size) * Double(size) * Double(size)
    return GemmPeak(
      matrixProduct: 2 * cube * threads / products * 1e-9,
      multiplyAdd: Double(2 * V.width * chains * steps) * threads / loops * 1e-9)
  }

  /// The shortest time in s of a body that every thread of the team runs.
  static func bestTime(_ team: Team, _ body: @escaping (_ rank: Int) -> Void) -> Double {
    var best = Double.infinity
    for _ in 0...repeats {
      let start = now()
      team.run(body)
      best = min(best, now() - start)
    }
    return max(best, 1e-9)
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// Chains of multiply-adds in registers; the sum keeps them from being dropped.
  @inline(__always)
  private static func multiplyAdds<V: HoneLanes>(_: V.Type, steps: Int) -> V {
    let a = V(repeating: V.Element(0.999))
    let b = V(repeating: V.Element(1e-6))
    var (x0, x1, x2, x3, x4, x5) = (a, b, a, b, a, b)
    var (x6, x7, x8, x9, x10, x11) = (b, a, b, a, b, a)
    for _ in 0..<steps {
      x0 = V.multiplyAdd(b, x0, a)
      x1 = V.multiplyAdd(b, x1, a)
      x2 = V.multiplyAdd(b, x2, a)
      x3 = V.multiplyAdd(b, x3, a)
      x4 = V.multiplyAdd(b, x4, a)
      x5 = V.multiplyAdd(b, x5, a)
      x6 = V.multiplyAdd(b, x6, a)
      x7 = V.multiplyAdd(b, x7, a)
      x8 = V.multiplyAdd(b, x8, a)
      x9 = V.multiplyAdd(b, x9, a)
      x10 = V.multiplyAdd(b, x10, a)
      x11 = V.multiplyAdd(b, x11, a)
    }
    return (x0 + x1 + x2 + x3) + (x4 + x5 + x6 + x7) + (x8 + x9 + x10 + x11)
  }
}
