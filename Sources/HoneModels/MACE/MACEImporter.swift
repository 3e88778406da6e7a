internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

/// Takes architecture and weights from a pickled mace-torch model, as data.
///
/// Attributes that old files lack mean the behaviour of their time. Whatever this version does not
/// evaluate is refused by name.
struct MACEImporter {
  let root: PickleNode

  /// The classes of models it takes, and whether they scale and shift.
  private static let modelClasses = [
    "mace.modules.models.MACE": false, "mace.modules.models.ScaleShiftMACE": true,
  ]

  /// Whether a pickled object is one of mace's.
  static func recognizes(_ root: PickleNode) -> Bool {
    root.className?.hasPrefix("mace.") ?? false
  }

  /// Reads the model.
  ///
  /// - Throws: `.format` for damaged files, `.unsupported` with the name of the part.
  func definition() throws(HoneError) -> ModelDefinition {
    guard let name = root.className, let isScaled = Self.modelClasses[name] else {
      throw unsupported("model class '\(root.className ?? root.summary)'")
    }
    for part in ["joint_embedding", "embedding_readout", "field_feats", "les"]
    where root.child(part).map({ !$0.isNone }) ?? false {
      throw unsupported("'\(part)' of mace")
    }
    let atomicNumbers = try root.integers("atomic_numbers")
    guard !atomicNumbers.isEmpty, Set(atomicNumbers).count == atomicNumbers.count,
      atomicNumbers.allSatisfy({ (1...118).contains($0) })
    else {
      throw HoneError(
        .format, "expected different atomic numbers from 1 to 118, got \(atomicNumbers.prefix(200))"
      )
    }
    var parameters = ParameterSet()
    let heads = root.child("heads")?.strings ?? ["Default"]
    guard !heads.isEmpty, heads.count <= 1024 else {
      throw HoneError(.format, "expected 1 to 1024 heads, got \(heads.count)")
    }
    try constants(isScaled, heads.count, atomicNumbers.count, &parameters)
    let radial = try radial(&parameters)
    let harmonics = try Irreps(parsing: text("spherical_harmonics.irreps_out"))
    let lMax = harmonics.blocks.count - 1
    guard lMax >= 0, lMax <= 6,
      harmonics.blocks.enumerated().allSatisfy({
        $0.element.multiplicity == 1 && $0.element.irrep.l == $0.offset
      })
    else { throw unsupported("spherical harmonics '\(harmonics)'") }
    let isEven = harmonics.blocks.allSatisfy { $0.irrep.parity == .even } && lMax > 0
    let repulsion = try repulsion()
    var configuration = MACEConfiguration(
      radial: radial, lMax: lMax, evenHarmonics: isEven, layers: [],
      repulsionPower: repulsion?.power, repulsionPrefactor: repulsion?.prefactor ?? 0,
      repulsionExponent: repulsion?.exponent ?? 0, scalesRepulsion: isScaled)
    let layerCount = try modules("interactions").count
    guard layerCount > 0, layerCount <= 64, try modules("products").count == layerCount else {
      throw HoneError(.format, "expected 1 to 64 interactions with a product each")
    }
    parameters["embedding.weight"] = try root.requiredTensor("node_embedding.linear.weight")
    let readouts = try modules("readouts")
    guard !readouts.isEmpty, readouts.count <= layerCount else {
      throw HoneError(
        .format, "expected 1 to \(layerCount) readouts, got \(readouts.count)")
    }
    for index in 0..<layerCount {
      var layer = try MACELayerImporter(
        interaction: try root.required("interactions.\(index)"),
        product: try root.required("products.\(index)"), index: index,
        speciesCount: atomicNumbers.count, isFirst: index == 0
      ).layer(configuration, &parameters)
      let readoutIndex = readouts.count == 1 ? (index == layerCount - 1 ? 0 : nil) : index
      if let readoutIndex, readoutIndex < readouts.count {
        layer.readout = try MACEReadoutImporter(
          readout: readouts[readoutIndex], name: "layers.\(index).readout", headCount: heads.count
        ).readout(&parameters)
      }
      configuration.layers.append(layer)
    }
    return ModelDefinition(
      architecture: .mace(configuration), atomicNumbers: atomicNumbers, heads: heads,
      parameters: parameters,
      provenance: [("imported_from", "mace-torch"), ("class", name)])
  }

  private func unsupported(_ part: String) -> HoneError {
    HoneError(.unsupported, "this version does not evaluate \(part)")
  }

  private func text(_ path: String) throws(HoneError) -> String {
    guard let text = try root.required(path).irreps else {
      throw HoneError(.format, "expected irreps as '\(path)'")
    }
    return text
  }

  private func modules(_ name: String) throws(HoneError) -> [PickleNode] {
    guard let entries = try root.required(name).attribute("_modules")?.dictionary else {
      throw HoneError(.format, "expected a list of modules as '\(name)'")
    }
    return entries.map(\.value)
  }

