public import HoneNumerics
public import HoneStructure

/// Small clusters with the energy and forces of a sum over pairs, to train on within seconds.
public enum PairClusters {
  /// A cluster and what the potential says of it.
  public struct Sample: Sendable {
    /// The atoms.
    public let structure: Structure
    /// In eV.
    public let energy: Double
    /// In eV/Å, `[atoms, 3]`.
    public let forces: [Double]
  }

  /// V(r) = D ((1 − exp(−a (r − r₀)))² − 1), times the sizes of both atoms, and an energy per atom.
  public struct Morse: Sendable {
    /// D in eV.
    public var depth = 0.5
    /// a in 1/Å.
    public var slope = 1.5
    /// r₀ in Å.
    public var distance = 1.6
    /// In eV for every atom, times its atomic number.
    public var constant = -1.0

    /// The potential of the tests.
    public init(depth: Double = 0.5, distance: Double = 1.6, constant: Double = -1) {
      self.depth = depth
      self.distance = distance
      self.constant = constant
    }

    /// The energy in eV and the forces in eV/Å of a structure without a cell.
    public func labels(_ structure: Structure) -> (energy: Double, forces: [Double]) {
      let (x, numbers) = (structure.positions, structure.atomicNumbers)
      var energy = numbers.reduce(0) { $0 + constant * Double($1) }
      var forces = [Double](repeating: 0, count: x.count)
      for i in numbers.indices {
        for j in 0..<i {
          let d = SIMD3((0..<3).map { x[3 * j + $0] - x[3 * i + $0] })
          let r = (d * d).sum().squareRoot()
          let strength = depth * (numbers[i] == numbers[j] ? 1 : 1.5)
          let decay = exponential(-slope * (r - distance))
          energy += strength * ((1 - decay) * (1 - decay) - 1)
          let derivative = 2 * strength * slope * decay * (1 - decay)
          for axis in 0..<3 {
            forces[3 * i + axis] += derivative * d[axis] / r
            forces[3 * j + axis] -= derivative * d[axis] / r
          }
        }
      }
      return (energy, forces)
    }

    /// By halving and squaring, for modules without a mathematical library.
    private func exponential(_ x: Double) -> Double {
      let small = x / 1024
      var sum = 1.0
      var term = 1.0
      for n in 1...12 {
        term *= small / Double(n)
        sum += term
      }
      for _ in 0..<10 { sum *= sum }
      return sum
    }
  }

  /// Clusters on a grid with noise.
  ///
  /// - Parameters:
  ///   - count: Their number.
  ///   - species: The atoms, eight at most.
  ///   - spacing: Of the grid in Å.
  ///   - noise: The standard deviation of every coordinate in Å.
  ///   - seed: Of the noise.
  public static func structures(
    _ count: Int, species: [Int32] = [1, 8, 1, 1, 8], spacing: Double = 1.5, noise: Double = 0.12,
    seed: UInt64
  ) throws(HoneError) -> [Structure] {
    var numbers = RandomNumbers(seed: seed)
    var result: [Structure] = []
    for _ in 0..<count {
      var positions: [Double] = []
      for atom in species.indices {
        for axis in 0..<3 {
          positions.append(spacing * Double(atom >> axis & 1) + noise * numbers.normal())
        }
      }
      result.append(try Structure(atomicNumbers: species, positions: positions))
    }
    return result
  }
}
