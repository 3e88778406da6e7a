public import HoneTraining

/// The part of a representation that is adapted; heads always stay.
///
/// The sets of Kreiman and Krishnapriyan (their `freeze_amount`) for GemNet, told in the words of message
/// passing: a block of theirs is a layer with its map to what neighbours see, its convolution and the
/// product that follows; embeddings of atoms and edges are the embedding of species and the radial
/// networks, of which models of ours have one in every layer.
///
/// - SeeAlso: arXiv:2503.08674, section on test-time training.
public enum RefinementPart: String, Sendable, CaseIterable {
  /// Embeddings, radial networks of all layers, and the first layer.
  case min
  /// Embeddings and all layers but the last.
  case med
  /// Embeddings and all layers.
  case max

  /// What learning rates of a model are multiplied by.
  ///
  /// - Parameter layerCount: The layers of messages, one at least.
  public func rateFactors(layerCount: Int) -> [ParameterGroup.Role: RateFactor] {
    func layers(_ isTrained: (_ layer: Int) -> Bool) -> RateFactor {
      .byLayer((0..<layerCount).map { isTrained($0) ? 1 : 0 })
    }
    let first = layers { $0 == 0 }
    let butLast = layers { $0 < layerCount - 1 }
    let own: [ParameterGroup.Role: RateFactor] =
      switch self {
      case .min: [.embedding: 1, .radial: 1, .interaction: first, .product: first]
      case .med:
        // The embedding of species belongs to no layer, and comes before the last one of any model.
        [
          .embedding: layerCount > 1 ? butLast : 1, .radial: butLast, .interaction: butLast,
          .product: butLast,
        ]
      case .max: [.embedding: 1, .radial: 1, .interaction: 1, .product: 1]
      }
    return own.merging([.readout: 0, .energyScale: 0]) { $1 }
  }
}
