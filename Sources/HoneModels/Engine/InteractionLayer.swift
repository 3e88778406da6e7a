public import HoneNumerics

/// One round of message passing.
public struct InteractionLayer<T: HoneScalar>: Sendable {
  /// From an atom's features to what its neighbours see of them.
  let up: EquivariantLinear<T>
  /// From radial basis functions to the convolution's weights.
  let network: RadialNetwork<T>
  /// From radial basis functions to an edge's density, d; an atom's density is Σ tanh(d²).
  let densityNetwork: RadialNetwork<T>?
  /// From neighbours' features to messages.
  let convolution: Convolution<T>
  /// From messages to the next features.
  let update: NodeUpdate<T>

  var inputLayout: FeatureLayout { up.inputLayout }
  var outputLayout: FeatureLayout { update.outputLayout }
}
