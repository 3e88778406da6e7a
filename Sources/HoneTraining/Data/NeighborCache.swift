public import HoneNumerics
public import HoneStructure

/// The neighbours of the atoms of a frame, in memory of their own.
public struct FrameNeighbors: Sendable {
  /// Where the edges of each centre start, shape `[atoms + 1]`.
  public let edgeStarts: Buffer<Int>
  /// The neighbour j of each edge i←j, shape `[edges]`.
  public let neighbors: Buffer<Int32>
  /// r_j − r_i of each edge in Å, periodic image included, shape `[edges, 3]`.
  public let vectors: Buffer<Double>

  /// The number of directed edges.
  public var edgeCount: Int { neighbors.count }

  /// The number of atoms that have neighbours.
  var centreCount: Int {
    (0..<edgeStarts.count - 1).count { edgeStarts[$0 + 1] > edgeStarts[$0] }
  }

  /// The memory held, in bytes.
  var byteCount: Int { 8 * edgeStarts.count + 28 * edgeCount }

  /// Copies a list, which may change afterwards.
  init(_ list: NeighborList) throws(HoneError) {
    edgeStarts = try Buffer(count: list.atomCount + 1)
    for index in 0...list.atomCount { edgeStarts[index] = Int(list.starts[index]) }
    neighbors = try Buffer(count: list.edgeCount)
    neighbors.view.copy(from: list.neighbors)
    vectors = try Buffer(count: 3 * list.edgeCount)
    vectors.view.copy(from: list.vectors)
  }
}

/// Neighbour lists of the frames of a data set, searched for once and kept while memory allows.
///
/// Frames do not move, so their lists need no skin. Beyond the limit of memory lists are searched for
/// whenever they are asked for; what a caller gets is the same. Several threads may ask at once.
public final class NeighborCache: Sendable {
  /// The data set.
  public let dataSet: DataSet
  /// The cutoff in Å; every edge is shorter.
  public let cutoff: Double
  /// How much memory the lists that are kept may take, in bytes.
  public let memoryLimit: Int

  private struct State: Sendable {
    /// The lists that are kept.
    var lists: [FrameNeighbors?]
    var byteCount = 0
    /// The number of edges, of frames without a list so far -1, shape `[frames]`.
    let edgeCounts: Buffer<Int>
    /// The number of atoms that have neighbours, shape `[frames]`.
    let centreCounts: Buffer<Int>
  }
  private let state: Lock<State>
  /// Threads share frames, not the atoms of one.
  private let alone = Team(threadCount: 1)

  /// Makes an empty cache.
  ///
  /// - Parameters:
  ///   - dataSet: The data set.
  ///   - cutoff: The cutoff of the model in Å.
  ///   - memoryLimit: How much memory the lists that are kept may take, in bytes.
  /// - Throws: `.invalidArgument` for a cutoff that is not finite and positive; `.outOfMemory`.
  public init(
    _ dataSet: DataSet, cutoff: Double, memoryLimit: Int = 4 << 30
  ) throws(HoneError) {
    guard cutoff.isFinite, cutoff > 0 else {
      throw HoneError(
        .invalidArgument, "the cutoff must be finite and positive, got \(cutoff) Å")
    }
    self.dataSet = dataSet
    self.cutoff = cutoff
    self.memoryLimit = memoryLimit
    state = Lock(
      State(
        lists: Array(repeating: nil, count: dataSet.count),
        edgeCounts: try Buffer(repeating: -1, count: dataSet.count),
        centreCounts: try Buffer(repeating: 0, count: dataSet.count)))
  }

  /// The memory of the lists that are kept, in bytes.
  public var byteCount: Int { state.withLock { $0.byteCount } }

  /// How many frames have a list that is kept.
  public var keptCount: Int { state.withLock { $0.lists.count { $0 != nil } } }

