public import HoneNumerics

/// How the influence of a neighbour fades towards the cutoff.
public enum RadialCutoff: Sendable, Equatable {
  /// `1 − (p+1)(p+2)/2 uᵖ + p(p+2) uᵖ⁺¹ − p(p+1)/2 uᵖ⁺²`, u = r / cutoff.
  /// - SeeAlso: Gasteiger et al., ICLR 2020, arXiv:2003.03123, eq. (8).
  case polynomial(p: Int)
  /// One up to `onset`, then a polynomial in r² that ends at the cutoff.
  case xplor(onset: Double)

  /// The same function for a cutoff that is so many times as large.
  @inlinable
  public func scaled(by ratio: Double) -> RadialCutoff {
    switch self {
    case .polynomial: self
    case .xplor(let onset): .xplor(onset: onset * ratio)
    }
  }

  /// The factor at a distance below the cutoff.
  @inlinable
  public func value<T: HoneScalar>(_ r: T, cutoff: Double) -> T {
    guard r.value < cutoff else { return .zero }
    switch self {
    case .polynomial(let p):
      return polynomialEnvelope(r * T(1 / cutoff), p: p)
    case .xplor(let onset):
      guard r.value >= onset else { return T(1) }
      let outer = cutoff * cutoff
      let inner = onset * onset
      let r2 = r * r
      let gap = T(outer) - r2
      let scale = (outer - inner) * (outer - inner) * (outer - inner)
      return gap * gap * (T(outer - 3 * inner) + T(2) * r2) * T(1 / scale)
    }
  }
}

/// The polynomial envelope at u = r / cutoff, zero from u = 1 on.
@inlinable
func polynomialEnvelope<T: HoneScalar>(_ u: T, p: Int) -> T {
  guard u.value < 1 else { return .zero }
  let q = Double(p)
  let inner =
    T((q + 1) * (q + 2) / 2) - u * (T(q * (q + 2)) - u * T(q * (q + 1) / 2))
  return T(1) - T.power(u, p) * inner
}

/// A change of the distance scale before the basis functions, by the two atoms' covalent radii.
public enum DistanceTransform: Sendable, Equatable {
  /// `1 / (1 + a x^q / (1 + x^(q−p)))`, x = r / r₀, r₀ the mean covalent radius.
  /// - SeeAlso: Witt et al., J. Chem. Phys. 159, 164101 (2023), doi:10.1063/5.0158783.
  case agnesi(q: Double, p: Double, a: Double)
  /// `p₀ + (r − p₀) (1 + tanh(α (r − m))) / 2` between p₀ = ¾ r₀ and p₁ = 4⁄3 r₀, r₀ the sum of
  /// the covalent radii, m their middle, α in units of 1 / (p₁ − p₀).
  case soft(alpha: Double)

  /// The transformed distance of a pair of atoms.
  ///
  /// - Parameters:
  ///   - r: Distance in Å.
  ///   - radiusSum: The sum of the two covalent radii in Å.
  @inlinable
  public func value<T: HoneScalar>(_ r: T, radiusSum: Double) -> T {
    switch self {
    case .agnesi(let q, let p, let a):
      let x = r * T(2 / radiusSum)
      return T(1) / (T(1) + T(a) * T.power(x, q) / (T(1) + T.power(x, q - p)))
    case .soft(let alpha):
      let low = 0.75 * radiusSum
      let high = 4.0 / 3.0 * radiusSum
      let slope = T(alpha / (high - low))
      let switching = T(0.5) * (T(1) + T.tanh(slope * (r - T(0.5 * (low + high)))))
      return T(low) + (r - T(low)) * switching
    }
  }
}

/// The functions of distance that enter a radial network.
public struct RadialBasis<T: HoneScalar>: Sendable {
  /// The kinds of basis functions.
  public enum Kind: Sendable, Equatable {
    /// `factor · sin(kₙ r) / r`.
    /// - SeeAlso: Gasteiger et al., ICLR 2020, arXiv:2003.03123, eq. (7).
    case bessel(frequencies: [Double], factor: Double)
    /// `exp(coefficient · (r − centerₙ)²)`.
    case gaussian(centers: [Double], coefficient: Double)
    /// Chebyshev polynomials of the first kind, `Tₙ(r)`, n = 1 … count.
    case chebyshev(count: Int)
  }

  /// The kind of functions.
  public let kind: Kind
  /// The radius beyond which there is nothing, in Å.
  public let cutoffRadius: Double
  /// How the functions fade.
  public let cutoff: RadialCutoff
  /// The change of the distance scale, if any.
  public let transform: DistanceTransform?
  /// Whether the basis is multiplied by the cutoff; else the network's result is.
  public let appliesCutoff: Bool
  /// What the network's result is multiplied by beside that, if the radius was refined.
  public let taper: RadialTaper?

  /// Frequencies or centres.
  private let constants: WeightRow<T>

  /// Makes the basis.
  ///
  /// - Parameters:
  ///   - taper: What multiplies the network's result, if anything.
  ///   - constants: Where frequencies or centres come from, if they may be trained.
  ///   - ledger: Who is told so.
  /// - Throws: `.outOfMemory`.
  init(
    kind: Kind, cutoffRadius: Double, cutoff: RadialCutoff, transform: DistanceTransform?,
    appliesCutoff: Bool, taper: RadialTaper? = nil, constants: RowEntries? = nil,
    ledger: WeightLedger<T>? = nil
  ) throws(HoneError) {
    self.kind = kind
    self.cutoffRadius = cutoffRadius
    self.cutoff = cutoff
    self.transform = transform
    self.appliesCutoff = appliesCutoff
    self.taper = taper
    let values: [Double] =
      switch kind {
      case .bessel(let frequencies, _): frequencies
      case .gaussian(let centers, _): centers
      case .chebyshev: []
      }
    self.constants = try WeightRow(constants ?? RowEntries(constants: values), ledger: ledger)
  }

