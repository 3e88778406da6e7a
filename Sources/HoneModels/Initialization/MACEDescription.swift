internal import HoneNumerics
internal import HoneO3

/// A MACE model to be made from scratch.
///
/// Everything has the value that mace-torch 0.3.16's `run_train` gives it by default; species and
/// statistics of the data are filled in before a model is made. Irreps are texts in e3nn's notation.
public struct MACEDescription: Sendable, Equatable {
  /// How messages become features; named after mace's interaction blocks.
  public enum Interaction: String, Sendable, CaseIterable {
    /// `RealAgnosticInteractionBlock`.
    case agnostic
    /// `RealAgnosticResidualInteractionBlock`.
    case residual
    /// `RealAgnosticDensityInteractionBlock`.
    case density
    /// `RealAgnosticDensityResidualInteractionBlock`.
    case densityResidual = "density_residual"
    /// `RealAgnosticResidualNonLinearInteractionBlock`.
    case nonLinearResidual = "non_linear_residual"
  }

  /// The functions of the distance that enter radial networks.
  public enum RadialBasis: String, Sendable, CaseIterable {
    case bessel, gaussian, chebyshev
  }

  /// Which polynomials the product basis consists of.
  public enum Couplings: String, Sendable, CaseIterable {
    /// One path per sequence of couplings (`use_reduced_cg` false).
    case full
    /// Linearly independent paths alone (`use_reduced_cg` true).
    case reduced
  }

  /// The atomic number of each species, in the model's order.
  public var species: [Int] = []
  /// The heads with their E0, scales and shifts; scale and shift are one number each.
  public var heads = [HeadDescription()]
  /// What sums over neighbours are divided by: the average number of neighbours in the data.
  ///
  /// Density-normalised and non-linear interactions do not use it.
  public var averageNeighborCount = 1.0
  /// The precision of the parameters.
  public var precision = Precision.float64

  /// The cutoff in Å.
  public var cutoff = 5.0
  /// The power p of the polynomial cutoff, and of the pair repulsion's.
  public var cutoffPower = 5
  /// The kind of radial functions.
  public var radialBasis = RadialBasis.bessel
  /// The number of radial functions.
  public var radialFunctionCount = 8
  /// A change of the distance scale before the radial functions.
  public var distanceTransform: DistanceTransform?
  /// Whether the cutoff multiplies the radial functions; else the radial network's result.
  public var appliesCutoff = true
  /// The widths of the radial networks' hidden layers.
  public var radialHidden = [64, 64, 64]

  /// An atom's features between layers: scalars first, of each irrep as many as there are channels.
  public var hiddenIrreps = "128x0e+128x1o"
  /// What neighbours see of them; all of them where `nil`.
  public var edgeIrreps: String?
  /// Whether the scalars of `edgeIrreps` are what neighbours see in the first layer too.
  public var firstSeesEdgeIrreps = false
  /// The highest degree of the harmonics.
  public var maxEll = 3
  /// Whether irreps of odd degree count as even (`use_so3`).
  public var evenHarmonics = false

  /// The number of layers.
  public var interactionCount = 2
  /// The first layer's kind.
  public var firstInteraction = Interaction.agnostic
  /// The other layers' kind.
  public var interaction = Interaction.residual
  /// The highest number of factors in the product basis: one number, or one per layer.
  public var correlation = [3]
  /// Which polynomials the product basis consists of.
  public var couplings = Couplings.full
  /// Whether all species share the product basis' weights (`use_agnostic_product`).
  public var sharesProduct = false
  /// Whether the last layer gives all hidden irreps, not the scalars alone.
  public var keepsLastIrreps = false

  /// The hidden channels of the last layer's readout, for each head.
  public var readoutHidden = 16
  /// What follows them; `identity` for nothing.
  public var readoutActivation = Activation.Function.silu
  /// Whether that readout has a second hidden layer and biases (`NonLinearBiasReadoutBlock`).
  public var readoutHasBias = false
  /// Whether the last layer alone is read out.
  public var readsLastOnly = false

  /// Whether there is a ZBL pair repulsion.
  public var repulsion = false

  /// Describes mace-torch's default model, for no species yet.
  public init() {}

  /// The widths of the density networks, which mace fixes.
  static func densityHidden(_ interaction: Interaction) -> [Int] {
    interaction == .nonLinearResidual ? [64] : []
  }
}

extension MACEConfiguration.Interaction {
  init(_ interaction: MACEDescription.Interaction) {
    self =
      switch interaction {
      case .agnostic: .agnostic
      case .residual: .residual
      case .density: .density
      case .densityResidual: .densityResidual
      case .nonLinearResidual: .nonLinearResidual
      }
  }
}
