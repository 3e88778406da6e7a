import HoneNumerics
import HoneTestSupport
import HoneTraining
import Testing

@Suite("States of optimizers")
struct OptimizerStateTests {
  /// A state whose vectors are copies, as one that was written to a file and read again.
  static func copy(_ state: OptimizerState) throws -> OptimizerState {
    var copy = OptimizerState()
    for (name, value) in state.scalars { try copy.add(name, value) }
    for (name, values) in state.vectors { try copy.add(name, Buffer([Double](values))) }
    return copy
  }

  @Test("a run that is resumed goes on bit for bit", arguments: OptimizerTests.methods.indices)
  func resumes(index: Int) throws {
    let (name, method) = OptimizerTests.methods[index]
    let run = try OptimizerFixture.run(name)
    let layout = try OptimizerFixture.layout()
    let optimizer = try Optimizer(method, layout: layout)
    let values = try Buffer(run.start)
    func advance(_ optimizer: Optimizer, _ values: Buffer<Double>, _ steps: Range<Int>) throws {
      for step in steps {
        let gradient = try Buffer(run.gradients[step])
        try optimizer.step(values.view, gradient: gradient.view, rate: run.rates[step])
      }
    }
    try advance(optimizer, values, 0..<20)
    var live = OptimizerState()
    try optimizer.save(into: &live)
    let saved = try Self.copy(live)
    let resumedValues = try Buffer([Double](values))
    try advance(optimizer, values, 20..<50)
    let resumed = try Optimizer(method, layout: layout)
    try resumed.restore(from: saved)
    try advance(resumed, resumedValues, 20..<50)
    #expect(bits(resumedValues) == bits(values))
    #expect(resumed.stepCounts == optimizer.stepCounts)
    // The state matters: without it the run is another one, unless the method has no memory.
    let fresh = try Optimizer(method, layout: layout)
    let freshValues = try Buffer(run.values[19])
    try advance(fresh, freshValues, 20..<50)
    #expect((worstDifference([Double](freshValues), [Double](values)) < 1e-6) == (index == 0))
  }

  @Test("the state of another method, other groups or another model is refused")
  func refusals() throws {
    func state(_ method: OptimizerMethod, _ layout: ParameterLayout) throws -> OptimizerState {
      var state = OptimizerState()
      try Optimizer(method, layout: layout).save(into: &state)
      return state
    }
    let layout = try OptimizerFixture.layout()
    let amsgrad = OptimizerMethod.adam(AdamSettings(keepsLargest: true))
    let adam = OptimizerMethod.adam(AdamSettings())
    let momentum = OptimizerMethod.gradientDescent(GradientDescentSettings(momentum: 0.5))
    let fewer = try ParameterLayout(
      Array(OptimizerFixture.groups.dropLast()), parameterCount: 27)
    let larger = try ParameterLayout(OptimizerFixture.groups, parameterCount: 28)
    let muon = OptimizerTests.muon(isNesterov: true)
    let cases: [(OptimizerMethod, OptimizerState)] = [
      (adam, OptimizerState()), (adam, try state(amsgrad, layout)),
      (amsgrad, try state(adam, layout)),
      (adam, try state(momentum, layout)), (momentum, try state(adam, layout)),
      (adam, try state(muon, layout)), (adam, try state(adam, fewer)),
      (adam, try state(adam, larger)),
    ]
    for (method, other) in cases {
      let optimizer = try Optimizer(method, layout: layout)
      let error = #expect(throws: HoneError.self) { try optimizer.restore(from: other) }
      #expect(isRefusal(error, .format), "\(String(describing: error))")
    }
    var damaged = OptimizerState()
    try damaged.add("optimizer.steps", Buffer([1, 2, 0.5, 3, 4]))
    let error = #expect(throws: HoneError.self) {
      try Optimizer(.gradientDescent(GradientDescentSettings()), layout: layout)
        .restore(from: damaged)
    }
    #expect(isRefusal(error, .format))
  }

  @Test("a name is taken once, and counts are whole")
  func names() throws {
    var state = OptimizerState()
    try state.add("a", 1)
    try state.add("b", Buffer([2.0]))
    try state.add("c", 1.5)
    let vector = try Buffer([0.0])
    #expect(throws: HoneError.self) { try state.add("b", 1) }
    #expect(throws: HoneError.self) { try state.add("a", vector) }
    #expect(try state.count("a") == 1)
    for name in ["b", "c", "d"] {
      let error = #expect(throws: HoneError.self) { try state.count(name) }
      #expect(isRefusal(error, .format))
    }
    #expect(throws: HoneError.self) { try state.vector("b", count: 2) }
  }
}
