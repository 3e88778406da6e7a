internal import HoneNumerics

/// A readout that is a chain of linear maps of scalars with activations between, ending in one
/// number.
struct NetworkReadout<T: HoneScalar>: Sendable {
  /// One link: a linear map, and what follows it.
  struct Link: Sendable {
    let linear: EquivariantLinear<T>
    let activation: Activation?
  }

  private let links: [Link]
  private let widest: Int

  /// Makes the readout; the last link must give one scalar, without activation.
  init(_ links: [Link]) {
    precondition(!links.isEmpty && links[links.count - 1].activation == nil)
    self.links = links
    widest = links.map(\.linear.outputLayout.rowLanes).max() ?? 0
  }

  /// Lanes of working memory for a number of atoms: per link the values that enter its activation,
  /// one that leaves, and two gradients.
  func workLanes(rows: Int) -> Int { (links.count + 3) * rows * widest }

  /// Adds the shares of a number of atoms: `energies[r] += f(features[r])`.
  func accumulate(
    _ features: View<T.Lanes>, rows: Int, work: View<T.Lanes>, into energies: View<T>
  ) {
    evaluate(features, rows, work)
    let last = work.dropping((links.count - 1) * rows * widest)
    let stride = links[links.count - 1].linear.outputLayout.rowLanes
    for row in 0..<rows {
      energies[row] = energies[row] + last.dropping(row * stride).channel(0)
    }
  }

  /// Adds the gradient: `gradient[r] += seeds[r] · ∂f/∂features[r]`.
  ///
  /// - Parameter weights: Where gradients with respect to the weights are added, if wanted.
  func accumulateGradient(
    _ features: View<T.Lanes>, seeds: View<T>, rows: Int, work: View<T.Lanes>,
    into gradient: View<T.Lanes>, weights: WeightGradients<T>? = nil
  ) {
    evaluate(features, rows, work)
    let size = rows * widest
    var current = work.dropping((links.count + 1) * size)
    var next = work.dropping((links.count + 2) * size)
    let lanes = links[links.count - 1].linear.outputLayout.rowLanes
    current.slice(0, rows * lanes).fill(.zero)
    for row in 0..<rows { current.dropping(row * lanes).setChannel(0, to: seeds[row]) }
    for index in links.indices.reversed() {
      let link = links[index]
      if let activation = link.activation {
        activation.multiplyByDerivative(
          work.dropping(index * size), current,
          count: rows * link.linear.outputLayout.rowLanes)
      }
      if let weights {
        link.linear.accumulateWeightGradient(
          current, at: entered(index, features, rows, work), rows: rows, into: weights)
      }
      guard index > 0 else {
        link.linear.accumulateGradient(current, into: gradient, rows: rows)
        return
      }
      next.slice(0, rows * link.linear.inputLayout.rowLanes).fill(.zero)
      link.linear.accumulateGradient(current, into: next, rows: rows)
      swap(&current, &next)
    }
  }

  /// What entered a link, computed again from what `evaluate` left.
  private func entered(_ index: Int, _ features: View<T.Lanes>, _ rows: Int, _ work: View<T.Lanes>)
    -> View<T.Lanes>
  {
    guard index > 0 else { return features }
    let size = rows * widest
    let before = work.slice((index - 1) * size, size)
    guard let activation = links[index - 1].activation else { return before }
    let left = work.slice(links.count * size, size)
    activation.apply(
      before, into: left, count: rows * links[index - 1].linear.outputLayout.rowLanes)
    return left
  }

  /// Leaves what enters each link's activation at `index · rows · widest`; what leaves it is
  /// written behind all of them.
  private func evaluate(_ features: View<T.Lanes>, _ rows: Int, _ work: View<T.Lanes>) {
    let size = rows * widest
    var input = features
    for (index, link) in links.enumerated() {
      let entering = work.slice(index * size, size)
      link.linear.evaluate(input, into: entering, rows: rows)
      guard let activation = link.activation else {
        input = entering
        continue
      }
      let left = work.slice(links.count * size, size)
      activation.apply(entering, into: left, count: rows * link.linear.outputLayout.rowLanes)
      input = left
    }
  }
}
