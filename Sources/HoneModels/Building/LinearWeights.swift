internal import HoneNumerics
internal import HoneO3

/// The flat weights of a linear map between irreps, as e3nn keeps and normalises them.
///
/// Matrices `[mul_i][mul_o]` of all pairs of equal irreps, inputs outermost, follow each other. An
/// output is divided by the square root of the number of channels that end in it.
/// - SeeAlso: e3nn's `o3.Linear`, path normalisation "element".
struct LinearWeights {
  let inputs: Irreps
  let outputs: Irreps
  /// The number of weights for one species.
  let count: Int
  private let offsets: [[Int?]]
  private let fans: [Int]

  init(from inputs: Irreps, to outputs: Irreps) {
    self.inputs = inputs
    self.outputs = outputs
    var offset = 0
    var fans = [Int](repeating: 0, count: outputs.blocks.count)
    var offsets: [[Int?]] = []
    for input in inputs.blocks {
      var row: [Int?] = []
      for (o, output) in outputs.blocks.enumerated() {
        if input.irrep == output.irrep {
          row.append(offset)
          offset += input.multiplicity * output.multiplicity
          fans[o] += input.multiplicity
        } else {
          row.append(nil)
        }
      }
      offsets.append(row)
    }
    self.offsets = offsets
    self.fans = fans
    count = offset
  }

  /// The place of the weight that takes channel `u` of an input to channel `w` of an output; `nil`
  /// where the two are not connected.
  func index(_ i: Int, _ o: Int, u: Int, w: Int) -> Int? {
    offsets[i][o].map { $0 + u * outputs.blocks[o].multiplicity + w }
  }

  /// The number of channels that end in an output block.
  func fan(_ o: Int) -> Int { fans[o] }

  /// The number of biases: one per channel of even scalars.
  var biasCount: Int {
    outputs.blocks.reduce(0) { $0 + ($1.irrep.isScalar ? $1.multiplicity : 0) }
  }

  /// Where an output block's biases start.
  func biasOffset(_ o: Int) -> Int {
    outputs.blocks[..<o].reduce(0) { $0 + ($1.irrep.isScalar ? $1.multiplicity : 0) }
  }

  /// A run of an output block's channels that stands as a block of its own in a layout.
  struct Slice {
    /// The output block.
    var block: Int
    /// The run's first channel.
    var start: Int
  }

  /// Makes the map.
  ///
  /// - Parameters:
  ///   - tensor: `count` weights; `count · speciesCount` where there are species.
  ///   - bias: `biasCount` constants, or none.
  ///   - inputLayout: One block per input.
  ///   - outputLayout: One block per slice.
  ///   - slices: Which output channels the layout's blocks hold; by default whole outputs.
  ///   - scale: A factor of all weights, not of biases.
  ///   - species: The species and their number, for weights `[mul_i][species][mul_o]`.
  ///   - extraFan: Channels that end in even scalars beside the inputs.
  ///   - isMasked: Whether what comes from an input channel is zero whatever is learnt.
  ///   - ledger: Who is told what the numbers are made from, for training.
  func map<T: HoneScalar>(
    _ tensor: ParameterTensor, bias: RowEntries? = nil, from inputLayout: FeatureLayout,
    to outputLayout: FeatureLayout, slices: [Slice]? = nil, scale: Double = 1,
    species: (index: Int, count: Int)? = nil, extraFan: Int = 0,
    isMasked: @escaping (_ u: Int) -> Bool = { _ in false }, ledger: WeightLedger<T>?
  ) throws(HoneError) -> EquivariantLinear<T> {
    let slices = slices ?? outputs.blocks.indices.map { Slice(block: $0, start: 0) }
    let speciesCount = species?.count ?? 1
    let speciesIndex = species?.index ?? 0
    return try EquivariantLinear<T>(
      from: inputLayout, to: outputLayout,
      weight: { i, s in
        let slice = slices[s]
        guard let offset = offsets[i][slice.block] else { return nil }
        let output = outputs.blocks[slice.block]
        return MatrixEntries(
          tensor,
          factor: scale * norm(slice.block, extraFan: extraFan, speciesCount: speciesCount)
        ) { u, w in
          guard !isMasked(u) else { return nil }
          let row = u * speciesCount + speciesIndex
          return offset * speciesCount + row * output.multiplicity + slice.start + w
        }
      },
      bias: { s in
        guard let bias else { return nil }
        let start = biasOffset(slices[s].block) + slices[s].start
        let block = outputLayout.blocks[s]
        return bias.part(start..<start + block.multiplicity)
      }, ledger: ledger)
  }

  /// What the weights that end in an output block are multiplied by.
  func norm(_ o: Int, extraFan: Int = 0, speciesCount: Int = 1) -> Double {
    let fan = fans[o] + (outputs.blocks[o].irrep.isScalar ? extraFan : 0)
    return 1 / (Double(fan) * Double(speciesCount)).squareRoot()
  }

  /// Makes the map of each species from weights `[mul_i][species][mul_o]`.
  func mapBySpecies<T: HoneScalar>(
    _ tensor: ParameterTensor, count speciesCount: Int, from inputLayout: FeatureLayout,
    to outputLayout: FeatureLayout, slices: [Slice]? = nil, ledger: WeightLedger<T>?
  ) throws(HoneError) -> SpeciesLinear<T> {
    var maps: [EquivariantLinear<T>] = []
    for index in 0..<speciesCount {
      maps.append(
        try map(
          tensor, from: inputLayout, to: outputLayout, slices: slices,
          species: (index, speciesCount), ledger: ledger))
    }
    return SpeciesLinear(maps)
  }
}
