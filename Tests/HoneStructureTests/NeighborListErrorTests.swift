import HoneNumerics
import HoneStructure
import Testing

@Suite struct NeighborListErrorTests {
  private func cube(_ size: Double) throws -> Cell {
    try Cell([size, 0, 0], [0, size, 0], [0, 0, size])
  }

  @Test("cutoffs must be finite and positive", arguments: [0, -1, .infinity, .nan])
  func cutoff(value: Double) {
    #expect(
      throws: HoneError(
        .invalidArgument, "the cutoff must be finite and positive, got \(value) Å")
    ) { try NeighborList(positions: [0, 0, 0].span, cell: nil, cutoff: value) }
  }

  @Test("positions must be finite, near and complete")
  func positions() {
    #expect(
      throws: HoneError(
        .invalidArgument, "positions must be finite, but component 1 of atom 1 is nan")
    ) { try NeighborList(positions: [0, 0, 0, 1, .nan, 1].span, cell: nil, cutoff: 1) }
    #expect(
      throws: HoneError(
        .invalidArgument,
        "positions must lie within 1e12 Å of the origin, but component 0 of atom 0 is -2000000000000.0"
      )
    ) { try NeighborList(positions: [-2e12, 0, 0].span, cell: nil, cutoff: 1) }
    #expect(
      throws: HoneError(
        .invalidArgument, "positions must hold 3 numbers for each atom, got 4 numbers")
    ) { try NeighborList(positions: [0, 0, 0, 1].span, cell: nil, cutoff: 1) }
  }

  @Test("coincident atoms are named with their distance, images included")
  func coincident() throws {
    #expect(
      throws: HoneError(
        .invalidArgument,
        "positions: atoms 0 and 2 coincide, their distance is 0.0 Å with the cell shift [0, 0, 0], "
          + "expected at least 1e-6 Å")
    ) {
      try NeighborList(positions: [1, 1, 1, 5, 5, 5, 1, 1, 1].span, cell: nil, cutoff: 1)
    }
    let cell = try cube(4)
    let error = #expect(throws: HoneError.self) {
      try NeighborList(positions: [0, 0, 0, 8, 4, -4 + 5e-7].span, cell: cell, cutoff: 1)
    }
    #expect(error?.message.contains("atoms 0 and 1 coincide") == true)
    #expect(error?.message.contains("shift [-2, -1, 1]") == true)
    let apart = try NeighborList(
      positions: [0, 0, 0, 8, 4, -4 + 2e-6].span, cell: cell, cutoff: 1)
    #expect(apart.edgeCount == 2)
  }

  @Test("cells with astronomically many images are refused at once, and named")
  func tooManyImages() throws {
    for size in [1e-3, 1e-8, 0.1] {
      let error = #expect(throws: HoneError.self) {
        try NeighborList(positions: [0, 0, 0].span, cell: cube(size), cutoff: 6)
      }
      #expect(error?.kind == .invalidArgument)
      #expect(error?.message.contains("the cell [\(size), 0.0") == true)
    }
    let thin = try Cell(
      rows: Matrix3([1e-3, 0, 0], [0, 0.01, 0], [0, 0, 0]),
      periodicity: Periodicity(true, true, false))
    #expect(throws: HoneError.self) {
      try NeighborList(positions: [0, 0, 0].span, cell: thin, cutoff: 6)
    }
    #expect(throws: HoneError.self) {
      try NeighborList(positions: [0, 0, 0].span, cell: cube(1e-3), cutoff: 1e300)
    }
  }

  @Test("lists longer than the limits are refused")
  func limits() throws {
    var limits = NeighborList.Limits()
    limits.neighborsPerAtom = 6
    let positions: [Double] = [0, 0, 0]
    let cell = try cube(1)
    let list = try NeighborList(positions: positions.span, cell: cell, cutoff: 1.1, limits: limits)
    #expect(list.edgeCount == 6)
    #expect(
      throws: HoneError(
        .invalidArgument,
        "an atom must have at most 6 neighbours, got more around atom 0 within the cutoff of 1.5 "
          + "Å; the cell [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0] is too small, or the atoms "
          + "are too close")
    ) { try NeighborList(positions: positions.span, cell: cell, cutoff: 1.5, limits: limits) }
    limits = NeighborList.Limits()
    limits.edges = 5
    #expect(throws: HoneError.self) {
      try NeighborList(positions: positions.span, cell: cell, cutoff: 1.1, limits: limits)
    }
    // Dense enough to be refused by the estimate, before anything is counted.
    #expect(throws: HoneError.self) {
      try NeighborList(positions: positions.span, cell: cell, cutoff: 4, limits: limits)
    }
  }

  @Test("atoms too many periods apart for 32-bit shifts, or for doubles, are refused")
  func farShifts() throws {
    let error = #expect(throws: HoneError.self) {
      try NeighborList(positions: [0, 0, 0, 1e10 + 0.5, 0, 0].span, cell: cube(2), cutoff: 3)
    }
    #expect(error?.message.contains("within 2147483647 periods of the cell") == true)
    let tiny = try Cell(
      rows: Matrix3([1e-7, 0, 0], .zero, .zero), periodicity: Periodicity(true, false, false))
    let wrapped = #expect(throws: HoneError.self) {
      try NeighborList(positions: [1e12, 0, 0].span, cell: tiny, cutoff: 1e-7)
    }
    #expect(wrapped?.message.contains("too many periods of the cell") == true)
  }

  @Test("cutoffs below the rounding errors of the positions are refused")
  func cutoffBelowRounding() throws {
    let positions: [Double] = [1e12, 0, 0, 1e12, 1, 0]
    #expect(try NeighborList(positions: positions.span, cell: nil, cutoff: 1.5).edgeCount == 2)
    let error = #expect(throws: HoneError.self) {
      try NeighborList(positions: positions.span, cell: nil, cutoff: 1e-3)
    }
    #expect(error?.kind == .invalidArgument)
    #expect(error?.message.hasPrefix("the cutoff must exceed the rounding errors") == true)
  }

  @Test("extreme inputs end in a list or in an error", arguments: 0..<8 as Range<UInt8>)
  func extremes(mask: UInt8) throws {
    var generator = SeededGenerator(seed: 77 + UInt64(mask))
    let scales: [Double] = [1e-9, 1e-3, 1, 1e3, 1e9, 1e12]
    var lists = 0
    for _ in 0..<400 {
      let pick = { (generator: inout SeededGenerator) in
        scales.randomElement(using: &generator) ?? 1
      }
      let rows = Matrix3(
        pick(&generator) * generator.vector(-1...1), pick(&generator) * generator.vector(-1...1),
        pick(&generator) * generator.vector(-1...1))
      let scale = pick(&generator)
      let positions = (0..<9).map { _ in scale * generator.number(-1...1) }
      let cutoffs: [Double] = [1e-300, 1e-6, 0.5, 6, 1e4, 1e300]
      let cutoff = cutoffs.randomElement(using: &generator) ?? 6
      do throws(HoneError) {
        let cell = try Cell(rows: rows, periodicity: Periodicity(rawValue: mask))
        var limits = NeighborList.Limits()
        limits.neighborsPerAtom = 1000
        let list = try NeighborList(
          positions: positions.span, cell: cell, cutoff: cutoff, limits: limits)
        lists += 1
        #expect(list.edgeCount >= 0)
      } catch {
        #expect(error.kind == .invalidArgument)
      }
    }
    #expect(lists > 0)
  }
}
