public import HoneNumerics

/// Atoms in space.
///
/// A plain value for files, training and tests; hosts hand over their arrays without it.
public struct Structure: Sendable, Equatable {
  /// Atomic numbers, shape `[atoms]`.
  public let atomicNumbers: [Int32]
  /// Positions in Å, shape `[atoms, 3]`, not wrapped into the cell.
  public let positions: [Double]
  /// The cell, or nil for a molecule without one.
  public let cell: Cell?

  /// Makes a structure.
  ///
  /// - Parameters:
  ///   - atomicNumbers: Atomic numbers, shape `[atoms]`.
  ///   - positions: Positions in Å, shape `[atoms, 3]`.
  ///   - cell: The cell, or nil for a molecule without one.
  /// - Throws: `.invalidArgument` when the counts disagree or a position is not finite.
  public init(atomicNumbers: [Int32], positions: [Double], cell: Cell? = nil) throws(HoneError) {
    let (expected, overflow) = atomicNumbers.count.multipliedReportingOverflow(by: 3)
    guard !overflow, positions.count == expected else {
      throw HoneError(
        .invalidArgument,
        "positions must hold 3 numbers for each of the \(atomicNumbers.count) atoms, got "
          + "\(positions.count) numbers")
    }
    try requireFinite(positions.span)
    self.atomicNumbers = atomicNumbers
    self.positions = positions
    self.cell = cell
  }

  /// The number of atoms.
  public var atomCount: Int { atomicNumbers.count }

  /// The neighbour list of the structure.
  ///
  /// - Parameter cutoff: The cutoff in Å.
  /// - Throws: As `NeighborList.init(positions:cell:cutoff:limits:)`.
  public func neighborList(cutoff: Double) throws(HoneError) -> NeighborList {
    try NeighborList(positions: positions.span, cell: cell, cutoff: cutoff)
  }
}

/// Refuses positions that are not finite.
///
/// - Parameter positions: Positions, shape `[atoms, 3]`.
/// - Throws: `.invalidArgument` naming the first atom and component that is not finite.
func requireFinite(_ positions: Span<Double>) throws(HoneError) {
  for index in positions.indices where !positions[index].isFinite {
    throw HoneError(
      .invalidArgument,
      "positions must be finite, but component \(index % 3) of atom \(index / 3) is "
        + "\(positions[index])")
  }
}
