import HoneTestSupport
import Testing

@testable import HoneCommand

@Suite("Drawings")
struct EvaluateDrawingTests {
  static let ranges: [(Double, Double)] = [
    (0, 1), (-0.52, -0.33), (-17660.9, -17659.8), (3, 3), (0, 0), (1e-7, 3e-7), (-4e6, 9e6),
    (1e100, -1e100), (1e300, 2e300), (-.infinity, .infinity), (.nan, 1), (123456.0, 123456.1),
    (5e-324, 0),
  ]

  @Test("an axis shows its values, with ticks that are round numbers and differ", arguments: ranges)
  func axis(_ first: Double, _ second: Double) throws {
    let axis = PlotAxis(showing: first, second)
    #expect(axis.low < axis.high && (axis.high - axis.low).isFinite)
    for value in [first, second] where value.magnitude <= PlotAxis.limit {
      #expect(axis.fraction(value) > 0 && axis.fraction(value) < 1)
    }
    #expect((2...11).contains(axis.ticks.count), "\(axis.ticks)")
    #expect(Set(axis.labels).count == axis.ticks.count, "\(axis.labels)")
    #expect(axis.ticks.allSatisfy { $0 >= axis.low && $0 <= axis.high })
    for (tick, label) in zip(axis.ticks, axis.labels) {
      let text = label.first == "−" ? "-" + label.dropFirst() : label
      let shown = try #require(Double(text))
      #expect(abs(shown - tick) <= 1e-6 * (axis.high - axis.low))
    }
  }

  @Test("ticks are where a person would put them")
  func ticks() {
    #expect(PlotAxis(showing: -0.52, -0.33).labels == ["−0.50", "−0.45", "−0.40", "−0.35"])
    #expect(PlotAxis(showing: 0, 10).labels == ["0", "5", "10"])
    #expect(PlotAxis(showing: 0, 0.8).labels == ["0.0", "0.2", "0.4", "0.6", "0.8"])
    #expect(PlotAxis(showing: -3e6, 3e6).labels == ["−2e+06", "0", "2e+06"])
  }

  @Test("an area puts the larger value higher and farther to the right")
  func area() {
    let axis = PlotAxis(showing: 0, 1, margin: 0)
    let area = PlotArea(x: 10, y: 20, width: 100, height: 50, horizontal: axis, vertical: axis)
    #expect(area.column(0) == 10 && area.column(1) == 110 && area.column(0.25) == 35)
    #expect(area.row(0) == 70 && area.row(1) == 20)
  }

  @Test("lengths are short and always numbers")
  func numbers() {
    let cases: [(Double, String)] = [
      (0, "0"), (-0.001, "0"), (1.5, "1.5"), (2.25, "2.25"), (-3.04, "-3.04"), (0.999, "1"),
      (.nan, "0"), (.infinity, "0"), (1e300, "1000000"), (-7, "-7"),
    ]
    for (value, text) in cases { #expect(SVGDocument.number(value) == text) }
  }

  @Test("texts cannot break a drawing")
  func escaping() throws {
    #expect(SVGDocument.escaped("a<b> & \"c\" Å³") == "a&lt;b&gt; &amp; &quot;c&quot; Å³")
    #expect(SVGDocument.escaped("\u{1B}[1m\u{0}") == "\u{FFFD}[1m\u{FFFD}")
    #expect(Style.excerpt("\u{1B}[31m" + String(repeating: "x", count: 50)).count == 40)
    #expect(!Style.excerpt("\u{1B}[31m").contains("\u{1B}"))
  }
}
