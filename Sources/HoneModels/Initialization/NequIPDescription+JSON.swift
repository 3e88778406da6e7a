public import HoneFormats
public import HoneNumerics

extension NequIPDescription {
  /// The keys of its object.
  static let keys = [
    "family", "species", "heads", "average_neighbor_count", "precision", "cutoff",
    "cutoff_function", "cutoff_power", "cutoff_onset", "radial_functions", "radial_hidden",
    "radial_activation", "channels", "max_ell", "feature_max_ell", "parity", "interactions",
    "irreps", "normalizes_harmonics", "self_connection", "denominator", "even_scalars",
    "odd_scalars", "even_gates", "odd_gates", "bias", "readout", "readout_hidden",
    "readout_activation", "modal_maps",
  ]

  private enum CutoffKind: String, CaseIterable { case polynomial, xplor }
  private enum ReadoutKind: String, CaseIterable { case linear, network }

  /// Reads a description; keys that are left out have SevenNet's defaults.
  ///
  /// | key | value |
  /// |---|---|
  /// | `family` | `"nequip"` |
  /// | `species` | atomic numbers |
  /// | `heads` | names, or objects as `HeadDescription` reads them |
  /// | `average_neighbor_count` | number |
  /// | `precision` | `"float64"` or `"float32"` |
  /// | `cutoff` | Å |
  /// | `cutoff_function` | `"polynomial"` (with `cutoff_power`), `"xplor"` (with `cutoff_onset` in Å) |
  /// | `radial_functions` | their number |
  /// | `radial_hidden`, `radial_activation` | widths; `"silu"`, `"tanh"`, `"ssp"`, … |
  /// | `channels` | copies of each irrep |
  /// | `max_ell`, `feature_max_ell` | 0 to 6, of harmonics and of features |
  /// | `parity` | whether irreps carry parity |
  /// | `interactions` | the number of layers |
  /// | `irreps` | a list of irreps: before the first layer and after each |
  /// | `normalizes_harmonics` | true or false |
  /// | `self_connection` | `"by_species"`, `"linear"`, or a list with one per layer |
  /// | `denominator` | `"average"`, `"square_root"`, a number, or a list with one per layer |
  /// | `even_scalars`, `odd_scalars`, `even_gates`, `odd_gates` | activations |
  /// | `bias` | whether linear maps have biases |
  /// | `readout` | `"linear"`, `"network"` (with `readout_hidden`, `readout_activation`) |
  /// | `modal_maps` | those of `"embedding"`, `"intro"`, `"outro"`, `"readout"` that see the head |
  ///
  /// - Throws: `.format` for other keys, for values of a wrong kind, and for keys that do not go
  ///   with the rest.
  public init(json: JSONValue) throws(HoneError) {
    self.init()
    let fields = try DescriptionFields(json, known: Self.keys)
    guard fields.value("family")?.string ?? "nequip" == "nequip" else {
      throw fields.failure("family", "'nequip'")
    }
    species = try fields.ints("species", in: 0...118, species)
    heads = try fields.heads(heads)
    averageNeighborCount = try fields.double("average_neighbor_count", averageNeighborCount)
    precision = try fields.precision(precision)
    cutoff = try fields.double("cutoff", cutoff)
    cutoffFunction = try Self.cutoffFunction(fields)
    radialFunctionCount = try fields.int("radial_functions", in: 1...4096, radialFunctionCount)
    radialHidden = try fields.ints("radial_hidden", in: ModelLimits.widths, radialHidden)
    radialActivation = try fields.choice("radial_activation", radialActivation)
    channels = try fields.int("channels", in: 1...1 << 16, channels)
    maxEll = try fields.int("max_ell", in: 0...6, maxEll)
    if fields.value("feature_max_ell") != nil {
      featureMaxEll = try fields.int("feature_max_ell", in: 0...6, 0)
    }
    hasParity = try fields.bool("parity", hasParity)
    interactionCount = try fields.int("interactions", in: 1...64, interactionCount)
    irreps = try Self.irreps(fields)
    normalizesHarmonics = try fields.bool("normalizes_harmonics", normalizesHarmonics)
    selfConnections = try fields.choices("self_connection", selfConnections)
    denominator = try Self.denominator(fields, denominator)
    evenScalars = try fields.choice("even_scalars", evenScalars)
    oddScalars = try fields.choice("odd_scalars", oddScalars)
    evenGates = try fields.choice("even_gates", evenGates)
    oddGates = try fields.choice("odd_gates", oddGates)
    hasBias = try fields.bool("bias", hasBias)
    readout = try Self.readout(fields)
    modalMaps = try fields.choices("modal_maps", modalMaps)
  }

  private static func cutoffFunction(_ fields: DescriptionFields) throws(HoneError)
    -> RadialCutoff
  {
    switch try fields.choice("cutoff_function", CutoffKind.polynomial) {
    case .polynomial:
      guard fields.value("cutoff_onset") == nil else {
        throw fields.failure("cutoff_onset", "nothing, for a polynomial has none,")
      }
      return .polynomial(p: try fields.int("cutoff_power", in: 1...1000, 6))
    case .xplor:
      guard fields.value("cutoff_power") == nil else {
        throw fields.failure("cutoff_power", "nothing, for XPLOR has none,")
      }
      guard fields.value("cutoff_onset") != nil else {
        throw fields.failure("cutoff_onset", "a distance in Å")
      }
      return .xplor(onset: try fields.double("cutoff_onset", 0))
    }
  }

  private static func irreps(_ fields: DescriptionFields) throws(HoneError) -> [String]? {
    guard let value = fields.value("irreps") else { return nil }
    let texts = value.array?.compactMap(\.string)
    guard let texts, texts.count == value.array?.count, texts.count <= 65 else {
      throw fields.failure("irreps", "a list of irreps")
    }
    return texts
  }

  private static func denominator(_ fields: DescriptionFields, _ standard: Denominator)
    throws(HoneError) -> Denominator
  {
    switch fields.value("denominator") {
    case nil: return standard
    case .string("average"): return .average
    case .string("square_root"): return .squareRoot
    case .string:
      throw fields.failure("denominator", "'average', 'square_root', a number or a list of numbers")
    default: return .values(try fields.doubles("denominator", []))
    }
  }

  private static func readout(_ fields: DescriptionFields) throws(HoneError) -> Readout {
    switch try fields.choice("readout", ReadoutKind.linear) {
    case .linear:
      for key in ["readout_hidden", "readout_activation"] where fields.value(key) != nil {
        throw fields.failure(key, "nothing, for a linear readout has none,")
      }
      return .linear
    case .network:
      return .network(
        hidden: try fields.ints("readout_hidden", in: ModelLimits.widths, [30, 30]),
        activation: try fields.choice("readout_activation", .relu))
    }
  }
}
