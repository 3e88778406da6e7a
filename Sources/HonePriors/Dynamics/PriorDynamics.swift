internal import Glibc
public import HoneNumerics
internal import HoneStructure

/// Structures for training at test time, from short Langevin dynamics on a prior.
///
/// The scheme BAOAB: half a kick, half a drift, friction and noise for the whole step, half a drift,
/// half a kick; configurations are sampled with an error of second order in the time step, in harmonic
/// systems with none.
/// - SeeAlso: Leimkuhler and Matthews, J. Chem. Phys. 138, 174102 (2013), doi:10.1063/1.4802990.
public struct PriorDynamics: Sendable {
  /// How atoms are moved.
  public struct Settings: Sendable, Equatable {
    /// In K.
    public var temperature = 300.0
    /// In fs.
    public var timestep = 0.5
    /// The rate at which velocities are forgotten, in 1/fs; zero for constant energy.
    public var friction = 0.02
    /// The number of steps.
    public var stepCount = 1000
    /// Every how many steps a frame is kept.
    public var frameInterval = 50
    /// Of velocities and noise: the same seed gives the same frames.
    public var seed: UInt64 = 1

    /// The defaults: half a picosecond at 300 K with steps of 0.5 fs, twenty frames.
    public init() {}
  }

  /// A structure on the way.
  public struct Frame: Sendable, Equatable {
    /// The step after which it was kept, from 1.
    public let step: Int
    /// The structure, with the charge and multiplicity of the start.
    public let system: PriorSystem
    /// What the prior says of it.
    public let labels: PriorLabels
    /// The kinetic temperature in K, of all 3 N degrees of freedom.
    public let temperature: Double
  }

  /// What a run gave.
  public struct Trajectory: Sendable {
    /// The frames, one at least.
    public let frames: [Frame]
    /// Why the run ended before its last step; nil where it did not.
    public let interruption: String?
  }

  /// Kinetic temperatures that many times the wanted one end a run; up to ten times as many for few
  /// atoms, where the tail of the distribution reaches further.
  private static let explosion = 10.0
  /// Temperatures below this, in K, end no run: a strained start releases as much.
  private static let harmless = 5000.0

  private let settings: Settings

  /// Makes a dynamics.
  ///
  /// - Throws: `.invalidArgument` for settings that no run can have.
  public init(_ settings: Settings = Settings()) throws(HoneError) {
    guard (0...1e6).contains(settings.temperature), (1e-6...100).contains(settings.timestep),
      (0...1e6).contains(settings.friction)
    else {
      throw HoneError(
        .invalidArgument,
        "dynamics needs a temperature from 0 to 1e6 K, a time step from 1e-6 to 100 fs and a friction "
          + "from 0 to 1e6 1/fs, got \(settings.temperature) K, \(settings.timestep) fs and "
          + "\(settings.friction) 1/fs")
    }
    guard settings.stepCount > 0, (1...settings.stepCount).contains(settings.frameInterval) else {
      throw HoneError(
        .invalidArgument,
        "dynamics needs one step at least and an interval of frames from 1 to the number of steps, got "
          + "\(settings.stepCount) steps and the interval \(settings.frameInterval)")
    }
    self.settings = settings
  }