  /// The neighbours of a frame.
  ///
  /// - Parameters:
  ///   - frame: The number of the frame.
  ///   - search: The memory of a search, which only the calling thread uses.
  /// - Throws: `.invalidArgument` naming file, line and frame where atoms coincide or have too many
  ///   neighbours; `.outOfMemory`.
  public func neighbors(
    of frame: Int, with search: NeighborSearch
  ) throws(HoneError) -> FrameNeighbors {
    if let list = state.withLock({ $0.lists[frame] }) { return list }
    let found = try find(frame, search)
    let centreCount = found.centreCount
    state.withLock { state in
      state.edgeCounts[frame] = found.edgeCount
      state.centreCounts[frame] = centreCount
      guard state.lists[frame] == nil, found.byteCount <= memoryLimit - state.byteCount else {
        return
      }
      state.lists[frame] = found
      state.byteCount += found.byteCount
    }
    return found
  }

  /// The neighbours of a frame whose atoms have moved, which are not kept.
  ///
  /// - Parameters:
  ///   - frame: The number of the frame.
  ///   - displacement: In Å, shape `[atoms, 3]`.
  ///   - search: The memory of a search, which only the calling thread uses.
  /// - Throws: As `neighbors(of:with:)`.
  func neighbors(
    of frame: Int, movedBy displacement: View<Double>, with search: NeighborSearch
  ) throws(HoneError) -> FrameNeighbors {
    let positions = dataSet[frame].positions
    let moved = try Buffer<Double>(count: positions.count)
    for index in 0..<moved.count { moved[index] = positions[index] + displacement[index] }
    let result = try find(frame, at: moved.view, search)
    withExtendedLifetime(moved) {}
    return result
  }

  private func find(
    _ frame: Int, at moved: View<Double>? = nil, _ search: NeighborSearch
  ) throws(HoneError) -> FrameNeighbors {
    let atoms = dataSet[frame]
    let places = moved ?? atoms.positions
    let positions = UnsafeBufferPointer(start: places.base, count: places.count)
    do throws(HoneError) {
      return try FrameNeighbors(
        search.find(positions: positions.span, cell: atoms.cell, cutoff: cutoff, team: alone))
    } catch {
      guard error.kind == .invalidArgument else { throw error }
      throw HoneError(
        error.kind, "\(dataSet.place(of: frame)): \(error.message): correct or remove the frame")
    }
  }

  /// Searches for the neighbours of frames, and keeps as many lists as memory allows.
  ///
  /// - Parameters:
  ///   - frames: The frames.
  ///   - team: The threads that share the work.
  /// - Throws: As `neighbors(of:with:)`, for the first frame that fails.
  public func prepare(_ frames: [Int], team: Team) throws(HoneError) {
    let failure = Lock<(position: Int, error: HoneError)?>(nil)
    team.split(frames.count) { range, _ in
      let search = NeighborSearch()
      for position in range {
        do throws(HoneError) {
          _ = try neighbors(of: frames[position], with: search)
        } catch {
          failure.withLock { first in
            if position < first?.position ?? .max { first = (position, error) }
          }
          return
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }

  /// The number of directed edges of a frame, or nil before its neighbours were searched for.
  public func edgeCount(of frame: Int) -> Int? {
    let count = state.withLock { $0.edgeCounts[frame] }
    return count >= 0 ? count : nil
  }

  /// The average number of neighbours of the atoms that have any, as mace and SevenNet count.
  ///
  /// mace/modules/utils.py (compute_avg_num_neighbors) and sevenn/train/graph_dataset.py count the
  /// edges of the atoms that occur as an end of one; atoms without neighbours are not averaged over.
  ///
  /// - Parameters:
  ///   - frames: The frames, normally those to train on.
  ///   - team: The threads that search for the neighbours of frames that lack a list.
  /// - Throws: As `prepare(_:team:)`, and `.invalidArgument` when no atom has a neighbour.
  public func averageNeighborCount(_ frames: [Int], team: Team) throws(HoneError) -> Double {
    let missing = frames.filter { edgeCount(of: $0) == nil }
    try prepare(missing, team: team)
    let (edges, centres) = state.withLock { state in
      frames.reduce(into: (0, 0)) { sums, frame in
        sums.0 += state.edgeCounts[frame]
        sums.1 += state.centreCounts[frame]
      }
    }
    guard centres > 0 else {
      throw HoneError(
        .invalidArgument,
        "expected neighbours within \(cutoff) Å in the training frames, got none: choose a larger "
          + "cutoff, or add structures with more than isolated atoms")
    }
    return Double(edges) / Double(centres)
  }
}
