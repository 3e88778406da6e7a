/// The inner product of `PackedMatrix`: some rows of the input times some lanes of a panel, the results
/// in registers until the end.
@usableFromInline
struct TileKernel<L: HoneLanes, let rows: Int, let width: Int> {
  /// Multiplies one tile.
  ///
  /// - Parameters:
  ///   - panel: The panel's lanes, `[depth][panelWidth]`, from the tile's first on.
  ///   - panelWidth: The lanes of the panel.
  ///   - depth: The rows of the panel.
  ///   - input: The first row of the input.
  ///   - output: The first row of the output.
  ///   - adds: Whether to add to the output.
  @inlinable @inline(__always)
  static func multiply(
    _ panel: UnsafePointer<L.Weight>, panelWidth: Int, depth: Int,
    _ input: UnsafePointer<L>, _ inputStride: Int,
    _ output: UnsafeMutablePointer<L>, _ outputStride: Int, adds: Bool
  ) {
    var sums = InlineArray<rows, InlineArray<width, L>>(
      repeating: InlineArray(repeating: .zero))
    for k in 0..<depth {
      let entries = panel + k &* panelWidth
      for r in 0..<rows {
        let factor = L(repeating: L.element(k, of: input + r &* inputStride))
        for c in 0..<width {
          sums[unchecked: r][unchecked: c] = L.multiplyAdd(
            sums[unchecked: r][unchecked: c], factor, weight: entries[c])
        }
      }
    }
    // The output is read last: at the start, the sums would wait for it.
    for r in 0..<rows {
      let target = output + r &* outputStride
      for c in 0..<width {
        let sum = sums[unchecked: r][unchecked: c]
        target[c] = adds ? target[c] + sum : sum
      }
    }
  }

  /// Multiplies as many full tiles as there are rows for.
  ///
  /// - Parameters:
  ///   - row: The first row; afterwards the first that is left.
  ///   - end: The number of rows.
  @inlinable @inline(__always)
  static func multiply(
    _ panel: UnsafePointer<L.Weight>, panelWidth: Int, depth: Int,
    _ input: UnsafePointer<L>, _ inputStride: Int,
    _ output: UnsafeMutablePointer<L>, _ outputStride: Int, adds: Bool,
    from row: inout Int, to end: Int
  ) {
    while row &+ rows <= end {
      multiply(
        panel, panelWidth: panelWidth, depth: depth,
        input + row &* inputStride, inputStride, output + row &* outputStride, outputStride,
        adds: adds)
      row = row &+ rows
    }
  }
}

/// All rows of the input times some lanes of a panel: tiles of `rows` rows, then smaller ones.
@inlinable @inline(__always)
func multiplyPanel<L: HoneLanes, let rows: Int, let width: Int>(
  _: TileKernel<L, rows, width>.Type, _ panel: UnsafePointer<L.Weight>, panelWidth: Int, depth: Int,
  _ input: UnsafePointer<L>, _ inputStride: Int,
  _ output: UnsafeMutablePointer<L>, _ outputStride: Int, adds: Bool, rows rowCount: Int
) {
  var row = 0
  TileKernel<L, rows, width>.multiply(
    panel, panelWidth: panelWidth, depth: depth, input, inputStride, output, outputStride,
    adds: adds, from: &row, to: rowCount)
  TileKernel<L, 4, width>.multiply(
    panel, panelWidth: panelWidth, depth: depth, input, inputStride, output, outputStride,
    adds: adds, from: &row, to: rowCount)
  TileKernel<L, 2, width>.multiply(
    panel, panelWidth: panelWidth, depth: depth, input, inputStride, output, outputStride,
    adds: adds, from: &row, to: rowCount)
  TileKernel<L, 1, width>.multiply(
    panel, panelWidth: panelWidth, depth: depth, input, inputStride, output, outputStride,
    adds: adds, from: &row, to: rowCount)
}
