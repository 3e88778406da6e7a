internal import HoneNumerics

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
}

/// The part of a layer that works atom by atom: from the sum of messages to the next features.
protocol NodeUpdate<T>: Sendable {
  associatedtype T: HoneScalar

  /// The rows of the next features.
  var outputLayout: FeatureLayout { get }
  /// The lanes kept per atom for the reverse pass.
  var savedLanes: Int { get }
  /// Lanes of working memory for a number of atoms.
  func workLanes(rows: Int) -> Int

  /// Computes the next features; fills `block.saved`.
  ///
  /// - Parameters:
  ///   - message: The sums over neighbours, `[rows][message row]`.
  ///   - output: `[rows][output row]`, overwritten.
  func evaluate(_ block: NodeBlock<T>, message: View<T.Lanes>, into output: View<T.Lanes>)

  /// Adds the gradients with respect to everything `evaluate` read.
  ///
  /// - Parameter outputGradient: ∂E/∂output, `[rows][output row]`.
  func accumulateGradient(
    _ block: NodeBlock<T>, _ outputGradient: View<T.Lanes>, into gradients: NodeGradients<T>)
}

/// A map from an atom's features to a share of its energy.
protocol Readout<T>: Sendable {
  associatedtype T: HoneScalar

  /// Lanes of working memory for a number of atoms.
  func workLanes(rows: Int) -> Int

  /// Adds the shares: `energies[r] += f(features[r])`.
  func accumulate(
    _ features: View<T.Lanes>, rows: Int, work: View<T.Lanes>, into energies: View<T>)

  /// Adds the gradient: `gradient[r] += seeds[r] · ∂f/∂features[r]`.
  func accumulateGradient(
    _ features: View<T.Lanes>, seeds: View<T>, rows: Int, work: View<T.Lanes>,
    into gradient: View<T.Lanes>)
}
