public import HoneNumerics

/// A message-passing force field in one precision, ready to evaluate: the reference evaluator.
///
/// It is the readable, differentiable code for every architecture: MACE and NequIP differ in what
/// their layers are made of, not in how messages are passed. Generic over its scalar, so the same
/// code gives energies, forces, and derivatives of losses on them.
public final class MessagePassingModel<T: HoneScalar>: Sendable {
  /// The initial features of each species, `[species][row of the first layer]`.
  let embedding: [WeightRow<T>]
  /// The functions of distance that all layers share.
  let basis: RadialBasis<T>
  /// The harmonics that all layers share.
  let harmonics: EdgeHarmonics<T>
  /// The rounds of message passing.
  let layers: [InteractionLayer<T>]
  /// What contributes to the energy, with the layer whose output it reads.
  let readouts: [(layer: Int, readout: NetworkReadout<T>)]
  /// The factor of an atom's summed readouts, a channel for each species.
  let scales: WeightRow<T>
  /// The pair repulsion, if any.
  let repulsion: ZBLRepulsion?
  /// Covalent radii by species in Å, for distance transforms.
  let radii: [Double]

  init(
    embedding: [WeightRow<T>], basis: RadialBasis<T>, harmonics: EdgeHarmonics<T>,
    layers: [InteractionLayer<T>], readouts: [(layer: Int, readout: NetworkReadout<T>)],
    scales: WeightRow<T>, repulsion: ZBLRepulsion?, radii: [Double]
  ) {
    self.embedding = embedding
    self.basis = basis
    self.harmonics = harmonics
    self.layers = layers
    self.readouts = readouts
    self.scales = scales
    self.repulsion = repulsion
    self.radii = radii
  }

  /// Atoms taken together by node updates: enough rows for the matrix products.
  static var blockRows: Int { 32 }

  /// What a computation gives.
  public struct Result: Sendable {
    /// The scaled readouts of each centre in eV: atomic energies without constants.
    public let energies: Buffer<T>
    /// ∂E/∂(r_j − r_i) of each edge in eV/Å, `[edges][3]`, if asked for.
    public let edgeGradients: Buffer<T>?
    /// `Σ_k (r_k − r_i)_a ∂U_k/∂(r_j − r_i)_b` of each edge, the first moments of all atoms' energy
    /// gradients about the edge's centre, `[edges][3][3]` with a slowest, if asked for.
    public let edgeMoments: [Buffer<T>]?
    /// The invariant features of each centre after every layer, `[centers][width]`, if asked for.
    let descriptors: Buffer<Double>?
  }

  /// Computes energies and, if asked for, their derivatives.
  ///
  /// - Parameters:
  ///   - graph: Atoms and edges; every edge shorter than the cutoff.
  ///   - derivatives: What to compute beside energies.
  ///   - team: The threads to use.
  /// - Throws: `.outOfMemory`.
  /// - Complexity: Linear in edges; memory per atom for features, per edge for gradients alone.
  public func compute(_ graph: EdgeGraph<T>, derivatives: Derivatives, team: Team)
    throws(HoneError) -> Result
  {
    try compute(
      graph, derivatives: derivatives, exchange: nil, keepsDescriptors: false, team: team)
  }

  /// Computes energies and derivatives where other processes have some of the atoms.
  ///
  /// - Parameters:
  ///   - exchange: How their features get here, with the point of each node.
  ///   - keepsDescriptors: Whether the result has descriptors.
  /// - Throws: `.outOfMemory`, what the exchange throws.
  func compute(
    _ graph: EdgeGraph<T>, derivatives: Derivatives,
    exchange: (call: FeatureExchange, points: View<Int32>)?, keepsDescriptors: Bool, team: Team
  ) throws(HoneError) -> Result {
    let pass = try EvaluationPass(
      model: self, graph: graph, derivatives: derivatives, exchange: exchange, team: team)
    if keepsDescriptors { try pass.keepDescriptors() }
    return try pass.run()
  }

  /// What to compute beside energies.
  public enum Derivatives: Sendable {
    /// Nothing.
    case none
    /// Gradients of the total energy.
    case gradients
    /// Gradients, and their first moments for per-atom virials.
    case moments

    /// How many gradients the reverse pass carries.
    var seeds: Int {
      switch self {
      case .none: 0
      case .gradients: 1
      case .moments: 4
      }
    }
  }
}
