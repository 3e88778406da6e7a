internal import HoneNumerics

/// The screened repulsion of two nuclei at short range.
///
/// `V(r) = 14.3996 Z_i Z_j / r · φ(r / a) · f_c(r)`, each pair once, half to either atom.
/// - SeeAlso: Ziegler, Biersack and Littmark, The Stopping and Range of Ions in Matter, 1985.
struct ZBLRepulsion: Sendable {
  /// Atomic numbers by species.
  let numbers: [Double]
  /// Covalent radii by species in Å; a pair's repulsion ends at the sum of its two.
  let radii: [Double]
  /// The power of the polynomial cutoff.
  let p: Int
  /// Weights of the four exponentials.
  let weights: [Double]
  /// The screening length is `prefactor · 0.529 Å / (Z_i^exponent + Z_j^exponent)`.
  let exponent: Double
  let prefactor: Double
  /// Whether the model's scale multiplies the repulsion too.
  let isScaled: Bool
  /// What multiplies it beside its own cutoff, where the list of neighbours was made shorter.
  var taper: RadialTaper?

  private static let decays = [3.2, 0.9423, 0.4028, 0.2016]

  /// Half the energy of a pair, in eV.
  private func halfEnergy<U: HoneScalar>(_ r: U, _ i: Int, _ j: Int) -> U {
    let reach = radii[i] + radii[j]
    guard r.value < reach else { return .zero }
    let screening = prefactor * 0.529 / (power(numbers[i]) + power(numbers[j]))
    var screened = U.zero
    for (weight, decay) in zip(weights, Self.decays) {
      screened += U(weight) * U.exp(r * U(-decay / screening))
    }
    let coulomb = U(0.5 * 14.3996 * numbers[i] * numbers[j]) / r
    let energy = coulomb * screened * polynomialEnvelope(r * U(1 / reach), p: p)
    guard let taper else { return energy }
    return energy * taper.value(r)
  }

  /// Half the energy of a pair in eV, and its derivative with respect to the distance, over the
  /// distance; `nil` beyond its reach.
  func halfEnergy<T: HoneScalar>(_ vector: Vector3<T>, _ i: Int, _ j: Int) -> (
    energy: T, slope: T
  )? {
    let reach = radii[i] + radii[j]
    let square = vector.dot(vector)
    guard square.value < reach * reach else { return nil }
    let r = T.squareRoot(square)
    let energy = halfEnergy(Dual(r, tangent: T(1)), i, j)
    return (energy.primal, energy.tangent / r)
  }

  private func power(_ x: Double) -> Double { Double.power(x, exponent) }

  /// Adds each centre's half of the repulsion with its neighbours.
  ///
  /// - Parameter scales: What multiplies it, if it is scaled; `nil` for one.
  func accumulate<T: HoneScalar>(
    _ graph: EdgeGraph<T>, scales: WeightRow<T>?, into energies: Buffer<T>
  ) {
    forEachEdge(graph, scales) { center, _, r, _, i, j, scale in
      energies[center] = energies[center] + halfEnergy(r, i, j) * scale
    }
  }

  /// Adds ∂E/∂(r_j − r_i) of each edge.
  ///
  /// The pair energy of an edge belongs to its centre, so it has no moment about it.
  func accumulateGradient<T: HoneScalar>(
    _ graph: EdgeGraph<T>, scales: WeightRow<T>, into gradients: Buffer<T>
  ) {
    forEachEdge(graph, scales) { _, edge, r, vector, i, j, scale in
      let slope = halfEnergy(Dual(r, tangent: T(1)), i, j).tangent * scale / r
      gradients[vector: edge] = gradients[vector: edge] + vector * slope
    }
  }

  private func forEachEdge<T: HoneScalar>(
    _ graph: EdgeGraph<T>, _ scales: WeightRow<T>?,
    _ body: (
      _ center: Int, _ edge: Int, _ r: T, _ vector: Vector3<T>, _ i: Int, _ j: Int,
      _ scale: T
    ) -> Void
  ) {
    for center in 0..<graph.localCount {
      let i = Int(graph.species[center])
      for edge in graph.edgeStarts[center]..<graph.edgeStarts[center + 1] {
        let j = Int(graph.species[Int(graph.neighbors[edge])])
        let vector = graph.vectors[vector: edge]
        let r = T.squareRoot(vector.dot(vector))
        guard r.value < radii[i] + radii[j] else { continue }
        body(center, edge, r, vector, i, j, isScaled ? scales?.channel(i) ?? T(1) : T(1))
      }
    }
  }
}
