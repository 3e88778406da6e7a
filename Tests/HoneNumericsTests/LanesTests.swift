internal import Glibc
internal import HoneNumerics
internal import HoneTestSupport
internal import Testing

/// The largest error of a function of lanes over a number of points, in units in the last place of
/// `floor` or of the value, whichever is larger.
private func worstError<L: HoneLanes>(
  _: L.Type, from low: Double, to high: Double, floor: Double = 0, epsilon: Double,
  _ function: (L) -> L, _ reference: (Double) -> Double
) -> Double {
  let count = 20_000
  var worst = 0.0
  var lanes = L(repeating: .zero)
  for start in stride(from: 0, through: count, by: L.width) {
    for lane in 0..<L.width {
      let fraction = Double(start + lane) / Double(count + L.width)
      lanes[lane] = L.Element(low + (high - low) * fraction)
    }
    let result = function(lanes)
    for lane in 0..<L.width {
      let expected = reference(lanes[lane].value)
      let error = abs(result[lane].value - expected) / (epsilon * max(abs(expected), floor))
      worst = error.isNaN ? .infinity : max(worst, error)
    }
  }
  return worst
}

private let double = Double.ulpOfOne
private let float = Double(Float.ulpOfOne)

@Suite("Functions of lanes")
struct LanesTests {
  typealias D = SIMD8<Double>
  typealias F = SIMD16<Float>

  @Test("the exponential is good to two units over the whole range")
  func exponential() {
    #expect(worstError(D.self, from: -707, to: 708, epsilon: double, D.exp, Glibc.exp) < 2)
    #expect(worstError(D.self, from: -1, to: 1, epsilon: double, D.exp, Glibc.exp) < 2)
    #expect(worstError(F.self, from: -86, to: 87, epsilon: float, F.exp, Glibc.exp) < 2)
    #expect(worstError(F.self, from: -1, to: 1, epsilon: float, F.exp, Glibc.exp) < 2)
  }

