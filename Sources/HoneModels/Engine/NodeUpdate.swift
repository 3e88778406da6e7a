internal import HoneNumerics

/// How far whoever summed the messages of a layer took them, in place of its node update.
enum MessageStage: Sendable {
  /// They are the sums.
  case sums
  /// They have passed the update's first linear map, `messageMap`, without its biases.
  case mapped
  /// They have passed the map that follows too, of the centre's species: `speciesMap`.
  case mappedBySpecies
}

/// What a node update sees of a few atoms that are taken together.
struct NodeBlock<T: HoneScalar> {
  /// The number of atoms.
  let rows: Int
  /// Their species.
  let species: View<Int32>
  /// Their features before the layer, `[rows][input row]`.
  let own: View<T.Lanes>
  /// Their features as neighbours see them, `[rows][sender row]`.
  let sender: View<T.Lanes>
  /// The sums of edge densities, `[rows]`; zero for layers without.
  let density: View<T>
  /// What the forward pass keeps for the reverse pass, `[rows][savedLanes]`.
  let saved: View<T.Lanes>
  /// Working memory, `workLanes(rows:)` lanes.
  let work: View<T.Lanes>
  /// How far messages have come.
  var messageStage = MessageStage.sums
  /// The sums over neighbours, `[rows][message row]`, for gradients with respect to weights.
  var message: View<T.Lanes>?
}

/// Where the reverse pass of a node update puts its results.
struct NodeGradients<T: HoneScalar> {
  /// ∂E/∂message, `[rows][message row]`; added to.
  let message: View<T.Lanes>
  /// ∂E/∂own features, added to; `nil` where nobody needs it.
  let own: View<T.Lanes>?
  /// ∂E/∂(own features as senders), added to; `nil` where nobody needs it.
  let sender: View<T.Lanes>?
  /// ∂E/∂density, overwritten.
  let density: View<T>
  /// Gradients with respect to weights, added to; `nil` where nobody trains.
  var weights: WeightGradients<T>?
}

/// The part of a layer that works atom by atom: from the sum of messages to the next features.
///
/// One case per family. Not a protocol: calls through the witness table of a generic type are not
/// specialised for its scalar, and run fifty times slower.
enum NodeUpdate<T: HoneScalar>: Sendable {
  case mace(MACEUpdate<T>)
  case nequip(NequIPUpdate<T>)

  /// The rows of the next features.
  var outputLayout: FeatureLayout {
    switch self {
    case .mace(let update): update.outputLayout
    case .nequip(let update): update.outputLayout
    }
  }

  /// The linear map that messages meet first.
  var messageMap: EquivariantLinear<T> {
    switch self {
    case .mace(let update): update.reduction.messageMap
    case .nequip(let update): update.linear
    }
  }

  /// The map of the centre's species that follows `messageMap` and can be joined with it; between the
  /// two there may be a factor of the atom.
  var speciesMap: SpeciesLinear<T>? {
    switch self {
    case .mace(let update): update.reduction.speciesMap
    case .nequip: nil
    }
  }

  /// The lanes kept per atom for the reverse pass.
  var savedLanes: Int {
    switch self {
    case .mace(let update): update.savedLanes
    case .nequip(let update): update.savedLanes
    }
  }

  /// Lanes of working memory for a number of atoms.
  func workLanes(rows: Int) -> Int {
    switch self {
    case .mace(let update): update.workLanes(rows: rows)
    case .nequip(let update): update.workLanes(rows: rows)
    }
  }

  /// Computes the next features; fills `block.saved`.
  ///
  /// - Parameters:
  ///   - message: The sums over neighbours, `[rows][message row]`; rows of the output of the maps they
  ///     have passed where `block.messageStage` says so.
  ///   - output: `[rows][output row]`, overwritten.
  func evaluate(_ block: NodeBlock<T>, message: View<T.Lanes>, into output: View<T.Lanes>) {
    switch self {
    case .mace(let update): update.evaluate(block, message: message, into: output)
    case .nequip(let update): update.evaluate(block, message: message, into: output)
    }
  }

  /// Adds the gradients with respect to everything `evaluate` read.
  ///
  /// - Parameter outputGradient: ∂E/∂output, `[rows][output row]`.
  func accumulateGradient(
    _ block: NodeBlock<T>, _ outputGradient: View<T.Lanes>, into gradients: NodeGradients<T>
  ) {
    switch self {
    case .mace(let update): update.accumulateGradient(block, outputGradient, into: gradients)
    case .nequip(let update): update.accumulateGradient(block, outputGradient, into: gradients)
    }
  }
}
