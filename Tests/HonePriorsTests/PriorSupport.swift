import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport

@testable import HonePriors

/// The entries of a committed file of reference values.
enum PriorGolden {
  static func entries(_ name: String) throws -> [JSONValue] {
    let document = try JSONValue(parsing: Bytes(contentsOfFile: "\(PackagePaths.golden)/\(name)"))
    return document["structures"]?.array ?? []
  }

  static func numbers(_ value: JSONValue?) -> [Double] {
    guard let values = value?.array else { return value?.double.map { [$0] } ?? [] }
    return values.flatMap(numbers)
  }

  /// The structure of an entry; without `pbc` a cell is periodic in all directions.
  static func system(_ entry: JSONValue) throws -> PriorSystem {
    let rows = numbers(entry["cell"])
    let flags = (entry["pbc"]?.array ?? []).map { $0.bool ?? false }
    var cell: Cell?
    if rows.count == 9 {
      cell = try Cell(
        rows: Matrix3(
          [rows[0], rows[1], rows[2]], [rows[3], rows[4], rows[5]], [rows[6], rows[7], rows[8]]),
        periodicity: flags.count == 3 ? Periodicity(flags[0], flags[1], flags[2]) : .all)
    }
    return try PriorSystem(
      Structure(
        atomicNumbers: numbers(entry["numbers"]).map { Int32($0) },
        positions: numbers(entry["positions"]), cell: cell),
      charge: entry["charge"]?.double ?? 0, multiplicity: entry["multiplicity"]?.int ?? 0)
  }
}

/// The largest difference between two lists of numbers; infinite where the counts differ.
func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
}

/// The largest magnitude.
func largest(_ values: [Double]) -> Double { values.reduce(0) { max($0, $1.magnitude) } }

/// Derivatives of a prior's energy by central differences of fourth order.
enum Differences {
  /// −∂E/∂r in eV/Å, shape `[atoms, 3]`.
  static func forces(
    _ prior: some Prior, _ system: PriorSystem, step: Double
  ) throws -> [Double] {
    try system.structure.positions.indices.map { index in
      try derivative(step) { shift in
        var positions = system.structure.positions
        positions[index] += shift
        return try prior.labels(of: system.moved(to: positions)).energy
      }
    }
  }

  /// −∂E/∂ε in eV, shape `[3, 3]`.
  static func virial(_ prior: some Prior, _ system: PriorSystem, step: Double) throws -> [Double] {
    try (0..<9).map { component in
      let (a, b) = (component / 3, component % 3)
      return try derivative(step) { shift in
        func strained(_ r: SIMD3<Double>) -> SIMD3<Double> {
          var result = r
          result[a] += shift * r[b]
          return result
        }
        var positions: [Double] = []
        let old = system.structure.positions
        for atom in 0..<old.count / 3 {
          let r = strained([old[3 * atom], old[3 * atom + 1], old[3 * atom + 2]])
          positions += [r.x, r.y, r.z]
        }
        let cell = try system.structure.cell.map {
          try Cell(
            rows: Matrix3(strained($0.rows.row0), strained($0.rows.row1), strained($0.rows.row2)),
            periodicity: $0.periodicity)
        }
        return try prior.labels(
          of: PriorSystem(
            Structure(
              atomicNumbers: system.structure.atomicNumbers, positions: positions, cell: cell),
            charge: system.charge, multiplicity: system.multiplicity)
        ).energy
      }
    }
  }

  private static func derivative(_ h: Double, _ energy: (Double) throws -> Double) rethrows
    -> Double
  {
    let near = try energy(-h) - energy(h)
    let far = try energy(-2 * h) - energy(2 * h)
    return (8 * near - far) / (12 * h)
  }
}

/// Springs between all pairs of atoms, as a host would hand them over; units can be made wrong.
struct Springs {
  /// In eV/Å².
  var stiffness = 2.0
  /// In Å.
  var length = 1.5
  var energyUnit = 1.0
  var forceUnit = 1.0

  func labels(of system: PriorSystem) -> PriorLabels {
    let x = system.structure.positions
    var energy = 0.0
    var forces = [Double](repeating: 0, count: x.count)
    for i in 0..<x.count / 3 {
      for j in 0..<i {
        let d = SIMD3(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2])
        let r = (d * d).sum().squareRoot()
        energy += 0.5 * stiffness * (r - length) * (r - length)
        for axis in 0..<3 {
          let pull = stiffness * (r - length) / r * d[axis]
          forces[3 * i + axis] -= pull
          forces[3 * j + axis] += pull
        }
      }
    }
    return PriorLabels(energy: energyUnit * energy, forces: forces.map { forceUnit * $0 })
  }

  var prior: CallbackPrior {
    CallbackPrior(name: "springs") { (system) throws(HoneError) in self.labels(of: system) }
  }

  /// Five atoms that pull at one another.
  static func system() throws -> PriorSystem {
    try PriorSystem(
      Structure(
        atomicNumbers: [6, 1, 1, 8, 7],
        positions: [0, 0, 0, 1.1, 0, 0.1, -0.4, 1.0, 0, 0.3, -0.8, 1.1, -1.2, -0.7, -0.6]))
  }
}
