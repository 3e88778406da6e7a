internal import HoneNumerics
internal import HoneO3

/// What a file may ask for: far more than any real model does, and little enough that no size
/// computed from it overflows and no table made from it fills the memory.
enum ModelLimits {
  /// The most blocks of one layer's features.
  static let mostBlocks = 64
  /// The most components of an atom's features.
  static let largestDimension = 1 << 20
  /// The most paths of one convolution.
  static let mostPaths = 1024
  /// The most couplings of one convolution, zeros included.
  static let mostCouplings = 1 << 23
  /// The widths of hidden layers.
  static let widths = 1...(1 << 20)
  /// The most hidden layers of one network.
  static let mostHiddenLayers = 64
  /// The magnitudes of what sums over neighbours are divided by.
  static let divisors = 1e-6...1e9
  /// The largest magnitude of a learnt number; single precision holds its third power.
  static let largestParameter = 1e12
  /// The most heads.
  static let mostHeads = 1024

  /// Refuses features beyond the limits, and none.
  ///
  /// - Throws: `.format` for empty sums and empty blocks, `.unsupported` for large ones.
  static func check(_ irreps: Irreps, _ what: String, largest: Int = largestDimension)
    throws(HoneError)
  {
    guard !irreps.blocks.isEmpty, irreps.blocks.allSatisfy({ $0.multiplicity > 0 }) else {
      throw HoneError(.format, "expected blocks of one channel or more as \(what)")
    }
    guard irreps.blocks.count <= mostBlocks, irreps.dim <= largest else {
      throw HoneError(
        .unsupported,
        "this version takes up to \(mostBlocks) blocks with \(largest) components as \(what), got "
          + "\(irreps.blocks.count) with \(irreps.dim)")
    }
  }

  /// Refuses convolutions beyond the limits, and those without paths.
  ///
  /// - Throws: `.format` where there is no path, `.unsupported` where there are too many.
  static func check(
    _ paths: ConvolutionPaths, from inputs: Irreps, lMax: Int, layer: Int
  ) throws(HoneError) {
    guard !paths.created.isEmpty else {
      throw HoneError(.format, "expected a path of the convolution in layer \(layer)")
    }
    let couplings = paths.created.reduce(0) {
      $0 + inputs.blocks[$1.input].irrep.dim * $1.irrep.dim * (lMax + 1) * (lMax + 1)
    }
    guard paths.created.count <= mostPaths, couplings <= mostCouplings else {
      throw HoneError(
        .unsupported,
        "this version takes up to \(mostPaths) paths with \(mostCouplings) couplings, got "
          + "\(paths.created.count) with \(couplings) in layer \(layer)")
    }
  }

  /// Refuses widths of hidden layers beyond the limits.
  ///
  /// - Throws: `.format`.
  static func check(widths: [Int], _ what: String) throws(HoneError) {
    guard widths.count <= mostHiddenLayers, widths.allSatisfy(Self.widths.contains) else {
      throw HoneError(
        .format,
        "expected up to \(mostHiddenLayers) widths from 1 to \(Self.widths.upperBound) as \(what)")
    }
  }
}
