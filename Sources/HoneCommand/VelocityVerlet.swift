internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// Molecular dynamics at constant energy: velocity Verlet.
///
/// Swope, Andersen, Berens, Wilson, J. Chem. Phys. 76, 637 (1982), doi:10.1063/1.442716.
struct VelocityVerlet {
  /// 1 eV/(Å amu) in Å/fs², from CODATA 2018.
  static let acceleration = 9.648533212331e-3
  /// Boltzmann's constant in eV/K, CODATA 2018.
  static let boltzmann = 8.617333262e-5

  let field: ForceField
  let settings: ComputeSettings
  private let workspace = Workspace()
  /// The time step in fs.
  let timestep: Double
  /// In amu, `[atoms]`.
  let masses: [Double]
  let atomicNumbers: [Int32]
  let cell: Cell?
  /// In Å, `[atoms, 3]`.
  private(set) var positions: [Double]
  /// In Å/fs, `[atoms, 3]`.
  private(set) var velocities: [Double]
  /// In eV/Å, `[atoms, 3]`.
  private(set) var forces: [Double]
  /// In eV.
  private(set) var potentialEnergy: Double

  /// Starts with velocities of the Maxwell-Boltzmann distribution, the center of mass at rest.
  ///
  /// - Parameters:
  ///   - temperature: In K, not negative.
  ///   - seed: Of the velocities.
  /// - Throws: As `ForceField.compute`; `.invalidArgument` for an element without a known mass.
  init(
    _ structure: Structure, field: ForceField, settings: ComputeSettings, timestep: Double,
    temperature: Double, seed: UInt64
  ) throws(HoneError) {
    self.field = field
    self.settings = settings
    // Atoms move by a hundredth of this in a step: neighbours serve for tens of steps.
    workspace.skin = 1
    self.timestep = timestep
    atomicNumbers = structure.atomicNumbers
    cell = structure.cell
    positions = structure.positions
    var masses: [Double] = []
    for number in atomicNumbers {
      guard let mass = AtomicMasses.mass(of: number) else {
        throw HoneError(.invalidArgument, "the mass of atomic number \(number) is not known")
      }
      masses.append(mass)
    }
    self.masses = masses
    velocities = Self.thermal(masses, temperature: temperature, seed: seed)
    forces = []
    potentialEnergy = 0
    try updateForces()
  }

  private static func thermal(_ masses: [Double], temperature: Double, seed: UInt64) -> [Double] {
    var random = RandomNumbers(seed: seed)
    var velocities: [Double] = []
    var momentum = SIMD3<Double>.zero
    for mass in masses {
      let width = (boltzmann * temperature * acceleration / mass).squareRoot()
      let velocity = width * SIMD3(random.normal(), random.normal(), random.normal())
      momentum += mass * velocity
      velocities += [velocity.x, velocity.y, velocity.z]
    }
    // One atom alone would be left at rest: there is nothing it could move against.
    guard masses.count > 1 else { return velocities }
    let drift = momentum / masses.reduce(0, +)
    for atom in masses.indices {
      for axis in 0..<3 { velocities[3 * atom + axis] -= drift[axis] }
    }
    return velocities
  }

  private mutating func updateForces() throws(HoneError) {
    let result = try field.compute(
      atomicNumbers: atomicNumbers.span, positions: positions.span, cell: cell,
      quantities: [.energy, .forces], settings: settings, workspace: workspace)
    guard let computed = result.forces, result.energy.isFinite else {
      throw HoneError(.notConverged, "the energy is \(result.energy), the dynamics has diverged")
    }
    potentialEnergy = result.energy
    forces = (0..<computed.count).map { computed[$0] }
  }

  private mutating func kick() {
    for atom in masses.indices {
      let factor = 0.5 * timestep * Self.acceleration / masses[atom]
      for axis in 0..<3 { velocities[3 * atom + axis] += factor * forces[3 * atom + axis] }
    }
  }

  /// Makes one step.
  ///
  /// - Throws: As `ForceField.compute`, `.notConverged` when the energy is no longer finite.
  mutating func step() throws(HoneError) {
    kick()
    for index in positions.indices { positions[index] += timestep * velocities[index] }
    try updateForces()
    kick()
  }

  /// In eV.
  var kineticEnergy: Double {
    var sum = 0.0
    for atom in masses.indices {
      for axis in 0..<3 {
        let velocity = velocities[3 * atom + axis]
        sum += masses[atom] * velocity * velocity
      }
    }
    return 0.5 * sum / Self.acceleration
  }

  /// In K, with the three degrees of freedom of the center of mass left out.
  var temperature: Double {
    let degrees = masses.count > 1 ? 3 * masses.count - 3 : 3 * masses.count
    return degrees > 0 ? 2 * kineticEnergy / (Double(degrees) * Self.boltzmann) : 0
  }
}
