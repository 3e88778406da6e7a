import HoneNumerics
import HoneStructure
import Testing

@Suite struct CellTests {
  @Test(
    "the reciprocal is the dual of the basis for every periodicity",
    arguments: 0..<8 as Range<UInt8>)
  func dual(mask: UInt8) {
    var generator = SeededGenerator(seed: UInt64(mask))
    for _ in 0..<20 {
      let cell = randomCell(&generator, Periodicity(rawValue: mask), size: 5)
      for i in 0..<3 {
        for j in 0..<3 {
          let product = (cell.basis[i] * cell.reciprocal[j]).sum()
          #expect(abs(product - (i == j ? 1 : 0)) < 1e-12)
        }
        #expect(!cell.periodicity[i] || cell.basis[i] == cell.rows[i])
        if !cell.periodicity[i] {
          #expect(abs((cell.basis[i] * cell.basis[i]).sum() - 1) < 1e-12)
          for j in 0..<3 where j != i {
            #expect(abs((cell.basis[i] * cell.basis[j]).sum()) < 1e-11)
          }
        }
      }
      let position = generator.vector(-9...9)
      let back = cell.cartesian(cell.fractional(position))
      #expect((back - position).max() < 1e-11 && (back - position).min() > -1e-11)
    }
  }

  @Test("volume and heights of cells known by hand")
  func volumes() throws {
    let cell = try Cell([0, 4, 0], [3, 0, 0], [1, 1, 5])
    #expect(abs(cell.volume - 60) < 1e-12)
    #expect(abs(cell.heights[2] - 5) < 1e-12)
    let rows = Matrix3([2, 0, 0], [1, 3, 0], [0, 0, 0])
    #expect(
      abs(try Cell(rows: rows, periodicity: Periodicity(true, true, false)).volume - 6) < 1e-12)
    #expect(
      abs(try Cell(rows: rows, periodicity: Periodicity(true, false, false)).volume - 2) < 1e-12)
    #expect(try Cell(rows: rows, periodicity: []).volume == 1)
    #expect(Cell.open.heights == [1, 1, 1])
  }

  @Test(
    "singular, tiny and non-finite periodic cells are refused, and the cell is named",
    arguments: [
      Matrix3([1, 0, 0], [0, 1, 0], [1, 1, 0]),
      Matrix3([1, 0, 0], [2, 0, 0], [0, 0, 1]),
      Matrix3([1, 0, 0], [0, 0, 0], [0, 0, 1]),
      Matrix3([1, 0, 0], [0, .nan, 0], [0, 0, 1]),
      Matrix3([1, 0, 0], [0, 1, 0], [0, 0, .infinity]),
      Matrix3([1, 0, 0], [0, 1e-30, 0], [0, 0, 1]),
      Matrix3([1, 0, 0], [0, 1e200, 0], [0, 0, 1]),
      Matrix3([1, 0, 0], [1e12, 1, 0], [0, 0, 1]),
    ])
  func refused(rows: Matrix3) {
    let error = #expect(throws: HoneError.self) { try Cell(rows: rows, periodicity: .all) }
    #expect(error?.kind == .invalidArgument)
    #expect(error?.message.contains("cell") == true)
  }

  @Test("parallel vectors are refused in two directions, and do not matter where not periodic")
  func partlySingular() throws {
    let rows = Matrix3([1, 0, 0], [-3, 0, 0], [0, 0, 0])
    #expect(throws: HoneError.self) {
      try Cell(rows: rows, periodicity: Periodicity(true, true, false))
    }
    #expect(try Cell(rows: rows, periodicity: Periodicity(false, true, false)).volume == 3)
    #expect(throws: HoneError.self) {
      try Cell(rows: Matrix3([.nan, 0, 0], .zero, .zero), periodicity: [])
    }
  }

  @Test("structures refuse counts that disagree and positions that are not finite")
  func structures() throws {
    #expect(
      throws: HoneError(
        .invalidArgument,
        "positions must hold 3 numbers for each of the 2 atoms, got 3 numbers")
    ) { try Structure(atomicNumbers: [1, 1], positions: [0, 0, 0]) }
    #expect(
      throws: HoneError(
        .invalidArgument, "positions must be finite, but component 2 of atom 1 is inf")
    ) { try Structure(atomicNumbers: [1, 1], positions: [0, 0, 0, 1, 1, .infinity]) }
    let pair = try Structure(atomicNumbers: [1, 8], positions: [0, 0, 0, 1, 1, 1])
    #expect(pair.atomCount == 2)
    #expect(try pair.neighborList(cutoff: 2).edgeCount == 2)
  }
}
