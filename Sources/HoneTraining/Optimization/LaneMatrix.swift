internal import HoneNumerics

/// A dense matrix in memory of another owner, its rows in lanes padded with zeros.
///
/// Unlike those of `PackedMatrix`, its products read factors where they stand: in `Orthogonalization`
/// both are new in every iteration.
struct LaneMatrix<L: HoneLanes> {
  let rowCount: Int
  /// The length of a row in lanes.
  let blockCount: Int
  /// The distance of rows in lanes, odd: with a power of two, a column of lanes would have to share a
  /// few places of the cache.
  let stride: Int
  private let lanes: View<L>

  /// Sees lanes as a matrix; there must be `size` of them.
  init(_ lanes: View<L>, rows: Int, columns: Int) {
    rowCount = rows
    blockCount = L.blocks(for: columns)
    stride = blockCount | 1
    self.lanes = lanes
  }

  /// The number of lanes a matrix takes.
  static func size(rows: Int, columns: Int) -> Int { rows * (L.blocks(for: columns) | 1) }

  /// One row.
  @inline(__always)
  func row(_ index: Int) -> View<L> { lanes.slice(index &* stride, blockCount) }

  /// A[i, j] = Σ_k X[i, k] X[j, k].
  func setProduct(ofRowsOf x: LaneMatrix) {
    for i in 0..<rowCount { row(i).fill(.zero) }
    for i in 0..<rowCount {
      var j = i
      while j + 4 <= rowCount {
        RowKernel<L, 4>.product(x, i, j, into: self)
        j += 4
      }
      while j < rowCount {
        RowKernel<L, 1>.product(x, i, j, into: self)
        j += 1
      }
    }
  }

  /// Y[i, :] = α X[i, :] + γ Σ_k F[i, k] X[k, :]; X and F must not be this matrix.
  func setCombination(
    _ alpha: L.Element, _ x: LaneMatrix, _ gamma: L.Element, _ factors: LaneMatrix
  ) {
    let (a, c) = (L(repeating: alpha), L(repeating: gamma))
    var row = 0
    while row + 4 <= rowCount {
      RowKernel<L, 4>.combination(row, a, x, c, factors, into: self)
      row += 4
    }
    while row < rowCount {
      RowKernel<L, 1>.combination(row, a, x, c, factors, into: self)
      row += 1
    }
  }
}

/// The inner loops of `LaneMatrix`: some rows at once, the results in registers until the end.
private enum RowKernel<L: HoneLanes, let count: Int> {
  /// The products of row `i` with `count` rows from `j` on, written to both halves of A.
  @inline(__always)
  static func product(_ x: LaneMatrix<L>, _ i: Int, _ j: Int, into result: LaneMatrix<L>) {
    var sums = InlineArray<count, L>(repeating: .zero)
    let row = x.row(i).base
    let others = x.row(j).base
    for k in 0..<x.blockCount {
      let factor = row[k]
      for r in 0..<count {
        sums[unchecked: r] = L.multiplyAdd(
          sums[unchecked: r], factor, others[r &* x.stride &+ k])
      }
    }
    for r in 0..<count {
      let sum = sums[unchecked: r].sum()
      result.row(i).setChannel(j &+ r, to: sum)
      result.row(j &+ r).setChannel(i, to: sum)
    }
  }

  /// `count` rows of Y from `row` on.
  @inline(__always)
  static func combination(
    _ row: Int, _ alpha: L, _ x: LaneMatrix<L>, _ gamma: L, _ factors: LaneMatrix<L>,
    into y: LaneMatrix<L>
  ) {
    let source = x.row(0).base
    let factorRows = UnsafePointer(factors.row(row).base)
    for block in 0..<x.blockCount {
      var sums = InlineArray<count, L>(repeating: .zero)
      for k in 0..<x.rowCount {
        let lanes = source[k &* x.stride &+ block]
        for r in 0..<count {
          let factor = L.element(k, of: factorRows + r &* factors.stride)
          sums[unchecked: r] = L.multiplyAdd(sums[unchecked: r], L(repeating: factor), lanes)
        }
      }
      for r in 0..<count {
        y.row(row &+ r).base[block] =
          alpha * x.row(row &+ r).base[block] + gamma * sums[unchecked: r]
      }
    }
  }
}
