import CHoneEigen
import HoneNumerics
import Testing

@Suite struct GemmTests {
  @Test(
    "products of parts of matrices", arguments: [(1, 1, 1), (3, 5, 7), (16, 1, 33), (65, 70, 130)])
  func product(size: (m: Int, n: Int, k: Int)) {
    let (m, n, k) = size
    let (lda, ldb, ldc) = (k + 2, n + 3, n + 1)
    // Small integers: every sum is exact in both precisions.
    let a = (0..<m * lda).map { Double(($0 * 7 + 3) % 11 - 5) }
    let b = (0..<k * ldb).map { Double(($0 * 5 + 1) % 13 - 6) }
    var expected = [Double](repeating: 99, count: m * ldc)
    for i in 0..<m {
      for j in 0..<n {
        expected[i * ldc + j] = (0..<k).reduce(0) { $0 + a[i * lda + $1] * b[$1 * ldb + j] }
      }
    }
    var double = [Double](repeating: 99, count: m * ldc)
    honeeigen_gemm_f64(m, n, k, a, lda, b, ldb, &double, ldc)
    #expect(double == expected)
    var single = [Float](repeating: 99, count: m * ldc)
    honeeigen_gemm_f32(m, n, k, a.map(Float.init), lda, b.map(Float.init), ldb, &single, ldc)
    #expect(single.map(Double.init) == expected)
  }

  @Test func theSpeedOfTheMachineIsMeasured() throws {
    for peak in [try GemmPeak.float32(threadCount: 1), try GemmPeak.float64(threadCount: 2)] {
      #expect(peak.matrixProduct > 0 && peak.matrixProduct.isFinite)
      #expect(peak.multiplyAdd > 0 && peak.multiplyAdd.isFinite)
      #expect(peak.gigaflops >= max(peak.matrixProduct, peak.multiplyAdd))
    }
  }
}
