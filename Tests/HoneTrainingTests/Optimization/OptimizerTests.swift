import HoneNumerics
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Optimizers")
struct OptimizerTests {
  /// The methods of the script.
  static let methods: [(name: String, method: OptimizerMethod)] = [
    ("descent", .gradientDescent(GradientDescentSettings())),
    ("momentum", .gradientDescent(GradientDescentSettings(momentum: 0.8, weightDecay: 0.05))),
    (
      "nesterov",
      .gradientDescent(
        GradientDescentSettings(momentum: 0.8, isNesterov: true, weightDecay: 0.05))
    ),
    ("adam", .adam(AdamSettings(weightDecay: 0.05))),
    (
      "amsgrad",
      .adam(
        AdamSettings(beta1: 0.8, beta2: 0.9, epsilon: 1e-4, weightDecay: 0.05, keepsLargest: true))
    ),
    ("adamw", .adam(AdamSettings(weightDecay: 0.1, decay: .decoupled))),
    (
      "adamw-amsgrad",
      .adam(
        AdamSettings(
          beta1: 0.8, beta2: 0.9, weightDecay: 0.1, decay: .decoupled, keepsLargest: true))
    ),
    ("muon", muon(isNesterov: true)),
    ("muon-plain", muon(isNesterov: false)),
  ]

  static func muon(isNesterov: Bool) -> OptimizerMethod {
    .muon(
      MuonSettings(
        momentum: 0.9, isNesterov: isNesterov, weightDecay: 0.1,
        adam: AdamSettings(beta1: 0.8, beta2: 0.95, weightDecay: 0.05, decay: .decoupled)))
  }

  @Test("runs follow PyTorch's", arguments: methods.indices)
  func followsPyTorch(index: Int) throws {
    let (name, method) = Self.methods[index]
    let run = try OptimizerFixture.run(name)
    #expect(run.gradients.count == 50)
    let optimizer = try Optimizer(method, layout: OptimizerFixture.layout())
    let values = try Buffer(run.start)
    for (step, expected) in run.values.enumerated() {
      let gradient = try Buffer(run.gradients[step])
      try optimizer.step(values.view, gradient: gradient.view, rate: run.rates[step])
      let error = worstDifference([Double](values), expected)
      #expect(error < 1e-12, "\(name), step \(step): \(error)")
    }
    #expect(optimizer.stepCounts == [50, 50, 50, 50, 0])
    // The frozen group's parameters are untouched whatever their gradients and decay are.
    #expect([Double](values)[25...] == run.start[25...])
    #expect(run.gradients[0][25] != 0)
  }

  @Test("groups that are thawed or frozen during a run count their own steps")
  func thawing() throws {
    let run = try OptimizerFixture.run("thawing")
    let optimizer = try Optimizer(
      .adam(AdamSettings(weightDecay: 0.05)),
      layout: OptimizerFixture.layout(frozen: ["embedding"]))
    let values = try Buffer(run.start)
    for (step, expected) in run.values.enumerated() {
      if step == 20 { try optimizer.update(OptimizerFixture.layout(frozen: ["readout"])) }
      let gradient = try Buffer(run.gradients[step])
      try optimizer.step(values.view, gradient: gradient.view, rate: run.rates[step])
      #expect(worstDifference([Double](values), expected) < 1e-12)
    }
    #expect(optimizer.stepCounts == [30, 50, 50, 20, 0])
  }

  @Test("a gradient of zero moves nothing and spoils nothing", arguments: methods.indices)
  func zeroGradient(index: Int) throws {
    var groups = OptimizerFixture.groups
    for group in groups.indices { groups[group].decays = false }
    let layout = try ParameterLayout(groups, parameterCount: OptimizerFixture.parameterCount)
    let optimizer = try Optimizer(Self.methods[index].method, layout: layout)
    let start = try OptimizerFixture.run("adam").start
    let values = try Buffer(start)
    let gradient = try Buffer(repeating: 0.0, count: start.count)
    for _ in 0..<3 { try optimizer.step(values.view, gradient: gradient.view, rate: 0.1) }
    #expect([Double](values) == start)
  }

