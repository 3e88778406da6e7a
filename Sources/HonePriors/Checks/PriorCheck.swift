public import HoneNumerics
internal import HoneStructure

/// Compares the forces of a prior with differences of its energy.
///
/// Finds what a network would be trained on otherwise: energies and forces in different units,
/// gradients instead of forces, forces of another order or of another energy. Energies and forces that
/// are both wrong by the same factor are consistent, and cannot be told from right ones.
public struct PriorCheck: Sendable, Equatable {
  /// The largest displacement of an atom in the shorter of the two differences, in Å.
  static let displacement = 1e-3
  /// The disagreement allowed beside what the differences themselves are in error, relative.
  static let tolerance = 0.02
  /// Slopes below this, in eV/Å, say nothing.
  static let floor = 1e-3
  /// Forces below this, in eV/Å, are too small to compare: atoms are then moved first.
  static let smallForce = 0.3
  /// How far, in Å (standard deviation of each component).
  static let distortion = 0.03

  /// −dE/ds in eV/Å along the direction of the check, from energies.
  public let measured: Double
  /// The same from the forces, Σ F · d.
  public let reported: Double
  /// How much the measured slope depends on the length of the displacement, in eV/Å.
  public let uncertainty: Double
  /// Whether there was anything to compare: false where neither energy nor forces say that atoms
  /// interact.
  public var isConclusive: Bool { max(measured.magnitude, reported.magnitude) > Self.floor }

  /// Checks a prior on a structure; takes five or six computations.
  ///
  /// The direction is random, but half along the forces, so that in large structures too the energy
  /// changes by more than noise. Where all forces are small the atoms are moved a little first.
  ///
  /// - Parameters:
  ///   - prior: The prior.
  ///   - system: A structure that the prior is meant for, whose atoms interact.
  ///   - seed: Of the direction.
  /// - Returns: What was compared.
  /// - Throws: `.invalidArgument` for a prior whose forces are not the derivative of its energy,
  ///   `.notConverged` for an energy too rough to have one; what the prior throws.
  @discardableResult
  public static func verify(
    _ prior: some Prior, _ system: PriorSystem, seed: UInt64 = 1
  ) throws(HoneError) -> PriorCheck {
    var random = RandomNumbers(seed: seed)
    var start = system
    var labels = try prior.labels(of: start)
    try labels.check(atomCount: start.structure.atomCount, name: prior.name)
    if labels.forces.allSatisfy({ $0.magnitude < smallForce }) {
      start = try system.moved(
        to: system.structure.positions.map { $0 + distortion * random.normal() })
      labels = try prior.labels(of: start)
      try labels.check(atomCount: start.structure.atomCount, name: prior.name)
    }
    let direction = direction(labels.forces, &random)
    let reported = zip(labels.forces, direction).reduce(0) { $0 + $1.0 * $1.1 }
    func slope(_ step: Double) throws(HoneError) -> Double {
      var energies: [Double] = []
      for sign in [-step, step] {
        let moved = try start.moved(
          to: zip(start.structure.positions, direction).map { $0 + sign * $1 })
        let labels = try prior.labels(of: moved)
        try labels.check(atomCount: moved.structure.atomCount, name: prior.name)
        energies.append(labels.energy)
      }
      return (energies[0] - energies[1]) / (2 * step)
    }
    let short = try slope(displacement)
    let long = try slope(2 * displacement)
    // The error of the first grows with the square of the displacement, noise falls with it.
    let check = PriorCheck(
      measured: short, reported: reported, uncertainty: (short - long).magnitude)
    try check.judge(prior.name)
    return check
  }

  /// A direction whose longest displacement of an atom is one.
  private static func direction(_ forces: [Double], _ random: inout RandomNumbers) -> [Double] {
    var direction = forces.map { _ in random.normal() }
    let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let force = forces.reduce(0) { $0 + $1 * $1 }.squareRoot()
    if force > 0 {
      for index in direction.indices { direction[index] += norm / force * forces[index] }
    }
    var largest = 0.0
    for atom in 0..<direction.count / 3 {
      let part = direction[3 * atom..<3 * atom + 3].reduce(0) { $0 + $1 * $1 }
      largest = max(largest, part.squareRoot())
    }
    return largest > 0 ? direction.map { $0 / largest } : direction
  }

  private func judge(_ name: String) throws(HoneError) {
    guard isConclusive else { return }
    let scale = max(measured.magnitude, reported.magnitude)
    let difference = (measured - reported).magnitude
    let isConsistent = difference <= Self.tolerance * scale + 3 * uncertainty + Self.floor
    // Noise may make a disagreement up or hide one, but hardly where two differences agree.
    let limit = (isConsistent ? 0.25 * scale : 0.05 * measured.magnitude) + Self.floor
    guard uncertainty <= limit else {
      throw HoneError(
        .notConverged,
        "the energy of the prior \(name) is too rough to check its forces: over 0.001 Å its slope is "
          + "\(shown(measured)) eV/Å, over 0.002 Å it differs by \(shown(uncertainty)) eV/Å; make "
          + "it smooth or converge it more tightly")
    }
    guard !isConsistent else { return }
    let ratio = reported / measured
    throw HoneError(
      .invalidArgument,
      "the forces of the prior \(name) must be the negative gradient of its energy in eV and Å, but "
        + "along a random displacement they give \(shown(reported)) eV/Å and the energy gives "
        + "\(shown(measured)) eV/Å, a ratio of \(shown(ratio)): "
        + UnitMistake.explanation(of: ratio))
  }
}
