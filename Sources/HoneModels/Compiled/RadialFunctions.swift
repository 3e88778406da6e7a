internal import HoneNumerics

/// The functions of the distance in a model, exact and in double: what tables are made from.
struct RadialFunctions: Sendable {
  /// The networks of one layer.
  ///
  /// Their last links give one value per path and channel, path after
  /// path, without padding between them.
  struct Layer: Sendable {
    let weights: RadialNetwork<Double>
    let density: RadialNetwork<Double>?
  }

  let basis: RadialBasis<Double>
  let layers: [Layer]
  /// Covalent radii by species in Å, for distance transforms.
  let radii: [Double]

  /// What a function of the distance depends on beside it.
  enum PairDependence: Equatable {
    /// Nothing: one table for all pairs.
    case none
    /// The sum of the covalent radii: the same for i←j and j←i.
    case radiusSum
    /// The species of both ends.
    case ends
  }

  /// What the functions of a layer depend on.
  func dependence(_ layer: Int) -> PairDependence {
    let networks = layers[layer]
    if networks.weights.speciesTerms != nil || networks.density?.speciesTerms != nil {
      return .ends
    }
    return basis.transform == nil ? .none : .radiusSum
  }

  /// Distances at which the functions are not smooth.
  var breakpoints: [Double] {
    var points = basis.taper.map { [$0.onset] } ?? []
    if case .xplor(let onset) = basis.cutoff { points.append(onset) }
    return points
  }

  /// Computes what a network gives, the cutoff included.
  ///
  /// - Parameters:
  ///   - network: One of the layers' networks.
  ///   - distances: In Å.
  ///   - sender: The species of the sender.
  ///   - center: The species of the centre.
  ///   - squares: Whether the result is a density: tanh(d²) instead of d.
  ///   - channels: How many outputs are wanted.
  ///   - values: `[distances][channels]`, overwritten.
  /// - Throws: `.outOfMemory`.
  func evaluate(
    _ network: RadialNetwork<Double>, at distances: View<Double>, sender: Int, center: Int,
    squares: Bool, channels: Int, into values: View<Double>
  ) throws(HoneError) {
    let count = distances.count
    let input = try Buffer<SIMD8<Double>>(count: count * basis.lanes)
    let slopes = try Buffer<SIMD8<Double>>(count: basis.lanes)
    let scratch = try Buffer<SIMD8<Double>>(count: count * network.scratchLanes)
    let work = try Buffer<SIMD8<Double>>(count: network.workLanes(edges: count))
    let output = try Buffer<SIMD8<Double>>(count: count * network.outputLanes)
    let factors = try Buffer<Double>(count: count)
    let radiusSum = radii[sender] + radii[center]
    for index in 0..<count {
      (factors[index], _) = basis.evaluate(
        distance: distances[index], radiusSum: radiusSum,
        values: input.view(from: index * basis.lanes, count: basis.lanes), slopes: slopes.view)
    }
    network.evaluate(
      input.view, ends: { _ in (sender, center) }, edges: count, scratch: scratch.view,
      work: work.view, into: output.view)
    for index in 0..<count {
      let row = output.view(from: index * network.outputLanes, count: network.outputLanes)
      for channel in 0..<channels {
        let value = row.channel(channel)
        let result = squares ? Double.tanh(value * value) : value
        values[index * channels + channel] = result * factors[index]
      }
    }
  }
}
