internal import Glibc
public import HoneNumerics
internal import HoneStructure

/// The screened repulsion of nuclei: what keeps atoms apart where no other prior is made for.
///
/// `V(r) = Z_i Z_j e² / (4πε₀ r) φ(r/a) s(r)` with the universal screening function
/// `φ(x) = 0.18175 e^(−3.1998 x) + 0.50986 e^(−0.94229 x) + 0.28022 e^(−0.4029 x) +
/// 0.028171 e^(−0.20162 x)`, the screening length `a = 0.46850 Å / (Z_i^0.23 + Z_j^0.23)` and a smooth
/// cutoff `s`.
/// - SeeAlso: Ziegler, Biersack and Littmark, The Stopping and Range of Ions in Matter, 1985.
public struct ZBLPrior: Prior {
  /// Where the potential ends.
  public let cutoff: SmoothCutoff
  /// The name.
  public var name: String { "zbl" }

  /// Makes a prior.
  ///
  /// - Parameters:
  ///   - cutoff: Where the repulsion ends, in Å.
  ///   - switchStart: Where it begins to, in Å; half the cutoff where nil.
  /// - Throws: `.invalidArgument` for a cutoff that is none.
  public init(cutoff: Double = 4, switchStart: Double? = nil) throws(HoneError) {
    self.cutoff = try SmoothCutoff(start: switchStart ?? 0.5 * cutoff, end: cutoff)
  }

  /// The labels of a structure; charge and multiplicity mean nothing to them.
  public func labels(of system: PriorSystem) throws(HoneError) -> PriorLabels {
    let species = SpeciesIndex(system.structure)
    for number in species.elements where !(1...118).contains(number) {
      throw HoneError(
        .unknownSpecies, "an atomic number must be from 1 to 118 for ZBL, got \(number)")
    }
    let labels = try ZBLPotential(species.elements, cutoff).labels(
      of: system.structure, species: species.indices)
    try labels.check(atomCount: system.structure.atomCount, name: name)
    return labels
  }
}

/// The repulsion between the elements of one structure.
private struct ZBLPotential: PairPotential {
  /// e² / (4πε₀) in eV Å: Hartree times Bohr.
  private static let coulomb = Units.hartree * Units.bohr
  private static let terms: [(weight: Double, decay: Double)] = [
    (0.18175, 3.1998), (0.50986, 0.94229), (0.28022, 0.4029), (0.028171, 0.20162),
  ]

  /// Z_i Z_j e² / (4πε₀) of each pair of elements, in eV Å.
  private var charges: [Double] = []
  /// 1 / a of each pair of elements, in 1/Å.
  private var inverseLengths: [Double] = []
  private let count: Int
  private let switching: SmoothCutoff

  init(_ elements: [Int32], _ switching: SmoothCutoff) {
    count = elements.count
    self.switching = switching
    for a in elements {
      for b in elements {
        charges.append(Self.coulomb * Double(a) * Double(b))
        inverseLengths.append((pow(Double(a), 0.23) + pow(Double(b), 0.23)) / 0.46850)
      }
    }
  }

  var cutoff: Double { switching.end }

  func evaluate(_ r: Double, _ i: Int, _ j: Int) -> (energy: Double, slope: Double) {
    let pair = i * count + j
    let inverseLength = inverseLengths[pair]
    var (screening, derivative) = (0.0, 0.0)
    for term in Self.terms {
      let part = term.weight * exp(-term.decay * inverseLength * r)
      screening += part
      derivative -= term.decay * inverseLength * part
    }
    let bare = charges[pair] / r
    let energy = bare * screening
    let slope = bare * (derivative - screening / r)
    let (s, ds) = switching.evaluate(r)
    return (energy * s, slope * s + energy * ds)
  }
}
