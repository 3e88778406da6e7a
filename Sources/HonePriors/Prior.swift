public import HoneNumerics
public import HoneStructure

/// A structure with the electrons a prior may have to know of.
public struct PriorSystem: Sendable, Equatable {
  /// The atoms and their cell.
  public let structure: Structure
  /// The total charge in e.
  public let charge: Double
  /// 2S + 1 for the total spin S, or 0 for the lowest that the number of electrons allows.
  public let multiplicity: Int

  /// Makes a system.
  ///
  /// - Parameters:
  ///   - structure: The atoms and their cell.
  ///   - charge: The total charge in e.
  ///   - multiplicity: 2S + 1, or 0 for the lowest possible.
  /// - Throws: `.invalidArgument` for a charge that is not finite and for a negative multiplicity.
  public init(_ structure: Structure, charge: Double = 0, multiplicity: Int = 0) throws(HoneError) {
    guard charge.isFinite else {
      throw HoneError(.invalidArgument, "the charge must be finite, got \(charge) e")
    }
    guard multiplicity >= 0 else {
      throw HoneError(
        .invalidArgument,
        "the multiplicity must be 2S + 1, or 0 for the lowest possible, got \(multiplicity)")
    }
    self.structure = structure
    self.charge = charge
    self.multiplicity = multiplicity
  }

  /// The same atoms, cell and electrons elsewhere.
  ///
  /// - Parameter positions: In Å, shape `[atoms, 3]`.
  /// - Throws: `.invalidArgument` when the counts disagree or a position is not finite.
  public func moved(to positions: [Double]) throws(HoneError) -> PriorSystem {
    try PriorSystem(
      try Structure(
        atomicNumbers: structure.atomicNumbers, positions: positions, cell: structure.cell),
      charge: charge, multiplicity: multiplicity)
  }
}

/// What a prior says of a structure.
public struct PriorLabels: Sendable, Equatable {
  /// The total energy in eV.
  public var energy: Double
  /// Forces in eV/Å, shape `[atoms, 3]`.
  public var forces: [Double]
  /// The virial −∂E/∂ε = Σ r_a F_b in eV, shape `[3, 3]`; nil where the prior has none.
  public var virial: [Double]?

  /// Makes labels.
  ///
  /// - Parameters:
  ///   - energy: In eV.
  ///   - forces: In eV/Å, shape `[atoms, 3]`.
  ///   - virial: −∂E/∂ε in eV, shape `[3, 3]`, where known.
  public init(energy: Double, forces: [Double], virial: [Double]? = nil) {
    self.energy = energy
    self.forces = forces
    self.virial = virial
  }
}

/// A cheap physical model that labels structures for training at test time.
///
/// Its labels need not be accurate; they must be the labels of one smooth energy, invariant under
/// translations, in the units of `PriorLabels`. `PriorCheck` finds out whether they are.
/// - SeeAlso: Kreiman and Krishnapriyan, arXiv:2503.08674.
public protocol Prior: Sendable {
  /// A short name, as `PriorSpecification` has it.
  var name: String { get }

  /// Whether it labels any structure of its species, or only those it was set up for: a host's function
  /// may be one of a single topology.
  var isTransferable: Bool { get }

  /// The labels of a structure.
  ///
  /// A function of its argument alone: nothing of earlier calls may show in the result. May be called
  /// by several threads at once. What it gives has passed `PriorLabels.check`.
  ///
  /// - Parameter system: The structure.
  /// - Throws: `.invalidArgument`, `.unsupported` and `.unknownSpecies` for structures the prior cannot
  ///   label, `.notConverged` where its result is no label, `.callback`, `.cancelled`, `.outOfMemory`.
  func labels(of system: PriorSystem) throws(HoneError) -> PriorLabels
}

extension Prior {
  /// Any structure, unless a prior says otherwise.
  public var isTransferable: Bool { true }
}
