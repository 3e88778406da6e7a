internal import HoneNumerics
internal import HoneStructure

/// An energy that is a sum over pairs of atoms, each a function of species and distance.
protocol PairPotential {
  /// Beyond it there is nothing, in Å.
  var cutoff: Double { get }
  /// The energy of a pair in eV and its derivative in eV/Å.
  ///
  /// - Parameters:
  ///   - r: The distance in Å, below the cutoff.
  ///   - i: The species of one atom, an index.
  ///   - j: The species of the other.
  func evaluate(_ r: Double, _ i: Int, _ j: Int) -> (energy: Double, slope: Double)
}

extension PairPotential {
  /// Sums the potential over all pairs of a structure, periodic images included.
  ///
  /// `E = ½ Σ_i Σ_j V(r_ij)`, `F_i = Σ_j V′(r) d/r` and `W[a][b] = −½ Σ_i Σ_j V′(r) d_a d_b / r`, where
  /// `d` points from atom i to atom j.
  ///
  /// - Parameters:
  ///   - structure: The atoms.
  ///   - species: The species of each atom, shape `[atoms]`.
  /// - Throws: `.invalidArgument` as `Structure.neighborList`, `.outOfMemory`.
  func labels(of structure: Structure, species: [Int]) throws(HoneError) -> PriorLabels {
    let list = try structure.neighborList(cutoff: cutoff)
    var energy = 0.0
    var forces = [Double](repeating: 0, count: 3 * structure.atomCount)
    var (xx, xy, xz, yy, yz, zz) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    withExtendedLifetime(list) {
      for centre in 0..<list.atomCount {
        var force = SIMD3<Double>.zero
        for edge in list.edges(of: centre) {
          let d = SIMD3(
            list.vectors[3 * edge], list.vectors[3 * edge + 1], list.vectors[3 * edge + 2])
          let r = (d * d).sum().squareRoot()
          let pair = evaluate(r, species[centre], species[Int(list.neighbors[edge])])
          energy += 0.5 * pair.energy
          let pull = pair.slope / r * d
          force += pull
          xx -= 0.5 * pull.x * d.x
          xy -= 0.5 * pull.x * d.y
          xz -= 0.5 * pull.x * d.z
          yy -= 0.5 * pull.y * d.y
          yz -= 0.5 * pull.y * d.z
          zz -= 0.5 * pull.z * d.z
        }
        for axis in 0..<3 { forces[3 * centre + axis] = force[axis] }
      }
    }
    return PriorLabels(
      energy: energy, forces: forces, virial: [xx, xy, xz, xy, yy, yz, xz, yz, zz])
  }
}

/// The distinct elements of a structure, and which of them each atom is.
struct SpeciesIndex {
  /// Atomic numbers in the order of their first occurrence.
  private(set) var elements: [Int32] = []
  /// An index into the elements for each atom.
  private(set) var indices: [Int] = []

  init(_ structure: Structure) {
    var known: [Int32: Int] = [:]
    indices.reserveCapacity(structure.atomCount)
    for number in structure.atomicNumbers {
      let index = known[number, default: elements.count]
      if index == elements.count {
        known[number] = index
        elements.append(number)
      }
      indices.append(index)
    }
  }
}
