internal import HoneNumerics
internal import HoneTestSupport
internal import Testing

@Suite("Taylor polynomials of degree two")
struct JetTests {
  typealias Twice = Dual<Dual<Double>>

  @Test("have the coefficients that nested dual numbers give", arguments: SampleFunction.allCases)
  func coefficients(_ function: SampleFunction) {
    // Along x + 1.7 ε − 0.6 ε²: half the second derivative is that of the nested tangents.
    for x in stride(from: 0.3, to: 2.5, by: 0.17) {
      let result = function(Jet(x, first: 1.7, second: -0.6))
      let nested = function(Twice(Dual(x, tangent: 1.7), tangent: Dual(1.7, tangent: -1.2)))
      #expect(result.value == function(x))
      let pairs = [
        (result.first, nested.primal.tangent), (2 * result.second, nested.tangent.tangent),
      ]
      for (found, expected) in pairs {
        #expect(abs(found - expected) < 1e-12 * max(1, abs(expected)), "at \(x)")
      }
    }
  }

  @Test("have them in lanes too", arguments: DualLanesTests.names)
  func lanes(_ name: String) {
    typealias D = SIMD8<Double>
    typealias TwiceLanes = DualLanes<DualLanes<D>>
    for x in stride(from: -0.6, to: 3, by: 0.21) {
      let all = { (value: Double) in D(repeating: value) }
      let result = DualLanesTests.value(
        name, JetLanes(all(x), first: all(0.9), second: all(0.4)))[3]
      let nested = DualLanesTests.value(
        name,
        TwiceLanes(
          DualLanes(all(x), tangent: all(0.9)), tangent: DualLanes(all(0.9), tangent: all(0.8))))[3]
      #expect(result.primal == nested.primal.primal)
      #expect(abs(result.first - nested.primal.tangent) < 1e-13 * max(1, abs(result.first)))
      let second = nested.tangent.tangent
      #expect(abs(2 * result.second - second) < 1e-12 * max(1, abs(second)), "at \(x)")
    }
  }

  @Test("products with weights, and their adjoint, are those of whole numbers")
  func weights() throws {
    typealias L = JetLanes<SIMD8<Double>>
    func lanes(_ seed: Double) -> L {
      var result = L.zero
      for lane in 0..<8 {
        let x = seed + Double(lane)
        result[lane] = Jet(x, first: x * x - 3, second: 2 / (1 + x))
      }
      return result
    }
    let (sum, a, g) = (lanes(0.3), lanes(1.1), lanes(2.7))
    var weight = SIMD8<Double>()
    for lane in 0..<8 { weight[lane] = Double(lane) - 2.5 }
    let product = L.multiplyAdd(sum, a, weight: weight)
    let whole = L.multiplyAdd(sum, a, L(weight: weight))
    let share = L.accumulateWeight(weight, a, g)
    for lane in 0..<8 {
      #expect(product[lane].second == whole[lane].second)
      #expect(product[lane].first == whole[lane].first)
      let expected = weight[lane] + (a[lane] * g[lane]).second
      #expect(abs(share[lane] - expected) < 1e-13 * abs(expected).rounded(.up))
    }
    #expect(L.partCount == 3 && L.width == 8)
    let row = try Buffer<L>(repeating: .zero, count: 2)
    for index in 0..<16 {
      row.view.setChannel(
        index, to: Jet(Double(index), first: Double(-index), second: Double(index) / 8))
    }
    for index in 0..<16 {
      let found = row.view.channel(index)
      #expect(found.primal == Double(index) && found.first == Double(-index))
      #expect(found.second == Double(index) / 8)
      #expect(row[index / 8][index % 8].second == Double(index) / 8)
    }
    #expect(row[0].sum().second == 28.0 / 8)
  }
}
