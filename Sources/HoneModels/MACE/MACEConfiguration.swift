internal import HoneNumerics
internal import HoneO3

/// What a MACE model is made of, without its numbers.
struct MACEConfiguration: Sendable, Equatable {
  /// How messages become an atom's features; named after mace's interaction blocks.
  enum Interaction: String, Sendable, CaseIterable {
    case agnostic, residual, density
    case densityResidual = "density_residual"
    case nonLinearResidual = "non_linear_residual"

    /// Whether messages are divided by a learnt density.
    var hasDensity: Bool { self == .density || self == .densityResidual || isNonLinear }
    /// Whether the block ends in a gate and a second linear map.
    var isNonLinear: Bool { self == .nonLinearResidual }
    /// Whether the atom's own features are added after the product basis.
    var hasResidual: Bool { self == .residual || self == .densityResidual || isNonLinear }
  }

  /// Which coupling coefficients the product basis uses.
  enum Couplings: String, Sendable, CaseIterable {
    /// mace's full basis, computed.
    case full
    /// The reduced basis, computed.
    case reduced
    /// Tensors in the file.
    case stored
  }

  /// How a layer's features contribute to the energy.
  struct Readout: Sendable, Equatable {
    /// The number of hidden channels of each dense layer but the last, all heads together.
    var hidden: [Int]
    /// Whether dense layers after the first have biases.
    var hasBias: Bool
    /// What follows each hidden layer.
    var activation: Activation
    /// Whether hidden channels belong to heads in turn, those of other heads being masked.
    var masksHeads: Bool
  }

  /// One round of message passing.
  struct Layer: Sendable, Equatable {
    var interaction: Interaction
    /// An atom's features before the layer.
    var input: Irreps
    /// What neighbours see of them.
    var sender: Irreps
    /// The features the product basis takes.
    var target: Irreps
    /// An atom's features after the layer.
    var output: Irreps
    /// The widths of the radial network's hidden layers.
    var radialHidden: [Int]
    /// The widths of the density network's hidden layers.
    var densityHidden: [Int]
    /// What messages are divided by, where there is no density.
    var averageNeighborCount: Double
    /// The highest number of factors in the product basis.
    var correlation: Int
    var couplings: Couplings
    /// Whether all species share the product basis' weights.
    var sharesProduct: Bool
    /// Whether the atom's own features are added.
    var addsResidual: Bool
    var readout: Readout?
  }

  var radial: RadialConfiguration
  /// The highest degree of the harmonics.
  var lMax: Int
  /// Whether harmonics of odd degree count as even (models of SO(3) alone).
  var evenHarmonics: Bool
  var layers: [Layer]
  /// The power of the pair repulsion's cutoff, if there is repulsion.
  var repulsionPower: Int?
  /// The length scale and exponent of the repulsion's screening.
  var repulsionPrefactor: Double
  var repulsionExponent: Double
  /// Whether the scale multiplies the pair repulsion too.
  var scalesRepulsion: Bool

  /// The harmonics, by degree.
  var harmonics: [Irrep] {
    (0...lMax).map { Irrep($0, evenHarmonics ? .even : .natural($0)) }
  }

  /// The paths of a layer's convolution.
  func paths(_ layer: Layer) -> ConvolutionPaths {
    let wanted = Set(layer.target.blocks.map(\.irrep))
    return ConvolutionPaths(
      inputs: layer.sender, harmonics: harmonics, accepts: wanted.contains)
  }
}
