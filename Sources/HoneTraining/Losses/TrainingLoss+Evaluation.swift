public import HoneNumerics
public import HoneStructure

/// What a model gives for a frame.
public struct FramePrediction: @unchecked Sendable {
  /// The energy in eV.
  public var energy: Double
  /// The forces in eV/Å, shape `[atoms, 3]`; nil where no term needs them.
  public var forces: View<Double>?
  /// The virial W = −dE/dε in eV; nil where no term needs it.
  public var virial: Matrix3?

  /// Makes a prediction.
  public init(energy: Double, forces: View<Double>? = nil, virial: Matrix3? = nil) {
    self.energy = energy
    self.forces = forces
    self.virial = virial
  }
}

/// Derivatives of a loss by what a model gives for a frame: where its reverse pass begins.
public struct LossSeeds: @unchecked Sendable {
  /// ∂L/∂E in 1/eV.
  public var energy = 0.0
  /// ∂L/∂F in Å/eV, shape `[atoms, 3]`.
  public let forces: View<Double>
  /// ∂L/∂W in 1/eV, component by component.
  public var virial = Matrix3.zero

  /// Makes seeds of zero.
  ///
  /// - Parameter forces: Memory for `[atoms, 3]` numbers, which are set to zero.
  public init(forces: View<Double>) {
    self.forces = forces
    forces.fill(0)
  }
}

extension TrainingLoss {
  /// Adds a frame to the loss of its batch.
  ///
  /// - Parameters:
  ///   - labels: What the model should give.
  ///   - prediction: What it gives.
  ///   - normalization: The factors of the batch.
  ///   - seeds: Receives the derivatives, added to what is there; nil where none are needed.
  ///   - values: Receives what the frame adds to each term, weight included, added to what is there.
  /// - Returns: What the frame adds to the loss.
  /// - Throws: `.invalidArgument` when the prediction lacks what a term needs, or arrays are of the
  ///   wrong size.
  @discardableResult
  public func add(
    _ labels: FrameLabels, _ prediction: FramePrediction, _ normalization: Normalization,
    seeds: inout LossSeeds?, values: inout [Double]
  ) throws(HoneError) -> Double {
    guard normalization.factors.count == terms.count, values.count == terms.count else {
      throw HoneError(
        .invalidArgument,
        "expected factors and values of \(terms.count) terms, got \(normalization.factors.count) "
          + "and \(values.count)")
    }
    try requireSize(labels.forces?.count, 3 * labels.atomCount, "forces of the labels")
    try requireSize(labels.atomWeights?.count, labels.atomCount, "weights of atoms")
    try requireSize(prediction.forces?.count, 3 * labels.atomCount, "forces of the prediction")
    try requireSize(seeds?.forces.count, 3 * labels.atomCount, "derivatives by forces")
    var sum = 0.0
    for (index, term) in terms.enumerated() {
      let factor = normalization.factors[index]
      guard factor != 0, term.isLabelled(labels) else { continue }
      let value: Double
      switch term.quantity {
      case .energyPerAtom:
        value = addEnergy(term, factor, 1 / Double(labels.atomCount), labels, prediction, &seeds)
      case .energy:
        value = addEnergy(term, factor, 1, labels, prediction, &seeds)
      case .forces:
        value = try addForces(term, factor, labels, prediction, &seeds)
      case .virialPerAtom:
        value = try addVirial(
          term, factor, 1 / Double(labels.atomCount), labels, prediction, &seeds)
      case .virial:
        value = try addVirial(term, factor, 1, labels, prediction, &seeds)
      case .stress:
        value = try addVirial(
          term, factor, -1 / (labels.volume ?? .infinity), labels, prediction, &seeds)
      }
      values[index] += value
      sum += value
    }
    return sum
  }

  private func requireSize(_ count: Int?, _ wanted: Int, _ what: String) throws(HoneError) {
    guard let count, count != wanted else { return }
    throw HoneError(.invalidArgument, "expected \(wanted) numbers of \(what), got \(count)")
  }

  private func missing(_ quantity: LossTerm.Quantity) -> HoneError {
    HoneError(.invalidArgument, "the loss needs \(quantity) of the prediction, got none")
  }

  /// - Parameter scale: What the energy is multiplied by before it is compared.
  private func addEnergy(
    _ term: LossTerm, _ factor: Double, _ scale: Double, _ labels: FrameLabels,
    _ prediction: FramePrediction, _ seeds: inout LossSeeds?
  ) -> Double {
    let (inner, outer) = term.weights(labels.weights)
    let inside = inner * scale
    let (value, derivative) = term.function.value(
      inside * ((labels.energy ?? 0) - prediction.energy))
    seeds?.energy -= factor * outer * inside * derivative
    return factor * outer * value
  }

  /// - Parameter scale: What the virial is multiplied by before it is compared.
  private func addVirial(
    _ term: LossTerm, _ factor: Double, _ scale: Double, _ labels: FrameLabels,
    _ prediction: FramePrediction, _ seeds: inout LossSeeds?
  ) throws(HoneError) -> Double {
    guard let label = labels.virial, let virial = prediction.virial else {
      throw missing(term.quantity)
    }
    let (inner, outer) = term.weights(labels.weights)
    let inside = inner * scale
    var sum = 0.0
    for row in 0..<3 {
      let difference = inside * (label[row] - virial[row])
      var gradient = SIMD3<Double>.zero
      for column in 0..<3 {
        let (value, derivative) = term.function.value(difference[column])
        sum += value
        gradient[column] = factor * outer * inside * derivative
      }
      seeds?.virial[row] -= gradient
    }
    return factor * outer * sum
  }

  private func addForces(
    _ term: LossTerm, _ factor: Double, _ labels: FrameLabels, _ prediction: FramePrediction,
    _ seeds: inout LossSeeds?
  ) throws(HoneError) -> Double {
    guard let label = labels.forces, let forces = prediction.forces else {
      throw missing(term.quantity)
    }
    let (inner, outer) = term.weights(labels.weights)
    let gradient = seeds?.forces
    var sum = 0.0
    for atom in 0..<labels.atomCount {
      let wanted = SIMD3(label[3 * atom], label[3 * atom + 1], label[3 * atom + 2])
      let found = SIMD3(forces[3 * atom], forces[3 * atom + 1], forces[3 * atom + 2])
      // Weighted before they are subtracted, as in mace: large forces are rounded as there.
      let difference = inner * wanted - inner * found
      let (value, derivative) = TrainingLoss.ofVector(term.function, difference, inner * wanted)
      let own = factor * outer * (labels.atomWeights?[atom] ?? 1)
      sum += own * value
      guard let gradient else { continue }
      for axis in 0..<3 { gradient[3 * atom + axis] -= own * inner * derivative[axis] }
    }
    return sum
  }

  /// A function of the difference of two vectors, and its derivative.
  @inline(__always)
  private static func ofVector(
    _ function: LossFunction, _ difference: SIMD3<Double>, _ wanted: SIMD3<Double>
  ) -> (value: Double, derivative: SIMD3<Double>) {
    if function == .vectorLength {
      let length = (difference * difference).sum().squareRoot()
      return (length, length > 0 ? difference / length : .zero)
    }
    var scale = 1.0
    if case .conditionalHuber = function {
      scale = LossFunction.conditionalScale((wanted * wanted).sum().squareRoot())
    }
    let x = function.value(difference.x, scale: scale)
    let y = function.value(difference.y, scale: scale)
    let z = function.value(difference.z, scale: scale)
    return (x.value + y.value + z.value, SIMD3(x.derivative, y.derivative, z.derivative))
  }
}
