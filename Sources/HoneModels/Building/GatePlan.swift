internal import HoneNumerics
internal import HoneO3

/// What enters the gate of a layer with a given output, as e3nn sorts it, and where each part
/// stands.
struct GatePlan {
  /// The output's blocks of scalars.
  let scalars: [Irreps.Block]
  /// A scalar per gated channel.
  let gates: [Irreps.Block]
  /// The output's other blocks.
  let gated: [Irreps.Block]
  /// Scalars, gates and gated blocks, sorted and merged: the irreps the weights of a linear map
  /// into the gate are for.
  let irreps: Irreps
  /// Where scalars, gates and gated blocks stand in `irreps`.
  let slices: [LinearWeights.Slice]

  /// Plans the gate of a layer.
  init(output: Irreps) {
    scalars = output.blocks.filter { $0.irrep.l == 0 }
    gated = output.blocks.filter { $0.irrep.l > 0 }
    let parity: Parity = scalars.contains { $0.irrep.parity == .even } ? .even : .odd
    gates = gated.map { Irreps.Block($0.multiplicity, Irrep(0, parity)) }
    // e3nn merges neighbours before it sorts; merging afterwards gives the same sequence.
    let parts = scalars + gates + gated
    let order = parts.indices.sorted { (parts[$0].irrep, $0) < (parts[$1].irrep, $1) }
    var blocks: [Irreps.Block] = []
    var slices = [LinearWeights.Slice](repeating: .init(block: 0, start: 0), count: parts.count)
    for index in order {
      let part = parts[index]
      if let last = blocks.last, last.irrep == part.irrep {
        slices[index] = .init(block: blocks.count - 1, start: last.multiplicity)
        blocks[blocks.count - 1] = .init(last.multiplicity + part.multiplicity, part.irrep)
      } else {
        slices[index] = .init(block: blocks.count, start: 0)
        blocks.append(part)
      }
    }
    irreps = Irreps(blocks)
    self.slices = slices
  }

  /// The gate's input, one block per part.
  func inputLayout(width: Int) -> FeatureLayout {
    FeatureLayout(Irreps(scalars + gates + gated), width: width)
  }

  /// The gate's output: scalars, then gated blocks.
  var output: Irreps { Irreps(scalars + gated) }

  /// Makes the gate.
  func gate<T: HoneScalar>(
    scalar: (Parity) -> Activation, gate: (Parity) -> Activation
  ) -> Gate<T> {
    Gate(
      inputLayout: inputLayout(width: T.Lanes.width),
      outputLayout: FeatureLayout(output, width: T.Lanes.width),
      scalars: scalars.enumerated().map {
        ($0.offset, $0.offset, scalar($0.element.irrep.parity))
      },
      gated: gates.enumerated().map {
        (
          scalars.count + $0.offset, scalars.count + gates.count + $0.offset,
          scalars.count + $0.offset, gate($0.element.irrep.parity)
        )
      })
  }
}
