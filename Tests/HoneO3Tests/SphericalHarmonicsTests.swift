import HoneO3
import Testing

@Suite("Spherical harmonics")
struct SphericalHarmonicsTests {
  @Test("values are those of e3nn in all normalizations")
  func golden() throws {
    let names: [(String, SphericalHarmonicNormalization)] = [
      ("component", .component), ("norm", .norm), ("integral", .integral),
    ]
    for version in ["0.4", "0.6"] {
      let golden = try Golden.load(version).harmonics
      for (name, normalization) in names {
        let harmonics = SphericalHarmonics(lMax: golden.lMax, normalization: normalization)
        let expected = try #require(golden.values[name])
        for (vector, row) in zip(golden.vectors, expected) {
          var (values, gradients) = ([Double](), [Double]())
          harmonics.evaluateDirection(
            x: vector[0], y: vector[1], z: vector[2], into: &values, gradients: &gradients)
          #expect(worstDifference(values, row) < 1e-14)
        }
      }
    }
  }

  @Test("degree one is x, y, z and degree two is as tabulated")
  func lowDegrees() {
    var values: [Double] = []
    let (x, y, z) = (0.5, -0.25, 2.0)
    SphericalHarmonics(lMax: 2, normalization: .norm).evaluate(x: x, y: y, z: z, into: &values)
    let root = 3.0.squareRoot()
    let polar: Double = y * y - 0.5 * (x * x + z * z)
    let azimuthal: Double = z * z - x * x
    let expected: [Double] = [
      1, x, y, z, root * x * z, root * x * y, polar, root * y * z, root / 2 * azimuthal,
    ]
    #expect(worstDifference(values, expected) < 1e-15)
  }

  @Test("the recurrence equals the polynomials", arguments: 0...12)
  func recurrenceEqualsPolynomials(lMax: Int) {
    var generator = TestGenerator(state: 2)
    for normalization in [SphericalHarmonicNormalization.component, .norm, .integral] {
      let harmonics = SphericalHarmonics(lMax: lMax, normalization: normalization)
      let polynomials = SphericalHarmonicPolynomial.all(lMax: lMax, normalization: normalization)
      #expect(polynomials.count == harmonics.count)
      for _ in 0..<4 {
        let r = generator.vector(3)
        var values: [Double] = []
        harmonics.evaluate(x: r[0], y: r[1], z: r[2], into: &values)
        let expected = polynomials.map { $0.value(x: r[0], y: r[1], z: r[2]) }
        let scale = expected.reduce(1) { max($0, abs($1)) }
        #expect(worstDifference(values, expected) < 1e-13 * scale)
      }
    }
  }

  @Test("polynomials are homogeneous, harmonic and have no zero terms")
  func harmonic() {
    for polynomial in SphericalHarmonicPolynomial.all(lMax: 12) {
      var laplacian: [[Int]: Double] = [:]
      var largest = 0.0
      for term in polynomial.terms {
        #expect(term.x + term.y + term.z == polynomial.l)
        #expect(term.coefficient != 0)
        largest = max(largest, abs(term.coefficient))
        let powers = [term.x, term.y, term.z]
        for axis in 0..<3 where powers[axis] > 1 {
          var lowered = powers
          lowered[axis] -= 2
          let factor = Double(powers[axis] * (powers[axis] - 1))
          laplacian[lowered, default: 0] += term.coefficient * factor
        }
      }
      #expect(laplacian.values.allSatisfy { abs($0) < 1e-12 * largest })
    }
  }

  @Test("the addition theorem holds")
  func additionTheorem() {
    var generator = TestGenerator(state: 3)
    let harmonics = SphericalHarmonics(lMax: 10)
    let directions: [[Double]] = (0..<2).map { _ in
      let vector = generator.vector(3)
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return vector.map { $0 / norm }
    }
    let values: [[Double]] = directions.map { u in
      var values: [Double] = []
      harmonics.evaluate(x: u[0], y: u[1], z: u[2], into: &values)
      return values
    }
    let cosine = zip(directions[0], directions[1]).reduce(0) { $0 + $1.0 * $1.1 }
    var legendre = [1, cosine]
    for l in 2...10 {
      let next = Double(2 * l - 1) * cosine * legendre[l - 1] - Double(l - 1) * legendre[l - 2]
      legendre.append(next / Double(l))
    }
    for l in 0...10 {
      var product = 0.0
      for index in (l * l)..<((l + 1) * (l + 1)) { product += values[0][index] * values[1][index] }
      #expect(abs(product - Double(2 * l + 1) * legendre[l]) < 1e-13)
    }
  }

