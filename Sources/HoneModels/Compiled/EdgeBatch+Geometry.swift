internal import HoneNumerics
internal import HoneO3

/// A sparse bilinear rule: `out[o] += c · in[i]`, sorted by `o`.
struct SparseTerm<T: CompiledScalar>: Sendable {
  let output: Int
  let input: Int
  let coefficient: T
}

/// The harmonics of a row of edges at a time.
///
/// The same recurrence as `EdgeHarmonics`, with edges in the lanes.
struct BatchHarmonics<T: CompiledScalar>: Sendable {
  /// The number of harmonics, all degrees up to the highest.
  let count: Int
  /// Whether harmonics are taken of the direction, else of the vector itself.
  let normalizes: Bool

  private struct Term: Sendable {
    let output: Int
    let axis: Int
    let source: Int
    let coefficient: T
  }

  private let first: T
  private let terms: [Term]

  init(lMax: Int, normalizes: Bool) {
    count = (lMax + 1) * (lMax + 1)
    self.normalizes = normalizes
    let recurrence = HarmonicRecurrence(lMax: lMax, normalization: .component)
    first = T(recurrence.y1)
    terms = recurrence.entries.map {
      Term(output: $0.out, axis: $0.axis, source: $0.source, coefficient: T($0.coefficient))
    }
  }

  /// Fills `batch.harmonics` from its directions.
  func evaluate(_ batch: EdgeBatch<T>) {
    let groups = EdgeBatch<T>.groups
    let used = batch.usedGroups
    let u = batch.directions.base
    let y = batch.harmonics.base
    for group in 0..<used { y[group] = T.Lanes(repeating: T(1)) }
    guard count > 1 else { return }
    let scale = T.Lanes(repeating: first)
    for axis in 0..<3 {
      for group in 0..<used { y[(1 + axis) * groups + group] = scale * u[axis * groups + group] }
    }
    var fresh = 3
    for term in terms {
      let factor = T.Lanes(repeating: term.coefficient)
      let target = y + term.output * groups
      let source = y + term.source * groups
      let axis = u + term.axis * groups
      if term.output > fresh {
        fresh = term.output
        for group in 0..<used { target[group] = factor * axis[group] * source[group] }
      } else {
        for group in 0..<used {
          target[group] = T.Lanes.multiplyAdd(target[group], factor * axis[group], source[group])
        }
      }
    }
  }

  /// Turns `batch.harmonicGradients`, which it destroys, and `batch.radialGradients` into
  /// `batch.vectorGradients`.
  ///
  /// ∂/∂v of f(v/r) is (g − u (u·g)) / r; the radial part points along u. Where harmonics are not
  /// normalised, u is the vector itself.
  func vectorGradients(_ batch: EdgeBatch<T>) {
    let groups = EdgeBatch<T>.groups
    let used = batch.usedGroups
    let u = batch.directions.base
    let y = batch.harmonics.base
    let dy = batch.harmonicGradients.base
    let result = batch.vectorGradients.base
    for index in 0..<3 * groups { result[index] = .zero }
    if count > 1 {
      for term in terms.reversed() {
        let factor = T.Lanes(repeating: term.coefficient)
        for group in 0..<used {
          let weighted = dy[term.output * groups + group] * factor
          let axis = term.axis * groups + group
          let source = term.source * groups + group
          result[axis] = T.Lanes.multiplyAdd(result[axis], weighted, y[source])
          dy[source] = T.Lanes.multiplyAdd(dy[source], weighted, u[axis])
        }
      }
      let scale = T.Lanes(repeating: first)
      for axis in 0..<3 {
        for group in 0..<used {
          let index = axis * groups + group
          result[index] = T.Lanes.multiplyAdd(result[index], scale, dy[(1 + axis) * groups + group])
        }
      }
    }
    for group in 0..<used {
      let radial = batch.radialGradients[group]
      let inverse = batch.inverseDistances[group]
      let (x, y, z) = (u[group], u[groups + group], u[2 * groups + group])
      let (gx, gy, gz) = (result[group], result[groups + group], result[2 * groups + group])
      if normalizes {
        let along = T.Lanes.multiplyAdd(T.Lanes.multiplyAdd(x * gx, y, gy), z, gz)
        let rest = radial - along * inverse
        result[group] = T.Lanes.multiplyAdd(gx * inverse, x, rest)
        result[groups + group] = T.Lanes.multiplyAdd(gy * inverse, y, rest)
        result[2 * groups + group] = T.Lanes.multiplyAdd(gz * inverse, z, rest)
      } else {
        let scaled = radial * inverse
        result[group] = T.Lanes.multiplyAdd(gx, x, scaled)
        result[groups + group] = T.Lanes.multiplyAdd(gy, y, scaled)
        result[2 * groups + group] = T.Lanes.multiplyAdd(gz, z, scaled)
      }
    }
  }
}

extension EdgeBatch {
  /// Fills the couplings `K[o] = Σ c Y[i]`; terms are sorted by output.
  func couple(_ terms: [SparseTerm<T>]) {
    let groups = Self.groups
    let used = usedGroups
    var fresh = -1
    for term in terms {
      let factor = T.Lanes(repeating: term.coefficient)
      let target = couplings.base + term.output * groups
      let source = harmonics.base + term.input * groups
      if term.output > fresh {
        fresh = term.output
        for group in 0..<used { target[group] = factor * source[group] }
      } else {
        for group in 0..<used {
          target[group] = T.Lanes.multiplyAdd(target[group], factor, source[group])
        }
      }
    }
  }

  /// Adds the gradient with respect to the harmonics, from that with respect to the couplings.
  ///
  /// Adjoint of `couple`.
  func coupleGradient(_ terms: [SparseTerm<T>]) {
    let groups = Self.groups
    let used = usedGroups
    for term in terms {
      let factor = T.Lanes(repeating: term.coefficient)
      let target = harmonicGradients.base + term.input * groups
      let source = couplingGradients.base + term.output * groups
      for group in 0..<used {
        target[group] = T.Lanes.multiplyAdd(target[group], factor, source[group])
      }
    }
  }
}
