/// A part of a loss: a quantity, a function of its errors, and a weight.
///
/// The value of a term is the mean of the function over all components of a batch, times the weight.
public struct LossTerm: Sendable, Equatable {
  /// What is compared.
  public enum Quantity: Sendable, Equatable {
    /// The energy divided by the number of atoms, in eV.
    case energyPerAtom
    /// The energy, in eV.
    case energy
    /// The components of the forces, in eV/Å.
    case forces
    /// The nine components of the virial divided by the number of atoms, in eV.
    case virialPerAtom
    /// The nine components of the virial, in eV.
    case virial
    /// The nine components of the stress −W / V, in eV/Å³; of frames whose cell has a volume.
    case stress
  }

  /// How the weights of structures enter.
  public enum StructureWeighting: Sendable, Equatable {
    /// Not at all.
    case none
    /// The function is multiplied by the weight of the structure and that of the quantity.
    case factor
    /// The error is multiplied by the weight of the quantity before the function sees it, and so is
    /// the force that `conditionalHuber` asks for; the weight of the structure does not enter.
    ///
    /// What mace's universal loss does.
    case error
  }

  /// What is compared.
  public var quantity: Quantity
  /// What is made of the errors.
  public var function: LossFunction
  /// What the mean is multiplied by.
  public var weight: WeightSchedule
  /// How the weights of structures enter.
  public var weighting: StructureWeighting

  /// Makes a term.
  public init(
    _ quantity: Quantity, _ function: LossFunction, weight: WeightSchedule,
    weighting: StructureWeighting = .factor
  ) {
    self.quantity = quantity
    self.function = function
    self.weight = weight
    self.weighting = weighting
  }

  /// The weights of a frame: before the function, and after it.
  func weights(_ weights: FrameWeights) -> (inner: Double, outer: Double) {
    let own =
      switch quantity {
      case .energyPerAtom, .energy: weights.energy
      case .forces: weights.forces
      case .virialPerAtom, .virial: weights.virial
      case .stress: weights.stress
      }
    return switch weighting {
    case .none: (1, 1)
    case .factor: (1, weights.structure * own)
    case .error: (own, 1)
    }
  }

  /// Whether a frame has what the term needs.
  func isLabelled(_ labels: FrameLabels) -> Bool {
    switch quantity {
    case .energyPerAtom, .energy: labels.energy != nil
    case .forces: labels.forces != nil
    case .virialPerAtom, .virial: labels.virial != nil
    case .stress: labels.virial != nil && labels.volume != nil
    }
  }

  /// How many values a frame adds to the mean.
  func count(_ labels: FrameLabels) -> Int {
    switch quantity {
    case .energyPerAtom, .energy: 1
    case .forces: function == .vectorLength ? labels.atomCount : 3 * labels.atomCount
    case .virialPerAtom, .virial, .stress: 9
    }
  }
}
