public import HoneNumerics
internal import HoneStructure

/// Two spheres that attract each other from afar and repel each other when they touch.
///
/// `V(r) = 4 ε [(σ/r)¹² − (σ/r)⁶] s(r)` with a smooth cutoff `s`, for every pair of atoms, bonded or
/// not; between elements the arithmetic mean of σ and the geometric one of ε (Lorentz and Berthelot).
public struct LennardJonesPrior: Prior {
  /// What an element is to the potential.
  public struct Parameters: Sendable, Equatable {
    /// The distance at which two atoms of the element have the energy zero, in Å.
    public var sigma: Double
    /// The depth of their minimum, in eV.
    public var epsilon: Double

    /// Makes parameters of σ in Å and ε in eV.
    public init(sigma: Double, epsilon: Double) {
      self.sigma = sigma
      self.epsilon = epsilon
    }
  }

  /// The parameters of elements for which those of UFF are not used, by atomic number.
  public let parameters: [Int32: Parameters]
  /// Where the potential ends.
  public let cutoff: SmoothCutoff
  /// The name.
  public var name: String { "lj" }

  /// Makes a prior.
  ///
  /// - Parameters:
  ///   - parameters: By atomic number; elements that are left out have those of UFF.
  ///   - cutoff: Where the potential ends, in Å.
  ///   - switchStart: Where it begins to, in Å; 0.8 times the cutoff where nil.
  /// - Throws: `.invalidArgument` for a cutoff that is none, for σ that is not positive and for ε that
  ///   is negative.
  public init(
    parameters: [Int32: Parameters] = [:], cutoff: Double = 10, switchStart: Double? = nil
  ) throws(HoneError) {
    for (number, entry) in parameters.sorted(by: { $0.key < $1.key }) {
      guard entry.sigma.isFinite, entry.sigma > 0, entry.epsilon.isFinite, entry.epsilon >= 0 else {
        throw HoneError(
          .invalidArgument,
          "sigma must be positive and epsilon not negative, but element \(number) has "
            + "\(entry.sigma) Å and \(entry.epsilon) eV")
      }
    }
    self.parameters = parameters
    self.cutoff = try SmoothCutoff(start: switchStart ?? 0.8 * cutoff, end: cutoff)
  }

  /// The labels of a structure; charge and multiplicity mean nothing to them.
  public func labels(of system: PriorSystem) throws(HoneError) -> PriorLabels {
    let species = SpeciesIndex(system.structure)
    var elements: [Parameters] = []
    for number in species.elements {
      guard let entry = parameters[number] ?? UFFParameters.lennardJones(number) else {
        throw HoneError(
          .unknownSpecies,
          "UFF has Lennard-Jones parameters for the elements 1 to 103, not for \(number); give sigma "
            + "and epsilon for it")
      }
      elements.append(entry)
    }
    let labels = try LennardJonesPotential(elements, cutoff).labels(
      of: system.structure, species: species.indices)
    try labels.check(atomCount: system.structure.atomCount, name: name)
    return labels
  }
}

/// The potential between the elements of one structure.
private struct LennardJonesPotential: PairPotential {
  /// σ² of each pair of elements in Å².
  private var sigmaSquares: [Double] = []
  /// ε of each pair of elements in eV.
  private var epsilons: [Double] = []
  private let count: Int
  private let switching: SmoothCutoff

  init(_ elements: [LennardJonesPrior.Parameters], _ switching: SmoothCutoff) {
    count = elements.count
    self.switching = switching
    for a in elements {
      for b in elements {
        let sigma = 0.5 * (a.sigma + b.sigma)
        sigmaSquares.append(sigma * sigma)
        epsilons.append((a.epsilon * b.epsilon).squareRoot())
      }
    }
  }

  var cutoff: Double { switching.end }

  func evaluate(_ r: Double, _ i: Int, _ j: Int) -> (energy: Double, slope: Double) {
    let pair = i * count + j
    let square = sigmaSquares[pair] / (r * r)
    let sixth = square * square * square
    let energy = 4 * epsilons[pair] * sixth * (sixth - 1)
    let slope = -24 * epsilons[pair] * sixth * (2 * sixth - 1) / r
    let (s, ds) = switching.evaluate(r)
    return (energy * s, slope * s + energy * ds)
  }
}
