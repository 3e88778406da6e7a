import HoneNumerics
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Gradient clipping")
struct GradientClippingTests {
  @Test(
    "limits what PyTorch limits, and leaves frozen parameters out",
    arguments: [
      ("clip-norm", .norm(maximum: 2)), ("clip-loose", .norm(maximum: 1e3)),
      ("clip-value", .value(maximum: 1.5)), ("gradient", .none),
    ] as [(String, GradientClipping)])
  func follows(name: String, clipping: GradientClipping) throws {
    let extras = try OptimizerFixture.extras()
    let gradient = try Buffer(try extras.doubles("gradient"))
    let layout = try OptimizerFixture.layout()
    let norm = try clipping.apply(to: gradient.view, layout: layout)
    #expect(worstDifference([norm], try extras.doubles("norm")) < 1e-13)
    #expect(worstDifference([Double](gradient), try extras.doubles(name)) < 1e-13)
  }

  @Test(
    "a norm that is not finite is returned and the gradient left",
    arguments: [
      Double.nan, .infinity,
    ])
  func notFinite(value: Double) throws {
    let gradient = try Buffer(repeating: 3.0, count: 27)
    gradient[20] = value
    let layout = try OptimizerFixture.layout()
    let norm = try GradientClipping.norm(maximum: 1).apply(to: gradient.view, layout: layout)
    #expect(!norm.isFinite)
    #expect(gradient[0] == 3)
  }

  @Test("limits that make no sense and gradients of another length are refused")
  func refusals() throws {
    let gradient = try Buffer(repeating: 3.0, count: 27)
    let short = try Buffer(repeating: 3.0, count: 26)
    let layout = try OptimizerFixture.layout()
    let cases: [(GradientClipping, Buffer<Double>)] = [
      (.norm(maximum: 0), gradient), (.norm(maximum: .nan), gradient),
      (.value(maximum: -1), gradient), (.none, short),
    ]
    for (clipping, buffer) in cases {
      let error = #expect(throws: HoneError.self) {
        try clipping.apply(to: buffer.view, layout: layout)
      }
      #expect(isRefusal(error, .invalidArgument))
    }
    #expect([Double](gradient) == Array(repeating: 3, count: 27))
  }
}
