internal import HoneNumerics

/// What a kernel reads of one path of a convolution, and where it puts its results.
///
/// A path takes a block of the senders' features and the harmonics of one degree to a block of the
/// message: `m[c, u] += Σ_e R[e, u] Σ_a K[a, c][e] h[a, u]`.
struct Route: Sendable {
  /// Components of the senders' block, 2l₁ + 1.
  let inputs: Int
  /// Components of the message's block, 2l₃ + 1.
  let outputs: Int
  /// Lanes of one component of either block.
  let lanes: Int
  /// Where the senders' block starts in a row of features, in lanes.
  let inputOffset: Int
  /// Where the message's block starts in a row of messages, in lanes.
  let outputOffset: Int
  /// The lane of the radial table where the path's weights start.
  let tableOffset: Int
  /// The first of the path's `inputs · outputs` couplings.
  let couplingOffset: Int
  /// Whether the couplings are δ_ac: paths of the harmonic of degree zero, whose constant is part of
  /// the table.
  let isDiagonal: Bool
}

/// The arrays of one batch of edges, one entry per slot, as the kernels read them.
///
/// What belongs to an edge lies edge-fastest, `[quantity][stride]`, so that it is computed for a row
/// of edges at a time; the kernels, whose lanes are channels, read single numbers of it.
struct EdgeArrays<T: CompiledScalar> {
  /// Slots per quantity.
  let stride: Int
  /// The values of the splines at the edges' distances, `[taps][stride]`.
  let taps: UnsafePointer<T>
  /// Their derivatives with respect to the distance, `[taps][stride]`.
  let tapSlopes: UnsafePointer<T>
  /// Where each edge's taps start in lane 0 of its radial table.
  let tables: UnsafePointer<UnsafePointer<T.Lanes>>
  /// The rows of each edge's table: the distance between two of its lanes.
  let tableRows: UnsafePointer<Int>
  /// K, `[couplings][stride]`.
  let couplings: UnsafePointer<T>
  /// The neighbours, as nodes.
  let neighbors: UnsafePointer<Int32>
}

/// The kernels of a path with `inputs` components coupled to `outputs`, accumulators in registers.
struct RouteKernel<T: CompiledScalar, let inputs: Int, let outputs: Int> {
  /// Adds the messages of consecutive edges of one centre.
  ///
  /// - Parameters:
  ///   - slots: The edges.
  ///   - senders: Rows of features, `[nodes][senderLanes]`.
  ///   - message: The centre's row of messages.
  static func accumulate(
    _ route: Route, _ slots: Range<Int>, _ edges: EdgeArrays<T>,
    senders: UnsafePointer<T.Lanes>, senderLanes: Int, into message: UnsafeMutablePointer<T.Lanes>
  ) {
    forEachTile(of: route.lanes) { block, isPair in
      if isPair {
        MessageTile<T, inputs, outputs, 2>.accumulate(
          route, block, slots, edges, senders: senders, senderLanes: senderLanes, into: message)
      } else {
        MessageTile<T, inputs, outputs, 1>.accumulate(
          route, block, slots, edges, senders: senders, senderLanes: senderLanes, into: message)
      }
    }
  }

  /// Adds the gradients of the messages of a few edges.
  ///
  /// Adjoint of `accumulate` with respect to features, couplings and distance.
  ///
  /// - Parameters:
  ///   - slots: At most as many edges as a row has lanes.
  ///   - messageGradients: Per edge of the run, ∂E/∂m of its centre.
  ///   - senders: Rows of features, `[nodes][senderLanes]`.
  ///   - senderGradients: ∂E/∂h, `[nodes][senderLanes]`, added to; `nil` where nobody needs it.
  ///   - radial: Per edge of the run a row whose lanes sum to ∂E/∂r, added to.
  ///   - products: `[inputs · outputs][lanes of a row]`: per coupling and edge a row whose lanes sum to
  ///     ∂E/∂K, overwritten.
  static func accumulateGradient(
    _ route: Route, _ slots: Range<Int>, _ edges: EdgeArrays<T>,
    _ messageGradients: UnsafePointer<UnsafePointer<T.Lanes>>,
    senders: UnsafePointer<T.Lanes>, senderLanes: Int,
    into senderGradients: UnsafeMutablePointer<T.Lanes>?,
    radial: UnsafeMutablePointer<T.Lanes>, products: UnsafeMutablePointer<T.Lanes>
  ) {
    let lanes = route.lanes
    let stride = edges.stride
    let couplings = edges.couplings + route.couplingOffset &* stride
    for slot in slots {
      let index = slot &- slots.lowerBound
      let rows = edges.tableRows[slot]
      let table = edges.tables[slot] + route.tableOffset &* rows
      let first = Int(edges.neighbors[slot]) &* senderLanes &+ route.inputOffset
      let gradient = messageGradients[index] + route.outputOffset
      var product = InlineArray<inputs, InlineArray<outputs, T.Lanes>>(
        repeating: InlineArray(repeating: .zero))
      var radialSum = radial[index]
      let taps = EdgeTaps(edges, slot)
      for block in 0..<lanes {
        let (weight, slope) = taps.weights(table + block &* rows)
        var incoming = InlineArray<outputs, T.Lanes>(repeating: .zero)
        for c in 0..<outputs { incoming[unchecked: c] = gradient[c &* lanes &+ block] }
        var weightGradient = T.Lanes.zero
        for a in 0..<inputs {
          var sum = T.Lanes.zero
          for c in 0..<outputs {
            let coupling = couplings[(a &* outputs &+ c) &* stride &+ slot]
            sum = T.Lanes.multiplyAdd(
              sum, T.Lanes(repeating: coupling), incoming[unchecked: c])
          }
          let place = first &+ a &* lanes &+ block
          let feature = senders[place]
          weightGradient = T.Lanes.multiplyAdd(weightGradient, feature, sum)
          if let senderGradients {
            senderGradients[place] = T.Lanes.multiplyAdd(senderGradients[place], weight, sum)
          }
          let weighted = weight * feature
          for c in 0..<outputs {
            product[unchecked: a][unchecked: c] = T.Lanes.multiplyAdd(
              product[unchecked: a][unchecked: c], weighted, incoming[unchecked: c])
          }
        }
        radialSum = T.Lanes.multiplyAdd(radialSum, slope, weightGradient)
      }
      radial[index] = radialSum
      for a in 0..<inputs {
        for c in 0..<outputs {
          products[(a &* outputs &+ c) &* T.Lanes.width &+ index] =
            product[unchecked: a][unchecked: c]
        }
      }
    }
  }
}

