internal import HoneNumerics

/// What a layer knows of edges between two species.
final class PairTables<T: CompiledScalar>: Sendable {
  /// The convolution's weights, or, for a factorised layer, the few functions g they are made of.
  let weights: RadialTable<T>
  /// The density of an edge, one channel.
  let density: RadialTable<T>?
  /// From the sums P of a factorised layer to its mixed messages, per block of these.
  let mixing: [Mixing]

  /// The matrix that takes the functions g to the radial weights times the senders' features times the
  /// weights of the linear map that follows, and of the one of the centre's species behind it where the
  /// tables' message stage says so; and its transpose.
  struct Mixing: Sendable {
    /// The block of the mixed messages.
    let block: Int
    let forward: PackedMatrix<T>
    let reverse: PackedMatrix<T>

    /// What the two take.
    var byteCount: Int { forward.byteCount + reverse.byteCount }
  }

  init(weights: RadialTable<T>, density: RadialTable<T>?, mixing: [Mixing]) {
    self.weights = weights
    self.density = density
    self.mixing = mixing
  }
}

/// The tables of all layers for some species, made once and never changed.
final class CompiledTables<T: CompiledScalar>: Sendable {
  /// The species that are covered, ascending.
  let species: [Int]
  /// The place of each of the model's species among those covered, or −1.
  private let slots: [Int]
  /// Per layer the tables of all ordered pairs, centre slowest.
  private let pairs: [[PairTables<T>]]
  /// Whether all pairs of a layer share one table of weights.
  let isShared: [Bool]
  /// Per layer how far its matrices take messages.
  private let messageStages: [MessageStage]
  /// The largest error of a table; see `RadialTable.error`.
  let error: Double
  /// What the tables take.
  let byteCount: Int

  init(
    species: [Int], speciesCount: Int, pairs: [[PairTables<T>]], isShared: [Bool],
    messageStages: [MessageStage], error: Double, byteCount: Int
  ) {
    self.species = species
    var slots = [Int](repeating: -1, count: speciesCount)
    for (slot, index) in species.enumerated() { slots[index] = slot }
    self.slots = slots
    self.pairs = pairs
    self.isShared = isShared
    self.messageStages = messageStages
    self.error = error
    self.byteCount = byteCount
  }

  /// Whether all of some species are covered.
  func cover(_ species: [Int]) -> Bool { species.allSatisfy { slots[$0] >= 0 } }

  /// How far messages of a layer have come when they reach its node update.
  func messageStage(_ layer: Int) -> MessageStage { messageStages[layer] }

  /// The tables of edges from a sender to a centre.
  func pair(layer: Int, center: Int, sender: Int) -> PairTables<T> {
    pairs[layer][slots[center] * species.count + slots[sender]]
  }
}
