internal import HoneNumerics

/// One thread's working memory for a batch of edges of one layer.
///
/// Everything about an edge that a layer can compute again is computed again, so memory does not
/// grow with edges beyond their vectors. Quantities of an edge lie edge-fastest and are computed for
/// a row of edges at a time; slots behind the last edge hold harmless values.
final class EdgeBatch<T: CompiledScalar>: @unchecked Sendable {
  /// The most edges taken together: few enough that a path's couplings stay in the first cache.
  static var capacity: Int { 128 }
  /// The lanes that hold one number of each slot.
  static var groups: Int { capacity / T.Lanes.width }

  /// The number of edges.
  private(set) var count = 0
  /// Consecutive edges of one centre to neighbours of one species.
  struct Segment {
    /// The centre, a node.
    let center: Int
    /// The neighbours' species, an index into those present.
    let neighborSpecies: Int
    /// The first slot.
    let start: Int
  }

  /// The number of segments.
  private(set) var segmentCount = 0
  /// The segments, and one behind the last.
  let segments: Buffer<Segment>
  let neighbors: Buffer<Int32>
  /// Unit vectors, or raw vectors for harmonics that are not normalised; `[3][capacity]`.
  let directions: Buffer<T.Lanes>
  let distances: Buffer<T.Lanes>
  let inverseDistances: Buffer<T.Lanes>
  /// Y, `[harmonics][capacity]`.
  let harmonics: Buffer<T.Lanes>
  /// K, `[couplings][capacity]`.
  let couplings: Buffer<T.Lanes>
  let taps: Buffer<T.Lanes>
  let tapSlopes: Buffer<T.Lanes>
  let positions: Buffer<T.Lanes>
  let spacings: Buffer<T.Lanes>
  /// The taps of one row of edges, values and slopes.
  let tapRow: Buffer<T.Lanes>
  let tables: Buffer<UnsafePointer<T.Lanes>>
  let tableRows: Buffer<Int>

  // What the reverse pass needs.
  /// ∂E/∂K, `[couplings][capacity]`.
  let couplingGradients: Buffer<T.Lanes>
  /// ∂E/∂Y, `[harmonics][capacity]`.
  let harmonicGradients: Buffer<T.Lanes>
  /// ∂E/∂r, `[capacity]`.
  let radialGradients: Buffer<T.Lanes>
  /// ∂E/∂(r_j − r_i), `[3][capacity]`.
  let vectorGradients: Buffer<T.Lanes>
  /// ∂E/∂(r_j − r_i) of the total energy, `[capacity][3]`, for the moments.
  let energyGradients: Buffer<Double>
  /// Rows whose lanes are still to be summed: one per edge for distances, for a row of edges for
  /// couplings.
  let radialRows: Buffer<T.Lanes>
  let productRows: Buffer<T.Lanes>
  /// The gradients of the edges' centres.
  let gradientRows: Buffer<UnsafePointer<T.Lanes>>
  /// Derivatives of the edges' densities with respect to the distance, `[capacity]`.
  let densitySlopes: Buffer<T>

  /// Makes memory for batches of a model's layers.
  ///
  /// - Throws: `.outOfMemory`.
  init(harmonicCount: Int, couplingCount: Int, widestRoute: Int) throws(HoneError) {
    let groups = Self.groups
    let taps = SplineTaps<T.Lanes>.taps
    segments = try Buffer(count: Self.capacity + 1)
    neighbors = try Buffer(repeating: 0, count: Self.capacity)
    directions = try Buffer(repeating: .zero, count: 3 * groups)
    distances = try Buffer(repeating: .zero, count: groups)
    inverseDistances = try Buffer(repeating: .zero, count: groups)
    harmonics = try Buffer(repeating: .zero, count: harmonicCount * groups)
    couplings = try Buffer(repeating: .zero, count: couplingCount * groups)
    self.taps = try Buffer(repeating: .zero, count: taps * groups)
    tapSlopes = try Buffer(repeating: .zero, count: taps * groups)
    positions = try Buffer(repeating: .zero, count: groups)
    spacings = try Buffer(repeating: .zero, count: groups)
    tapRow = try Buffer(repeating: .zero, count: 2 * taps)
    tables = try Buffer(count: Self.capacity)
    tableRows = try Buffer(repeating: 0, count: Self.capacity)
    couplingGradients = try Buffer(repeating: .zero, count: couplingCount * groups)
    harmonicGradients = try Buffer(repeating: .zero, count: harmonicCount * groups)
    radialGradients = try Buffer(repeating: .zero, count: groups)
    vectorGradients = try Buffer(repeating: .zero, count: 3 * groups)
    energyGradients = try Buffer(repeating: 0, count: 3 * Self.capacity)
    radialRows = try Buffer(repeating: .zero, count: Self.capacity)
    productRows = try Buffer(repeating: .zero, count: max(widestRoute, 1) * T.Lanes.width)
    gradientRows = try Buffer(count: Self.capacity)
    densitySlopes = try Buffer(repeating: .zero, count: Self.capacity)
  }