  @Test("threads change nothing", arguments: methods.indices)
  func threads(index: Int) throws {
    // One group long enough to be shared, matrices of several shapes and some that are none.
    let shapes = [(40, 300), (1, 5000), (64, 64), (2, 2), (300, 30), (16384, 1)]
    let matrices = shapes.map { (rows: $0.0, columns: $0.1) }
    let count = matrices.reduce(0) { $0 + $1.rows * $1.columns }
    let layout = try ParameterLayout(
      [
        ParameterGroup(name: "a", role: .radial, range: 0..<20_001),
        ParameterGroup(
          name: "b", role: .radial, range: 20_001..<20_001 + count, matrices: matrices,
          rateFactor: 0.5),
      ], parameterCount: 20_001 + count)
    var random = RandomNumbers(seed: 11)
    let start = (0..<layout.parameterCount).map { _ in random.normal() }
    let gradient = try Buffer((0..<layout.parameterCount).map { _ in random.normal() })
    let alone = try Buffer(start)
    let shared = try Buffer(start)
    let one = try Optimizer(Self.methods[index].method, layout: layout)
    let many = try Optimizer(Self.methods[index].method, layout: layout, threadCount: 2)
    let team = Team(threadCount: 3)
    for _ in 0..<2 {
      try one.step(alone.view, gradient: gradient.view, rate: 0.1)
      try many.step(shared.view, gradient: gradient.view, rate: 0.1, team: team)
    }
    #expect(bits(alone) == bits(shared))
    #expect(zip([Double](alone), start).allSatisfy { $0 != $1 })
  }

  @Test("numbers outside all groups stay")
  func outsideGroups() throws {
    let group = ParameterGroup(name: "middle", role: .radial, range: 1..<2)
    let optimizer = try Optimizer(
      .adam(AdamSettings(weightDecay: 0.1)), layout: ParameterLayout([group], parameterCount: 3))
    let values = try Buffer([1.0, 2, 3])
    let gradient = try Buffer([1.0, 1, 1])
    try optimizer.step(values.view, gradient: gradient.view, rate: 0.5)
    #expect([values[0], values[2]] == [1, 3])
    #expect(abs(values[1] - 1.5) < 1e-7)
  }

  @Test(
    "settings that make no sense are refused",
    arguments: [
      .gradientDescent(GradientDescentSettings(momentum: 1)),
      .gradientDescent(GradientDescentSettings(momentum: .nan)),
      .gradientDescent(GradientDescentSettings(isNesterov: true)),
      .gradientDescent(GradientDescentSettings(weightDecay: -1)),
      .adam(AdamSettings(beta1: 1)), .adam(AdamSettings(beta2: -0.1)),
      .adam(AdamSettings(epsilon: 0)), .adam(AdamSettings(weightDecay: .infinity)),
      .muon(MuonSettings(momentum: 1)), .muon(MuonSettings(weightDecay: -1)),
      .muon(MuonSettings(stepSize: 0)), .muon(MuonSettings(epsilon: 0)),
      .muon(MuonSettings(iterationCount: 0)), .muon(MuonSettings(iterationCount: 100)),
      .muon(MuonSettings(adam: AdamSettings(beta1: 2))),
    ] as [OptimizerMethod])
  func refusedSettings(method: OptimizerMethod) throws {
    let layout = try OptimizerFixture.layout()
    let error = #expect(throws: HoneError.self) { try Optimizer(method, layout: layout) }
    #expect(isRefusal(error, .invalidArgument))
  }

  @Test("vectors of another length, bad rates and other groups are refused before anything changes")
  func refusedSteps() throws {
    let optimizer = try Optimizer(.adam(AdamSettings()), layout: OptimizerFixture.layout())
    let values = try Buffer(repeating: 1.0, count: OptimizerFixture.parameterCount)
    let short = try Buffer(repeating: 1.0, count: 3)
    let bad: [(View<Double>, View<Double>, Double)] = [
      (values.view, short.view, 0.1), (short.view, values.view, 0.1),
      (values.view, values.view, -0.1), (values.view, values.view, .nan),
    ]
    for (parameters, gradient, rate) in bad {
      let error = #expect(throws: HoneError.self) {
        try optimizer.step(parameters, gradient: gradient, rate: rate)
      }
      #expect(isRefusal(error, .invalidArgument))
    }
    var groups = OptimizerFixture.groups
    groups[1].matrices = [(rows: 4, columns: 3)]
    let other = try ParameterLayout(groups, parameterCount: OptimizerFixture.parameterCount)
    let error = #expect(throws: HoneError.self) { try optimizer.update(other) }
    #expect(isRefusal(error, .invalidArgument))
    #expect([Double](values) == Array(repeating: 1, count: 27))
    #expect(optimizer.stepCounts == [0, 0, 0, 0, 0])
    withExtendedLifetime(short) {}
  }
}
