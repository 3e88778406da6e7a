internal import HoneNumerics
internal import HoneTestSupport
internal import Testing

@Suite("Lanes of dual numbers")
struct DualLanesTests {
  typealias D = SIMD8<Double>

  static let names = [
    "exp", "sine", "cosine", "logOnePlus", "magnitude", "logistic", "tanh", "quotient",
    "difference",
  ]

  static func value<L: HoneLanes>(_ name: String, _ x: L) -> L {
    switch name {
    case "exp": L.exp(x)
    case "sine": L.sineCosine(x).sine
    case "cosine": L.sineCosine(x).cosine
    case "logOnePlus": L.logOnePlus(x)
    case "magnitude": L.magnitude(x)
    case "logistic": L.logistic(x)
    case "tanh": L.tanh(x)
    case "quotient": x / (L(repeating: L.Element(2)) + x)
    default: x * x - x
    }
  }

  @Test("first and second derivatives are slopes", arguments: names)
  func derivatives(_ name: String) {
    typealias Twice = DualLanes<DualLanes<D>>
    let one = D(repeating: 1)
    for x in stride(from: -0.6, to: 3, by: 0.21) {
      let lanes = D(repeating: x)
      let result = Self.value(
        name, Twice(DualLanes(lanes, tangent: one), tangent: DualLanes(one, tangent: D())))
      let value = { (x: Double) in Self.value(name, D(repeating: x))[5] }
      let first = { (x: Double) in
        Self.value(name, DualLanes(D(repeating: x), tangent: one)).tangent[5]
      }
      #expect(result[5].value == value(x))
      #expect(abs(result.primal.tangent[5] - slope(value, at: x)) < 1e-8, "at \(x)")
      #expect(result.tangent.primal[5] == result.primal.tangent[5])
      #expect(abs(result.tangent.tangent[5] - slope(first, at: x)) < 1e-7, "at \(x)")
    }
  }

  @Test("a channel of a row is read and written alone, at any depth of nesting")
  func channels() throws {
    func check<L: HoneLanes>(
      _: L.Type, _ make: (Int) -> L.Element, _ same: (L.Element, L.Element) -> Bool
    ) throws {
      let count = 3 * L.width
      let row = try Buffer<L>(repeating: .zero, count: 3)
      for index in 0..<count { row.view.setChannel(index, to: make(index)) }
      for index in 0..<count {
        #expect(same(row.view.channel(index), make(index)))
        #expect(same(row[index / L.width][index % L.width], make(index)))
        #expect(same(L.element(index, of: UnsafePointer(row.base)), make(index)))
      }
      row[1][2] = make(1000)
      L.setElement(0, of: row.base, to: make(2000))
      for index in 0..<count {
        let expected = index == 0 ? 2000 : index == L.width + 2 ? 1000 : index
        #expect(same(row.view.channel(index), make(expected)))
      }
    }
    func dual(_ index: Int) -> Dual<Double> {
      Dual(Double(index), tangent: Double(-index) - 0.5)
    }
    func twice(_ index: Int) -> Dual<Dual<Double>> {
      Dual(dual(index), tangent: Dual(Double(index) / 8, tangent: Double(index) * 16))
    }
    func single(_ index: Int) -> Dual<Dual<Float>> {
      Dual(
        Dual(Float(index), tangent: Float(-index)),
        tangent: Dual(Float(index) / 8, tangent: Float(index) * 16))
    }
    try check(D.self, { Double($0) }, { $0 == $1 })
    try check(SIMD16<Float>.self, { Float($0) }, { $0 == $1 })
    try check(Dual<Double>.Lanes.self, dual) { $0.primal == $1.primal && $0.tangent == $1.tangent }
    try check(Dual<Dual<Double>>.Lanes.self, twice) {
      $0.primal.primal == $1.primal.primal && $0.primal.tangent == $1.primal.tangent
        && $0.tangent.primal == $1.tangent.primal && $0.tangent.tangent == $1.tangent.tangent
    }
    try check(Dual<Dual<Float>>.Lanes.self, single) {
      $0.primal.primal == $1.primal.primal && $0.primal.tangent == $1.primal.tangent
        && $0.tangent.primal == $1.tangent.primal && $0.tangent.tangent == $1.tangent.tangent
    }
  }

  @Test("the sum of lanes carries the sum of tangents")
  func sums() {
    var lanes = DualLanes<D>.zero
    for lane in 0..<8 { lanes[lane] = Dual(Double(lane), tangent: Double(lane * lane)) }
    #expect(lanes.sum().primal == 28)
    #expect(lanes.sum().tangent == 140)
  }

  @Test("the magnitude's derivative at 0 is that from above, to every order")
  func magnitudeAtZero() {
    let one = D(repeating: 1)
    let result = DualLanes.magnitude(DualLanes(D(), tangent: one))
    #expect(result.primal[0] == 0)
    #expect(result.tangent[0] == 1)
  }
}
