public import HoneNumerics

/// The losses of mace-torch 0.3.16 for energies, forces and stress, by the names of its `--loss`.
///
/// Values equal those of mace/modules/loss.py, for batches in which all frames have all labels.
public enum MACELoss: String, Sendable, CaseIterable {
  /// Squares of energies per atom and forces (WeightedEnergyForcesLoss).
  case weighted
  /// Squares of forces (WeightedForcesLoss).
  case forcesOnly = "forces_only"
  /// Squares of energies per atom, forces and virials per atom (WeightedEnergyForcesVirialsLoss).
  case virials
  /// Squares of energies per atom, forces and stresses (WeightedEnergyForcesStressLoss).
  case stress
  /// Huber's function of energies per atom, forces and stresses, without the weights of structures
  /// (WeightedHuberEnergyForcesStressLoss).
  case huber
  /// The same with weights of structures on the errors and a δ by force (UniversalLoss).
  case universal
  /// Magnitudes of errors of energies per atom and lengths of errors of forces, these without the
  /// weights of structures (WeightedEnergyForcesL1L2Loss).
  case l1l2 = "l1l2energyforces"
}

/// The weights and the δ of a loss of mace; the initial values are mace's.
public struct MACELossWeights: Sendable, Equatable {
  /// The weight of energies.
  public var energy = WeightSchedule.constant(1)
  /// The weight of forces.
  public var forces = WeightSchedule.constant(100)
  /// The weight of stresses, or of virials in the loss of that name.
  public var stress = WeightSchedule.constant(1)
  /// The δ of Huber's function.
  public var huberDelta = 0.01

  /// Makes mace's weights.
  public init() {}
}

extension TrainingLoss {
  /// Makes a loss of mace.
  ///
  /// - Parameters:
  ///   - name: Which one.
  ///   - weights: Its weights.
  ///   - missing: What is done about missing labels.
  /// - Throws: `.invalidArgument`, as `init(terms:missing:)`.
  public init(
    mace name: MACELoss, _ weights: MACELossWeights = MACELossWeights(),
    missing: MissingLabels = .notCounted
  ) throws(HoneError) {
    let huber = LossFunction.huber(delta: weights.huberDelta)
    let energy = { (function: LossFunction, weighting: LossTerm.StructureWeighting) in
      LossTerm(.energyPerAtom, function, weight: weights.energy, weighting: weighting)
    }
    let forces = { (function: LossFunction, weighting: LossTerm.StructureWeighting) in
      LossTerm(.forces, function, weight: weights.forces, weighting: weighting)
    }
    let stress = { (function: LossFunction, weighting: LossTerm.StructureWeighting) in
      LossTerm(.stress, function, weight: weights.stress, weighting: weighting)
    }
    let terms =
      switch name {
      case .weighted: [energy(.squared, .factor), forces(.squared, .factor)]
      case .forcesOnly: [forces(.squared, .factor)]
      case .virials:
        [
          energy(.squared, .factor), forces(.squared, .factor),
          LossTerm(.virialPerAtom, .squared, weight: weights.stress),
        ]
      case .stress:
        [energy(.squared, .factor), forces(.squared, .factor), stress(.squared, .factor)]
      case .huber: [energy(huber, .none), forces(huber, .none), stress(huber, .none)]
      case .universal:
        [
          energy(huber, .error), forces(.conditionalHuber(delta: weights.huberDelta), .error),
          stress(huber, .error),
        ]
      case .l1l2: [energy(.absolute, .factor), forces(.vectorLength, .none)]
      }
    try self.init(terms: terms, missing: missing)
  }
}
