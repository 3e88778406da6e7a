internal import HoneNumerics
internal import HoneTestSupport
internal import Testing

/// Functions of one number, each over any scalar.
enum SampleFunction: String, CaseIterable, Sendable {
  case sum, difference, product, quotient, negation, squareRoot, exp, tanh, realPower
  case negativePower, integerPower, zerothPower, composition

  func callAsFunction<T: HoneScalar>(_ x: T) -> T {
    switch self {
    case .sum: return x + T(2) + x
    case .difference: return T(3) - x * x
    case .product: return x * (x + T(0.3)) * x
    case .quotient: return (x + T(1)) / (x * x + T(0.5))
    case .negation: return -(x * x)
    case .squareRoot: return T.squareRoot(x)
    case .exp: return T.exp(-x * x)
    case .tanh: return T.tanh(x - T(0.5))
    case .realPower: return T.power(x, 2.7)
    case .negativePower: return T.power(x, -1.3)
    case .integerPower: return T.power(x, 5)
    case .zerothPower: return T.power(x, 0) + T.power(x, 1)
    case .composition:
      var result = T.squareRoot(T(1) + T.exp(x)) / (T(2) - T.tanh(x * x))
      result += x
      result -= T.power(x, 0.5)
      result *= T.exp(x)
      return result
    }
  }
}

/// The slope of a function by central differences of fourth order.
func slope(_ f: (Double) -> Double, at x: Double, step h: Double = 1e-3) -> Double {
  (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)
}

@Suite("Dual numbers")
struct DualTests {
  @Test("tangents are slopes", arguments: SampleFunction.allCases)
  func first(_ function: SampleFunction) {
    for x in stride(from: 0.3, to: 2.5, by: 0.17) {
      let result = function(Dual(x, tangent: 1.7))
      #expect(result.primal == function(x))
      #expect(result.value == function(x))
      let expected = 1.7 * slope({ function($0) }, at: x)
      #expect(abs(result.tangent - expected) < 1e-8 * max(1, abs(expected)), "at \(x)")
    }
  }

  @Test(
    "nested three deep, tangents of tangents are second derivatives",
    arguments: SampleFunction.allCases)
  func nested(_ function: SampleFunction) {
    typealias Twice = Dual<Dual<Double>>
    for x in stride(from: 0.35, to: 2.5, by: 0.19) {
      let twice = function(Twice(Dual(x, tangent: 1), tangent: Dual(1, tangent: 0)))
      #expect(twice.primal.primal == function(x))
      #expect(twice.primal.tangent == twice.tangent.primal)
      let expected = slope({ function(Dual($0, tangent: 1)).tangent }, at: x)
      #expect(abs(twice.tangent.tangent - expected) < 1e-7 * max(1, abs(expected)), "at \(x)")
      let seed = Dual<Twice>(
        Twice(Dual(x, tangent: 1), tangent: Dual(1, tangent: 0)), tangent: Twice(1))
      let third = slope(
        { function(Twice(Dual($0, tangent: 1), tangent: Dual(1, tangent: 0))).tangent.tangent },
        at: x)
      let thrice = function(seed).tangent.tangent.tangent
      #expect(abs(thrice - third) < 1e-6 * max(1, abs(third)), "at \(x)")
    }
  }

  @Test("mixed second derivatives of two variables")
  func mixed() {
    func f<T: HoneScalar>(_ x: T, _ y: T) -> T { T.exp(x * y) / T.squareRoot(x + y * y) }
    let result = f(
      Dual(Dual(0.7, tangent: 1), tangent: Dual(0)),
      Dual(Dual(1.3, tangent: 0), tangent: Dual(1)))
    let expected = slope({ y in slope({ f($0, y) }, at: 0.7) }, at: 1.3)
    #expect(abs(result.tangent.tangent - expected) < 1e-6)
  }

  @Test("constants carry no tangent, and vectors of dual numbers have inner products")
  func constants() {
    #expect(Dual<Dual<Float>>(2.5).tangent.value == 0)
    #expect(Dual<Dual<Float>>(2.5).primal.tangent == 0)
    typealias D = Dual<Double>
    var v = Vector3(D(1, tangent: 2), D(3, tangent: 4), D(5, tangent: 6))
    let square = (v * D(2) + v).dot(v)
    #expect(square.primal == 3 * 35)
    #expect(square.tangent == 3 * 2 * 44)
    v[1] = D(7)
    #expect(v.y.primal == 7 && v[0].primal == 1 && v[2].primal == 5)
  }
}
