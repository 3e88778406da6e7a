import HoneNumerics

@testable import HoneModels

/// One path's kernels on edges of a few centres.
struct RouteRun<T: CompiledScalar> {
  /// ∂E of every argument.
  struct Gradient {
    /// Per node and lane of the senders' rows.
    var features: [Double]
    /// Per coupling and edge.
    var couplings: [Double]
    /// Per edge.
    var distances: [Double]
  }

  let route: Route
  let edges: KernelEdges<T>
  let senderLanes: Int
  let messageLanes: Int
  /// The edges of each centre.
  let segments: [Range<Int>]
  static var nodes: Int { 5 }

  init(
    inputs: Int, outputs: Int, isDiagonal: Bool, lanes: Int, segments: [Range<Int>],
    step: Double = 0
  ) throws {
    // What lies before and behind belongs to other paths.
    route = Route(
      inputs: inputs, outputs: outputs, lanes: lanes, inputOffset: 2, outputOffset: 3,
      tableOffset: 1, couplingOffset: isDiagonal ? 0 : 2, isDiagonal: isDiagonal)
    senderLanes = inputs * lanes + 3
    messageLanes = outputs * lanes + 4
    self.segments = segments
    edges = try KernelEdges(
      count: segments.last?.upperBound ?? 0, couplingCount: 2 + inputs * outputs,
      tableLanes: lanes + 2, nodes: Self.nodes, step: step)
  }

  func features() throws -> Buffer<T.Lanes> { try filled(Self.nodes * senderLanes, seed: 1) }

  /// Messages of all centres, on top of `start`.
  func messages(
    _ arrays: EdgeArrays<T>, _ features: Buffer<T.Lanes>, start: Buffer<T.Lanes>
  ) throws -> Buffer<T.Lanes> {
    let messages = try Buffer<T.Lanes>(count: start.count)
    messages.view.copy(from: start.view)
    for (center, slots) in segments.enumerated() {
      route.accumulate(
        slots, arrays, senders: UnsafePointer(features.base), senderLanes: senderLanes,
        into: messages.base + center * messageLanes)
    }
    return messages
  }

  /// The messages by their definition, on top of `start`, with the sum of the terms' magnitudes.
  func naiveMessages(_ features: Buffer<T.Lanes>, start: Buffer<T.Lanes>) -> (
    values: [Double], sizes: [Double]
  ) {
    let width = T.Lanes.width
    var values = numbers(start)
    var sizes = values.map(abs)
    for (center, slots) in segments.enumerated() {
      for slot in slots {
        let sender = Int(edges.neighbors[slot]) * senderLanes + route.inputOffset
        for u in 0..<route.lanes * width {
          let weight = edges.function(slot, channel: route.tableOffset * width + u)
          for c in 0..<route.outputs {
            let target =
              (center * messageLanes + route.outputOffset + c * route.lanes) * width + u
            for a in 0..<route.inputs {
              let feature = features.view.channel((sender + a * route.lanes) * width + u).value
              let term = weight * feature * coupling(a, c, slot)
              values[target] += term
              sizes[target] += abs(term)
            }
          }
        }
      }
    }
    return (values, sizes)
  }

  private func coupling(_ a: Int, _ c: Int, _ slot: Int) -> Double {
    guard !route.isDiagonal else { return a == c ? 1 : 0 }
    let index = route.couplingOffset + a * route.outputs + c
    return edges.couplings[index * edges.stride + slot].value
  }

  /// The gradient of Σ w · messages, a row of edges at a time.
  ///
  /// - Parameter needsFeatures: Whether that with respect to the features is wanted.
  func gradient(_ features: Buffer<T.Lanes>, _ w: Buffer<T.Lanes>, needsFeatures: Bool = true)
    throws -> Gradient
  {
    let width = T.Lanes.width
    let start: Buffer<T.Lanes> = try filled(features.count, seed: 2)
    let target = try combined(start, 0, start)
    let couplingCount = route.isDiagonal ? 0 : route.inputs * route.outputs
    var result = Gradient(
      features: [], couplings: [Double](repeating: 0, count: couplingCount * edges.count),
      distances: [])
    let rows = try Buffer<UnsafePointer<T.Lanes>>(count: width)
    let products: Buffer<T.Lanes> = try filled(max(couplingCount, 1) * width, seed: 3)
    for first in stride(from: 0, to: edges.count, by: width) {
      let slots = first..<min(first + width, edges.count)
      for (center, segment) in segments.enumerated() {
        for slot in segment.clamped(to: slots) {
          rows[slot - first] = UnsafePointer(w.base + center * messageLanes)
        }
      }
      let radial: Buffer<T.Lanes> = try filled(width, seed: 4)
      route.accumulateGradient(
        slots, edges.arrays(), UnsafePointer(rows.base), senders: UnsafePointer(features.base),
        senderLanes: senderLanes, into: needsFeatures ? target.base : nil, radial: radial.base,
        products: products.base)
      let before: Buffer<T.Lanes> = try filled(width, seed: 4)
      for slot in slots {
        result.distances.append(naiveSum(radial[slot - first]) - naiveSum(before[slot - first]))
        for index in 0..<couplingCount {
          result.couplings[index * edges.count + slot] = naiveSum(
            products[index * width + slot - first])
        }
      }
    }
    withExtendedLifetime(rows) {}
    result.features = zip(numbers(target), numbers(start)).map { $0 - $1 }
    return result
  }

  /// Where features are moved to.
  func featureDirection() throws -> Buffer<T.Lanes> {
    try filled(Self.nodes * senderLanes, seed: 5)
  }

  /// ⟨v, ∂E⟩ for the directions of all arguments, with the sum of the terms' magnitudes.
  func along(_ gradient: Gradient) throws -> (value: Double, size: Double) {
    var terms = zip(numbers(try featureDirection()), gradient.features).map { $0 * $1 }
    for slot in 0..<edges.count {
      terms.append(KernelEdges<T>.distanceDirection(slot) * gradient.distances[slot])
      for index in 0..<gradient.couplings.count / max(edges.count, 1) {
        terms.append(
          KernelEdges<T>.couplingDirection(route.couplingOffset + index, slot)
            * gradient.couplings[index * edges.count + slot])
      }
    }
    return (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
  }
}
