public import HoneNumerics

/// Finds neighbours again and again, as a simulation needs them, with memory that is kept.
///
/// In a steady state (as many atoms as before, a similar number of neighbours) nothing is allocated.
/// With a skin, edges somewhat longer than the cutoff are kept, and a later call only selects among
/// them until an atom has moved by half the skin. The list is the same in every bit however it came
/// about, and for every number of threads.
///
/// One call at a time; the list returned is valid until the next one.
public final class NeighborSearch: @unchecked Sendable {
  /// How many times neighbours were searched for from scratch.
  public private(set) var searches = 0
  /// How many times the list was selected from the edges kept.
  public private(set) var updates = 0

  let grid = NeighborGrid()
  /// Positions of the present call, shape `[atoms, 3]`.
  let current = ReusableBuffer<Double>()
  /// Positions of the last search, shape `[atoms, 3]`.
  let reference = ReusableBuffer<Double>()
  /// The edges that the last search with a skin found, by centre.
  let kept = NeighborKeys()
  /// The edges of the list, by centre.
  let chosen = NeighborKeys()
  let starts = ReusableBuffer<Int32>()
  let neighbors = ReusableBuffer<Int32>()
  let shifts = ReusableBuffer<Int32>()
  let vectors = ReusableBuffer<Double>()
  let places = ReusableBuffer<NeighborWorker.Place>()
  let histogram = ReusableBuffer<Int32>()
  @exclusivity(unchecked) var workers: [NeighborWorker] = []

  /// What the edges kept are good for.
  private struct Validity {
    var cell: Cell
    var cutoff: Double
    var skin: Double
    var atomCount: Int
    /// How far an atom may move, in Å, rounding errors allowed for.
    var distance: Double
  }
  @exclusivity(unchecked) private var validity: Validity?

  /// Makes a search without memory.
  public init() {}

  /// Finds all neighbours within a cutoff.
  ///
  /// - Parameters:
  ///   - positions: Positions in Å, shape `[atoms, 3]`. They need not lie in the cell, but with a
  ///     skin an atom that jumps by a cell vector makes the search start from scratch.
  ///   - cell: The cell, or nil for a molecule.
  ///   - cutoff: The cutoff in Å; edges are strictly shorter.
  ///   - skin: How much longer the edges kept for later calls are, in Å; zero to keep none.
  ///   - limits: How large the list may grow.
  ///   - team: The threads that share the work.
  /// - Returns: The list, valid until the next call.
  /// - Throws: As `NeighborList.init(positions:cell:cutoff:limits:)`, and `.invalidArgument` for a
  ///   skin that is not finite or negative.
  /// - Complexity: O(atoms + edges) at bounded density, in time and in memory.
  public func find(
    positions: Span<Double>, cell: Cell?, cutoff: Double, skin: Double = 0,
    limits: NeighborList.Limits = .init(), team: Team
  ) throws(HoneError) -> NeighborList {
    try find(
      positions: positions, cell: cell, cutoff: cutoff, skin: skin, limits: limits, on: team)
  }

  func find(
    positions: Span<Double>, cell: Cell?, cutoff: Double, skin: Double,
    limits: NeighborList.Limits, on team: Team?
  ) throws(HoneError) -> NeighborList {
    try take(positions, cutoff, skin)
    let cell = cell ?? .open
    let atomCount = positions.count / 3
    // Threads cost microseconds to wake, an atom takes one.
    let team = atomCount < 64 ? nil : team
    if !isValid(cell, cutoff, skin, atomCount) {
      validity = nil
      grid.setCell(cell)
    }
    try NeighborPass.checkImages(
      cell, heights: grid.lattice.heights, radius: cutoff, atomCount: atomCount, limits)
    while workers.count < team?.threadCount ?? 1 { workers.append(try NeighborWorker()) }
    if validity != nil && !hasMoved() {
      updates += 1
    } else {
      validity = nil
      searches += 1
      try search(cell, cutoff, skin, limits, team)
    }
    if validity != nil { try select(pass(cutoff, limits), team) }
    return try write(pass(cutoff, limits), team)
  }

  /// Copies and checks what came from outside.
  private func take(
    _ positions: Span<Double>, _ cutoff: Double, _ skin: Double
  ) throws(HoneError) {
    guard cutoff.isFinite, cutoff > 0 else {
      throw HoneError(
        .invalidArgument, "the cutoff must be finite and positive, got \(cutoff) Å")
    }
    guard skin.isFinite, skin >= 0 else {
      throw HoneError(
        .invalidArgument, "the skin must be finite and not negative, got \(skin) Å")
    }
    guard positions.count % 3 == 0 else {
      throw HoneError(
        .invalidArgument,
        "positions must hold 3 numbers for each atom, got \(positions.count) numbers")
    }
    guard positions.count / 3 <= Int(Int32.max) else {
      throw HoneError(
        .invalidArgument,
        "at most 2147483647 atoms can have neighbours, got \(positions.count / 3)")
    }
    let own = try current.resize(positions.count)
    var isGood = true
    for index in positions.indices {
      let value = positions[index]
      own[index] = value
      isGood = isGood && value.magnitude <= 1e12
    }
    guard !isGood else { return }
    try requireFinite(positions)
    for index in positions.indices where positions[index].magnitude > 1e12 {
      throw HoneError(
        .invalidArgument,
        "positions must lie within 1e12 Å of the origin, but component \(index % 3) of atom "
          + "\(index / 3) is \(positions[index])")
    }
  }

