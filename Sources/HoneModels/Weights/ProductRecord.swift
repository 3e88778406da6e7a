internal import HoneNumerics

/// What the coefficients of a product basis are made from: per species and node of its trees a sum
/// of weights of the species times coupling coefficients.
struct ProductRecord<T: HoneScalar> {
  /// Where a species' weights of one part start, `[paths][channels]`, and what multiplies them.
  struct Term {
    /// The parameter of the first species' first channel.
    let parameter: Int
    /// How far the next species' weights are.
    let speciesStride: Int
    let coefficient: Double
  }

  /// The coefficients of each table, placed by `SymmetricProduct.position`; one table where species
  /// share it.
  let tables: [Buffer<T.Lanes.Weight>]
  /// Per node of all trees where its terms start; one more at the end.
  let starts: Buffer<Int32>
  let terms: Buffer<Term>
  /// The channels of a block.
  let channels: Int
  /// Where the gradient of each table starts, in lanes.
  var slots: [Int] = []

  private var lanes: Int { T.Lanes.blocks(for: channels) }
  private var nodeCount: Int { starts.count - 1 }

  /// Sums the terms of every coefficient.
  func load(_ parameters: View<T.Weight>) {
    for (species, table) in tables.enumerated() {
      for node in 0..<nodeCount {
        for channel in 0..<channels {
          var sum = T.Weight.zero
          for index in Int(starts[node])..<Int(starts[node + 1]) {
            let term = terms[index]
            sum +=
              parameters[term.parameter + species * term.speciesStride + channel]
              * T.Weight(term.coefficient)
          }
          position(node, channel, in: table.view).setChannel(channel % T.Lanes.width, to: sum)
        }
      }
    }
  }

  /// Adjoint of `load`.
  func pullBack(_ gradients: WeightGradients<T>, into gradient: View<T.Weight>) {
    for (species, slot) in slots.enumerated() {
      let table = gradients.lanes.view(from: slot, count: nodeCount * lanes)
      for node in 0..<nodeCount {
        for channel in 0..<channels {
          let value = position(node, channel, in: table).channel(channel % T.Lanes.width)
          for index in Int(starts[node])..<Int(starts[node + 1]) {
            let term = terms[index]
            gradient[term.parameter + species * term.speciesStride + channel] +=
              value * T.Weight(term.coefficient)
          }
        }
      }
    }
  }

  /// The lane that holds a channel of a node.
  @inline(__always)
  private func position(_ node: Int, _ channel: Int, in table: View<T.Lanes.Weight>)
    -> View<T.Lanes.Weight>
  {
    table.slice(
      SymmetricProduct<T>.position(
        node: node, block: channel / T.Lanes.width, nodeCount: nodeCount, lanes: lanes), 1)
  }
}