  /// The arrays as the kernels read them.
  func arrays(couplings: Buffer<T.Lanes>) -> EdgeArrays<T> {
    EdgeArrays(
      stride: Self.capacity, taps: Self.scalars(taps), tapSlopes: Self.scalars(tapSlopes),
      tables: UnsafePointer(tables.base), tableRows: UnsafePointer(tableRows.base),
      couplings: Self.scalars(couplings), neighbors: UnsafePointer(neighbors.base))
  }

  /// The numbers in lanes.
  @inline(__always)
  static func scalars(_ lanes: Buffer<T.Lanes>) -> UnsafePointer<T> {
    UnsafeRawPointer(lanes.base).assumingMemoryBound(to: T.self)
  }

  /// The number of one slot.
  @inline(__always)
  static func scalar(_ lanes: Buffer<T.Lanes>, _ index: Int) -> T {
    T.Lanes.element(index, of: UnsafePointer(lanes.base))
  }

  /// Reads some edges: ends, distances and directions.
  ///
  /// - Parameters:
  ///   - block: The atoms at the edges' centres.
  ///   - edges: At most `capacity` edges.
  ///   - firstRow: A row of the graph at or before that of the first edge.
  ///   - normalizes: Whether harmonics are taken of unit vectors.
  func load(
    _ graph: CompiledGraph<T>, _ block: AtomBlock, _ edges: Range<Int>, firstRow: Int,
    normalizes: Bool
  ) {
    count = edges.count
    segmentCount = 0
    var row = firstRow
    var next = edges.lowerBound
    while next < edges.upperBound {
      while Int(graph.rowStarts[row + 1]) <= next { row += 1 }
      segments[segmentCount] = Segment(
        center: block.center(ofRow: row),
        neighborSpecies: (row - block.firstRow) / block.nodes.count,
        start: next - edges.lowerBound)
      segmentCount += 1
      next = min(Int(graph.rowStarts[row + 1]), edges.upperBound)
    }
    segments[segmentCount] = Segment(center: 0, neighborSpecies: 0, start: count)
    for (slot, edge) in edges.enumerated() {
      neighbors[slot] = graph.neighbors[edge]
      for axis in 0..<3 {
        T.Lanes.setElement(
          axis * Self.capacity + slot, of: directions.base, to: graph.vectors[3 * edge + axis])
      }
    }
    let groups = Self.groups
    let used = usedGroups
    for slot in count..<used * T.Lanes.width {
      for axis in 0..<3 {
        T.Lanes.setElement(axis * Self.capacity + slot, of: directions.base, to: T(1))
      }
    }
    for group in 0..<used {
      let x = directions[group]
      let y = directions[groups + group]
      let z = directions[2 * groups + group]
      let r = T.squareRoot(T.Lanes.multiplyAdd(T.Lanes.multiplyAdd(x * x, y, y), z, z))
      let inverse = T.Lanes(repeating: T(1)) / r
      distances[group] = r
      inverseDistances[group] = inverse
      guard normalizes else { continue }
      directions[group] = x * inverse
      directions[groups + group] = y * inverse
      directions[2 * groups + group] = z * inverse
    }
  }

  /// Finds the place of some edges in a table.
  func locate(_ table: RadialTable<T>, _ slots: Range<Int>) {
    let rows = table.rowCount
    for slot in slots {
      let place = table.locate(Self.scalar(distances, slot).value)
      tables[slot] = UnsafePointer(table.columns.base + place.row)
      tableRows[slot] = rows
      T.Lanes.setElement(slot, of: positions.base, to: T(place.t))
      T.Lanes.setElement(slot, of: spacings.base, to: T(place.inverseSpacing))
    }
  }

  /// Computes the taps of all edges, whose places have been found.
  func computeTaps(_ splines: SplineTaps<T.Lanes>) {
    let groups = Self.groups
    let used = usedGroups
    for slot in count..<used * T.Lanes.width {
      T.Lanes.setElement(slot, of: positions.base, to: T(0))
    }
    let count = SplineTaps<T.Lanes>.taps
    for group in 0..<used {
      splines.evaluate(
        positions[group], values: tapRow.view.slice(0, count), slopes: tapRow.view.dropping(count))
      for tap in 0..<count {
        taps[tap * groups + group] = tapRow[tap]
        tapSlopes[tap * groups + group] = tapRow[count + tap] * spacings[group]
      }
    }
  }

  /// The value of a table's first function at an edge whose taps are computed, and its derivative.
  func firstFunction(_ slot: Int) -> (value: T, slope: T) {
    var value = T.zero
    var slope = T.zero
    for tap in 0..<SplineTaps<T.Lanes>.taps {
      let coefficient = T.Lanes.element(0, of: tables[slot] + tap)
      value += Self.scalar(taps, tap * Self.capacity + slot) * coefficient
      slope += Self.scalar(tapSlopes, tap * Self.capacity + slot) * coefficient
    }
    return (value, slope)
  }

  /// The rows of lanes that hold edges.
  var usedGroups: Int { (count + T.Lanes.width - 1) / T.Lanes.width }

  /// The slots of one segment.
  func slots(_ segment: Int) -> Range<Int> {
    segments[segment].start..<segments[segment + 1].start
  }
}
