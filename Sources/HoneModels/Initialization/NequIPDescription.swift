internal import HoneNumerics

/// A NequIP model, as SevenNet builds it, to be made from scratch.
///
/// Everything has SevenNet 0.13's default; species and statistics of the data are filled in before
/// a model is made. Irreps are texts in e3nn's notation.
///
/// - SeeAlso: Batzner et al., Nat. Commun. 13, 2453 (2022), doi:10.1038/s41467-022-29939-5.
public struct NequIPDescription: Sendable, Equatable {
  /// How an atom's own features enter a layer.
  public enum SelfConnection: String, Sendable, CaseIterable {
    /// One linear map for all species (`linear`).
    case linear
    /// A map for each species (`nequip`).
    case bySpecies = "by_species"
  }

  /// What sums over neighbours are divided by.
  public enum Denominator: Sendable, Equatable {
    /// The average number of neighbours.
    case average
    /// Its square root.
    case squareRoot
    /// One number, or one per layer.
    case values([Double])
  }

  /// How features become energies.
  public enum Readout: Sendable, Equatable {
    /// Two linear maps with half as many scalars as there are features between.
    case linear
    /// Dense layers of these widths, which take scalars alone.
    case network(hidden: [Int], activation: Activation.Function)
  }

  /// The maps that may see the head, in SevenNet the modality, as further channels.
  public enum ModalMap: String, Sendable, CaseIterable {
    /// The initial features (`use_modal_node_embedding`).
    case embedding
    /// What neighbours see (`use_modal_self_inter_intro`).
    case intro
    /// Messages (`use_modal_self_inter_outro`).
    case outro
    /// The first map of a linear readout (`use_modal_output_block`).
    case readout
  }

  /// The atomic number of each species, in the model's order.
  public var species: [Int] = []
  /// The heads, SevenNet's modalities, with their E0, scales and shifts.
  public var heads = [HeadDescription()]
  /// The average number of neighbours in the data.
  public var averageNeighborCount = 1.0
  /// The precision of the parameters.
  public var precision = Precision.float32

  /// The cutoff in Å.
  public var cutoff = 4.5
  /// How the influence of a neighbour fades towards it.
  public var cutoffFunction = RadialCutoff.polynomial(p: 6)
  /// The number of Bessel functions, whose frequencies are trained.
  public var radialFunctionCount = 8
  /// The widths of the radial networks' hidden layers.
  public var radialHidden = [64, 64]
  /// What follows them.
  public var radialActivation = Activation.Function.silu

  /// The number of copies of each irrep.
  public var channels = 32
  /// The highest degree of the harmonics.
  public var maxEll = 1
  /// The highest degree of features; that of the harmonics where `nil`.
  public var featureMaxEll: Int?
  /// Whether irreps carry parity.
  public var hasParity = true
  /// The number of layers.
  public var interactionCount = 3
  /// The irreps before the first layer and after each, instead of those that follow from the above.
  public var irreps: [String]?
  /// Whether harmonics are of directions, else of the vectors themselves.
  public var normalizesHarmonics = true

  /// How an atom's own features enter a layer: one for all, or one per layer.
  public var selfConnections = [SelfConnection.bySpecies]
  /// What sums over neighbours are divided by.
  public var denominator = Denominator.average
  /// Activation of even scalars.
  public var evenScalars = Activation.Function.silu
  /// Activation of odd scalars.
  public var oddScalars = Activation.Function.tanh
  /// Activation of even gates.
  public var evenGates = Activation.Function.silu
  /// Activation of odd gates.
  public var oddGates = Activation.Function.tanh
  /// Whether linear maps have biases.
  public var hasBias = false
  /// How features become energies.
  public var readout = Readout.linear
  /// The maps that see the head; without any, heads differ in their constants alone.
  public var modalMaps: [ModalMap] = []

  /// Describes SevenNet's default model, for no species yet.
  public init() {}
}