  /// Runs from a start with velocities of the temperature.
  ///
  /// What goes wrong on the way (temperatures that explode, labels that are no labels, a prior that
  /// fails) ends the run; the frames until then are kept.
  ///
  /// - Parameters:
  ///   - prior: What moves the atoms.
  ///   - start: The first structure, which is no frame.
  ///   - isCancelled: Asked before every step.
  /// - Returns: The frames, and why there are not more.
  /// - Throws: `.notConverged` where no frame was reached; `.cancelled`; `.outOfMemory`; for the start
  ///   what the prior throws, and `.invalidArgument` for no atoms or one without a known mass.
  public func run(
    _ prior: some Prior, from start: PriorSystem, isCancelled: () -> Bool = { false }
  ) throws(HoneError) -> Trajectory {
    var state = try LangevinState(start, settings, prior)
    var frames: [Frame] = []
    var interruption: String?
    let factor = Self.explosion * (1 + 9 / Double(start.structure.atomCount))
    let limit = max(Self.harmless, factor * settings.temperature)
    for step in 1...settings.stepCount {
      if isCancelled() { throw HoneError(.cancelled, "the dynamics was cancelled") }
      do throws(HoneError) {
        try state.advance(prior)
        guard state.temperature <= limit else {
          throw HoneError(
            .notConverged,
            "the temperature reached \(shown(state.temperature)) K where \(settings.temperature) K were "
              + "wanted; is the time step too long or the start too strained")
        }
      } catch {
        if error.kind == .cancelled || error.kind == .outOfMemory { throw error }
        interruption = "at step \(step) of \(settings.stepCount): \(error.message)"
        guard !frames.isEmpty else {
          throw HoneError(
            .notConverged, "the dynamics on \(prior.name) reached no frame: \(interruption ?? "")")
        }
        break
      }
      guard step % settings.frameInterval == 0 else { continue }
      frames.append(
        Frame(
          step: step, system: state.system, labels: state.labels, temperature: state.temperature))
    }
    return Trajectory(frames: frames, interruption: interruption)
  }
}

/// Positions, velocities and labels of a run.
private struct LangevinState {
  private(set) var system: PriorSystem
  private(set) var labels: PriorLabels
  /// In Å/fs, shape `[atoms, 3]`.
  private var velocities: [Double]
  /// In amu, shape `[atoms]`.
  private let masses: [Double]
  /// √(k_B T / m) in Å/fs, shape `[atoms]`.
  private let widths: [Double]
  private let timestep: Double
  /// How much of a velocity is left after a step.
  private let memory: Double
  private var random: RandomNumbers

  init(
    _ start: PriorSystem, _ settings: PriorDynamics.Settings, _ prior: some Prior
  ) throws(HoneError) {
    guard start.structure.atomCount > 0 else {
      throw HoneError(.invalidArgument, "dynamics needs atoms, got none")
    }
    var masses: [Double] = []
    for number in start.structure.atomicNumbers {
      guard let mass = AtomicMasses.mass(of: number) else {
        throw HoneError(.invalidArgument, "the mass of atomic number \(number) is not known")
      }
      masses.append(mass)
    }
    self.masses = masses
    let energy = Units.boltzmann * settings.temperature * Units.acceleration
    widths = masses.map { (energy / $0).squareRoot() }
    timestep = settings.timestep
    memory = exp(-settings.friction * settings.timestep)
    random = RandomNumbers(seed: settings.seed)
    velocities = []
    for width in widths { for _ in 0..<3 { velocities.append(width * random.normal()) } }
    system = start
    labels = try Self.label(start, prior)
  }

  private static func label(
    _ system: PriorSystem, _ prior: some Prior
  ) throws(HoneError) -> PriorLabels {
    let labels = try prior.labels(of: system)
    try labels.check(atomCount: system.structure.atomCount, name: prior.name)
    return labels
  }

  /// Makes one step.
  mutating func advance(_ prior: some Prior) throws(HoneError) {
    kick()
    var positions = system.structure.positions
    drift(&positions)
    let noise = (1 - memory * memory).squareRoot()
    for index in velocities.indices {
      // Without friction no number is drawn away either: such a run is one of constant energy.
      velocities[index] =
        memory < 1
        ? memory * velocities[index] + noise * widths[index / 3] * random.normal()
        : velocities[index]
    }
    drift(&positions)
    system = try system.moved(to: positions)
    labels = try Self.label(system, prior)
    kick()
  }

  private mutating func kick() {
    for index in velocities.indices {
      velocities[index] +=
        0.5 * timestep * Units.acceleration / masses[index / 3] * labels.forces[index]
    }
  }

  private func drift(_ positions: inout [Double]) {
    for index in positions.indices { positions[index] += 0.5 * timestep * velocities[index] }
  }

  /// In K, from all 3 N velocities: noise moves the centre of mass like any other degree of freedom.
  var temperature: Double {
    var sum = 0.0
    for index in velocities.indices {
      sum += masses[index / 3] * velocities[index] * velocities[index]
    }
    return sum / (Units.acceleration * Units.boltzmann * Double(velocities.count))
  }
}
