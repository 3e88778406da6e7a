internal import HoneNumerics
internal import HoneStructure

/// The structure that a host describes with plain arrays, after every check that needs no model.
struct StructureArguments {
  /// Atomic numbers, `[atoms]`.
  let atomicNumbers: UnsafeBufferPointer<Int32>
  /// Positions in Å, `[atoms][3]`, all finite.
  let positions: UnsafeBufferPointer<Double>
  /// The cell, or nil for a molecule.
  let cell: Cell?

  /// The number of atoms.
  var atomCount: Int { atomicNumbers.count }

  /// Checks the arguments.
  ///
  /// - Parameters:
  ///   - atomCount: The number of atoms.
  ///   - atomicNumbers: `[atoms]`.
  ///   - positions: In Å, `[atoms][3]`.
  ///   - cell: `[3][3]` in Å, or nil.
  ///   - periodic: `[3]`, or nil.
  /// - Throws: `.invalidArgument` naming the argument.
  init(
    atomCount: Int64, atomicNumbers: UnsafePointer<Int32>?, positions: UnsafePointer<Double>?,
    cell: UnsafePointer<Double>?, periodic: UnsafePointer<Int32>?
  ) throws(HoneError) {
    guard atomCount >= 0, atomCount <= Int64(Int32.max) else {
      throw HoneError(
        .invalidArgument, "n_atoms must be 0 to \(Int32.max), got \(atomCount)")
    }
    self.cell = try StructureArguments.cell(cell, periodic)
    guard atomCount > 0 else {
      self.atomicNumbers = UnsafeBufferPointer(start: nil, count: 0)
      self.positions = UnsafeBufferPointer(start: nil, count: 0)
      return
    }
    self.atomicNumbers = UnsafeBufferPointer(
      start: try require(atomicNumbers, "atomic_numbers"), count: Int(atomCount))
    self.positions = UnsafeBufferPointer(
      start: try require(positions, "positions"), count: 3 * Int(atomCount))
    for (index, coordinate) in self.positions.enumerated() where !coordinate.isFinite {
      throw HoneError(
        .invalidArgument,
        "positions must be finite, but positions[\(index / 3)][\(index % 3)] is \(coordinate)")
    }
  }

  /// Refuses what is no element at all.
  ///
  /// - Throws: `.invalidArgument` naming the atom.
  func requireElements() throws(HoneError) {
    for (atom, number) in atomicNumbers.enumerated()
    where ElementSymbols.symbol(of: number) == nil {
      throw HoneError(
        .invalidArgument,
        "atomic_numbers must be 1 to 118, but atomic_numbers[\(atom)] is \(number)")
    }
  }

  private static func cell(
    _ rows: UnsafePointer<Double>?, _ periodic: UnsafePointer<Int32>?
  ) throws(HoneError) -> Cell? {
    let flags = periodic.map { Periodicity($0[0] != 0, $0[1] != 0, $0[2] != 0) }
    guard let rows else {
      guard flags?.count ?? 0 == 0 else {
        throw HoneError(
          .invalidArgument, "cell must not be NULL when periodic asks for periodic directions")
      }
      return nil
    }
    for index in 0..<9 where !rows[index].isFinite {
      throw HoneError(
        .invalidArgument,
        "cell must be finite, but cell[\(index / 3)][\(index % 3)] is \(rows[index])")
    }
    let matrix = Matrix3(
      SIMD3(rows[0], rows[1], rows[2]), SIMD3(rows[3], rows[4], rows[5]),
      SIMD3(rows[6], rows[7], rows[8]))
    return try Cell(rows: matrix, periodicity: flags ?? .all)
  }
}
