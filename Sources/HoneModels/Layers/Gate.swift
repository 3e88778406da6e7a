public import HoneNumerics

/// The gated non-linearity: scalars pass through an activation, every other channel is multiplied
/// by an activated scalar of its own.
///
/// - SeeAlso: Weiler et al., NeurIPS 2018, arXiv:1807.02547.
public struct Gate<T: HoneScalar>: Sendable {
  /// One block of scalars, or of gated channels with its gates; offsets in lanes.
  enum Item: Sendable {
    case scalars(input: Int, output: Int, lanes: Int, Activation)
    case gated(gates: Int, input: Int, output: Int, components: Int, lanes: Int, Activation)
  }

  /// The rows it takes: scalars, gates and gated blocks.
  let inputLayout: FeatureLayout
  /// The rows it gives: scalars and gated blocks.
  let outputLayout: FeatureLayout
  private let items: [Item]

  /// Makes a gate.
  ///
  /// - Parameters:
  ///   - inputLayout: Blocks in any order.
  ///   - outputLayout: Scalars and gated blocks.
  ///   - scalars: Per block of scalars: input block, output block, activation.
  ///   - gated: Per gated block: block of its gates, input block, output block, activation.
  init(
    inputLayout: FeatureLayout, outputLayout: FeatureLayout,
    scalars: [(input: Int, output: Int, activation: Activation)],
    gated: [(gates: Int, input: Int, output: Int, activation: Activation)]
  ) {
    self.inputLayout = inputLayout
    self.outputLayout = outputLayout
    var items: [Item] = []
    for entry in scalars {
      let block = inputLayout.blocks[entry.input]
      items.append(
        .scalars(
          input: block.offset, output: outputLayout.blocks[entry.output].offset,
          lanes: block.lanes, entry.activation))
    }
    for entry in gated {
      let block = inputLayout.blocks[entry.input]
      items.append(
        .gated(
          gates: inputLayout.blocks[entry.gates].offset, input: block.offset,
          output: outputLayout.blocks[entry.output].offset, components: block.componentCount,
          lanes: block.lanes, entry.activation))
    }
    self.items = items
  }

  /// Applies the gate to a number of rows; every block of the output is overwritten.
  func evaluate(_ input: View<T.Lanes>, into output: View<T.Lanes>, rows: Int) {
    for row in 0..<rows {
      let x = input.dropping(row * inputLayout.rowLanes)
      let y = output.dropping(row * outputLayout.rowLanes)
      for item in items {
        switch item {
        case .scalars(let source, let target, let lanes, let activation):
          for block in 0..<lanes { y[target + block] = activation(x[source + block]) }
        case .gated(let gates, let source, let target, let components, let lanes, let activation):
          for block in 0..<lanes {
            let gate = activation(x[gates + block])
            for m in 0..<components {
              y[target + m * lanes + block] = gate * x[source + m * lanes + block]
            }
          }
        }
      }
    }
  }

  /// Adds the gradient with respect to the input.
  ///
  /// Adjoint of `evaluate(_:into:rows:)`.
  func accumulateGradient(
    _ outputGradient: View<T.Lanes>, at input: View<T.Lanes>, into inputGradient: View<T.Lanes>,
    rows: Int
  ) {
    for row in 0..<rows {
      let x = input.dropping(row * inputLayout.rowLanes)
      let gx = inputGradient.dropping(row * inputLayout.rowLanes)
      let gy = outputGradient.dropping(row * outputLayout.rowLanes)
      for item in items {
        switch item {
        case .scalars(let source, let target, let lanes, let activation):
          for block in 0..<lanes {
            gx[source + block] = T.Lanes.multiplyAdd(
              gx[source + block], gy[target + block], activation.derivative(x[source + block]))
          }
        case .gated(let gates, let source, let target, let components, let lanes, let activation):
          for block in 0..<lanes {
            let gate = activation(x[gates + block])
            var sum = T.Lanes.zero
            for m in 0..<components {
              let index = source + m * lanes + block
              let gradient = gy[target + m * lanes + block]
              sum = T.Lanes.multiplyAdd(sum, gradient, x[index])
              gx[index] = T.Lanes.multiplyAdd(gx[index], gradient, gate)
            }
            gx[gates + block] = T.Lanes.multiplyAdd(
              gx[gates + block], sum, activation.derivative(x[gates + block]))
          }
        }
      }
    }
  }
}
