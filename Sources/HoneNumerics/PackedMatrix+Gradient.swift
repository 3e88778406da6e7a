internal import CHoneShims

extension PackedMatrix {
  /// The lanes of the gradient with respect to the entries, `[rowCount][blockCount]`.
  public var gradientLanes: Int { rowCount * blockCount }

  /// Adds the gradient with respect to the entries: `G[k, :] += Σ_r input[r, k] · outputGradient[r, :]`,
  /// of dual numbers its tangent.
  ///
  /// Adjoint of `multiply` in the matrix.
  ///
  /// - Parameters:
  ///   - outputGradient: The gradient with respect to the product, rows of `blockCount` lanes.
  ///   - outputStride: The distance between its rows, in lanes.
  ///   - input: What was multiplied, rows of at least `rowCount` channels.
  ///   - inputStride: The distance between its rows, in lanes.
  ///   - rows: The number of rows.
  ///   - gradient: `gradientLanes` lanes, added to.
  /// - Complexity: O(rows · rowCount · columnCount); no allocation.
  public func accumulateGradient(
    _ outputGradient: View<T.Lanes>, stride outputStride: Int, at input: View<T.Lanes>,
    stride inputStride: Int, rows: Int, into gradient: View<T.Lanes.Weight>
  ) {
    let isWide = honeshim_has_wide_registers() != 0
    var block = 0
    while block < blockCount {
      let width = isWide ? min(Self.panel, blockCount - block) : 1
      let source = UnsafePointer(outputGradient.base + block)
      let target = gradient.base + block
      switch width {
      case 4:
        accumulate(
          OuterKernel<T.Lanes, 4, 4>.self, source, outputStride, input, inputStride, rows, target)
      case 3:
        accumulate(
          OuterKernel<T.Lanes, 4, 3>.self, source, outputStride, input, inputStride, rows, target)
      case 2:
        accumulate(
          OuterKernel<T.Lanes, 4, 2>.self, source, outputStride, input, inputStride, rows, target)
      default:
        accumulate(
          OuterKernel<T.Lanes, 4, 1>.self, source, outputStride, input, inputStride, rows, target)
      }
      block += width
    }
  }

  /// All entries of some lanes of columns: tiles of `depth` rows of the matrix, then single ones.
  @inline(__always)
  private func accumulate<let depth: Int, let width: Int>(
    _: OuterKernel<T.Lanes, depth, width>.Type, _ outputGradient: UnsafePointer<T.Lanes>,
    _ outputStride: Int, _ input: View<T.Lanes>, _ inputStride: Int, _ rows: Int,
    _ gradient: UnsafeMutablePointer<T.Lanes.Weight>
  ) {
    var row = 0
    while row + depth <= rowCount {
      OuterKernel<T.Lanes, depth, width>.accumulate(
        outputGradient, outputStride, UnsafePointer(input.base), inputStride, first: row,
        rows: rows, into: gradient + row * blockCount, blockCount)
      row += depth
    }
    while row < rowCount {
      OuterKernel<T.Lanes, 1, width>.accumulate(
        outputGradient, outputStride, UnsafePointer(input.base), inputStride, first: row,
        rows: rows, into: gradient + row * blockCount, blockCount)
      row += 1
    }
  }
}

/// The inner product of `PackedMatrix.accumulateGradient`: some rows of the matrix times some lanes of
/// its columns, the sums over the rows of the input in registers.
@usableFromInline
struct OuterKernel<L: HoneLanes, let depth: Int, let width: Int> {
  @inlinable @inline(__always)
  static func accumulate(
    _ outputGradient: UnsafePointer<L>, _ outputStride: Int, _ input: UnsafePointer<L>,
    _ inputStride: Int, first: Int, rows: Int, into gradient: UnsafeMutablePointer<L.Weight>,
    _ gradientStride: Int
  ) {
    var sums = InlineArray<depth, InlineArray<width, L.Weight>>(
      repeating: InlineArray(repeating: .zero))
    for r in 0..<rows {
      let source = input + r &* inputStride
      let target = outputGradient + r &* outputStride
      for k in 0..<depth {
        let factor = L(repeating: L.element(first &+ k, of: source))
        for c in 0..<width {
          sums[unchecked: k][unchecked: c] = L.accumulateWeight(
            sums[unchecked: k][unchecked: c], factor, target[c])
        }
      }
    }
    for k in 0..<depth {
      let row = gradient + k &* gradientStride
      for c in 0..<width { row[c] = row[c] + sums[unchecked: k][unchecked: c] }
    }
  }
}
