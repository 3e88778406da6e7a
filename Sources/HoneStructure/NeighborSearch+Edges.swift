internal import HoneNumerics

extension NeighborSearch {
  /// Finds the edges of all atoms within a radius.
  ///
  /// Every worker finds the edges around the atoms of its bins. They are then dealt to their
  /// *neighbours*, in the order of the centres: since an edge comes with its reverse, every atom
  /// receives its own edges already sorted by the other end.
  ///
  /// - Throws: As `find`, but for coincident atoms.
  func collect(
    _ pass: NeighborPass, into list: NeighborKeys, _ team: Team?
  ) throws(HoneError) {
    let atomCount = grid.atoms.count
    let threadCount = team?.threadCount ?? 1
    let places = try places.resize(atomCount)
    for worker in workers { worker.reset() }
    split(atomCount, team) { range, rank in
      self.workers[rank].run(self.grid, pass, ranks: range, worker: rank, places)
    }
    let edgeCount = try checkWorkers(pass, threadCount)

    let starts = try list.starts.resize(atomCount + 1)
    let keys = try list.keys.resize(edgeCount)
    let histogram = try histogram.resize(threadCount * atomCount)
    split(atomCount, team) { range, rank in
      let counts = histogram.slice(rank * atomCount, atomCount)
      counts.fill(0)
      self.forEachFound(range, places) { _, key in
        counts[NeighborGeometry.neighbor(key)] &+= 1
      }
    }
    // Of an atom's edges those from the first thread's centres come first.
    var next: Int32 = 0
    for atom in 0..<atomCount {
      starts[atom] = next
      for rank in 0..<threadCount {
        let place = rank &* atomCount &+ atom
        let count = histogram[place]
        histogram[place] = next
        next &+= count
      }
    }
    starts[atomCount] = next
    split(atomCount, team) { range, rank in
      let ends = histogram.slice(rank * atomCount, atomCount)
      self.forEachFound(range, places) { centre, key in
        let atom = NeighborGeometry.neighbor(key)
        let place = ends[atom]
        ends[atom] = place &+ 1
        keys[Int(truncatingIfNeeded: place)] = NeighborGeometry.key(
          neighbor: centre, image: NeighborGeometry.image(key))
      }
    }
    if grid.lattice.transform != .identity {
      split(atomCount, team) { range, _ in
        NeighborSearch.sortImages(range, starts, keys)
      }
    }
  }

  /// Turns the reports of the workers into an error or into the number of edges.
  private func checkWorkers(_ pass: NeighborPass, _ threadCount: Int) throws(HoneError) -> Int {
    var edgeCount = 0
    var crowdedAtom = Int.max
    var failure: HoneError?
    for worker in workers.prefix(threadCount) {
      edgeCount += worker.count
      crowdedAtom = min(crowdedAtom, worker.crowdedAtom)
      failure = failure ?? worker.error
    }
    guard crowdedAtom == .max else { throw pass.neighborLimitError(around: crowdedAtom) }
    if let failure { throw failure }
    guard edgeCount <= min(pass.limits.edges, Int(Int32.max)) else {
      throw pass.edgeLimitError("more")
    }
    return edgeCount
  }

  /// Calls a body for the edges found around some centres, in the order of the centres.
  @inline(__always)
  private func forEachFound(
    _ centres: Range<Int>, _ places: View<NeighborWorker.Place>, _ body: (Int, UInt64) -> Void
  ) {
    var last = -1
    var found = View<UInt64>.empty
    for centre in centres {
      let place = places[centre]
      if Int(place.worker) != last {
        last = Int(place.worker)
        found = workers[last].found.view
      }
      for index in place.start..<place.start &+ Int(place.count) { body(centre, found[index]) }
    }
  }

