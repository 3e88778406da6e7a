import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Learning rate schedules")
struct LearningRateScheduleTests {
  typealias Schedule = LearningRateSchedule

  static let plateau = PlateauSettings(
    factor: 0.5, patience: 2, threshold: 1e-3, cooldown: 3, minimumRate: 3e-5)
  /// The schedules of the script.
  static let cases: [(name: String, shape: Schedule.Shape, isWarmed: Bool)] = [
    ("exponential", .exponential(factor: 0.93), false),
    ("decay", .decay(factor: 0.5, interval: 7), false),
    ("cosine", .cosine(length: 40, minimum: 1e-4), false),
    ("warm-exponential", .exponential(factor: 0.93), true),
    ("warm-decay", .decay(factor: 0.5, interval: 7), true),
    ("warm-cosine", .cosine(length: 40, minimum: 1e-4), true),
    ("plateau", .plateau(plateau), false),
    (
      "plateau-eager",
      .plateau(PlateauSettings(factor: 0.3, patience: 0, threshold: 0)), false
    ),
  ]

  static func schedule(_ index: Int) throws -> Schedule {
    let (_, shape, isWarmed) = cases[index]
    return try Schedule(
      initialRate: 0.01, shape: shape,
      warmUp: isWarmed ? Schedule.WarmUp(start: 0.1, length: 5, unit: .epoch) : nil)
  }

  @Test("rates are PyTorch's", arguments: cases.indices)
  func follows(index: Int) throws {
    let extras = try OptimizerFixture.extras()
    let expected = try extras.doubles(Self.cases[index].name)
    let losses = try extras.doubles("losses")
    var schedule = try Self.schedule(index)
    for (epoch, rate) in expected.enumerated() {
      #expect(abs(schedule.rate - rate) < 1e-15, "epoch \(epoch)")
      // Steps do not matter to one that counts epochs.
      schedule.finishStep()
      schedule.finishEpoch(loss: losses[epoch])
    }
    #expect(Set(expected).count > 3)
  }

  @Test("of losses below zero a slightly higher one is no improvement")
  func negativeLosses() {
    let settings = PlateauSettings(factor: 0.5, patience: 0, threshold: 1e-4)
    var state = PlateauState(rate: 1)
    for (loss, rate) in [(3.0, 1.0), (-10, 1), (-9.9995, 0.5), (-10.0005, 0.25), (-10.1, 0.25)] {
      state.update(loss, settings)
      #expect(state.rate == rate, "\(loss)")
    }
  }

  @Test("a schedule that is resumed goes on bit for bit", arguments: cases.indices)
  func resumes(index: Int) throws {
    let losses = try OptimizerFixture.extras().doubles("losses")
    for interruption in [0, 3, 35] {
      var schedule = try Self.schedule(index)
      for epoch in 0..<interruption { schedule.finishEpoch(loss: losses[epoch]) }
      var state = OptimizerState()
      try schedule.save(into: &state)
      var resumed = try Self.schedule(index)
      try resumed.restore(from: state)
      #expect(resumed == schedule)
      for epoch in interruption..<120 {
        schedule.finishEpoch(loss: losses[epoch])
        resumed.finishEpoch(loss: losses[epoch])
        #expect(resumed.rate.bitPattern == schedule.rate.bitPattern)
      }
    }
  }

  @Test("a warm-up in steps comes before a shape in epochs, which starts when it has ended")
  func mixedUnits() throws {
    var schedule = try Schedule(
      initialRate: 1, shape: .exponential(factor: 0.5), unit: .epoch,
      warmUp: Schedule.WarmUp(length: 4))
    var rates: [Double] = []
    for _ in 0..<3 {
      for _ in 0..<3 {
        rates.append(schedule.rate)
        schedule.finishStep()
      }
      schedule.finishEpoch()
    }
    #expect(rates == [0, 0.25, 0.5, 0.75, 1, 1, 0.5, 0.5, 0.5])
  }

  @Test("a shape in steps counts steps alone; the cosine stays at its minimum")
  func steps() throws {
    var schedule = try Schedule(
      initialRate: 1, shape: .cosine(length: 2, minimum: 0.2), unit: .step)
    var rates: [Double] = []
    for _ in 0..<5 {
      rates.append(schedule.rate)
      schedule.finishStep()
      schedule.finishEpoch(loss: 1)
    }
    #expect(worstDifference(rates, [1, 0.6, 0.2, 0.2, 0.2]) < 1e-15)
  }

  @Test("epochs without a loss are none to a plateau")
  func withoutLoss() throws {
    var schedule = try Schedule(
      initialRate: 1, shape: .plateau(PlateauSettings(factor: 0.5, patience: 0)))
    schedule.finishEpoch(loss: 1)
    for _ in 0..<5 { schedule.finishEpoch() }
    #expect(schedule.rate == 1)
    schedule.finishEpoch(loss: 1)
    #expect(schedule.rate == 0.5)
  }

  @Test(
    "numbers that make no sense are refused",
    arguments: [
      (0, .constant, .epoch, nil), (.nan, .constant, .epoch, nil),
      (1, .exponential(factor: 0), .epoch, nil), (1, .exponential(factor: 1.1), .epoch, nil),
      (1, .decay(factor: -1, interval: 2), .epoch, nil),
      (1, .decay(factor: 0.5, interval: 0), .epoch, nil),
      (1, .cosine(length: 0, minimum: 0), .epoch, nil),
      (1, .cosine(length: 5, minimum: 2), .epoch, nil),
      (1, .cosine(length: 5, minimum: -2), .epoch, nil),
      (1, .plateau(PlateauSettings()), .step, nil),
      (1, .plateau(PlateauSettings(factor: 1)), .epoch, nil),
      (1, .plateau(PlateauSettings(patience: -1)), .epoch, nil),
      (1, .plateau(PlateauSettings(threshold: 1)), .epoch, nil),
      (1, .plateau(PlateauSettings(minimumRate: -1)), .epoch, nil),
      (1, .constant, .epoch, Schedule.WarmUp(length: 0)),
      (1, .constant, .epoch, Schedule.WarmUp(start: 1.5, length: 3)),
    ] as [(Double, Schedule.Shape, Schedule.Unit, Schedule.WarmUp?)])
  func refusals(
    rate: Double, shape: Schedule.Shape, unit: Schedule.Unit, warmUp: Schedule.WarmUp?
  ) {
    let error = #expect(throws: HoneError.self) {
      try Schedule(initialRate: rate, shape: shape, unit: unit, warmUp: warmUp)
    }
    #expect(isRefusal(error, .invalidArgument))
  }

  @Test("a state without a schedule is refused and nothing changes")
  func refusedState() throws {
    var schedule = try Self.schedule(0)
    schedule.finishEpoch()
    let before = schedule
    var state = OptimizerState()
    try state.add("schedule.warm_up_count", 0)
    try state.add("schedule.count", 7)
    let error = #expect(throws: HoneError.self) { try schedule.restore(from: state) }
    #expect(isRefusal(error, .format))
    #expect(schedule == before)
  }
}
