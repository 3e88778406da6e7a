import HoneNumerics
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Sharpness-aware minimization")
struct SharpnessAwareMinimizationTests {
  @Test("a run follows one of PyTorch with the same perturbations")
  func follows() throws {
    let layout = try OptimizerFixture.layout()
    let optimizer = try Optimizer(.adam(AdamSettings(weightDecay: 0.02)), layout: layout)
    let sharpness = try SharpnessAwareMinimization(radius: 0.1, layout: layout)
    let adaptive = try SharpnessAwareMinimization(
      radius: 1, neighborhood: .adaptive(eta: 0.01), layout: layout)
    let archive = try OptimizerFixture.archive.get()
    let rates = try archive.doubles("rates")
    let values = try Buffer(try archive.doubles("start"))
    let gradients = try OptimizerFixture.rows("sam.gradients")
    let seconds = try OptimizerFixture.rows("sam.seconds")
    let perturbed = try OptimizerFixture.rows("sam.perturbed")
    let expected = try OptimizerFixture.rows("sam.values")
    #expect(expected.count == 25)
    for step in expected.indices {
      let gradient = try Buffer(gradients[step])
      let second = try Buffer(seconds[step])
      let before = bits(values)
      let norm = try sharpness.perturb(values.view, gradient: gradient.view)
      #expect(try norm == layout.norm(of: gradient.view))
      #expect(worstDifference([Double](values), perturbed[step]) < 1e-12)
      try sharpness.restore(values.view)
      #expect(bits(values) == before)
      try optimizer.step(values.view, gradient: second.view, rate: rates[step])
      #expect(worstDifference([Double](values), expected[step]) < 1e-12)
    }
    let last = try Buffer(gradients[24])
    try adaptive.perturb(values.view, gradient: last.view)
    #expect(worstDifference([Double](values), try archive.doubles("sam.adaptive")) < 1e-12)
  }

  @Test("calls out of order, other lengths and bad settings are refused")
  func refusals() throws {
    let layout = try OptimizerFixture.layout()
    let sharpness = try SharpnessAwareMinimization(layout: layout)
    let values = try Buffer(repeating: 1.0, count: 27)
    let short = try Buffer(repeating: 1.0, count: 5)
    func refuses(_ body: () throws -> Void) {
      let error = #expect(throws: HoneError.self) { try body() }
      #expect(isRefusal(error, .invalidArgument))
    }
    refuses { try sharpness.restore(values.view) }
    refuses { try sharpness.perturb(short.view, gradient: values.view) }
    refuses { try sharpness.perturb(values.view, gradient: short.view) }
    #expect(!sharpness.isPerturbed)
    try sharpness.perturb(values.view, gradient: values.view)
    refuses { try sharpness.perturb(values.view, gradient: values.view) }
    refuses { _ = try SharpnessAwareMinimization(radius: 0, layout: layout) }
    refuses {
      _ = try SharpnessAwareMinimization(neighborhood: .adaptive(eta: -1), layout: layout)
    }
    withExtendedLifetime(short) {}
  }

  @Test("a gradient that is zero moves nothing, one that is not finite is an error")
  func degenerate() throws {
    let layout = try OptimizerFixture.layout()
    let sharpness = try SharpnessAwareMinimization(layout: layout)
    let values = try Buffer(repeating: 1.0, count: 27)
    let gradient = try Buffer(repeating: 0.0, count: 27)
    #expect(try sharpness.perturb(values.view, gradient: gradient.view) == 0)
    #expect([Double](values) == Array(repeating: 1, count: 27))
    try sharpness.restore(values.view)
    // A frozen parameter's gradient is nobody's concern.
    gradient[26] = .nan
    #expect(try sharpness.perturb(values.view, gradient: gradient.view) == 0)
    try sharpness.restore(values.view)
    gradient[3] = .nan
    let error = #expect(throws: HoneError.self) {
      try sharpness.perturb(values.view, gradient: gradient.view)
    }
    #expect(isRefusal(error, .notConverged))
    #expect(!sharpness.isPerturbed)
    #expect([Double](values) == Array(repeating: 1, count: 27))
  }
}
