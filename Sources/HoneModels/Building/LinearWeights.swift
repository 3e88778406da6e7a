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
  ///   - values: `count` weights; `count · speciesCount` where there are species.
  ///   - bias: `biasCount` constants, or none.
  ///   - inputLayout: One block per input.
  ///   - outputLayout: One block per slice.
  ///   - slices: Which output channels the layout's blocks hold; by default whole outputs.
  ///   - scale: A factor of all weights, not of biases.
  ///   - species: The species and their number, for weights `[mul_i][species][mul_o]`.
  ///   - extraFan: Channels that end in even scalars beside the inputs.
  func map<T: HoneScalar>(
    _ values: [Double], bias: [Double]? = nil, from inputLayout: FeatureLayout,
    to outputLayout: FeatureLayout, slices: [Slice]? = nil, scale: Double = 1,
    species: (index: Int, count: Int)? = nil, extraFan: Int = 0
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
        let fan = fans[slice.block] + (output.irrep.isScalar ? extraFan : 0)
        let norm = scale / (Double(fan) * Double(speciesCount)).squareRoot()
        return { u, w in
          let row = u * speciesCount + speciesIndex
          return T(
            values[offset * speciesCount + row * output.multiplicity + slice.start + w] * norm)
        }
      },
      bias: { s in
        guard let bias else { return nil }
        let start = biasOffset(slices[s].block) + slices[s].start
        return { w in T(bias[start + w]) }
      })
  }

  /// Makes the map of each species from weights `[mul_i][species][mul_o]`.
  func mapBySpecies<T: HoneScalar>(
    _ values: [Double], count speciesCount: Int, from inputLayout: FeatureLayout,
    to outputLayout: FeatureLayout, slices: [Slice]? = nil
  ) throws(HoneError) -> SpeciesLinear<T> {
    var maps: [EquivariantLinear<T>] = []
    for index in 0..<speciesCount {
      maps.append(
        try map(
          values, from: inputLayout, to: outputLayout, slices: slices,
          species: (index, speciesCount)))
    }
    return SpeciesLinear(maps)
  }
}
