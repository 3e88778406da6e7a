import HoneNumerics
import HoneStructure
import Synchronization
import Testing

@testable import HonePriors

@Suite("Dynamics on a prior")
struct PriorDynamicsTests {
  @Test("coordinates and velocities share the temperature")
  func equipartition() throws {
    // Springs without a length are harmonic: with stiffness k between all pairs of n atoms every
    // internal coordinate has ⟨½ k n |r_i − centre|²⟩, so E = ½ (3 n − 3) k_B T on average.
    let springs = Springs(stiffness: 1, length: 0)
    let start = try PriorSystem(
      Structure(
        atomicNumbers: [1, 6, 8, 1], positions: [0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1, 0.1, 0.1, 0]))
    var settings = PriorDynamics.Settings()
    settings.temperature = 400
    settings.timestep = 1
    settings.friction = 0.1
    settings.stepCount = 200_000
    settings.frameInterval = 40
    settings.seed = 11
    let run = try PriorDynamics(settings).run(springs.prior, from: start)
    #expect(run.interruption == nil && run.frames.count == 5000)
    // Of the first half a picosecond nothing is taken.
    let frames = run.frames.dropFirst(12)
    let count = Double(frames.count)
    let potential = frames.reduce(0) { $0 + $1.labels.energy } / count
    let kinetic = frames.reduce(0) { $0 + $1.temperature } / count
    // Energies of d quadratic degrees of freedom spread by √(2/d): 0.47 of nine, 0.41 of twelve.
    // Frames are 40 fs apart and friction forgets in 10 fs, so of 4988 at least 2000 are independent:
    // one standard deviation of the means is 1.1 %, the bounds are four.
    let wanted = 0.5 * 9 * Units.boltzmann * 400
    #expect((potential / wanted - 1).magnitude < 0.042)
    #expect((kinetic / 400 - 1).magnitude < 0.036)
  }

  @Test("a run without friction keeps its energy")
  func constantEnergy() throws {
    var settings = PriorDynamics.Settings()
    settings.friction = 0
    settings.timestep = 0.1
    settings.stepCount = 2000
    settings.frameInterval = 1
    let start = try Springs.system()
    let frames = try PriorDynamics(settings).run(Springs().prior, from: start).frames
    let energies = frames.map { frame in
      frame.labels.energy + 1.5 * 5 * Units.boltzmann * frame.temperature
    }
    let (low, high) = (energies.min() ?? 0, energies.max() ?? .infinity)
    let potential = frames.map(\.labels.energy)
    // Verlet's error is of the order (ω h)²: here ω h < 0.01.
    #expect(high - low < 1e-3 * ((potential.max() ?? 0) - (potential.min() ?? 0)))
  }

  @Test("the same seed gives the same frames in every bit, another one others")
  func reproducible() throws {
    var settings = PriorDynamics.Settings()
    settings.stepCount = 50
    settings.frameInterval = 10
    let start = try PriorSystem(
      Springs.system().structure, charge: 1, multiplicity: 3)
    let dynamics = try PriorDynamics(settings)
    let first = try dynamics.run(Springs().prior, from: start).frames
    #expect(try dynamics.run(Springs().prior, from: start).frames == first)
    #expect(first.map(\.step) == [10, 20, 30, 40, 50])
    for frame in first {
      #expect(frame.system.charge == 1 && frame.system.multiplicity == 3)
      #expect(frame.labels == Springs().labels(of: frame.system))
    }
    settings.seed = 2
    #expect(try PriorDynamics(settings).run(Springs().prior, from: start).frames != first)
  }

  @Test(
    "an explosion ends the run with the frames until then, or with an error where there are none")
  func explosion() throws {
    var settings = PriorDynamics.Settings()
    settings.timestep = 7
    settings.friction = 0
    settings.stepCount = 1000
    settings.frameInterval = 1
    let run = try PriorDynamics(settings).run(Springs().prior, from: Springs.system())
    #expect(run.frames.count < 1000 && !run.frames.isEmpty)
    #expect(run.interruption?.contains("the temperature reached") == true)
    #expect(run.frames.allSatisfy { $0.temperature < 20_000 })
    settings.timestep = 30
    let error = #expect(throws: HoneError.self) {
      try PriorDynamics(settings).run(Springs(stiffness: 12).prior, from: Springs.system())
    }
    #expect(error?.kind == .notConverged && error?.message.contains("no frame") == true)
  }

  @Test(
    "a prior that fails on the way ends the run, at the start it is an error; cancelling is one too"
  )
  func failures() throws {
    let calls = Mutex(0)
    let failing = CallbackPrior { (system) throws(HoneError) in
      let call = calls.withLock { count in
        count += 1
        return count
      }
      guard call < 30 else { throw HoneError(.notConverged, "no more") }
      return Springs().labels(of: system)
    }
    var settings = PriorDynamics.Settings()
    settings.stepCount = 100
    settings.frameInterval = 10
    let run = try PriorDynamics(settings).run(failing, from: Springs.system())
    #expect(run.frames.count == 2 && run.interruption == "at step 29 of 100: no more")
    #expect(throws: HoneError(.notConverged, "no more")) {
      try PriorDynamics(settings).run(failing, from: Springs.system())
    }
    let error = #expect(throws: HoneError.self) {
      try PriorDynamics(settings).run(
        Springs().prior, from: Springs.system(), isCancelled: { true })
    }
    #expect(error?.kind == .cancelled)
  }

  @Test("settings that no run can have are refused")
  func settings() {
    let changes: [(inout PriorDynamics.Settings) -> Void] = [
      { $0.temperature = -1 }, { $0.temperature = .nan }, { $0.timestep = 0 }, { $0.friction = -1 },
      { $0.stepCount = 0 }, { $0.frameInterval = 0 }, { $0.frameInterval = 2000 },
    ]
    for change in changes {
      var settings = PriorDynamics.Settings()
      change(&settings)
      let changed = settings
      #expect(throws: HoneError.self) { try PriorDynamics(changed) }
    }
  }
}
