import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport

/// Atoms that can be moved about.
struct Sample {
  var numbers: [Int32]
  var positions: [SIMD3<Double>]
  /// The cell vectors; `nil` for a molecule.
  var rows: [SIMD3<Double>]?
  var isPeriodic = [false, false, false]

  init(_ structure: Structure) {
    numbers = structure.atomicNumbers
    positions = structure.atomicNumbers.indices.map { atom in
      SIMD3(
        structure.positions[3 * atom], structure.positions[3 * atom + 1],
        structure.positions[3 * atom + 2])
    }
    if let cell = structure.cell {
      rows = (0..<3).map { cell.rows[$0] }
      isPeriodic = (0..<3).map { cell.periodicity[$0] }
    }
  }

  init(numbers: [Int32], positions: [SIMD3<Double>], rows: [SIMD3<Double>]? = nil) {
    self.numbers = numbers
    self.positions = positions
    self.rows = rows
    isPeriodic = [Bool](repeating: rows != nil, count: 3)
  }

  var count: Int { numbers.count }

  /// The sample with every vector, those of the cell too, put through a map.
  func mapped(_ map: (SIMD3<Double>) -> SIMD3<Double>) -> Sample {
    var result = self
    result.positions = positions.map(map)
    result.rows = rows?.map(map)
    return result
  }

  /// The sample with every atom moved by the same vector.
  func translated(_ vector: SIMD3<Double>) -> Sample {
    var result = self
    result.positions = positions.map { $0 + vector }
    return result
  }

  /// A sum of cell vectors along the periodic directions; zero for a molecule.
  func lattice(_ a: Int, _ b: Int, _ c: Int) -> SIMD3<Double> {
    guard let rows else { return .zero }
    var sum = SIMD3<Double>.zero
    for (direction, times) in [a, b, c].enumerated() where isPeriodic[direction] {
      sum += Double(times) * rows[direction]
    }
    return sum
  }

  /// The sample together with copies along its periodic directions, the copies one after another.
  func repeated(_ times: [Int]) -> Sample {
    var result = self
    let counts = (0..<3).map { isPeriodic[$0] ? times[$0] : 1 }
    result.numbers = []
    result.positions = []
    for a in 0..<counts[0] {
      for b in 0..<counts[1] {
        for c in 0..<counts[2] {
          result.numbers += numbers
          result.positions += translated(lattice(a, b, c)).positions
        }
      }
    }
    result.rows = rows.map { rows in (0..<3).map { Double(counts[$0]) * rows[$0] } }
    return result
  }

  /// Both samples in one space.
  static func + (first: Sample, second: Sample) -> Sample {
    var result = first
    result.numbers += second.numbers
    result.positions += second.positions
    return result
  }

  func cell() throws -> Cell? {
    guard let rows, isPeriodic.contains(true) else { return nil }
    return try Cell(
      rows: Matrix3(rows[0], rows[1], rows[2]),
      periodicity: Periodicity(isPeriodic[0], isPeriodic[1], isPeriodic[2]))
  }
}

/// What a model says of a sample.
struct Outcome {
  var energy: Double
  var forces: [SIMD3<Double>]
  var virial: Tensor
  var atomEnergies: [Double]
  var atomVirials: [Tensor]

  /// The worst of the deviations, energy and virial per atom; infinite where a number is missing.
  func deviation(from other: Outcome) -> Double {
    guard forces.count == other.forces.count, atomEnergies.count == other.atomEnergies.count,
      atomVirials.count == other.atomVirials.count
    else { return .infinity }
    let count = Double(max(forces.count, 1))
    var differences = [(energy - other.energy) / count, (virial - other.virial).largest / count]
    differences += zip(forces, other.forces).map { largest($0 - $1) }
    differences += zip(atomEnergies, other.atomEnergies).map { $0 - $1 }
    differences += zip(atomVirials, other.atomVirials).map { ($0 - $1).largest }
    return worst(differences)
  }
}

/// A matrix `[3][3]` by rows.
struct Tensor {
  var rows: [SIMD3<Double>]

  init(rows: [SIMD3<Double>]) { self.rows = rows }

  init(_ elements: ArraySlice<Double>) {
    let values = Array(elements)
    rows = (0..<3).map { SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) }
  }

  static let zero = Tensor(rows: [.zero, .zero, .zero])

  static func + (a: Tensor, b: Tensor) -> Tensor {
    Tensor(rows: (0..<3).map { a.rows[$0] + b.rows[$0] })
  }

  static func - (a: Tensor, b: Tensor) -> Tensor {
    Tensor(rows: (0..<3).map { a.rows[$0] - b.rows[$0] })
  }

  static func * (factor: Double, a: Tensor) -> Tensor {
    Tensor(rows: a.rows.map { factor * $0 })
  }

  /// The matrix times a column.
  func applied(_ vector: SIMD3<Double>) -> SIMD3<Double> {
    let products = rows.map { ($0 * vector).sum() }
    return SIMD3(products[0], products[1], products[2])
  }

  /// R W Rᵀ for this matrix W and an orthogonal matrix R.
  func rotated(_ rotation: Tensor) -> Tensor {
    let half = (0..<3).map { i in
      (0..<3).reduce(SIMD3<Double>.zero) { $0 + rotation.rows[i][$1] * rows[$1] }
    }
    return Tensor(rows: half.map(rotation.applied))
  }

  var largest: Double { worst(rows.map(HoneModelsTests.largest)) }
}

/// The largest magnitude of a vector's components.
func largest(_ vector: SIMD3<Double>) -> Double { worst([vector.x, vector.y, vector.z]) }

/// The largest magnitude; infinite where there is a NaN, which must not hide behind a comparison.
func worst(_ values: [Double]) -> Double {
  values.reduce(0) { max($0, $1.isNaN ? .infinity : $1.magnitude) }
}