  /// Whether the network's result is multiplied by the factor that `evaluate` gives.
  var scalesWeights: Bool { !appliesCutoff || taper != nil }

  /// Where all functions and the factor are zero, in Å.
  var reach: Double { min(cutoffRadius, taper?.end ?? cutoffRadius) }

  /// The number of functions.
  public var count: Int {
    switch kind {
    case .bessel(let frequencies, _): frequencies.count
    case .gaussian(let centers, _): centers.count
    case .chebyshev(let count): count
    }
  }

  /// The lanes of one row.
  public var lanes: Int { T.Lanes.blocks(for: count) }

  /// Whether the derivative with respect to frequencies or centres is wanted.
  func trainsConstants(_ gradients: WeightGradients<T>) -> Bool {
    constants.gradient(in: gradients) != nil
  }

  /// Values and derivatives with respect to the distance, for one edge.
  ///
  /// The derivative is what the same formulas give on dual numbers with the distance's tangent
  /// set to one.
  ///
  /// - Parameters:
  ///   - distance: r in Å, positive.
  ///   - radiusSum: The sum of the atoms' covalent radii in Å, for the transform.
  ///   - cutoff: Where the cutoff function ends, in Å; nil for `cutoffRadius`.
  ///   - values: One row of `lanes` lanes.
  ///   - slopes: One row of `lanes` lanes, in 1/Å.
  /// - Returns: What the network's result is multiplied by, and its derivative.
  public func evaluate(
    distance: T, radiusSum: Double, cutoff: Double? = nil, values: View<T.Lanes>,
    slopes: View<T.Lanes>
  ) -> (factor: T, slope: T) {
    let factor = functions(
      at: Dual(distance, tangent: T(1)), radiusSum: radiusSum, cutoff: cutoff,
      constant: { DualLanes(constants[$0], tangent: .zero) }
    ) { block, value in
      values[block] = value.primal
      slopes[block] = value.tangent
    }
    return (factor.primal, factor.tangent)
  }

  /// Values alone.
  ///
  /// - Returns: What the network's result is multiplied by.
  func evaluate(
    distance: T, radiusSum: Double, cutoff: Double? = nil, values: View<T.Lanes>
  ) -> T {
    functions(
      at: distance, radiusSum: radiusSum, cutoff: cutoff, constant: { constants[$0] }
    ) { block, value in
      values[block] = value
    }
  }

  /// Adds the gradient with respect to frequencies or centres, for one edge.
  ///
  /// Each function depends on a constant of its own, so its derivative is what the same formulas give
  /// on dual numbers with all constants' tangents set to one.
  ///
  /// - Parameter gradient: ∂E/∂(basis functions), one row.
  func accumulateWeightGradient(
    _ gradient: View<T.Lanes>, distance: T, radiusSum: Double, cutoff: Double? = nil,
    into gradients: WeightGradients<T>
  ) {
    guard let target = constants.gradient(in: gradients) else { return }
    _ = functions(
      at: Dual(distance, tangent: .zero), radiusSum: radiusSum, cutoff: cutoff,
      constant: { DualLanes(constants[$0], tangent: T.Lanes(repeating: T(1))) }
    ) { block, value in
      target[block] = T.Lanes.accumulateWeight(target[block], value.tangent, gradient[block])
    }
  }

  /// The functions over any scalar, lane by lane.
  ///
  /// - Parameters:
  ///   - constant: Frequencies or centres of a lane.
  ///   - store: Takes the functions of a lane, zero in padding channels.
  /// - Returns: What the network's result is multiplied by.
  @inline(__always)
  private func functions<S: HoneScalar>(
    at r: S, radiusSum: Double, cutoff: Double?, constant: (Int) -> S.Lanes,
    store: (Int, S.Lanes) -> Void
  ) -> S {
    let envelope =
      cutoff.map { self.cutoff.scaled(by: $0 / cutoffRadius).value(r, cutoff: $0) }
      ?? self.cutoff.value(r, cutoff: cutoffRadius)
    let x = transform?.value(r, radiusSum: radiusSum) ?? r
    let factor = appliesCutoff ? envelope : S(1)
    switch kind {
    case .bessel(_, let scale):
      let distance = S.Lanes(repeating: x)
      let prefactor = S.Lanes(repeating: S(scale) * factor / x)
      for block in 0..<constants.lanes {
        store(block, S.Lanes.sineCosine(constant(block) * distance).sine * prefactor)
      }
    case .gaussian(let centers, let coefficient):
      let distance = S.Lanes(repeating: x)
      let exponent = S.Lanes(repeating: S(coefficient))
      let prefactor = S.Lanes(repeating: factor)
      for block in 0..<constants.lanes {
        let difference = distance - constant(block)
        var value = S.Lanes.exp(exponent * difference * difference) * prefactor
        // A Gaussian of a padding channel is not zero by itself.
        for lane in 0..<S.Lanes.width where block * S.Lanes.width + lane >= centers.count {
          value[lane] = .zero
        }
        store(block, value)
      }
    case .chebyshev(let count):
      var previous = S(1)
      var current = x
      for block in 0..<lanes {
        var value = S.Lanes.zero
        for lane in 0..<min(S.Lanes.width, count - block * S.Lanes.width) {
          value[lane] = current * factor
          (previous, current) = (current, S(2) * x * current - previous)
        }
        store(block, value)
      }
    }
    let outer = appliesCutoff ? S(1) : envelope
    guard let taper else { return outer }
    return outer * taper.value(r)
  }
}