  /// Sorts the images of each neighbour where the order of the search is not that of the shifts.
  private static func sortImages(
    _ centres: Range<Int>, _ starts: View<Int32>, _ keys: View<UInt64>
  ) {
    for centre in centres {
      var index = Int(starts[centre])
      let end = Int(starts[centre + 1])
      while index < end {
        let neighbor = NeighborGeometry.neighbor(keys[index])
        var next = index + 1
        var isSorted = true
        while next < end && NeighborGeometry.neighbor(keys[next]) == neighbor {
          isSorted = isSorted && keys[next - 1] < keys[next]
          next += 1
        }
        if !isSorted {
          var images = UnsafeMutableBufferPointer(start: keys.base + index, count: next - index)
          images.sort()
        }
        index = next
      }
    }
  }

  /// Selects the edges shorter than the cutoff among those kept.
  ///
  /// - Throws: `.invalidArgument` when there are more than the limits allow; `.outOfMemory`.
  func select(_ pass: NeighborPass, _ team: Team?) throws(HoneError) {
    let atomCount = grid.atoms.count
    let (all, allStarts) = (kept.keys.view, kept.starts.view)
    let keys = try chosen.keys.resize(all.count)
    let starts = try starts.resize(atomCount + 1)
    for worker in workers { worker.error = nil }
    starts[0] = 0
    split(atomCount, team) { range, rank in
      self.rewrap(range)
    }
    let filter = NeighborFilter(pass, grid)
    split(atomCount, team) { range, rank in
      var place = Int(allStarts[range.lowerBound])
      for centre in range {
        let candidates = Int(allStarts[centre])..<Int(allStarts[centre &+ 1])
        let count = filter.select(all, candidates, of: centre, into: keys, at: place)
        place &+= count
        starts[centre &+ 1] = Int32(truncatingIfNeeded: count)
        if count > pass.limits.neighborsPerAtom {
          self.workers[rank].error = pass.neighborLimitError(around: centre)
          return
        }
      }
    }
    try throwErrors(team)
    for atom in 0..<atomCount { starts[atom + 1] &+= starts[atom] }
    guard Int(starts[atomCount]) <= pass.limits.edges else {
      throw pass.edgeLimitError("more")
    }
    try chosen.starts.resize(atomCount + 1).copy(from: allStarts)
  }

  /// Moves atoms by the vectors that were taken off them when they were sorted.
  private func rewrap(_ atoms: Range<Int>) {
    let (positions, wraps, wrapped) = (current.view, grid.wraps, grid.wrappedPositions)
    let basis = grid.lattice.basis
    for atom in atoms {
      let place = 3 &* atom
      let moved =
        SIMD3(positions[place], positions[place &+ 1], positions[place &+ 2])
        - basis.combination(SIMD3(wraps[place], wraps[place &+ 1], wraps[place &+ 2]))
      wrapped[place] = moved.x
      wrapped[place &+ 1] = moved.y
      wrapped[place &+ 2] = moved.z
    }
  }

  /// Writes the list from the edges chosen.
  ///
  /// Each thread's edges begin where `chosen.starts` has its first centre.
  ///
  /// - Throws: `.invalidArgument` for coincident atoms and for shifts that 32 bits cannot hold;
  ///   `.outOfMemory`.
  func write(_ pass: NeighborPass, _ team: Team?) throws(HoneError) -> NeighborList {
    let atomCount = grid.atoms.count
    let (starts, sources, keys) = (starts.view, chosen.starts.view, chosen.keys.view)
    let edgeCount = Int(starts[atomCount])
    let list = NeighborList(
      atomCount: atomCount, cutoff: pass.radius, starts: starts,
      neighbors: try neighbors.resize(edgeCount), shifts: try shifts.resize(3 * edgeCount),
      vectors: try vectors.resize(3 * edgeCount), owner: self)
    for worker in workers { worker.error = nil }
    split(atomCount, team) { range, rank in
      let source = keys.dropping(Int(sources[range.lowerBound]))
      self.workers[rank].error = NeighborSearch.write(range, source, pass, list)
    }
    try throwErrors(team)
    return list
  }

