import HoneNumerics
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Averages of parameters")
struct AverageTests {
  /// The parameters of the script, `[30][5]`.
  static func track() throws -> [[Double]] {
    rows(try OptimizerFixture.extras().doubles("track"))
  }

  static func rows(_ flat: [Double]) -> [[Double]] {
    stride(from: 0, to: flat.count, by: 5).map { Array(flat[$0..<$0 + 5]) }
  }

  @Test(
    "exponential averages are torch_ema's",
    arguments: [("ema", 0.7, true), ("ema-cold", 0.9, false)])
  func exponential(name: String, decay: Double, warmsUp: Bool) throws {
    let track = try Self.track()
    let expected = Self.rows(try OptimizerFixture.extras().doubles(name))
    let first = try Buffer(track[0])
    let average = try ExponentialAverage(decay: decay, warmsUp: warmsUp, values: first.view)
    #expect([Double](average.values) == track[0])
    for (values, row) in zip(track.dropFirst(), expected) {
      let parameters = try Buffer(values)
      try average.update(parameters.view)
      #expect(worstDifference([Double](average.values), row) < 1e-13)
    }
    #expect(average.updateCount == 29)
    // The warm-up ends at n = 20 of 29, so that both of its branches have been taken.
    #expect(!warmsUp || (1.0 + 20) / (10 + 20) >= decay)
  }

  @Test("equal averages are torch.optim.swa_utils', from their first epoch on")
  func equal() throws {
    let track = try Self.track()
    let expected = Self.rows(try OptimizerFixture.extras().doubles("swa"))
    let average = try StochasticWeightAverage(startEpoch: 10, parameterCount: 5)
    for (epoch, values) in track.enumerated() {
      let parameters = try Buffer(values)
      #expect(try average.update(parameters.view, epoch: epoch) == (epoch >= 10))
      guard epoch >= 10 else {
        #expect(average.values == nil)
        continue
      }
      let result = try #require(average.values)
      #expect(worstDifference([Double](result), expected[epoch - 10]) < 1e-13)
    }
    #expect(average.epochCount == 20)
  }

  @Test("averages that are resumed go on bit for bit")
  func resumes() throws {
    let track = try Self.track()
    let first = try Buffer(track[0])
    let zero = try Buffer(repeating: 0.0, count: 5)
    let exponential = try ExponentialAverage(decay: 0.7, values: first.view)
    let equal = try StochasticWeightAverage(startEpoch: 3, parameterCount: 5)
    for epoch in 0..<12 {
      let parameters = try Buffer(track[epoch])
      try exponential.update(parameters.view)
      try equal.update(parameters.view, epoch: epoch)
    }
    var live = OptimizerState()
    try exponential.save(into: &live)
    try equal.save(into: &live)
    let state = try OptimizerStateTests.copy(live)
    let exponentialResumed = try ExponentialAverage(decay: 0.7, values: zero.view)
    let equalResumed = try StochasticWeightAverage(startEpoch: 3, parameterCount: 5)
    try exponentialResumed.restore(from: state)
    try equalResumed.restore(from: state)
    for epoch in 12..<30 {
      let parameters = try Buffer(track[epoch])
      for average in [exponential, exponentialResumed] { try average.update(parameters.view) }
      for average in [equal, equalResumed] { try average.update(parameters.view, epoch: epoch) }
    }
    #expect(bits(exponentialResumed.values) == bits(exponential.values))
    #expect(try bits(#require(equalResumed.values)) == bits(#require(equal.values)))
  }

  @Test("an epoch whose end is tried again counts once")
  func repeatedEpoch() throws {
    let (first, second) = (try Buffer([1.0, 2]), try Buffer([3.0, 6]))
    let average = try StochasticWeightAverage(startEpoch: 2, parameterCount: 2)
    try average.update(first.view, epoch: 2)
    for _ in 0..<3 { try average.update(second.view, epoch: 3) }
    #expect(average.epochCount == 2)
    #expect(Array(try #require(average.values)) == [2, 4])
  }

  @Test("bad settings, other lengths and states of other models are refused")
  func refusals() throws {
    let five = try Buffer(repeating: 1.0, count: 5)
    let four = try Buffer(repeating: 1.0, count: 4)
    let exponential = try ExponentialAverage(decay: 0.5, values: five.view)
    let equal = try StochasticWeightAverage(startEpoch: 0, parameterCount: 5)
    var state = OptimizerState()
    try ExponentialAverage(decay: 0.5, values: four.view).save(into: &state)
    try StochasticWeightAverage(startEpoch: 0, parameterCount: 4).save(into: &state)
    let other = state
    let bodies: [(HoneError.Kind, () throws -> Void)] = [
      (.invalidArgument, { _ = try ExponentialAverage(decay: 1.5, values: five.view) }),
      (.invalidArgument, { _ = try ExponentialAverage(decay: .nan, values: five.view) }),
      (.invalidArgument, { _ = try StochasticWeightAverage(startEpoch: -1, parameterCount: 5) }),
      (.invalidArgument, { try exponential.update(four.view) }),
      (.invalidArgument, { try equal.update(four.view, epoch: 0) }),
      (.format, { try exponential.restore(from: other) }),
      (.format, { try equal.restore(from: other) }),
      (.format, { try equal.restore(from: OptimizerState()) }),
    ]
    for (kind, body) in bodies {
      let error = #expect(throws: HoneError.self) { try body() }
      #expect(isRefusal(error, kind), "\(String(describing: error))")
    }
    withExtendedLifetime(four) {}
  }
}
