internal import HoneNumerics

extension DomainPoints {
  /// Finds the edges of all centres: counts, then fills.
  func findEdges(_ domain: Domain, cutoff: Double, _ team: Team) throws(HoneError) -> NeighborList {
    let finder = EdgeFinder(
      domain: domain, points: places, centers: centerCounts.count == 0 ? 0 : centerCounts[0],
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

  /// Two atoms closer than 1e-6 Å are at the same place.
  private static var leastSquare: Double { 1e-12 }

  /// The number of edges of a centre; −1 when a neighbour cannot be right.
  func edgeCount(_ point: Int) -> Int32 {
    var found: Int32 = 0
    do throws(HoneError) {
      try walk(point) { _, _ in found += 1 }
    } catch {
      return -1
    }
    return found
  }

  /// Visits the edges of a centre whose neighbours have been counted.
  @inline(__always)
  func forEachEdge(_ point: Int, _ body: (_ other: Int32, _ vector: Vector3<Double>) -> Void) {
    // Nothing is wrong with what has been counted.
    do throws(HoneError) { try walk(point, body) } catch {}
  }

  /// What is wrong with a centre whose edges could not be counted.
  func fault(_ point: Int) -> HoneError {
    do throws(HoneError) {
      try walk(point) { _, _ in }
    } catch {
      return error
    }
    return HoneError(
      .invalidArgument, "the neighbors of atom \(atoms[point]) changed during the call")
  }

  /// Visits the neighbours of a centre within the cutoff that are the model's.
  @inline(__always)
  private func walk(
    _ point: Int, _ body: (_ other: Int32, _ vector: Vector3<Double>) -> Void
  ) throws(HoneError) {
    let center = Int(atoms[point])
    let list = try domain.neighborList(center)
    for place in 0..<list.count {
      let atom = try domain.neighbor(list, place, of: center)
      guard domain.species[atom] >= 0 else { continue }
      let vector = domain.vector(from: center, to: atom)
      let distance = vector.dot(vector)
      guard distance < square else { continue }
      let other = points[domain.owner(of: atom)]
      guard other >= 0, distance >= Self.leastSquare else {
        throw fault(center, atom, isOverlap: distance < Self.leastSquare)
      }
      body(other, vector)
    }
  }

  /// Why a neighbour cannot be an edge's end.
  private func fault(_ center: Int, _ atom: Int, isOverlap: Bool) -> HoneError {
    guard !isOverlap else {
      return HoneError(
        .invalidArgument,
        atom == center
          ? "neighbors[\(center)] must not name atom \(center) itself"
          : "atoms \(center) and \(atom) are closer than 1e-6 Å")
    }
    let owner = domain.owner(of: atom)
    if owner < domain.localCount {
      return HoneError(
        .invalidArgument,
        "atom \(owner) is a neighbor, but not among the centers, so that it has no features")
    }
    return HoneError(
      .invalidArgument,
      domain.ghostOwners == nil
        ? "ghost \(atom) is out of the layers' reach of all own atoms"
        : "ghost \(atom) is a neighbor, but ghost_owners names no owner and there is no exchange")
  }
}
