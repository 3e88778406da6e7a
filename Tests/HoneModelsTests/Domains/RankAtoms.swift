import HoneNumerics
import HoneStructure
import HoneTestSupport

@testable import HoneModels

/// The atoms of one process as a host keeps them: own atoms, ghosts, lists with a skin.
struct RankAtoms {
  /// How much further than the cutoff the host's lists reach, Å.
  static let skin = 0.4
  /// The bits of a list's entry that are an index; hosts keep something else in the others.
  static let mask: Int32 = 0x1fff_ffff

  let localCount: Int
  /// The atom of the sample that each atom is or is an image of; −1 for what is none of it.
  var owners: [Int]
  var numbers: [Int32]
  var positions: [SIMD3<Double>]
  var centers: [Int32]
  var ghostCenters: [Int32] = []
  /// By atom; those that are no centres have none.
  var lists: [[Int32]]

  /// Takes some atoms of a sample, and all images within a reach of them as ghosts.
  ///
  /// - Parameters:
  ///   - reach: How far away ghosts may be, Å.
  ///   - centerReach: How far away ghosts have neighbours of their own, Å.
  init(
    _ sample: Sample, _ atoms: [Int], reach: Double, cutoff: Double, centerReach: Double = 0,
    _ random: inout SeededGenerator
  ) {
    owners = atoms.shuffled(using: &random)
    localCount = atoms.count
    positions = owners.map { sample.positions[$0] }
    let own = positions
    func distance(_ position: SIMD3<Double>) -> Double {
      own.map { length($0 - position) }.min() ?? .infinity
    }
    var ghosts: [(owner: Int, position: SIMD3<Double>)] = []
    for shift in sample.shifts(within: reach) {
      for atom in 0..<sample.count where shift != .zero || !atoms.contains(atom) {
        let position = sample.positions[atom] + shift
        if distance(position) < reach { ghosts.append((atom, position)) }
      }
    }
    centers = (0..<Int32(localCount)).shuffled(using: &random)
    for ghost in ghosts.shuffled(using: &random) {
      if distance(ghost.position) < centerReach { ghostCenters.append(Int32(owners.count)) }
      owners.append(ghost.owner)
      positions.append(ghost.position)
    }
    numbers = owners.map { sample.numbers[$0] }
    lists = [[Int32]](repeating: [], count: owners.count)
    for center in centers + ghostCenters {
      let list = owners.indices.filter {
        $0 != center && length(positions[$0] - positions[Int(center)]) < cutoff + Self.skin
      }
      lists[Int(center)] = list.shuffled(using: &random).map { Int32($0) | (Int32($0 % 4) << 29) }
    }
  }

  var count: Int { owners.count }
  var ghostCount: Int { count - localCount }

  /// Adds an atom that is not the model's as the last ghost, to all lists.
  mutating func addStranger(at position: SIMD3<Double>) {
    for center in centers { lists[Int(center)].append(Int32(count)) }
    owners.append(-1)
    numbers.append(0)
    positions.append(position)
    lists.append([])
  }

  /// The own atom that each ghost is an image of, or −1.
  var localOwners: [Int32] {
    owners.dropFirst(localCount).map { owner in
      owners.prefix(localCount).firstIndex(of: owner).map { Int32($0) } ?? -1
    }
  }
}

/// Keeps in memory what a domain points to.
final class HostMemory {
  var domain: Domain
  private let numbers: Buffer<Int32>
  private let positions: Buffer<Double>
  private let centers: Buffer<Int32>
  private let counts: Buffer<Int32>
  private let lists: [Buffer<Int32>]
  private let neighbors: Buffer<UnsafePointer<Int32>?>
  private let owners: Buffer<Int32>

  /// Lays out atoms for a model.
  init(_ atoms: RankAtoms, _ model: ForceField, owners: [Int32]?, hasExchange: Bool) throws {
    numbers = try Buffer(
      try atoms.numbers.enumerated().map { $1 == 0 ? -1 : try model.speciesIndex(of: $1, $0) })
    positions = try Buffer(atoms.positions.flatMap { [$0.x, $0.y, $0.z] })
    centers = try Buffer(atoms.centers + atoms.ghostCenters)
    counts = try Buffer(atoms.lists.map { Int32($0.count) })
    lists = try atoms.lists.map { try Buffer($0) }
    neighbors = try Buffer(lists.map { UnsafePointer($0.base) })
    self.owners = try Buffer(owners ?? [])
    domain = Domain(
      localCount: atoms.localCount, ghostCount: atoms.ghostCount, species: numbers.view,
      positions: positions.view, centerCount: atoms.centers.count,
      ghostCenterCount: atoms.ghostCenters.count, centers: centers.view,
      neighborCounts: counts.view, neighbors: neighbors.view, neighborMask: RankAtoms.mask,
      ghostOwners: owners == nil ? nil : self.owners.view, hasExchange: hasExchange)
  }
}

extension Sample {
  /// The lattice vectors that may bring an atom closer than a distance to another one.
  func shifts(within reach: Double) -> [SIMD3<Double>] {
    guard let rows else { return [.zero] }
    let spread = positions.flatMap { a in positions.map { length(a - $0) } }.max() ?? 0
    let ranges = (0..<3).map { direction -> ClosedRange<Int> in
      guard isPeriodic[direction] else { return 0...0 }
      // A cell may be sheared: generous, and what is too far is dropped later.
      let most = Int(((reach + spread) / height(rows, direction)).rounded(.up))
      return -most...most
    }
    return ranges[0].flatMap { a in
      ranges[1].flatMap { b in ranges[2].map { c in lattice(a, b, c) } }
    }
  }

  /// The distance between the planes of a cell.
  private func height(_ rows: [SIMD3<Double>], _ direction: Int) -> Double {
    let normal = cross(rows[(direction + 1) % 3], rows[(direction + 2) % 3])
    return (rows[direction] * normal).sum().magnitude / length(normal)
  }
}

/// The length of a vector.
func length(_ vector: SIMD3<Double>) -> Double { (vector * vector).sum().squareRoot() }

private func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}
