public import HoneFormats
public import HoneNumerics

/// A model of either family to be made from scratch.
public enum ModelDescription: Sendable, Equatable {
  case mace(MACEDescription)
  case nequip(NequIPDescription)

  /// Reads a description: an object whose key `family` is `"mace"` or `"nequip"`, with the keys of
  /// that family's description.
  ///
  /// - Throws: `.format`.
  public init(json: JSONValue) throws(HoneError) {
    switch json["family"]?.string {
    case "mace": self = .mace(try MACEDescription(json: json))
    case "nequip": self = .nequip(try NequIPDescription(json: json))
    default:
      let got = json["family"].flatMap { try? $0.text() }.map { String($0.prefix(60)) }
      throw HoneError(
        .format, "expected 'mace' or 'nequip' as 'family' of the model, got \(got ?? "nothing")")
    }
  }

  /// The atomic number of each species, in the model's order.
  public var species: [Int] {
    get {
      switch self {
      case .mace(let description): description.species
      case .nequip(let description): description.species
      }
    }
    set {
      change({ $0.species = newValue }, { $0.species = newValue })
    }
  }

  /// The heads with their constants.
  public var heads: [HeadDescription] {
    get {
      switch self {
      case .mace(let description): description.heads
      case .nequip(let description): description.heads
      }
    }
    set {
      change({ $0.heads = newValue }, { $0.heads = newValue })
    }
  }

  /// The average number of neighbours in the data.
  public var averageNeighborCount: Double {
    get {
      switch self {
      case .mace(let description): description.averageNeighborCount
      case .nequip(let description): description.averageNeighborCount
      }
    }
    set {
      change({ $0.averageNeighborCount = newValue }, { $0.averageNeighborCount = newValue })
    }
  }

  /// The cutoff in Å.
  public var cutoff: Double {
    switch self {
    case .mace(let description): description.cutoff
    case .nequip(let description): description.cutoff
    }
  }

  private mutating func change(
    _ mace: (inout MACEDescription) -> Void, _ nequip: (inout NequIPDescription) -> Void
  ) {
    switch self {
    case .mace(var description):
      mace(&description)
      self = .mace(description)
    case .nequip(var description):
      nequip(&description)
      self = .nequip(description)
    }
  }

  /// Makes the model, with random weights.
  ///
  /// - Throws: `.format`, `.unsupported`, `.outOfMemory`.
  func definition(seed: UInt64) throws(HoneError) -> ModelDefinition {
    switch self {
    case .mace(let description): try description.definition(seed: seed)
    case .nequip(let description): try description.definition(seed: seed)
    }
  }
}