  @Test("sine and cosine are good to a unit of one")
  func sineCosine() {
    for reach in [1, 10, 1000, 1e5] {
      #expect(
        worstError(
          D.self, from: -reach, to: reach, floor: 1, epsilon: double, { D.sineCosine($0).sine },
          Glibc.sin) < 1.5, "sine to \(reach)")
      #expect(
        worstError(
          D.self, from: -reach, to: reach, floor: 1, epsilon: double, { D.sineCosine($0).cosine },
          Glibc.cos) < 1.5, "cosine to \(reach)")
    }
    for reach in [1, 10, 1000.0] {
      #expect(
        worstError(
          F.self, from: -reach, to: reach, floor: 1, epsilon: float, { F.sineCosine($0).sine },
          Glibc.sin) < 1.5, "sine to \(reach)")
      #expect(
        worstError(
          F.self, from: -reach, to: reach, floor: 1, epsilon: float, { F.sineCosine($0).cosine },
          Glibc.cos) < 1.5, "cosine to \(reach)")
    }
  }

  @Test("single precision loses no more than a few units of sine at 1e5")
  func farSine() {
    #expect(
      worstError(
        F.self, from: -1e5, to: 1e5, floor: 1, epsilon: float, { F.sineCosine($0).sine },
        Glibc.sin) < 200)
  }

  @Test("logistic, tanh and ln(1 + x)")
  func others() {
    let logistic = { (x: Double) in 1 / (1 + Glibc.exp(-x)) }
    #expect(worstError(D.self, from: -700, to: 700, epsilon: double, D.logistic, logistic) < 4)
    #expect(worstError(F.self, from: -80, to: 80, epsilon: float, F.logistic, logistic) < 4)
    #expect(
      worstError(D.self, from: -50, to: 50, floor: 1, epsilon: double, D.tanh, Glibc.tanh) < 2)
    #expect(
      worstError(F.self, from: -50, to: 50, floor: 1, epsilon: float, F.tanh, Glibc.tanh) < 2)
    #expect(worstError(D.self, from: -0.99, to: 9, epsilon: double, D.logOnePlus, log1p) < 2)
    #expect(worstError(F.self, from: -0.99, to: 9, epsilon: float, F.logOnePlus, log1p) < 2)
    #expect(
      worstError(D.self, from: -9, to: 9, floor: 1, epsilon: double, D.magnitude, { abs($0) }) == 0)
    #expect(
      worstError(F.self, from: -9, to: 9, floor: 1, epsilon: float, F.magnitude, { abs($0) }) == 0)
  }

  @Test("NaN stays NaN in its own lane")
  func notANumber() {
    func check<L: HoneLanes>(_: L.Type) {
      let functions: [(L) -> L] = [
        L.exp, L.logistic, L.tanh, L.logOnePlus, L.magnitude, { L.sineCosine($0).sine },
        { L.sineCosine($0).cosine },
      ]
      for function in functions {
        var x = L(repeating: L.Element(0.25))
        x[3] = L.Element(.nan)
        let result = function(x)
        for lane in 0..<L.width { #expect(result[lane].value.isNaN == (lane == 3)) }
      }
    }
    check(D.self)
    check(F.self)
    check(DualLanes<D>.self)
  }

  @Test("far arguments saturate: no overflow, and no slope that is not finite")
  func saturation() {
    func check<L: HoneLanes>(_: L.Type) {
      for far in [100, 1e3, 1e30, Double.infinity] {
        let x = L(repeating: L.Element(far))
        #expect(L.exp(x)[0].value.isFinite)
        #expect(L.exp(x)[0].value > 1e37)
        #expect(L.exp(-x)[0].value >= 0)
        #expect(L.exp(-x)[0].value < 1e-37)
        #expect(L.logistic(x)[0].value == 1)
        #expect(L.logistic(-x)[0].value < 1e-37)
        #expect(L.tanh(x)[0].value == 1)
        #expect(L.tanh(-x)[0].value == -1)
        #expect(L.magnitude(-x)[0].value == x[0].value)
      }
      let far = DualLanes(L(repeating: L.Element(1e5)), tangent: L(repeating: L.Element(1)))
      #expect(abs(DualLanes.logistic(far).tangent[0].value) < 1e-30)
      #expect(abs(DualLanes.logistic(-far).tangent[0].value) < 1e-30)
      #expect(abs(DualLanes.tanh(-far).tangent[0].value) < 1e-30)
    }
    check(D.self)
    check(F.self)
  }

  @Test("sums, products and reciprocals lane by lane")
  func arithmetic() {
    func check<L: HoneLanes>(_: L.Type) {
      var a = L.zero
      var b = L.zero
      for lane in 0..<L.width {
        a[lane] = L.Element(Double(lane + 1))
        b[lane] = L.Element(Double(3 - 2 * lane))
      }
      var c = a
      c += b
      c *= b
      let fused = L.multiplyAdd(a, b, b)
      for lane in 0..<L.width {
        let (x, y) = (Double(lane + 1), Double(3 - 2 * lane))
        #expect((a + b)[lane].value == x + y)
        #expect((a - b)[lane].value == x - y)
        #expect((a * b)[lane].value == x * y)
        #expect(abs((a / b)[lane].value - x / y) < 1e-6)
        #expect((-a)[lane].value == -x)
        #expect(c[lane].value == (x + y) * y)
        #expect(fused[lane].value == x + y * y)
      }
      #expect(a.sum().value == Double(L.width * (L.width + 1) / 2))
      #expect(L.blocks(for: 0) == 0)
      #expect(L.blocks(for: 1) == 1)
      #expect(L.blocks(for: L.width) == 1)
      #expect(L.blocks(for: L.width + 1) == 2)
    }
    check(D.self)
    check(F.self)
    check(DualLanes<D>.self)
    check(DualLanes<DualLanes<F>>.self)
  }
}