  @Test("inversion gives (-1)^l")
  func parity() {
    let harmonics = SphericalHarmonics(lMax: 8)
    var (plus, minus) = ([Double](), [Double]())
    harmonics.evaluate(x: 0.3, y: -0.7, z: 1.1, into: &plus)
    harmonics.evaluate(x: -0.3, y: 0.7, z: -1.1, into: &minus)
    for l in 0...8 {
      for index in (l * l)..<((l + 1) * (l + 1)) {
        #expect(minus[index] == (l % 2 == 0 ? plus[index] : -plus[index]))
      }
    }
  }

  @Test("gradients are those of finite differences")
  func gradients() {
    let harmonics = SphericalHarmonics(lMax: 6)
    let point = [0.7, -0.4, 0.9]
    let step = 1e-5
    func worst(_ evaluate: ([Double], inout [Double], inout [Double]) -> Void) -> Double {
      var (values, gradients) = ([Double](), [Double]())
      evaluate(point, &values, &gradients)
      var worst = 0.0
      for axis in 0..<3 {
        var (forward, backward, unused) = ([Double](), [Double](), [Double]())
        var moved = point
        moved[axis] += step
        evaluate(moved, &forward, &unused)
        moved[axis] -= 2 * step
        evaluate(moved, &backward, &unused)
        for index in values.indices {
          let difference = (forward[index] - backward[index]) / (2 * step)
          worst = max(worst, abs(difference - gradients[3 * index + axis]))
        }
      }
      return worst
    }
    let plain = worst { r, values, gradients in
      harmonics.evaluate(x: r[0], y: r[1], z: r[2], into: &values, gradients: &gradients)
    }
    let direction = worst { r, values, gradients in
      harmonics.evaluateDirection(x: r[0], y: r[1], z: r[2], into: &values, gradients: &gradients)
    }
    // Step² · third derivative, which is up to some hundreds for degree six.
    #expect(plain < 1e-7)
    #expect(direction < 1e-7)
  }

  @Test("rotated harmonics are harmonics of the rotated vector")
  func rotation() {
    var generator = TestGenerator(state: 4)
    let harmonics = SphericalHarmonics(lMax: 8)
    for _ in 0..<3 {
      let rotation = generator.rotation()
      let matrices = wignerD(upTo: 8, rotation: rotation)
      let r = generator.vector(3)
      let turned = apply(rotation, r)
      var (before, after) = ([Double](), [Double]())
      harmonics.evaluate(x: r[0], y: r[1], z: r[2], into: &before)
      harmonics.evaluate(x: turned[0], y: turned[1], z: turned[2], into: &after)
      for l in 0...8 {
        let range = (l * l)..<((l + 1) * (l + 1))
        let expected = apply(matrices[l], Array(before[range]))
        #expect(worstDifference(expected, Array(after[range])) < 1e-13)
      }
    }
  }

  @Test("rotation matrices are orthogonal and compose")
  func composition() {
    var generator = TestGenerator(state: 5)
    let (r, s) = (generator.rotation(), generator.rotation())
    var product = [Double](repeating: 0, count: 9)
    for i in 0..<3 {
      for j in 0..<3 {
        for k in 0..<3 { product[3 * i + j] += r[3 * i + k] * s[3 * k + j] }
      }
    }
    let vector = generator.vector(11)
    let once = apply(wignerD(5, rotation: product), vector)
    let twice = apply(wignerD(5, rotation: r), apply(wignerD(5, rotation: s), vector))
    #expect(worstDifference(once, twice) < 1e-14)
    let norms = [vector, once].map { $0.reduce(0) { $0 + $1 * $1 } }
    #expect(abs(norms[0] - norms[1]) < 1e-14)
  }
}