  /// Whether edges were kept for these numbers.
  private func isValid(_ cell: Cell, _ cutoff: Double, _ skin: Double, _ atomCount: Int) -> Bool {
    guard let validity, validity.cutoff == cutoff, validity.skin == skin else { return false }
    return validity.atomCount == atomCount && validity.cell.isIdentical(to: cell)
  }

  /// Whether an atom has moved too far for the edges kept.
  private func hasMoved() -> Bool {
    guard let validity else { return true }
    let (now, before) = (current.view, reference.view)
    var largest = 0.0
    for atom in 0..<now.count / 3 {
      let place = 3 &* atom
      let x = now[place] - before[place]
      let y = now[place &+ 1] - before[place &+ 1]
      let z = now[place &+ 2] - before[place &+ 2]
      largest = max(largest, x * x + y * y + z * z)
    }
    return !(largest < validity.distance * validity.distance)
  }

  /// Finds the edges within the cutoff and the skin, or those within the cutoff alone where the
  /// longer list cannot be had: a skin never turns a list into an error.
  private func search(
    _ cell: Cell, _ cutoff: Double, _ skin: Double, _ limits: NeighborList.Limits, _ team: Team?
  ) throws(HoneError) {
    if skin > 0 {
      do throws(HoneError) {
        let radius = cutoff + skin
        let wide = limits.widened
        try NeighborPass.checkImages(
          cell, heights: grid.lattice.heights, radius: radius, atomCount: current.view.count / 3,
          wide)
        try grid.sort(current.view, cutoff: cutoff, radius: radius)
        // The allowance for rounding covers both the vectors and the distances moved.
        let distance = 0.5 * skin - 2 * grid.roundingError - 1e-12 * radius
        if distance > 0 {
          try collect(pass(radius, wide), into: kept, team)
          try reference.resize(current.view.count).copy(from: current.view)
          validity = Validity(
            cell: cell, cutoff: cutoff, skin: skin, atomCount: current.view.count / 3,
            distance: distance)
          return
        }
      } catch {
        // The search within the cutoff decides what is wrong, if anything is.
      }
    }
    try grid.sort(current.view, cutoff: cutoff, radius: cutoff)
    try collect(pass(cutoff, limits), into: chosen, team)
    try starts.resize(chosen.starts.view.count).copy(from: chosen.starts.view)
  }

  /// What decides within a radius, for the present positions.
  private func pass(_ radius: Double, _ limits: NeighborList.Limits) -> NeighborPass {
    let images = grid.images
    return NeighborPass(
      geometry: NeighborGeometry(
        positions: current.view, wraps: grid.wrapShifts, images: images.shifts,
        basis: grid.cell.basis),
      radius: radius, limits: limits, cell: grid.cell, isFar: grid.isFar,
      transform: grid.lattice.transform, wraps: grid.wraps, images: images.images)
  }

  /// Runs a body on ranges of a number of items, one for each thread.
  func split(_ count: Int, _ team: Team?, _ body: (Range<Int>, Int) -> Void) {
    guard let team, team.threadCount > 1 else { return body(0..<count, 0) }
    team.split(count, body)
  }

  /// Throws the error of the first worker that has one.
  func throwErrors(_ team: Team?) throws(HoneError) {
    for worker in workers.prefix(team?.threadCount ?? 1) {
      if let error = worker.error { throw error }
    }
  }
}

/// Edges by centre, before their vectors are computed.
final class NeighborKeys {
  /// Where the edges of each centre start, shape `[atoms + 1]`.
  let starts = ReusableBuffer<Int32>()
  /// The neighbour and the image of each edge, as `NeighborGeometry.key`.
  let keys = ReusableBuffer<UInt64>()
}

extension NeighborList.Limits {
  /// Limits for edges with a skin, which are no part of the list.
  fileprivate var widened: Self {
    var limits = self
    limits.neighborsPerAtom = min(limits.neighborsPerAtom, Int(Int32.max) / 8) * 8
    limits.edges = min(min(limits.edges, Int(Int32.max) / 8) * 8, Int(Int32.max))
    return limits
  }
}
