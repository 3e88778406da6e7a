internal import CHoneShims
internal import HoneNumerics

/// Cuts lanes of channels into pairs, where the registers hold the sums of two, and single ones.
///
/// Two lanes share what is read of an edge, its taps and couplings; reading is what these kernels spend
/// most of their time with.
@inline(__always)
func forEachTile(of lanes: Int, _ body: (_ block: Int, _ isPair: Bool) -> Void) {
  let paired = honeshim_has_wide_registers() != 0 ? lanes & ~1 : 0
  for pair in 0..<paired / 2 { body(2 &* pair, true) }
  for block in paired..<lanes { body(block, false) }
}

/// The messages of a path in some lanes of channels, sums in registers.
struct MessageTile<T: CompiledScalar, let inputs: Int, let outputs: Int, let width: Int> {
  /// Adds the messages of consecutive edges of one centre; see `RouteKernel.accumulate`.
  ///
  /// - Parameter block: The first lane.
  @inline(__always)
  static func accumulate(
    _ route: Route, _ block: Int, _ slots: Range<Int>, _ edges: EdgeArrays<T>,
    senders: UnsafePointer<T.Lanes>, senderLanes: Int, into message: UnsafeMutablePointer<T.Lanes>
  ) {
    let lanes = route.lanes
    let stride = edges.stride
    let couplings = edges.couplings + route.couplingOffset &* stride
    let target = message + (route.outputOffset &+ block)
    var sums = InlineArray<width, InlineArray<outputs, T.Lanes>>(
      repeating: InlineArray(repeating: .zero))
    for lane in 0..<width {
      for c in 0..<outputs { sums[unchecked: lane][unchecked: c] = target[c &* lanes &+ lane] }
    }
    for slot in slots {
      let weights = edges.weights(
        slot, route.tableOffset &+ block, InlineArray<width, T.Lanes>.self)
      let feature =
        senders + (Int(edges.neighbors[slot]) &* senderLanes &+ route.inputOffset &+ block)
      for a in 0..<inputs {
        var weighted = InlineArray<width, T.Lanes>(repeating: .zero)
        for lane in 0..<width {
          weighted[unchecked: lane] = weights[unchecked: lane] * feature[a &* lanes &+ lane]
        }
        for c in 0..<outputs {
          let coupling = T.Lanes(repeating: couplings[(a &* outputs &+ c) &* stride &+ slot])
          for lane in 0..<width {
            sums[unchecked: lane][unchecked: c] = T.Lanes.multiplyAdd(
              sums[unchecked: lane][unchecked: c], coupling, weighted[unchecked: lane])
          }
        }
      }
    }
    for lane in 0..<width {
      for c in 0..<outputs { target[c &* lanes &+ lane] = sums[unchecked: lane][unchecked: c] }
    }
  }
}

/// As `MessageTile`, for a path whose couplings are δ_ac.
struct DiagonalMessageTile<T: CompiledScalar, let components: Int, let width: Int> {
  /// Adds the messages of consecutive edges of one centre; see `DiagonalRouteKernel.accumulate`.
  @inline(__always)
  static func accumulate(
    _ route: Route, _ block: Int, _ slots: Range<Int>, _ edges: EdgeArrays<T>,
    senders: UnsafePointer<T.Lanes>, senderLanes: Int, into message: UnsafeMutablePointer<T.Lanes>
  ) {
    let lanes = route.lanes
    let target = message + (route.outputOffset &+ block)
    var sums = InlineArray<width, InlineArray<components, T.Lanes>>(
      repeating: InlineArray(repeating: .zero))
    for lane in 0..<width {
      for c in 0..<components { sums[unchecked: lane][unchecked: c] = target[c &* lanes &+ lane] }
    }
    for slot in slots {
      let weights = edges.weights(
        slot, route.tableOffset &+ block, InlineArray<width, T.Lanes>.self)
      let feature =
        senders + (Int(edges.neighbors[slot]) &* senderLanes &+ route.inputOffset &+ block)
      for lane in 0..<width {
        for c in 0..<components {
          sums[unchecked: lane][unchecked: c] = T.Lanes.multiplyAdd(
            sums[unchecked: lane][unchecked: c], weights[unchecked: lane],
            feature[c &* lanes &+ lane])
        }
      }
    }
    for lane in 0..<width {
      for c in 0..<components { target[c &* lanes &+ lane] = sums[unchecked: lane][unchecked: c] }
    }
  }
}

extension EdgeArrays {
  /// The radial functions of an edge from lane `first` of its table on.
  @inline(__always)
  func weights<let width: Int>(_ slot: Int, _ first: Int, _: InlineArray<width, T.Lanes>.Type)
    -> InlineArray<width, T.Lanes>
  {
    let rows = tableRows[slot]
    let table = tables[slot] + first &* rows
    var sums = InlineArray<width, T.Lanes>(repeating: .zero)
    for tap in 0..<SplineTaps<T.Lanes>.taps {
      let value = T.Lanes(repeating: taps[tap &* stride &+ slot])
      for lane in 0..<width {
        sums[unchecked: lane] = T.Lanes.multiplyAdd(
          sums[unchecked: lane], value, table[lane &* rows &+ tap])
      }
    }
    return sums
  }
}
