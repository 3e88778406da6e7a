internal import HoneNumerics

/// The kernels of a factorised first layer: sums of few functions of the distance times harmonics.
///
/// Where senders carry nothing but their species, `P[lm, k] = Σ_e g_k(r_e) Y_lm(e)` over the
/// neighbours of one species is all that a centre needs to know of them.
struct PowerKernel<T: CompiledScalar, let harmonics: Int> {
  /// Adds consecutive edges of one centre.
  ///
  /// - Parameters:
  ///   - lanes: The lanes that hold the functions g.
  ///   - edges: `couplings` holds the harmonics.
  ///   - sums: P, `[harmonics][lanes]`.
  static func accumulate(
    _ slots: Range<Int>, lanes: Int, _ edges: EdgeArrays<T>,
    into sums: UnsafeMutablePointer<T.Lanes>
  ) {
    let stride = edges.stride
    for block in 0..<lanes {
      var total = InlineArray<harmonics, T.Lanes>(repeating: .zero)
      for n in 0..<harmonics { total[unchecked: n] = sums[n &* lanes &+ block] }
      for slot in slots {
        let table = edges.tables[slot] + block &* edges.tableRows[slot]
        var value = T.Lanes.zero
        for tap in 0..<SplineTaps<T.Lanes>.taps {
          value = T.Lanes.multiplyAdd(
            value, T.Lanes(repeating: edges.taps[tap &* stride &+ slot]), table[tap])
        }
        for n in 0..<harmonics {
          total[unchecked: n] = T.Lanes.multiplyAdd(
            total[unchecked: n], T.Lanes(repeating: edges.couplings[n &* stride &+ slot]), value)
        }
      }
      for n in 0..<harmonics { sums[n &* lanes &+ block] = total[unchecked: n] }
    }
  }

  /// Gradients of a few edges.
  ///
  /// Adjoint of `accumulate` with respect to harmonics and distance.
  ///
  /// - Parameters:
  ///   - slots: At most as many edges as a row has lanes.
  ///   - gradients: Per edge of the run, ∂E/∂P of its centre.
  ///   - radial: Per edge of the run a row whose lanes sum to ∂E/∂r, added to.
  ///   - products: `[harmonics][lanes of a row]`: per harmonic and edge a row whose lanes sum to ∂E/∂Y,
  ///     overwritten.
  static func accumulateGradient(
    _ slots: Range<Int>, lanes: Int, _ edges: EdgeArrays<T>,
    _ gradients: UnsafePointer<UnsafePointer<T.Lanes>>,
    radial: UnsafeMutablePointer<T.Lanes>, products: UnsafeMutablePointer<T.Lanes>
  ) {
    let stride = edges.stride
    for slot in slots {
      let index = slot &- slots.lowerBound
      let gradient = gradients[index]
      let rows = edges.tableRows[slot]
      let table = edges.tables[slot]
      var product = InlineArray<harmonics, T.Lanes>(repeating: .zero)
      var radialSum = radial[index]
      let taps = EdgeTaps(edges, slot)
      for block in 0..<lanes {
        let (value, slope) = taps.weights(table + block &* rows)
        var sum = T.Lanes.zero
        for n in 0..<harmonics {
          let incoming = gradient[n &* lanes &+ block]
          sum = T.Lanes.multiplyAdd(
            sum, T.Lanes(repeating: edges.couplings[n &* stride &+ slot]), incoming)
          product[unchecked: n] = T.Lanes.multiplyAdd(product[unchecked: n], value, incoming)
        }
        radialSum = T.Lanes.multiplyAdd(radialSum, slope, sum)
      }
      radial[index] = radialSum
      for n in 0..<harmonics {
        products[n &* T.Lanes.width &+ index] = product[unchecked: n]
      }
    }
  }
}
