public import HoneNumerics

/// The atoms of one process of a host that finds neighbours itself: its own first, then ghosts, which
/// are images of its own or copies of others'.
///
/// The views are the host's arrays, in LAMMPS' terms; nothing in them has been checked.
public struct Domain {
  /// The number of the process' own atoms.
  public var localCount: Int
  /// The number of ghosts.
  public var ghostCount: Int
  /// An index into the model's species, negative for an atom that is not the model's,
  /// `[own + ghosts]`.
  public var species: View<Int32>
  /// Positions in Å, `[own + ghosts][3]`.
  public var positions: View<Double>
  /// The centres among the own atoms, how many.
  public var centerCount: Int
  /// The ghosts that have neighbours, how many.
  public var ghostCenterCount: Int
  /// The centres, ghosts last, `[centerCount + ghostCenterCount]`; `nil` for 0, 1, 2, ….
  public var centers: View<Int32>?
  /// The number of neighbours of each atom, read for centres.
  public var neighborCounts: View<Int32>
  /// The neighbours of each atom, read for centres.
  public var neighbors: View<UnsafePointer<Int32>?>
  /// What of a neighbour's number is its index.
  public var neighborMask: Int32
  /// The own atom that each ghost is an image of, or −1, `[ghosts]`; `nil` where unknown.
  public var ghostOwners: View<Int32>?
  /// Whether features of ghosts come from their owners in other processes.
  public var hasExchange: Bool

  /// Wraps the parts.
  public init(
    localCount: Int, ghostCount: Int, species: View<Int32>, positions: View<Double>,
    centerCount: Int, ghostCenterCount: Int, centers: View<Int32>?, neighborCounts: View<Int32>,
    neighbors: View<UnsafePointer<Int32>?>, neighborMask: Int32, ghostOwners: View<Int32>?,
    hasExchange: Bool
  ) {
    self.localCount = localCount
    self.ghostCount = ghostCount
    self.species = species
    self.positions = positions
    self.centerCount = centerCount
    self.ghostCenterCount = ghostCenterCount
    self.centers = centers
    self.neighborCounts = neighborCounts
    self.neighbors = neighbors
    self.neighborMask = neighborMask
    self.ghostOwners = ghostOwners
    self.hasExchange = hasExchange
  }

  /// The number of atoms, ghosts included.
  public var atomCount: Int { localCount + ghostCount }

  /// Whether features of ghosts are computed here, from neighbours of their own.
  public var isHalo: Bool { !hasExchange && ghostOwners == nil }

  /// The atom at a place among the centres.
  func center(_ place: Int) -> Int { centers.map { Int($0[place]) } ?? place }

  /// The atom whose features a neighbour has: for an image of an own atom that one.
  func owner(of atom: Int) -> Int {
    guard atom >= localCount, let ghostOwners else { return atom }
    let owner = Int(ghostOwners[atom - localCount])
    return owner < 0 ? atom : owner
  }

  /// The neighbours of a centre, as the host gave them.
  ///
  /// - Throws: `.invalidArgument` for a list that cannot be.
  func neighborList(_ center: Int) throws(HoneError) -> UnsafeBufferPointer<Int32> {
    let count = Int(neighborCounts[center])
    guard count >= 0 else {
      throw HoneError(
        .invalidArgument, "neighbor_counts[\(center)] must be at least 0, got \(count)")
    }
    guard let list = neighbors[center] else {
      guard count == 0 else {
        throw HoneError(
          .invalidArgument,
          "neighbors[\(center)] must not be NULL: neighbor_counts says that there are \(count)")
      }
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeBufferPointer(start: list, count: count)
  }

  /// The atom that an entry of a list means.
  ///
  /// - Throws: `.invalidArgument` when there is no such atom.
  @inline(__always)
  func neighbor(_ list: UnsafeBufferPointer<Int32>, _ place: Int, of center: Int)
    throws(HoneError) -> Int
  {
    let atom = Int(list[place] & neighborMask)
    guard atom >= 0, atom < atomCount else {
      throw HoneError(
        .invalidArgument,
        "neighbors[\(center)][\(place)] must be an atom below n_local + n_ghost, "
          + "\(atomCount), got \(atom)")
    }
    return atom
  }

  /// The vector from one atom to another in Å.
  @inline(__always)
  func vector(from center: Int, to other: Int) -> Vector3<Double> {
    positions[vector: other] - positions[vector: center]
  }

  /// The square of the distance of two atoms in Å².
  @inline(__always)
  func square(_ center: Int, _ other: Int) -> Double {
    let vector = vector(from: center, to: other)
    return vector.dot(vector)
  }
}
