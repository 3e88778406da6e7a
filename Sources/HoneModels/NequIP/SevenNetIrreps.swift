internal import HoneNumerics
internal import HoneO3

/// The irreps of a SevenNet model's layers, as its options imply them.
struct SevenNetIrreps {
  let configuration: NequIPConfiguration
  let channels: Int
  let lMaxNode: Int
  let layerCount: Int
  /// The irreps before and after each layer where the user gave them.
  let manual: [Irreps]?

  /// The layers, with irreps alone filled in.
  ///
  /// - Throws: `.unsupported` for outputs that do not list their scalars first.
  func layers() throws(HoneError) -> [NequIPConfiguration.Layer] {
    guard (1...1 << 16).contains(channels) else {
      throw HoneError(.format, "expected 1 to 65536 channels, got \(channels)")
    }
    var input = manual?[0] ?? Irreps([.init(channels, Irrep(0, .even))])
    guard !input.blocks.isEmpty else {
      throw HoneError(.format, "expected features before the first layer, got none")
    }
    var layers: [NequIPConfiguration.Layer] = []
    for index in 0..<layerCount {
      let isLast = index == layerCount - 1
      let output =
        manual?[index + 1]
        ?? infer(input, lMax: isLast ? 0 : lMaxNode, evenOnly: isLast, channels: channels)
      let message = infer(
        input, lMax: max(output.lMax, 0), evenOnly: isLast, channels: nil)
      let firstGated = output.blocks.firstIndex { $0.irrep.l > 0 } ?? output.blocks.count
      guard output.blocks[firstGated...].allSatisfy({ $0.irrep.l > 0 }), firstGated > 0 else {
        throw HoneError(
          .unsupported,
          "this version does not evaluate features '\(output)' of SevenNet: scalars must come first"
        )
      }
      layers.append(
        .init(
          input: input, message: message, output: output, selfConnection: .bySpecies,
          denominator: 1))
      input = output
    }
    return layers
  }

  /// All products of features and harmonics up to a degree, sorted and merged.
  private func infer(_ input: Irreps, lMax: Int, evenOnly: Bool, channels: Int?) -> Irreps {
    var blocks: [Irreps.Block] = []
    for block in input.simplified().blocks {
      for harmonic in configuration.harmonics {
        for irrep in block.irrep * harmonic {
          blocks.append(.init(block.multiplicity, irrep))
        }
      }
    }
    let merged = Irreps(blocks).sorted().irreps.simplified()
    return Irreps(
      merged.blocks.filter { $0.irrep.l <= lMax && !(evenOnly && $0.irrep.parity == .odd) }.map {
        .init(channels ?? $0.multiplicity, $0.irrep)
      })
  }
}
