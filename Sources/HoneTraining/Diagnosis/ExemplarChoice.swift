internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// A few frames that stand for a data set: as many of each set of elements, evenly spaced within it.
///
/// Rare compositions are what a model forgets first, so they count as much as common ones.
struct ExemplarChoice {
  private let dataSet: DataSet
  /// Frames by their set of elements, in the order in which these came.
  private var groups: [[Int]] = []

  /// Considers frames of a data set; those of too many atoms are passed over.
  init(_ dataSet: DataSet, _ frames: [Int]) {
    self.dataSet = dataSet
    var places: [Set<Int32>: Int] = [:]
    for frame in frames where dataSet.atomCount(of: frame) <= ForceField.mostExemplarAtoms {
      let numbers = dataSet[frame].atomicNumbers
      var elements: Set<Int32> = []
      for atom in 0..<numbers.count { elements.insert(numbers[atom]) }
      if let place = places[elements] {
        groups[place].append(frame)
      } else {
        places[elements] = groups.count
        groups.append([frame])
      }
    }
  }

  /// The frames chosen, ascending; none where all have too many atoms.
  func frames() -> [Int] {
    var wanted = min(ForceField.mostExemplars, groups.reduce(0) { $0 + $1.count })
    while wanted > 0 {
      let chosen = frames(wanted)
      let atoms = chosen.reduce(0) { $0 + dataSet.atomCount(of: $1) }
      if atoms <= ForceField.mostExemplarAtoms { return chosen.sorted() }
      wanted = min(wanted - 1, wanted * ForceField.mostExemplarAtoms / atoms)
    }
    return []
  }

  /// Their structures.
  ///
  /// - Throws: `.invalidArgument` for positions that are not finite, which no data set holds.
  func structures() throws(HoneError) -> [Structure] {
    var structures: [Structure] = []
    for index in frames() {
      let frame = dataSet[index]
      structures.append(
        try Structure(
          atomicNumbers: frame.atomicNumbers.array, positions: frame.positions.array,
          cell: frame.cell))
    }
    return structures
  }

  /// A number of frames, as evenly from all groups as they last.
  private func frames(_ wanted: Int) -> [Int] {
    guard groups.count <= wanted else {
      return Self.spread(wanted, over: groups.count).map { groups[$0][groups[$0].count / 2] }
    }
    var shares = [Int](repeating: 0, count: groups.count)
    var left = wanted
    while left > 0 {
      let open = shares.indices.filter { shares[$0] < groups[$0].count }
      guard !open.isEmpty else { break }
      // Less than one for each: those spread over the groups.
      let round = left >= open.count ? open : Self.spread(left, over: open.count).map { open[$0] }
      for group in round { shares[group] += 1 }
      left -= round.count
    }
    return groups.indices.flatMap { group in
      Self.spread(shares[group], over: groups[group].count).map { groups[group][$0] }
    }
  }

  /// Evenly spaced places among some, the same distance from both ends.
  private static func spread(_ count: Int, over total: Int) -> [Int] {
    (0..<count).map { ((2 * $0 + 1) * total) / (2 * count) }
  }
}
