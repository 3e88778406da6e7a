internal import HoneNumerics
internal import HoneO3

/// What a NequIP model, as SevenNet writes it, is made of, without its numbers.
struct NequIPConfiguration: Sendable, Equatable {
  /// How an atom's own features enter a layer.
  enum SelfConnection: String, Sendable, CaseIterable {
    case linear
    case bySpecies = "by_species"
  }

  /// One round of message passing.
  struct Layer: Sendable, Equatable {
    /// An atom's features before the layer.
    var input: Irreps
    /// The irreps messages may have.
    var message: Irreps
    /// An atom's features after the layer, scalars first.
    var output: Irreps
    var selfConnection: SelfConnection
    /// What sums over neighbours are divided by.
    var denominator: Double
  }

  /// The maps that see the modality as further channels.
  struct ModalUse: Sendable, Equatable {
    var embedding = false
    var intro = false
    var outro = false
    var readout = false

    static let none = ModalUse()
  }

  /// How features become energies.
  enum Readout: Sendable, Equatable {
    /// Two linear maps with this number of scalars between.
    case linear(hidden: Int)
    /// Dense layers of these widths with an activation.
    case network(hidden: [Int], Activation.Function)
  }

  var radial: RadialConfiguration
  /// The highest degree of the harmonics.
  var lMax: Int
  /// Whether irreps carry parity; else all count as even.
  var hasParity: Bool
  /// Whether harmonics are of directions, else of the vectors themselves.
  var normalizesHarmonics: Bool
  var layers: [Layer]
  /// The widths and activation of the radial networks' hidden layers.
  var radialHidden: [Int]
  var radialActivation: Activation.Function
  /// Activations of even and odd scalars, and of even and odd gates.
  var evenScalars: Activation.Function
  var oddScalars: Activation.Function
  var evenGates: Activation.Function
  var oddGates: Activation.Function
  /// Whether linear maps have biases.
  var hasBias: Bool
  var modal: ModalUse
  var readout: Readout

  /// The harmonics, by degree.
  var harmonics: [Irrep] {
    (0...lMax).map { Irrep($0, hasParity ? .natural($0) : .even) }
  }

  /// The paths of a layer's convolution.
  func paths(_ layer: Layer) -> ConvolutionPaths {
    let wanted = Set(layer.message.blocks.map(\.irrep))
    return ConvolutionPaths(
      inputs: layer.input, harmonics: harmonics, accepts: wanted.contains)
  }

  /// A number per species: one for all, one each, or one each per modality.
  ///
  /// - Parameter start: Where the tensor starts among all parameters.
  func perSpecies(
    _ name: String, _ parameters: ParameterSet, speciesCount: Int, modality: Int, start: Int
  ) throws(HoneError) -> RowEntries {
    let values = try parameters.values(name)
    let tensor = ParameterTensor(values: values, start: start)
    if values.count == 1 { return RowEntries(tensor, stride: 0, count: speciesCount) }
    let row = values.count == speciesCount ? 0 : modality
    guard values.count % speciesCount == 0, values.count >= (row + 1) * speciesCount else {
      throw HoneError(
        .format,
        "expected 1, \(speciesCount) or more rows of \(speciesCount) numbers in parameter "
          + "'\(name)', got \(values.count)")
    }
    return RowEntries(tensor, start: row * speciesCount, count: speciesCount)
  }
}
