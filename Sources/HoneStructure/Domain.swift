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
}
