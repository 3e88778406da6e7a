public import HoneNumerics
public import HoneStructure

/// The precision a force field is evaluated in; energies, forces and virials are summed in double.
public enum Precision: Sendable {
  case float32, float64
}

/// What a computation is asked for.
public struct Quantities: OptionSet, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The total energy.
  public static let energy = Quantities(rawValue: 1)
  /// The force on each atom.
  public static let forces = Quantities(rawValue: 2)
  /// The virial of the whole structure.
  public static let virial = Quantities(rawValue: 4)
  /// The energy of each atom.
  public static let atomEnergies = Quantities(rawValue: 8)
  /// The virial of each atom.
  public static let atomVirials = Quantities(rawValue: 16)
}

/// How a force field is evaluated.
public struct ComputeSettings: Sendable {
  /// The precision of the network.
  public var precision = Precision.float32
  /// The number of threads, at least one.
  public var threadCount = 1
  /// The head, an index into `ForceField.heads`.
  public var head = 0

  /// The defaults: single precision, one thread, the first head.
  public init() {}
}

/// What a computation gave.
public struct ComputeResult: Sendable {
  /// The total energy in eV.
  public let energy: Double
  /// Forces in eV/Å, `[atoms][3]`, if asked for.
  public let forces: Buffer<Double>?
  /// The virial −∂E/∂ε in eV, `[3][3]`, if asked for.
  public let virial: [Double]?
  /// The energy of each atom in eV, if asked for.
  public let atomEnergies: Buffer<Double>?
  /// The virial of each atom in eV, `[atoms][3][3]`, if asked for; they sum to the virial.
  public let atomVirials: Buffer<Double>?
}

/// A trained force field: immutable weights, shared by whoever evaluates them.
public final class ForceField: Sendable {
  /// The atomic numbers it was made for, ascending.
  public var species: [Int32] { [] }
  /// The names of its heads (MACE) or modalities (SevenNet); one at least.
  public var heads: [String] { [] }
  /// The reach of one layer in Å.
  public var cutoff: Double { 0 }
  /// The number of message-passing layers.
  public var layerCount: Int { 0 }
  /// The most values per atom an exchange between layers carries.
  public var exchangeWidth: Int { 0 }
  /// The number of trained parameters.
  public var parameterCount: Int { 0 }
  /// What the file holds, as JSON.
  public var description: String { "{}" }

  /// Reads a model: hone's own file, a MACE `.model`, or a SevenNet checkpoint, told apart by
  /// content.
  ///
  /// - Throws: `.io`, `.format`, `.unsupported`, `.outOfMemory`.
  public init(path: String) throws(HoneError) {
    throw HoneError(.unsupported, "not yet")
  }

  /// Writes hone's own file, atomically.
  ///
  /// - Throws: `.io`, `.outOfMemory`.
  public func save(to path: String) throws(HoneError) {}

  /// Computes energies and their derivatives for a structure.
  ///
  /// - Parameters:
  ///   - atomicNumbers: `[atoms]`.
  ///   - positions: In Å, `[atoms][3]`.
  ///   - cell: The periodic cell; `nil` for a molecule.
  ///   - quantities: What to compute.
  ///   - settings: How.
  /// - Throws: `.invalidArgument`, `.unknownSpecies`, `.outOfMemory`.
  public func compute(
    atomicNumbers: Span<Int32>, positions: Span<Double>, cell: Cell?, quantities: Quantities,
    settings: ComputeSettings
  ) throws(HoneError) -> ComputeResult {
    throw HoneError(.unsupported, "not yet")
  }
}
