internal import HoneNumerics

/// A matrix of a layer whose entries may be trained: packed for both directions.
struct WeightMatrix<T: HoneScalar>: Sendable {
  /// Takes rows of the input to rows of the output.
  let forward: PackedMatrix<T>
  /// The transpose: takes gradients back.
  let reverse: PackedMatrix<T>
  /// Where its gradient starts in `WeightGradients`, in lanes; `nil` where nobody trains.
  private let slot: Int?

  /// Packs a matrix.
  ///
  /// - Parameters:
  ///   - rowCount: The channels of an input row.
  ///   - columnCount: The channels of an output row.
  ///   - entries: What stands in it.
  ///   - ledger: Who is told what it is made from.
  /// - Throws: `.outOfMemory`.
  init(
    rowCount: Int, columnCount: Int, entries: MatrixEntries, ledger: WeightLedger<T>?
  ) throws(HoneError) {
    forward = try PackedMatrix(
      rowCount: rowCount, columnCount: columnCount,
      element: { T.Weight(entries.value($0, $1)) })
    reverse = try PackedMatrix(
      rowCount: columnCount, columnCount: rowCount,
      element: { T.Weight(entries.value($1, $0)) })
    slot = try ledger?.record(forward, reverse, entries)
  }

  /// Adds the gradient with respect to the entries.
  ///
  /// - Parameters:
  ///   - outputGradient: The gradient with respect to the product.
  ///   - input: What was multiplied.
  func accumulateWeightGradient(
    _ outputGradient: View<T.Lanes>, stride outputStride: Int, at input: View<T.Lanes>,
    stride inputStride: Int, rows: Int, into gradients: WeightGradients<T>
  ) {
    guard let slot else { return }
    forward.accumulateGradient(
      outputGradient, stride: outputStride, at: input, stride: inputStride, rows: rows,
      into: gradients.lanes.view(from: slot, count: forward.gradientLanes))
  }
}

/// A row of numbers of a layer that may be trained.
struct WeightRow<T: HoneScalar>: Sendable {
  /// The numbers, one channel each, padded with zeros.
  let numbers: Buffer<T.Lanes.Weight>
  private let slot: Int?

  /// The lanes of the row.
  var lanes: Int { numbers.count }

  /// Makes the row.
  ///
  /// - Parameters:
  ///   - entries: What stands in it.
  ///   - ledger: Who is told what it is made from.
  /// - Throws: `.outOfMemory`.
  init(_ entries: RowEntries, ledger: WeightLedger<T>?) throws(HoneError) {
    numbers = try Buffer(
      repeating: .zero, count: T.Lanes.blocks(for: entries.values.count))
    for (channel, value) in entries.values.enumerated() {
      numbers.view.setChannel(channel, to: T.Weight(value))
    }
    slot = ledger?.record(numbers, entries)
  }

  /// Some lanes of the row, without tangents.
  @inline(__always)
  subscript(block: Int) -> T.Lanes { T.Lanes(weight: numbers.base[block]) }

  /// One number of the row.
  func channel(_ index: Int) -> T { T(weight: numbers.view.channel(index)) }

  /// Where the gradient of the row stands, `lanes` lanes; `nil` where nobody trains it.
  func gradient(in gradients: WeightGradients<T>) -> View<T.Lanes.Weight>? {
    slot.map { gradients.lanes.view(from: $0, count: lanes) }
  }

  /// Adds the gradient of a row that was added to others: their gradients' sum.
  func accumulateSum(
    _ outputGradient: View<T.Lanes>, stride: Int, rows: Int, into gradients: WeightGradients<T>
  ) {
    guard let target = gradient(in: gradients) else { return }
    let one = T.Lanes(repeating: T(1))
    for row in 0..<rows {
      for block in 0..<lanes {
        target[block] = T.Lanes.accumulateWeight(
          target[block], one, outputGradient[row &* stride &+ block])
      }
    }
  }
}

/// One thread's gradients with respect to all trained numbers of a model; of dual numbers their
/// tangents.
final class WeightGradients<T: HoneScalar>: Sendable {
  /// The gradients, where the ledger placed them.
  let lanes: Buffer<T.Lanes.Weight>

  /// Makes gradients of zero.
  ///
  /// - Throws: `.outOfMemory`.
  init(for ledger: WeightLedger<T>) throws(HoneError) {
    lanes = try Buffer(repeating: .zero, count: ledger.gradientLanes)
  }

  /// Adds those of another thread.
  func add(_ other: WeightGradients<T>) {
    for index in 0..<lanes.count { lanes[index] = lanes[index] + other.lanes[index] }
  }
}
