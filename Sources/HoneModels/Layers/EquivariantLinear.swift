public import HoneNumerics
internal import HoneO3

/// A linear map between equivariant features: it mixes channels of equal irreps.
///
/// `y[o, m, w] = Σ_i Σ_u x[i, m, u] W_io[u, w] (+ b_o[w] for even scalars)`.
public struct EquivariantLinear<T: HoneScalar>: Sendable {
  /// The rows it takes.
  public let inputLayout: FeatureLayout
  /// The rows it gives.
  public let outputLayout: FeatureLayout

  private struct Path: Sendable {
    let input: FeatureLayout.Block
    let output: FeatureLayout.Block
    let matrix: WeightMatrix<T>
  }

  private let paths: [Path]
  private let biases: [(offset: Int, row: WeightRow<T>)]

  /// Whether the map adds constants.
  var hasBiases: Bool { !biases.isEmpty }

  /// Makes the map from its weights.
  ///
  /// - Parameters:
  ///   - inputLayout: The rows it takes.
  ///   - outputLayout: The rows it gives.
  ///   - weight: The matrix that takes channels of input block `i` to channels of output block `o`,
  ///     normalisation included; asked for pairs of equal irreps only. `nil` for a pair of blocks that
  ///     is not connected.
  ///   - bias: The constants added to the channels of the even scalar output block `o`, if any.
  ///   - ledger: Who is told what the numbers are made from, for training.
  /// - Throws: `.outOfMemory`.
  init(
    from inputLayout: FeatureLayout, to outputLayout: FeatureLayout,
    weight: (_ i: Int, _ o: Int) -> MatrixEntries?,
    bias: (_ o: Int) -> RowEntries? = { _ in nil }, ledger: WeightLedger<T>? = nil
  ) throws(HoneError) {
    self.inputLayout = inputLayout
    self.outputLayout = outputLayout
    var paths: [Path] = []
    for (i, input) in inputLayout.blocks.enumerated() {
      for (o, output) in outputLayout.blocks.enumerated() where input.irrep == output.irrep {
        guard input.multiplicity > 0, output.multiplicity > 0, let entries = weight(i, o) else {
          continue
        }
        let matrix = try WeightMatrix(
          rowCount: input.multiplicity, columnCount: output.multiplicity, entries: entries,
          ledger: ledger)
        paths.append(Path(input: input, output: output, matrix: matrix))
      }
    }
    self.paths = paths
    var biases: [(offset: Int, row: WeightRow<T>)] = []
    for (o, output) in outputLayout.blocks.enumerated() where output.irrep.isScalar {
      guard let entries = bias(o) else { continue }
      biases.append((output.offset, try WeightRow(entries, ledger: ledger)))
    }
    self.biases = biases
  }

  /// `output[r] (+)= W input[r] (+ b)` for a number of rows.
  ///
  /// - Parameters:
  ///   - input: Rows of `inputLayout`.
  ///   - output: Rows of `outputLayout`.
  ///   - rows: The number of rows.
  ///   - accumulate: Whether to add to the output.
  /// - Complexity: O(rows · weights); no allocation.
  @inlinable
  public func evaluate(
    _ input: View<T.Lanes>, into output: View<T.Lanes>, rows: Int, accumulate: Bool = false
  ) {
    if !accumulate { output.slice(0, rows * outputLayout.rowLanes).fill(.zero) }
    apply(input, into: output, rows: rows)
  }

  /// Adds the gradient with respect to the input: `inputGradient[r] += Wᵀ outputGradient[r]`.
  ///
  /// Adjoint of `evaluate(_:into:rows:accumulate:)`.
  ///
  /// - Parameters:
  ///   - outputGradient: Rows of `outputLayout`.
  ///   - inputGradient: Rows of `inputLayout`, added to.
  ///   - rows: The number of rows.
  public func accumulateGradient(
    _ outputGradient: View<T.Lanes>, into inputGradient: View<T.Lanes>, rows: Int
  ) {
    for path in paths {
      for m in 0..<path.input.componentCount {
        path.matrix.reverse.multiply(
          outputGradient.dropping(path.output.offset(component: m)),
          stride: outputLayout.rowLanes,
          into: inputGradient.dropping(path.input.offset(component: m)),
          stride: inputLayout.rowLanes, rows: rows, accumulate: true)
      }
    }
  }

  /// Adds the gradient with respect to weights and biases.
  ///
  /// Adjoint of `evaluate(_:into:rows:accumulate:)` in these.
  ///
  /// - Parameters:
  ///   - outputGradient: Rows of `outputLayout`.
  ///   - input: What the map was applied to, rows of `inputLayout`.
  ///   - rows: The number of rows.
  func accumulateWeightGradient(
    _ outputGradient: View<T.Lanes>, at input: View<T.Lanes>, rows: Int,
    into gradients: WeightGradients<T>
  ) {
    for path in paths {
      for m in 0..<path.input.componentCount {
        path.matrix.accumulateWeightGradient(
          outputGradient.dropping(path.output.offset(component: m)),
          stride: outputLayout.rowLanes, at: input.dropping(path.input.offset(component: m)),
          stride: inputLayout.rowLanes, rows: rows, into: gradients)
      }
    }
    for (offset, row) in biases {
      row.accumulateSum(
        outputGradient.dropping(offset), stride: outputLayout.rowLanes, rows: rows,
        into: gradients)
    }
  }

  /// Maps messages to what a node update works on, unless that has been done.
  ///
  /// - Parameters:
  ///   - messages: Rows of `inputLayout`; of `outputLayout`, without biases, where they are mapped.
  ///   - stage: Whether whoever summed the messages applied the weights too.
  ///   - output: Rows of `outputLayout`, overwritten.
  func evaluate(
    messages: View<T.Lanes>, _ stage: MessageStage, into output: View<T.Lanes>, rows: Int
  ) {
    guard stage != .sums else { return evaluate(messages, into: output, rows: rows) }
    output.slice(0, rows * outputLayout.rowLanes).copy(from: messages)
    addBiases(to: output, rows: rows)
  }

  /// Adds the gradient with respect to messages.
  ///
  /// Adjoint of `evaluate(messages:_:into:rows:)`.
  func accumulateGradient(
    _ outputGradient: View<T.Lanes>, toMessages messageGradient: View<T.Lanes>,
    _ stage: MessageStage, rows: Int
  ) {
    guard stage != .sums else {
      return accumulateGradient(outputGradient, into: messageGradient, rows: rows)
    }
    for lane in 0..<rows * outputLayout.rowLanes {
      messageGradient[lane] = messageGradient[lane] + outputGradient[lane]
    }
  }

  @usableFromInline
  func apply(
    _ input: View<T.Lanes>, into output: View<T.Lanes>, rows: Int, biases: Bool = true
  ) {
    for path in paths {
      for m in 0..<path.input.componentCount {
        path.matrix.forward.multiply(
          input.dropping(path.input.offset(component: m)), stride: inputLayout.rowLanes,
          into: output.dropping(path.output.offset(component: m)),
          stride: outputLayout.rowLanes, rows: rows, accumulate: true)
      }
    }
    if biases { addBiases(to: output, rows: rows) }
  }

  private func addBiases(to output: View<T.Lanes>, rows: Int) {
    for (offset, bias) in biases {
      for row in 0..<rows {
        let target = output.dropping(row * outputLayout.rowLanes + offset)
        for block in 0..<bias.lanes { target[block] = target[block] + bias[block] }
      }
    }
  }
}
