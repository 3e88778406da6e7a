public import HoneNumerics

/// The directions in which a cell repeats.
public struct Periodicity: OptionSet, Sendable, Hashable, BitwiseCopyable {
  /// Bit `d` is set where cell vector `d` is a period.
  public let rawValue: UInt8

  /// Makes a periodicity from its bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Makes a periodicity from one flag per cell vector.
  public init(_ a: Bool, _ b: Bool, _ c: Bool) {
    rawValue = (a ? 1 : 0) | (b ? 2 : 0) | (c ? 4 : 0)
  }

  /// Periodic along all three cell vectors.
  public static let all = Periodicity(true, true, true)

  /// Whether the cell vector with an index in `0..<3` is a period.
  public subscript(direction: Int) -> Bool {
    rawValue & (1 << UInt8(truncatingIfNeeded: direction)) != 0
  }

  /// The number of periodic directions.
  public var count: Int { (rawValue & 7).nonzeroBitCount }
}

/// The box that repeats in space.
///
/// Rows are the cell vectors, in Å. Vectors of directions that are not periodic are kept as given,
/// may be zero, and mean nothing; in the quantities derived from the cell orthonormal vectors
/// perpendicular to the periodic ones take their places. Left-handed and strongly sheared cells are
/// as good as others.
public struct Cell: Sendable, Equatable, BitwiseCopyable {
  /// The cell vectors as given, in Å.
  public let rows: Matrix3
  /// The directions that are periodic.
  public let periodicity: Periodicity
  /// The periodic vectors, and unit vectors perpendicular to them in the other directions, in Å.
  public let basis: Matrix3
  /// The dual of the basis, in 1/Å: `dot(basis[i], reciprocal[j]) = δ_ij`.
  ///
  /// The transpose of the inverse of the basis.
  public let reciprocal: Matrix3
  /// The volume of the basis, always positive.
  ///
  /// In Å³ with three periodic directions; with two it is the area of the periodic plane in Å²,
  /// with one the length of the period in Å.
  public let volume: Double

  /// The lengths that a periodic cell vector may have, in Å.
  static let lengthRange = 1e-9...1e15

  /// The smallest volume of a cell whose vectors have unit length.
  ///
  /// Below it rounding leaves too little of the inverse.
  static let smallestUnitVolume = 1e-10

  /// Makes a cell from its vectors.
  ///
  /// - Parameters:
  ///   - rows: The cell vectors in Å, one per row.
  ///   - periodicity: The directions that are periodic.
  /// - Throws: `.invalidArgument` when a number of the cell is not finite, when a periodic vector is
  ///   shorter than 1e-9 Å or longer than 1e15 Å, or when the periodic vectors are linearly
  ///   dependent.
  public init(rows: Matrix3, periodicity: Periodicity) throws(HoneError) {
    for direction in 0..<3 {
      try Cell.check(rows[direction], direction, isPeriodic: periodicity[direction])
    }
    let basis = Cell.completed(rows, periodicity)
    let lengths = SIMD3(length(basis.row0), length(basis.row1), length(basis.row2))
    let unit = Matrix3(basis.row0 / lengths.x, basis.row1 / lengths.y, basis.row2 / lengths.z)
    // The determinant of the unit vectors neither overflows nor depends on the size of the cell.
    let determinant = dot(unit.row0, cross(unit.row1, unit.row2))
    guard determinant.magnitude >= Cell.smallestUnitVolume else {
      throw HoneError(
        .invalidArgument,
        "the periodic vectors of the cell must be linearly independent, but the cell is singular: "
          + "\(rows.elements)")
    }
    self.rows = rows
    self.periodicity = periodicity
    self.basis = basis
    self.reciprocal = Matrix3(
      cross(unit.row1, unit.row2) / (determinant * lengths.x),
      cross(unit.row2, unit.row0) / (determinant * lengths.y),
      cross(unit.row0, unit.row1) / (determinant * lengths.z))
    self.volume = determinant.magnitude * lengths.x * lengths.y * lengths.z
  }

  /// Makes a cell that is periodic in all directions.
  ///
  /// - Throws: `.invalidArgument`, as `init(rows:periodicity:)`.
  public init(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ c: SIMD3<Double>) throws(HoneError) {
    try self.init(rows: Matrix3(a, b, c), periodicity: .all)
  }

  /// No periods: the space of a molecule.
  public static let open = Cell(axes: .identity)

  /// Makes the cell without periods whose basis are the axes.
  private init(axes: Matrix3) {
    rows = .zero
    periodicity = []
    basis = axes
    reciprocal = axes
    volume = 1
  }

  /// The distances between opposite faces of the basis, in Å.
  public var heights: SIMD3<Double> {
    SIMD3(1 / length(reciprocal.row0), 1 / length(reciprocal.row1), 1 / length(reciprocal.row2))
  }

  /// The coordinates of a position in units of the basis vectors.
  public func fractional(_ position: SIMD3<Double>) -> SIMD3<Double> {
    reciprocal.products(position)
  }

  /// The position in Å that has the given coordinates in units of the basis vectors.
  public func cartesian(_ fractional: SIMD3<Double>) -> SIMD3<Double> {
    basis.combination(fractional)
  }

  private static func check(
    _ row: SIMD3<Double>, _ direction: Int, isPeriodic: Bool
  ) throws(HoneError) {
    guard row.x.isFinite, row.y.isFinite, row.z.isFinite else {
      throw HoneError(
        .invalidArgument,
        "cell vector \(direction) must be finite, got [\(row.x), \(row.y), \(row.z)]")
    }
    let rowLength = length(row)
    guard !isPeriodic || lengthRange.contains(rowLength) else {
      throw HoneError(
        .invalidArgument,
        "cell vector \(direction) is periodic and must be 1e-9 to 1e15 Å long, got "
          + "[\(row.x), \(row.y), \(row.z)]; without it the cell is singular")
    }
  }

  /// Puts unit vectors perpendicular to the periodic ones in the places of the others.
  private static func completed(_ rows: Matrix3, _ periodicity: Periodicity) -> Matrix3 {
    var basis = rows
    switch periodicity.count {
    case 3:
      break
    case 2:
      let open = (0..<3).first { !periodicity[$0] } ?? 0
      let (a, b) = (rows[(open + 1) % 3], rows[(open + 2) % 3])
      // Of the unit vectors, lest the product overflows; parallel vectors give zero, which the
      // determinant then finds out.
      let normal = cross(a / length(a), b / length(b))
      basis[open] = normal / max(length(normal), Double.leastNormalMagnitude)
    case 1:
      let period = (0..<3).first { periodicity[$0] } ?? 0
      let a = rows[period] / length(rows[period])
      let axes = Matrix3.identity
      // The axis that is least along the period.
      let axis = (0..<3).min { a[$0].magnitude < a[$1].magnitude } ?? 0
      let perpendicular = axes[axis] - a[axis] * a
      let b = perpendicular / length(perpendicular)
      basis[(period + 1) % 3] = b
      basis[(period + 2) % 3] = cross(a, b)
    default:
      basis = .identity
    }
    return basis
  }
}
