public import HoneNumerics
internal import HoneFormats

/// A model whose parameters are to be changed: the parameters as one vector, and what evaluates them.
///
/// Tensors follow each other in the order of their names. The force field it was made from stays as it
/// is; `forceField(_:)` makes a new one.
public final class TrainableModel: Sendable {
  /// A tensor of parameters.
  public struct Tensor: Sendable, Equatable {
    /// Its role in the model, such as `layers.0.up.weight`.
    public let name: String
    /// Its shape as it is stored.
    public let shape: [Int]
    /// Its numbers in the vector of parameters.
    public let range: Range<Int>
  }

  /// What is added to the network's energies or multiplies them.
  public static let energyTensors: Set = ["atomic_energies", "scale", "shift"]

  private let definition: ModelDefinition
  private let base: ForceField

  /// The tensors, in order.
  public let tensors: [Tensor]
  /// The number of parameters.
  public let parameterCount: Int
  /// The parameters as they are in the file, `[parameterCount]`.
  public let initialValues: Buffer<Double>
  /// The names of the heads.
  public var heads: [String] { definition.heads }
  /// The reach of one layer in Å.
  public var cutoff: Double { definition.cutoff }

  /// Begins with the parameters of a force field.
  ///
  /// - Throws: `.format`, `.outOfMemory`.
  public init(_ field: ForceField) throws(HoneError) {
    base = field
    definition = field.definition
    var tensors: [Tensor] = []
    var count = 0
    for name in definition.parameters.names {
      guard let tensor = definition.parameters[name] else { continue }
      tensors.append(
        Tensor(name: name, shape: tensor.shape, range: count..<count + tensor.count))
      count += tensor.count
    }
    self.tensors = tensors
    parameterCount = count
    initialValues = try Buffer(count: count)
    for tensor in tensors {
      let values = try definition.parameters.values(tensor.name, count: tensor.range.count)
      for (index, value) in zip(tensor.range, values) { initialValues[index] = value }
    }
  }

  /// Whether the frequencies of the radial basis are trained where the model comes from.
  public var trainsRadialConstants: Bool {
    switch definition.architecture {
    case .mace: false
    case .nequip: true
    }
  }

  /// The matrices a tensor consists of, one after the other, row by row; none where it is no matrix.
  public func matrices(of tensor: Tensor) -> [(rows: Int, columns: Int)] {
    guard tensor.shape.count == 2, tensor.shape.allSatisfy({ $0 > 0 }),
      !Self.energyTensors.contains(tensor.name)
    else { return [] }
    return [(rows: tensor.shape[0], columns: tensor.shape[1])]
  }

  /// The model's index of an atomic number.
  public func speciesIndex(of atomicNumber: Int32) -> Int32? {
    base.speciesIndex(of: atomicNumber)
  }

  /// What evaluates a head, with the initial parameters.
  ///
  /// - Parameters:
  ///   - slotCount: How many threads may gather gradients at once.
  ///   - fixed: Names of tensors that stay as they are: they cost nothing, and have no gradients.
  /// - Throws: `.format`, `.outOfMemory`.
  public func evaluator<S: TrainingScalar>(
    head: Int, slotCount: Int, fixed: Set<String> = []
  ) throws(HoneError) -> GradientEvaluator<S> {
    let evaluator = try GradientEvaluator<S>(
      definition, head: head, slotCount: slotCount, fixed: fixed)
    evaluator.load { S.Output(initialValues[$0]) }
    return evaluator
  }

  /// What gives second derivatives of a head's energy along curves and their gradients, with the initial
  /// parameters.
  ///
  /// - Parameters:
  ///   - head: The head.
  ///   - slotCount: How many threads may gather gradients at once.
  ///   - fixed: Names of tensors that stay as they are.
  /// - Throws: `.format`, `.outOfMemory`.
  public func curvatureEvaluator<S: TrainingScalar>(
    head: Int, slotCount: Int, fixed: Set<String> = []
  ) throws(HoneError) -> CurvatureEvaluator<S> {
    let evaluator = try CurvatureEvaluator<S>(
      definition, head: head, slotCount: slotCount, fixed: fixed)
    evaluator.load { S.Output(initialValues[$0]) }
    return evaluator
  }

  /// What multiplies with the Hessian of a head's energy with respect to positions.
  ///
  /// - Throws: `.format`, `.outOfMemory`.
  public func positionHessian(head: Int) throws(HoneError) -> PositionHessian {
    try PositionHessian(definition, head: head)
  }

  /// A force field with other parameters, stored in the types the tensors have.
  ///
  /// - Parameters:
  ///   - values: `[parameterCount]`.
  ///   - leastRadius: The least radius that the parameters were trained with, in Å, where radii varied;
  ///     nil for what the model said before.
  /// - Throws: `.notConverged` when a value is not finite, `.invalidArgument` for a radius beyond that
  ///   of the model, `.outOfMemory`.
  public func forceField(
    _ values: View<Double>, leastRadius: Double? = nil
  ) throws(HoneError) -> ForceField {
    var changed = definition
    if let leastRadius {
      guard leastRadius > 0, leastRadius <= definition.radial.cutoffRadius else {
        throw HoneError(
          .invalidArgument,
          "expected a least radius of training above 0 and up to \(definition.radial.cutoffRadius) Å, "
            + "got \(leastRadius) Å")
      }
      changed.radial.leastTrainingRadius = leastRadius
    }
    for tensor in tensors {
      guard let stored = definition.parameters[tensor.name] else { continue }
      let numbers = tensor.range.map { values[$0] }
      guard numbers.allSatisfy(\.isFinite) else {
        throw HoneError(
          .notConverged,
          "expected finite numbers in parameter '\(tensor.name)', got some that are not")
      }
      // Energies of atoms have more digits than single precision holds.
      let keepsDigits = Self.energyTensors.contains(tensor.name) || stored.dtype == .float64
      let largest = numbers.reduce(0) { max($0, $1.magnitude) }
      guard keepsDigits || largest <= Double(Float.greatestFiniteMagnitude) else {
        throw HoneError(
          .notConverged,
          "parameter '\(tensor.name)' has grown to \(largest), beyond single precision")
      }
      changed.parameters[tensor.name] =
        keepsDigits
        ? try StoredTensor(numbers, shape: stored.shape)
        : try StoredTensor(numbers.map { Float($0) }, shape: stored.shape)
    }
    return try ForceField(definition: changed)
  }
}
