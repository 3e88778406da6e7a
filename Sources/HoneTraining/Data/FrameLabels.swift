public import HoneNumerics
public import HoneStructure

/// Which labels a frame has.
public struct LabelSet: OptionSet, Sendable, Hashable, BitwiseCopyable {
  /// One bit per kind of label.
  public let rawValue: UInt8

  /// Makes a set from its bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The energy.
  public static let energy = LabelSet(rawValue: 1)
  /// The forces on all atoms.
  public static let forces = LabelSet(rawValue: 2)
  /// The virial, also where the file gives a stress.
  public static let virial = LabelSet(rawValue: 4)

  /// The labels of which a frame has a value.
  init(energy: Bool, forces: Bool, virial: Bool) {
    self = []
    if energy { insert(.energy) }
    if forces { insert(.forces) }
    if virial { insert(.virial) }
  }

  /// The labels in words.
  var names: [String] {
    let all: [(LabelSet, String)] = [
      (.energy, "energy"), (.forces, "forces"), (.virial, "virial or stress"),
    ]
    return all.filter { contains($0.0) }.map(\.1)
  }
}

/// What the errors of a frame are multiplied by in a loss.
///
/// mace's keys `config_weight`, `config_energy_weight`, `config_forces_weight`,
/// `config_stress_weight` and `config_virials_weight`; 1 where a file does not have them.
public struct FrameWeights: Sendable, Equatable, BitwiseCopyable {
  /// The weight of the whole structure, that of its kind included.
  public var structure = 1.0
  /// The weight of its energy.
  public var energy = 1.0
  /// The weight of its forces.
  public var forces = 1.0
  /// The weight of its stress.
  public var stress = 1.0
  /// The weight of its virial.
  public var virial = 1.0

  /// Makes weights of 1.
  public init() {}
}

/// What a model should give for a frame.
///
/// Labels that are nil are not there, and no loss has terms for them.
public struct FrameLabels: @unchecked Sendable {
  /// The number of atoms, positive.
  public var atomCount: Int
  /// The energy in eV.
  public var energy: Double?
  /// The forces in eV/Å, shape `[atoms, 3]`.
  public var forces: View<Double>?
  /// The virial W = −dE/dε in eV, `W[a][b] = Σ r_a F_b`.
  public var virial: Matrix3?
  /// The volume of the cell in Å³, by which stresses are divided; nil where there is none.
  public var volume: Double?
  /// The weights of the frame.
  public var weights: FrameWeights
  /// The weights of the atoms' forces, shape `[atoms]`; nil for 1.
  public var atomWeights: View<Double>?
  /// How far the atoms' forces are trusted, shape `[atoms]`; nil for 1.
  ///
  /// They multiply what forces add to any loss, beside all other weights; see `ForceWeights`.
  public var fidelityWeights: View<Double>?
  /// The temperature in K of the distribution that the structure is a sample of: nil where nothing is
  /// said, 0 of one that is no sample.
  public var temperature: Double?

  /// Makes labels.
  public init(
    atomCount: Int, energy: Double? = nil, forces: View<Double>? = nil, virial: Matrix3? = nil,
    volume: Double? = nil, weights: FrameWeights = FrameWeights(),
    atomWeights: View<Double>? = nil, fidelityWeights: View<Double>? = nil,
    temperature: Double? = nil
  ) {
    self.atomCount = atomCount
    self.energy = energy
    self.forces = forces
    self.virial = virial
    self.volume = volume
    self.weights = weights
    self.atomWeights = atomWeights
    self.fidelityWeights = fidelityWeights
    self.temperature = temperature
  }

  /// Which labels are there.
  public var present: LabelSet {
    LabelSet(energy: energy != nil, forces: forces != nil, virial: virial != nil)
  }
}

/// A structure to learn from.
///
/// The views lie in the memory of a data set and are valid while that lives.
public struct TrainingFrame: @unchecked Sendable {
  /// The number of the frame in its data set.
  public let index: Int
  /// Atomic numbers, shape `[atoms]`.
  public let atomicNumbers: View<Int32>
  /// Positions in Å, shape `[atoms, 3]`.
  public let positions: View<Double>
  /// The cell, or nil for a molecule without one.
  public let cell: Cell?
  /// What a model should give, and how much that matters.
  public let labels: FrameLabels
  /// The head, an index into the data set's `heads`.
  public let head: Int
  /// The kind of structure, an index into the data set's `configurationTypes`.
  public let configurationType: Int

  /// The number of atoms, positive.
  public var atomCount: Int { atomicNumbers.count }
}

/// Where a frame was read.
public struct FramePlace: Sendable, Equatable, CustomStringConvertible {
  /// The path of the file, or what stands for it; for structures from memory the name of their set, or
  /// nothing.
  public let file: String
  /// The line on which the frame begins, counted from 1; 0 for structures from memory.
  public let line: Int
  /// The number of the frame: in its file counted from 1, in memory from 0.
  public let frame: Int

  /// As messages name it.
  public var description: String {
    guard line == 0 else { return "\(file):line \(line) (frame \(frame))" }
    return file.isEmpty ? "structure \(frame)" : "\(file) structure \(frame)"
  }
}
