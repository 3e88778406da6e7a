public import HoneFormats
public import HoneNumerics

extension MACEDescription {
  /// The keys of its object.
  static let keys = [
    "family", "species", "heads", "average_neighbor_count", "precision", "cutoff", "cutoff_power",
    "radial_basis", "radial_functions", "distance_transform", "applies_cutoff", "radial_hidden",
    "hidden_irreps", "edge_irreps", "first_sees_edge_irreps", "max_ell", "even_harmonics",
    "interactions", "first_interaction", "interaction", "correlation", "couplings",
    "shares_product", "keeps_last_irreps", "readout_hidden", "readout_activation", "readout_bias",
    "reads_last_only", "pair_repulsion",
  ]

  /// Reads a description; keys that are left out have mace-torch's defaults.
  ///
  /// | key | value |
  /// |---|---|
  /// | `family` | `"mace"` |
  /// | `species` | atomic numbers |
  /// | `heads` | names, or objects as `HeadDescription` reads them |
  /// | `average_neighbor_count` | number |
  /// | `precision` | `"float64"` or `"float32"` |
  /// | `cutoff` | Å |
  /// | `cutoff_power` | integer |
  /// | `radial_basis` | `"bessel"`, `"gaussian"`, `"chebyshev"` |
  /// | `radial_functions` | their number |
  /// | `distance_transform` | `"none"`, `"agnesi"`, `"soft"` |
  /// | `applies_cutoff` | whether the cutoff multiplies the radial functions |
  /// | `radial_hidden` | widths |
  /// | `hidden_irreps`, `edge_irreps` | irreps such as `"128x0e+128x1o"` |
  /// | `first_sees_edge_irreps` | true or false |
  /// | `max_ell` | 0 to 6 |
  /// | `even_harmonics` | true for models of SO(3) alone |
  /// | `interactions` | the number of layers |
  /// | `first_interaction`, `interaction` | `"agnostic"`, `"residual"`, `"density"`, `"density_residual"`, `"non_linear_residual"` |
  /// | `correlation` | 1 to 4, or a list with one per layer |
  /// | `couplings` | `"full"`, `"reduced"` |
  /// | `shares_product`, `keeps_last_irreps` | true or false |
  /// | `readout_hidden` | the last readout's width per head |
  /// | `readout_activation` | `"silu"`, `"tanh"`, `"abs"`, …, `"identity"` |
  /// | `readout_bias`, `reads_last_only` | true or false |
  /// | `pair_repulsion` | true for ZBL |
  ///
  /// - Throws: `.format` for other keys and for values of a wrong kind.
  public init(json: JSONValue) throws(HoneError) {
    self.init()
    let fields = try DescriptionFields(json, known: Self.keys)
    guard fields.value("family")?.string ?? "mace" == "mace" else {
      throw fields.failure("family", "'mace'")
    }
    species = try fields.ints("species", in: 1...118, species)
    heads = try fields.heads(heads)
    averageNeighborCount = try fields.double("average_neighbor_count", averageNeighborCount)
    precision = try fields.precision(precision)
    cutoff = try fields.double("cutoff", cutoff)
    cutoffPower = try fields.int("cutoff_power", in: 1...1000, cutoffPower)
    radialBasis = try fields.choice("radial_basis", radialBasis)
    radialFunctionCount = try fields.int("radial_functions", in: 1...4096, radialFunctionCount)
    distanceTransform = try Self.transform(fields, distanceTransform)
    appliesCutoff = try fields.bool("applies_cutoff", appliesCutoff)
    radialHidden = try fields.ints("radial_hidden", in: ModelLimits.widths, radialHidden)
    hiddenIrreps = try fields.irreps("hidden_irreps", hiddenIrreps)
    if fields.value("edge_irreps") != nil { edgeIrreps = try fields.irreps("edge_irreps", "") }
    firstSeesEdgeIrreps = try fields.bool("first_sees_edge_irreps", firstSeesEdgeIrreps)
    maxEll = try fields.int("max_ell", in: 0...6, maxEll)
    evenHarmonics = try fields.bool("even_harmonics", evenHarmonics)
    interactionCount = try fields.int("interactions", in: 1...64, interactionCount)
    firstInteraction = try fields.choice("first_interaction", firstInteraction)
    interaction = try fields.choice("interaction", interaction)
    correlation = try fields.ints("correlation", in: 1...4, correlation)
    couplings = try fields.choice("couplings", couplings)
    sharesProduct = try fields.bool("shares_product", sharesProduct)
    keepsLastIrreps = try fields.bool("keeps_last_irreps", keepsLastIrreps)
    readoutHidden = try fields.int("readout_hidden", in: ModelLimits.widths, readoutHidden)
    readoutActivation = try fields.choice("readout_activation", readoutActivation)
    readoutHasBias = try fields.bool("readout_bias", readoutHasBias)
    readsLastOnly = try fields.bool("reads_last_only", readsLastOnly)
    repulsion = try fields.bool("pair_repulsion", repulsion)
  }

  /// The transforms with the constants mace gives them.
  private static func transform(
    _ fields: DescriptionFields, _ standard: DistanceTransform?
  ) throws(HoneError) -> DistanceTransform? {
    guard let value = fields.value("distance_transform") else { return standard }
    switch value.string {
    case "none": return nil
    case "agnesi": return .agnesi(q: 0.9183, p: 4.5791, a: 1.0805)
    case "soft": return .soft(alpha: 4)
    default: throw fields.failure("distance_transform", "one of 'none', 'agnesi', 'soft'")
    }
  }
}
