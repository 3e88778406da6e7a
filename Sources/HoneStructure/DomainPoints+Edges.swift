internal import HoneNumerics

extension DomainPoints {
  /// Finds the edges of all centres: counts, then fills.
  func findEdges(_ domain: Domain, cutoff: Double, _ team: Team) throws(HoneError) -> NeighborList {
    let finder = EdgeFinder(
      domain: domain, points: places.view, centers: centerCounts.count == 0 ? 0 : centerCounts[0],
      atoms: atoms, square: cutoff * cutoff)
    let starts = try starts.resize(count + 1)
    team.split(finder.centers) { range, _ in
      for point in range { starts[point] = finder.edgeCount(point) }
    }
    var sum = 0
    for point in 0..<finder.centers {
      let found = Int(starts[point])
      guard found >= 0 else { throw finder.fault(point) }
      starts[point] = Int32(truncatingIfNeeded: sum)
      sum += found
      guard sum <= Int(Int32.max) else {
        throw HoneError(.invalidArgument, "there are more than \(Int32.max) neighbors in all")
      }
    }
    for point in finder.centers...count { starts[point] = Int32(truncatingIfNeeded: sum) }
    let ends = try neighbors.resize(sum)
    let vectors = try vectors.resize(3 * sum)
    team.split(finder.centers) { range, _ in
      for point in range {
        var edge = Int(starts[point])
        finder.forEachEdge(point) { other, vector in
          ends[edge] = other
          vectors[vector: edge] = vector
          edge += 1
        }
      }
    }
    return NeighborList(
      atomCount: count, cutoff: cutoff, starts: starts, neighbors: ends, shifts: .empty,
      vectors: vectors, owner: self)
  }
}

/// Walks through the neighbours that a host gave.
private struct EdgeFinder {
  let domain: Domain
  /// The point of each atom, negative for none.
  let points: View<Int32>
  /// The number of centres, which are the first points.
  let centers: Int
  /// The atom of each point.
  let atoms: View<Int32>
  /// The square of the cutoff.
  let square: Double

  /// What can be wrong with a neighbour.
  private enum Fault {
    case index, overlap, missing
  }

  /// The number of edges of a centre; −1 when a neighbour cannot be right.
  func edgeCount(_ point: Int) -> Int32 {
    let center = Int(atoms[point])
    let count = domain.neighborCounts[center]
    guard count >= 0, count == 0 || domain.neighbors[center] != nil else { return -1 }
    var found: Int32 = 0
    var isWrong = false
    walk(center) { _, point, vector in
      found += 1
      isWrong = isWrong || point < 0 || vector.dot(vector) < Self.leastSquare
    } fault: {
      isWrong = true
    }
    return isWrong ? -1 : found
  }

  /// Two atoms closer than 1e-6 Å are at the same place.
  private static var leastSquare: Double { 1e-12 }

  /// Visits the edges of a centre whose neighbours are all right.
  @inline(__always)
  func forEachEdge(_ point: Int, _ body: (_ other: Int32, _ vector: Vector3<Double>) -> Void) {
    walk(Int(atoms[point])) { _, other, vector in
      body(other, vector)
    } fault: {
    }
  }

  /// Visits the neighbours of a centre within the cutoff that are the model's.
  @inline(__always)
  private func walk(
    _ center: Int, _ body: (_ atom: Int, _ point: Int32, _ vector: Vector3<Double>) -> Void,
    fault: () -> Void
  ) {
    guard let list = domain.neighbors[center] else { return }
    let position = domain.positions[vector: center]
    for place in 0..<Int(domain.neighborCounts[center]) {
      let atom = Int(list[place] & domain.neighborMask)
      guard atom >= 0, atom < domain.atomCount else {
        fault()
        continue
      }
      guard domain.species[atom] >= 0 else { continue }
      let vector = domain.positions[vector: atom] - position
      guard vector.dot(vector) < square else { continue }
      body(atom, points[domain.owner(of: atom)], vector)
    }
  }

  /// Says what is wrong with a centre whose edges could not be counted.
  func fault(_ point: Int) -> HoneError {
    let center = Int(atoms[point])
    let count = domain.neighborCounts[center]
    guard count >= 0 else {
      return HoneError(
        .invalidArgument, "neighbor_counts[\(center)] must be at least 0, got \(count)")
    }
    guard let list = domain.neighbors[center] else {
      return HoneError(
        .invalidArgument,
        "neighbors[\(center)] must not be NULL: neighbor_counts says that there are \(count)")
    }
    for place in 0..<Int(count) {
      let atom = Int(list[place] & domain.neighborMask)
      guard atom >= 0, atom < domain.atomCount else {
        return HoneError(
          .invalidArgument,
          "neighbors[\(center)][\(place)] must be an atom below n_local + n_ghost, "
            + "\(domain.atomCount), got \(atom)")
      }
    }
    var text = "the neighbors of atom \(center) changed meanwhile"
    walk(center) { atom, point, vector in
      if vector.dot(vector) < Self.leastSquare {
        text =
          atom == center
          ? "neighbors[\(center)] must not name atom \(center) itself"
          : "atoms \(center) and \(atom) are closer than 1e-6 Å"
      } else if point < 0 {
        text = missing(atom)
      }
    } fault: {
    }
    return HoneError(.invalidArgument, text)
  }

  /// Why a neighbour has no features.
  private func missing(_ atom: Int) -> String {
    let owner = domain.owner(of: atom)
    if owner < domain.localCount {
      return "atom \(owner) is a neighbor, but not among the centers, so that it has no features"
    }
    return domain.ghostOwners == nil
      ? "ghost \(atom) is out of the layers' reach of all own atoms"
      : "ghost \(atom) is a neighbor, but ghost_owners names no owner and there is no exchange"
  }
}
