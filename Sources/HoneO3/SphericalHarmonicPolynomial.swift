/// How spherical harmonics are scaled, in e3nn's words.
public enum SphericalHarmonicNormalization: Sendable, Hashable {
  /// Σₘ Y² = 2l + 1 on the unit sphere: components of unit mean square.
  case component
  /// Σₘ Y² = 1 on the unit sphere.
  case norm
  /// ∫ Y² = 1 over the unit sphere.
  case integral

  /// The factor from `component` to this normalization, for degree `l`.
  public func factor(_ l: Int) -> Double {
    switch self {
    case .component: 1
    case .norm: 1 / Double(2 * l + 1).squareRoot()
    case .integral: 1 / (4 * Double.pi).squareRoot()
    }
  }
}

/// A real spherical harmonic as a homogeneous polynomial of degree `l` in x, y, z.
///
/// On the unit sphere it is the harmonic; elsewhere r^l times the harmonic of the direction. The
/// convention is e3nn's: polar axis y, no Condon–Shortley sign, so that degree one is (x, y, z).
public struct SphericalHarmonicPolynomial: Sendable, Hashable {
  /// A coefficient and the powers of x, y and z, which add up to the degree.
  public struct Term: Sendable, Hashable {
    /// The factor.
    public let coefficient: Double
    /// The power of x.
    public let x: Int
    /// The power of y.
    public let y: Int
    /// The power of z.
    public let z: Int
  }

  /// The highest degree for which polynomials are made.
  public static let highestDegree = 12

  /// The degree.
  public let l: Int
  /// The order, −l … l.
  public let m: Int
  /// The terms, by falling power of x and then of y; none has a zero coefficient.
  public let terms: [Term]

  /// Makes the polynomial from integer coefficients that are exact and one square root.
  ///
  /// With s = z + i x the harmonic is proportional to Re sᵐ (m ≥ 0) or Im s^|m| (m < 0), times
  /// Σₖ (−1)ᵏ C(l,k) C(2l−2k,l) (l−2k)!/(l−2k−|m|)! (x²+y²+z²)ᵏ y^(l−2k−|m|) / 2ˡ.
  ///
  /// - Parameters:
  ///   - l: The degree, `0 … highestDegree`.
  ///   - m: The order, `−l … l`.
  ///   - normalization: The scale.
  public init(l: Int, m: Int, normalization: SphericalHarmonicNormalization = .component) {
    precondition((0...Self.highestDegree).contains(l), "harmonics are made for degrees 0 to 12")
    precondition(abs(m) <= l, "the order of a harmonic is between -l and l")
    self.l = l
    self.m = m
    let order = abs(m)

    // Indexed [power of x][power of y]; the power of z is what is left.
    var table = [Int128](repeating: 0, count: (l + 1) * (l + 1))
    for k in 0...((l - order) / 2) {
      var legendre = Int128(binomial(l, k) * binomial(2 * l - 2 * k, l))
      for factor in 0..<order { legendre *= Int128(l - 2 * k - factor) }
      if k % 2 == 1 { legendre = -legendre }
      for a in 0...k {
        for b in 0...(k - a) {
          let radial = Int128(binomial(k, a) * binomial(k - a, b))
          // sᵐ = Σⱼ C(m,j) iʲ xʲ z^(m−j); even j are real, odd j imaginary.
          for j in stride(from: m < 0 ? 1 : 0, through: order, by: 2) {
            let azimuthal = Int128(binomial(order, j)) * (j / 2 % 2 == 0 ? 1 : -1)
            let (x, y) = (2 * a + j, 2 * b + l - 2 * k - order)
            table[x * (l + 1) + y] += legendre * radial * azimuthal
          }
        }
      }
    }

    // (2l + 1) (l − m)! / (l + m)! · (2 where m ≠ 0) / 4ˡ
    var square = Double(2 * l + 1) * (order == 0 ? 1 : 2)
    for factor in (l - order + 1)..<(l + order + 1) { square /= Double(factor) }
    let scale = square.squareRoot() * normalization.factor(l) / Double(1 << l)
    var terms: [Term] = []
    for x in (0...l).reversed() {
      for y in (0...(l - x)).reversed() where table[x * (l + 1) + y] != 0 {
        let coefficient = scale * Double(table[x * (l + 1) + y])
        terms.append(Term(coefficient: coefficient, x: x, y: y, z: l - x - y))
      }
    }
    self.terms = terms
  }

  /// The polynomials of all degrees up to `lMax`, in the order l² + l + m.
  public static func all(
    lMax: Int, normalization: SphericalHarmonicNormalization = .component
  ) -> [SphericalHarmonicPolynomial] {
    precondition(lMax >= 0, "the highest degree is not negative")
    return (0...lMax).flatMap { l in
      (-l...l).map { Self(l: l, m: $0, normalization: normalization) }
    }
  }

  /// The value of the polynomial, term by term: the plainest of the evaluations.
  public func value(x: Double, y: Double, z: Double) -> Double {
    terms.reduce(0) { sum, term in
      var product = term.coefficient
      for _ in 0..<term.x { product *= x }
      for _ in 0..<term.y { product *= y }
      for _ in 0..<term.z { product *= z }
      return sum + product
    }
  }
}