/// The taps of one edge in registers.
struct EdgeTaps<T: CompiledScalar> {
  private var values: InlineArray<8, T.Lanes>
  private var slopes: InlineArray<8, T.Lanes>

  /// Reads the taps of a slot.
  @inline(__always)
  init(_ edges: EdgeArrays<T>, _ slot: Int) {
    values = InlineArray(repeating: .zero)
    slopes = InlineArray(repeating: .zero)
    for tap in 0..<8 {
      let place = tap &* edges.stride &+ slot
      values[unchecked: tap] = T.Lanes(repeating: edges.taps[place])
      slopes[unchecked: tap] = T.Lanes(repeating: edges.tapSlopes[place])
    }
  }

  /// The radial functions of one lane of channels and their derivatives with respect to the distance.
  @inline(__always)
  func weights(_ table: UnsafePointer<T.Lanes>) -> (value: T.Lanes, slope: T.Lanes) {
    var value = T.Lanes.zero
    var slope = T.Lanes.zero
    for tap in 0..<8 {
      let row = table[tap]
      value = T.Lanes.multiplyAdd(value, values[unchecked: tap], row)
      slope = T.Lanes.multiplyAdd(slope, slopes[unchecked: tap], row)
    }
    return (value, slope)
  }
}

/// The kernels of paths whose couplings are δ_ac.
struct DiagonalRouteKernel<T: CompiledScalar, let components: Int> {
  /// Adds the messages of consecutive edges of one centre; as `RouteKernel.accumulate`.
  static func accumulate(
    _ route: Route, _ slots: Range<Int>, _ edges: EdgeArrays<T>,
    senders: UnsafePointer<T.Lanes>, senderLanes: Int, into message: UnsafeMutablePointer<T.Lanes>
  ) {
    forEachTile(of: route.lanes) { block, isPair in
      if isPair {
        DiagonalMessageTile<T, components, 2>.accumulate(
          route, block, slots, edges, senders: senders, senderLanes: senderLanes, into: message)
      } else {
        DiagonalMessageTile<T, components, 1>.accumulate(
          route, block, slots, edges, senders: senders, senderLanes: senderLanes, into: message)
      }
    }
  }

  /// Adds the gradients of the messages of a few edges; as `RouteKernel.accumulateGradient`, without
  /// couplings.
  static func accumulateGradient(
    _ route: Route, _ slots: Range<Int>, _ edges: EdgeArrays<T>,
    _ messageGradients: UnsafePointer<UnsafePointer<T.Lanes>>,
    senders: UnsafePointer<T.Lanes>, senderLanes: Int,
    into senderGradients: UnsafeMutablePointer<T.Lanes>?,
    radial: UnsafeMutablePointer<T.Lanes>
  ) {
    let lanes = route.lanes
    for slot in slots {
      let index = slot &- slots.lowerBound
      let rows = edges.tableRows[slot]
      let table = edges.tables[slot] + route.tableOffset &* rows
      let first = Int(edges.neighbors[slot]) &* senderLanes &+ route.inputOffset
      let gradient = messageGradients[index] + route.outputOffset
      var radialSum = radial[index]
      let taps = EdgeTaps(edges, slot)
      for block in 0..<lanes {
        let (weight, slope) = taps.weights(table + block &* rows)
        var weightGradient = T.Lanes.zero
        for c in 0..<components {
          let incoming = gradient[c &* lanes &+ block]
          let place = first &+ c &* lanes &+ block
          weightGradient = T.Lanes.multiplyAdd(weightGradient, senders[place], incoming)
          if let senderGradients {
            senderGradients[place] = T.Lanes.multiplyAdd(senderGradients[place], weight, incoming)
          }
        }
        radialSum = T.Lanes.multiplyAdd(radialSum, slope, weightGradient)
      }
      radial[index] = radialSum
    }
  }
}
