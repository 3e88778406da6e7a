internal import HoneNumerics

/// Products of matrices whose rows are lanes padded with zeros, for `Orthogonalization`.
///
/// Unlike `PackedMatrix` they read matrices where these stand: both factors are new in every iteration.
enum SquareKernels<L: HoneLanes> {
  /// A[i, j] = Σ_k X[i, k] X[j, k].
  ///
  /// - Parameters:
  ///   - x: X, `[rows][stride]`.
  ///   - result: A, `[rows][resultStride]`; its padding becomes zero.
  static func multiplyByTranspose(
    _ x: View<L>, rows: Int, stride: Int, into result: View<L>, _ resultStride: Int
  ) {
    result.slice(0, rows * resultStride).fill(.zero)
    for i in 0..<rows {
      var j = i
      while j + 4 <= rows {
        RowKernel<L, 4>.products(x, i, j, stride, into: result, resultStride)
        j += 4
      }
      while j < rows {
        RowKernel<L, 1>.products(x, i, j, stride, into: result, resultStride)
        j += 1
      }
    }
  }

  /// Y[i, :] = α X[i, :] + γ Σ_k F[i, k] X[k, :].
  ///
  /// - Parameters:
  ///   - x: X, `[rows][stride]`.
  ///   - factors: F, `[rows][factorStride]`.
  ///   - y: Y, `[rows][stride]`; must not overlap the others.
  static func combine(
    _ alpha: L.Element, _ x: View<L>, _ gamma: L.Element, _ factors: View<L>, rows: Int,
    stride: Int, factorStride: Int, into y: View<L>
  ) {
    let (a, c) = (L(repeating: alpha), L(repeating: gamma))
    var row = 0
    while row + 4 <= rows {
      RowKernel<L, 4>.combine(row, a, x, c, factors, rows, stride, factorStride, into: y)
      row += 4
    }
    while row < rows {
      RowKernel<L, 1>.combine(row, a, x, c, factors, rows, stride, factorStride, into: y)
      row += 1
    }
  }
}

/// The inner loops of `SquareKernels`: some rows at once, the results in registers until the end.
private enum RowKernel<L: HoneLanes, let count: Int> {
  /// The products of row `i` with `count` rows from `j` on, written to both halves of A.
  @inline(__always)
  static func products(
    _ x: View<L>, _ i: Int, _ j: Int, _ stride: Int, into result: View<L>, _ resultStride: Int
  ) {
    var sums = InlineArray<count, L>(repeating: .zero)
    let row = x.base + i &* stride
    let others = x.base + j &* stride
    for k in 0..<stride {
      let factor = row[k]
      for r in 0..<count {
        sums[unchecked: r] = L.multiplyAdd(
          sums[unchecked: r], factor, others[r &* stride &+ k])
      }
    }
    for r in 0..<count {
      let sum = sums[unchecked: r].sum()
      result.dropping(i &* resultStride).setChannel(j &+ r, to: sum)
      result.dropping((j &+ r) &* resultStride).setChannel(i, to: sum)
    }
  }

  /// `count` rows of Y from `row` on.
  @inline(__always)
  static func combine(
    _ row: Int, _ alpha: L, _ x: View<L>, _ gamma: L, _ factors: View<L>, _ rows: Int,
    _ stride: Int, _ factorStride: Int, into y: View<L>
  ) {
    for block in 0..<stride {
      var sums = InlineArray<count, L>(repeating: .zero)
      for k in 0..<rows {
        let lanes = x.base[k &* stride &+ block]
        for r in 0..<count {
          let factor = L.element(k, of: UnsafePointer(factors.base + (row &+ r) &* factorStride))
          sums[unchecked: r] = L.multiplyAdd(sums[unchecked: r], L(repeating: factor), lanes)
        }
      }
      for r in 0..<count {
        let index = (row &+ r) &* stride &+ block
        y.base[index] = alpha * x.base[index] + gamma * sums[unchecked: r]
      }
    }
  }
}
