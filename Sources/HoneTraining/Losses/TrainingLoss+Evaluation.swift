public import HoneNumerics
internal import HoneStructure

/// What a model gives for a frame, in numbers that may carry tangents.
public struct FramePrediction<T: HoneScalar>: @unchecked Sendable {
  /// The energy in eV.
  public var energy: T
  /// The forces in eV/Å, shape `[atoms, 3]`; nil where no term needs them.
  public var forces: View<T>?
  /// The virial W = −dE/dε in eV, shape `[3, 3]`; nil where no term needs it.
  public var virial: View<T>?

  /// Makes a prediction.
  public init(energy: T, forces: View<T>? = nil, virial: View<T>? = nil) {
    self.energy = energy
    self.forces = forces
    self.virial = virial
  }
}

/// Derivatives of a loss by what a model gives for a frame: where its reverse pass begins.
public struct LossSeeds<T: HoneScalar>: @unchecked Sendable {
  /// ∂L/∂E in 1/eV.
  public var energy = T.zero
  /// ∂L/∂F in Å/eV, shape `[atoms, 3]`.
  public let forces: View<T>
  /// ∂L/∂W in 1/eV, shape `[3, 3]`.
  public let virial: View<T>

  /// Makes seeds of zero.
  ///
  /// - Parameters:
  ///   - forces: Memory for `[atoms, 3]` numbers, which are set to zero.
  ///   - virial: Memory for `[3, 3]` numbers, which are set to zero.
  public init(forces: View<T>, virial: View<T>) {
    self.forces = forces
    self.virial = virial
    forces.fill(.zero)
    virial.fill(.zero)
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
  public func add<T: HoneScalar>(
    _ labels: FrameLabels, _ prediction: FramePrediction<T>, _ normalization: Normalization,
    seeds: inout LossSeeds<T>?, values: inout [T]
  ) throws(HoneError) -> T {
    guard normalization.factors.count == terms.count, values.count == terms.count else {
      throw HoneError(
        .invalidArgument,
        "expected factors and values of \(terms.count) terms, got \(normalization.factors.count) "
          + "and \(values.count)")
    }
    try requireSize(labels.forces?.count, 3 * labels.atomCount, "forces of the labels")
    try requireSize(labels.atomWeights?.count, labels.atomCount, "weights of atoms")
    try requireSize(labels.fidelityWeights?.count, labels.atomCount, "weights of fidelity")
    try requireSize(prediction.forces?.count, 3 * labels.atomCount, "forces of the prediction")
    try requireSize(prediction.virial?.count, 9, "the virial of the prediction")
    try requireSize(seeds?.forces.count, 3 * labels.atomCount, "derivatives by forces")
    try requireSize(seeds?.virial.count, 9, "derivatives by the virial")
    var sum = T.zero
    for (index, term) in terms.enumerated() {
      let factor = normalization.factors[index]
      guard factor != 0, term.isLabelled(labels) else { continue }
      let value: T
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
  private func addEnergy<T: HoneScalar>(
    _ term: LossTerm, _ factor: Double, _ scale: Double, _ labels: FrameLabels,
    _ prediction: FramePrediction<T>, _ seeds: inout LossSeeds<T>?
  ) -> T {
    let (inner, outer) = term.weights(labels.weights)
    let inside = inner * scale
    let (value, derivative) = term.function.value(
      T(inside) * (T(labels.energy ?? 0) - prediction.energy))
    seeds?.energy -= T(factor * outer * inside) * derivative
    return T(factor * outer) * value
  }

  /// - Parameter scale: What the virial is multiplied by before it is compared.
  private func addVirial<T: HoneScalar>(
    _ term: LossTerm, _ factor: Double, _ scale: Double, _ labels: FrameLabels,
    _ prediction: FramePrediction<T>, _ seeds: inout LossSeeds<T>?
  ) throws(HoneError) -> T {
    guard let label = labels.virial?.elements, let virial = prediction.virial else {
      throw missing(term.quantity)
    }
    let (inner, outer) = term.weights(labels.weights)
    let inside = inner * scale
    var sum = T.zero
    for index in 0..<9 {
      let (value, derivative) = term.function.value(T(inside) * (T(label[index]) - virial[index]))
      sum += value
      seeds?.virial[index] -= T(factor * outer * inside) * derivative
    }
    return T(factor * outer) * sum
  }

  private func addForces<T: HoneScalar>(
    _ term: LossTerm, _ factor: Double, _ labels: FrameLabels, _ prediction: FramePrediction<T>,
    _ seeds: inout LossSeeds<T>?
  ) throws(HoneError) -> T {
    guard let label = labels.forces, let forces = prediction.forces else {
      throw missing(term.quantity)
    }
    let (inner, outer) = term.weights(labels.weights)
    let gradient = seeds?.forces
    var sum = T.zero
    for atom in 0..<labels.atomCount {
      var wanted = SIMD3<Double>.zero
      var difference = Vector3<T>.zero
      for axis in 0..<3 {
        // Weighted before they are subtracted, as in mace: large forces are rounded as there.
        wanted[axis] = inner * label[3 * atom + axis]
        difference[axis] = T(wanted[axis]) - T(inner) * forces[3 * atom + axis]
      }
      let (value, derivative) = TrainingLoss.ofVector(term.function, difference, wanted)
      let own =
        factor * outer * (labels.atomWeights?[atom] ?? 1) * (labels.fidelityWeights?[atom] ?? 1)
      sum += T(own) * value
      guard let gradient else { continue }
      for axis in 0..<3 { gradient[3 * atom + axis] -= T(own * inner) * derivative[axis] }
    }
    return sum
  }

  /// A function of the difference of two vectors, and its derivative.
  @inline(__always)
  private static func ofVector<T: HoneScalar>(
    _ function: LossFunction, _ difference: Vector3<T>, _ wanted: SIMD3<Double>
  ) -> (value: T, derivative: Vector3<T>) {
    let (x, y, z) = (difference.x, difference.y, difference.z)
    if function == .vectorLength {
      let square = x * x + y * y + z * z
      guard square.value > 0 else { return (.zero, .zero) }
      let length = T.squareRoot(square)
      return (length, Vector3(x / length, y / length, z / length))
    }
    var scale = 1.0
    if case .conditionalHuber = function {
      scale = LossFunction.conditionalScale((wanted * wanted).sum().squareRoot())
    }
    let first = function.value(x, scale: scale)
    let second = function.value(y, scale: scale)
    let third = function.value(z, scale: scale)
    return (
      first.value + second.value + third.value,
      Vector3(first.derivative, second.derivative, third.derivative)
    )
  }
}