  private static func write(
    _ centres: Range<Int>, _ keys: View<UInt64>, _ pass: NeighborPass, _ list: NeighborList
  ) -> HoneError? {
    let (starts, neighbors, shifts, vectors) = (
      list.starts, list.neighbors, list.shifts, list.vectors
    )
    let geometry = pass.geometry
    let first = Int(starts[centres.lowerBound])
    for centre in centres {
      var smallest = Double.infinity
      let edges = Int(starts[centre])..<Int(starts[centre &+ 1])
      for edge in edges {
        let key = keys[edge &- first]
        let shift = geometry.shift(key, of: centre)
        let vector = geometry.vector(key, of: centre, shift)
        neighbors[edge] = Int32(truncatingIfNeeded: NeighborGeometry.neighbor(key))
        let place = 3 &* edge
        shifts[place] = shift.x
        shifts[place &+ 1] = shift.y
        shifts[place &+ 2] = shift.z
        vectors[place] = vector.x
        vectors[place &+ 1] = vector.y
        vectors[place &+ 2] = vector.z
        smallest = min(smallest, dot(vector, vector))
      }
      if pass.isFar {
        for edge in edges where !pass.isRepresentable(keys[edge &- first], of: centre) {
          return pass.farError(keys[edge &- first], of: centre)
        }
      }
      let limit = NeighborGeometry.coincidence * NeighborGeometry.coincidence
      guard smallest < limit else { continue }
      for edge in edges where geometry.square(keys[edge &- first], of: centre) < limit {
        return pass.coincidenceError(keys[edge &- first], of: centre)
      }
    }
    return nil
  }
}

/// Selects the edges shorter than the cutoff among those of an atom.
private struct NeighborFilter {
  private let pass: NeighborPass
  private let positions: View<Double>
  private let translations: View<SIMD4<Double>>
  /// Squares in Å² below which a pair may be an edge.
  private let outer: Double
  /// Squares in Å² below which a pair certainly is an edge.
  private let inner: Double

  init(_ pass: NeighborPass, _ grid: NeighborGrid) {
    self.pass = pass
    positions = grid.wrappedPositions
    translations = grid.images.translations
    let error = 2 * grid.roundingError
    outer = (pass.radius + error) * (pass.radius + error)
    inner = pass.radius > error ? (pass.radius - error) * (pass.radius - error) : 0
  }

  /// Copies the edges that stay; returns their number.
  @inline(__always)
  func select(
    _ keys: View<UInt64>, _ candidates: Range<Int>, of centre: Int, into chosen: View<UInt64>,
    at start: Int
  ) -> Int {
    let own = SIMD3(
      positions[3 &* centre], positions[3 &* centre &+ 1], positions[3 &* centre &+ 2])
    // No branches: which pairs stay cannot be predicted.
    var place = start
    var certain = start
    for index in candidates {
      let key = keys[index]
      let neighbor = 3 &* NeighborGeometry.neighbor(key)
      let translation = translations[NeighborGeometry.image(key)]
      let x = (positions[neighbor] - own.x) + translation.x
      let y = (positions[neighbor &+ 1] - own.y) + translation.y
      let z = (positions[neighbor &+ 2] - own.z) + translation.z
      let square = x * x + y * y + z * z
      chosen[place] = key
      place &+= NeighborGeometry.countIfLess(square, than: outer)
      certain &+= NeighborGeometry.countIfLess(square, than: inner)
    }
    if certain != place {
      place = decide(keys, candidates, of: centre, into: chosen, at: start)
    }
    return place &- start
  }

  /// Copies the edges that stay, decided by their vectors alone; returns where they end.
  @inline(never)
  private func decide(
    _ keys: View<UInt64>, _ candidates: Range<Int>, of centre: Int, into chosen: View<UInt64>,
    at start: Int
  ) -> Int {
    var place = start
    for index in candidates where pass.isEdge(keys[index], of: centre) {
      chosen[place] = keys[index]
      place &+= 1
    }
    return place
  }
}
