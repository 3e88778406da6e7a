internal import CHoneShims

/// A matrix [rows, columns] that many rows of features are multiplied by, stored for that.
///
/// Columns lie in panels of four lanes so that the product reads memory in one stream and keeps a
/// tile of results in registers (`TileKernel`). The number of columns is padded to whole
/// lanes; padding is zero, so padded channels stay zero through every layer.
public struct PackedMatrix<T: HoneScalar>: @unchecked Sendable {
  /// The length of an input row, in channels.
  public let rowCount: Int
  /// The length of an output row, in channels, without padding.
  public let columnCount: Int
  /// The length of an output row, in lanes.
  public let blockCount: Int
  private let storage: Buffer<T.Lanes.Weight>

  /// What the matrix takes, in bytes.
  public var byteCount: Int { storage.count * MemoryLayout<T.Lanes.Weight>.stride }

  /// How many lanes of columns stand together.
  static var panel: Int { 4 }
  /// How many rows of a panel are used for all rows of the input before the next: they take a third of
  /// the first cache, where input and output need places too.
  static var depth: Int { 64 }

  /// Packs a dense matrix.
  ///
  /// - Parameters:
  ///   - rowCount: The number of rows (inputs).
  ///   - columnCount: The number of columns (outputs).
  ///   - element: The entry of a row and a column.
  /// - Throws: `.outOfMemory`.
  public init(
    rowCount: Int, columnCount: Int, element: (_ row: Int, _ column: Int) -> T.Weight
  ) throws(HoneError) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    blockCount = T.Lanes.blocks(for: columnCount)
    storage = try Buffer(repeating: .zero, count: rowCount * blockCount)
    for row in 0..<rowCount {
      for column in 0..<columnCount { set(row, column, to: element(row, column)) }
    }
  }

  /// Changes an entry, while nobody multiplies.
  public func set(_ row: Int, _ column: Int, to value: T.Weight) {
    let block = column / T.Lanes.width
    T.Lanes.Weight.setElement(
      column % T.Lanes.width, of: storage.base + offset(row: row, block: block), to: value)
  }

  private func offset(row: Int, block: Int) -> Int {
    let first = block - block % Self.panel
    let width = min(Self.panel, blockCount - first)
    return first * rowCount + row * width + (block - first)
  }

  /// `output[r, :] (+)= input[r, :] · M` for a number of rows.
  ///
  /// - Parameters:
  ///   - input: Rows of at least `rowCount` channels.
  ///   - inputStride: The distance between input rows, in lanes.
  ///   - output: Rows of `blockCount` lanes.
  ///   - outputStride: The distance between output rows, in lanes.
  ///   - rows: The number of rows.
  ///   - accumulate: Whether to add to the output.
  /// - Complexity: O(rows · rowCount · columnCount); no allocation.
  public func multiply(
    _ input: View<T.Lanes>, stride inputStride: Int, into output: View<T.Lanes>,
    stride outputStride: Int, rows: Int, accumulate: Bool = false
  ) {
    var block = 0
    while block < blockCount {
      let width = min(Self.panel, blockCount - block)
      let target = output.base + block
      var row = 0
      repeat {
        let depth = min(Self.depth, rowCount - row)
        let panel = UnsafePointer(storage.base + block * rowCount + row * width)
        let source = UnsafePointer(input.base + row / T.Lanes.width)
        let adds = accumulate || row > 0
        guard honeshim_has_wide_registers() != 0 else {
          // Lanes of several registers: six rows of one lane are what sixteen registers hold.
          for lane in 0..<width {
            multiplyPanel(
              TileKernel<T.Lanes, 6, 1>.self, panel + lane, panelWidth: width, depth: depth, source,
              inputStride, target + lane, outputStride, adds: adds, rows: rows)
          }
          row += depth
          continue
        }
        switch width {
        case 4 where T.Lanes.partCount > 1:
          multiplyPanel(
            TileKernel<T.Lanes, 2, 4>.self, panel, panelWidth: 4, depth: depth, source, inputStride,
            target, outputStride, adds: adds, rows: rows)
        case 4:
          multiplyPanel(
            TileKernel<T.Lanes, 4, 4>.self, panel, panelWidth: 4, depth: depth, source, inputStride,
            target, outputStride, adds: adds, rows: rows)
        case 3:
          multiplyPanel(
            TileKernel<T.Lanes, 4, 3>.self, panel, panelWidth: 3, depth: depth, source, inputStride,
            target, outputStride, adds: adds, rows: rows)
        case 2:
          multiplyPanel(
            TileKernel<T.Lanes, 6, 2>.self, panel, panelWidth: 2, depth: depth, source, inputStride,
            target, outputStride, adds: adds, rows: rows)
        default:
          multiplyPanel(
            TileKernel<T.Lanes, 8, 1>.self, panel, panelWidth: 1, depth: depth, source, inputStride,
            target, outputStride, adds: adds, rows: rows)
        }
        row += depth
      } while row < rowCount
      block += width
    }
  }
}