  /// E0, scale and shift, one row or number per head.
  private func constants(
    _ isScaled: Bool, _ heads: Int, _ species: Int, _ parameters: inout ParameterSet
  ) throws(HoneError) {
    let energies = try root.requiredTensor("atomic_energies_fn.atomic_energies")
    guard energies.count == heads * species else {
      throw HoneError(
        .format, "expected \(heads * species) atomic energies, got \(energies.count)")
    }
    parameters["atomic_energies"] = energies
    for (name, value) in [("scale", 1.0), ("shift", 0.0)] {
      if isScaled {
        let tensor = try root.requiredTensor("scale_shift.\(name)")
        guard tensor.count == heads || tensor.count == 1 else {
          throw HoneError(.format, "expected \(heads) numbers as '\(name)', got \(tensor.count)")
        }
        let single = try tensor.doubles()
        parameters[name] =
          tensor.count == heads
          ? tensor
          : try StoredTensor([Double](repeating: single[0], count: heads), shape: [heads])
      } else {
        parameters[name] = try StoredTensor(
          [Double](repeating: value, count: heads), shape: [heads])
      }
    }
  }

  private func repulsion() throws(HoneError) -> (power: Int, prefactor: Double, exponent: Double)? {
    guard root.child("pair_repulsion") != nil, let function = root.child("pair_repulsion_fn") else {
      return nil
    }
    return (
      try power(function, "p"),
      try root.numbers("pair_repulsion_fn.a_prefactor").exactOrFirst(0.4543),
      try root.numbers("pair_repulsion_fn.a_exp").exactOrFirst(0.3)
    )
  }

  private func power(_ node: PickleNode, _ name: String) throws(HoneError) -> Int {
    let value = try node.numbers(name).first ?? 0
    guard let power = Int(exactly: value), (1...1000).contains(power) else {
      throw HoneError(.format, "expected a cutoff power from 1 to 1000, got \(value)")
    }
    return power
  }

  private func radial(_ parameters: inout ParameterSet) throws(HoneError) -> RadialConfiguration {
    let embedding = try root.required("radial_embedding")
    let cutoff = try root.numbers("r_max").first ?? 0
    let basis = try embedding.required("bessel_fn")
    let kind: RadialConfiguration.Kind
    var factor = 0.0
    let count: Int
    switch basis.shortClassName {
    case "BesselBasis":
      kind = .bessel
      factor = (2 / cutoff).squareRoot()
      let stored = try basis.requiredTensor("bessel_weights")
      count = stored.count
      let exact = (0..<count).map { Double.pi * Double($0 + 1) / cutoff }
      parameters[RadialConfiguration.parameterName] = try Self.recomputed(stored, exact)
    case "GaussianBasis":
      kind = .gaussian
      let stored = try basis.requiredTensor("gaussian_weights")
      count = stored.count
      guard count > 1 else {
        throw HoneError(.format, "expected two Gaussians or more, got \(count)")
      }
      let spacing = cutoff / Double(count - 1)
      factor = -0.5 / (spacing * spacing)
      parameters[RadialConfiguration.parameterName] = try Self.recomputed(
        stored, (0..<count).map { Double($0) * spacing })
    case "ChebychevBasis":
      kind = .chebyshev
      count = try basis.integers("num_basis").first ?? 0
    default: throw unsupported("radial basis '\(basis.shortClassName ?? basis.summary)'")
    }
    var transform: DistanceTransform?
    if let node = embedding.child("distance_transform"), !node.isNone {
      switch node.shortClassName {
      case "AgnesiTransform":
        transform = .agnesi(
          q: try node.numbers("q").exactOrFirst(0.9183),
          p: try node.numbers("p").exactOrFirst(4.5791),
          a: try node.numbers("a").exactOrFirst(1.0805))
      case "SoftTransform": transform = .soft(alpha: try node.numbers("alpha").exactOrFirst(4))
      default: throw unsupported("distance transform '\(node.shortClassName ?? node.summary)'")
      }
    }
    guard let cutoffFunction = embedding.child("cutoff_fn"),
      cutoffFunction.shortClassName == "PolynomialCutoff"
    else {
      throw unsupported("cutoff function '\(embedding.child("cutoff_fn")?.shortClassName ?? "")'")
    }
    guard (1...4096).contains(count) else {
      throw HoneError(.format, "expected 1 to 4096 radial functions, got \(count)")
    }
    let configuration = RadialConfiguration(
      kind: kind, count: count, factor: factor, cutoffRadius: cutoff,
      cutoff: .polynomial(p: try power(cutoffFunction, "p")), transform: transform,
      appliesCutoff: embedding.child("apply_cutoff")?.bool ?? true)
    try configuration.validate()
    return configuration
  }

  /// The exact values where a tensor holds them up to its own rounding, else the tensor: trained.
  private static func recomputed(_ stored: StoredTensor, _ exact: [Double]) throws(HoneError)
    -> StoredTensor
  {
    let values = try stored.doubles()
    let tolerance = stored.dtype == .float64 ? 1e-14 : 3e-7
    let agrees = zip(values, exact).allSatisfy {
      abs($0 - $1) <= tolerance * Swift.max(abs($1), exact.last ?? 0)
    }
    return agrees ? try StoredTensor(exact, shape: stored.shape) : stored
  }
}

extension [Double] {
  /// A constant where the first number is it up to single precision, else that number: constants
  /// of float32 files are rounded, trained values are not constants.
  func exactOrFirst(_ constant: Double) -> Double {
    guard let first else { return constant }
    return Float(first) == Float(constant) ? constant : first
  }
}
