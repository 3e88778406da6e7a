public import HoneNumerics

/// In which batches and in which order the frames of an epoch come.
///
/// The order of an epoch depends on the seed and the number of the epoch alone, so a run that is
/// resumed goes on without going through the epochs before.
public struct BatchOrder: Sendable, Equatable {
  /// What a batch may hold.
  public enum Limit: Sendable, Equatable {
    /// A number of structures.
    case structures(Int)
    /// A number of atoms; a structure that is larger is a batch of its own.
    case atoms(Int)
    /// A number of edges; a structure that has more is a batch of its own.
    case edges(Int)

    /// The number.
    public var size: Int {
      switch self {
      case .structures(let size), .atoms(let size), .edges(let size): size
      }
    }
  }

  /// What a batch may hold.
  public let limit: Limit
  /// What the order depends on.
  public let seed: UInt64
  /// Whether the frames come in random order; otherwise in the order in which they are given.
  public let shuffles: Bool
  /// Whether a last batch that is not full is left out, unless it is the only one.
  public let dropsIncomplete: Bool

  /// Makes an order.
  ///
  /// - Throws: `.invalidArgument` when a batch could hold nothing.
  public init(
    limit: Limit, seed: UInt64, shuffles: Bool = true, dropsIncomplete: Bool = false
  ) throws(HoneError) {
    guard limit.size > 0 else {
      throw HoneError(.invalidArgument, "a batch must hold at least one, got \(limit.size)")
    }
    self.limit = limit
    self.seed = seed
    self.shuffles = shuffles
    self.dropsIncomplete = dropsIncomplete
  }

  /// The batches of an epoch.
  ///
  /// - Parameters:
  ///   - epoch: The number of the epoch.
  ///   - frames: The frames to train on.
  ///   - size: How much of the limit a frame takes: its atoms or its edges; of no concern where the
  ///     limit counts structures.
  /// - Returns: Frames by batch.
  /// - Complexity: O(frames).
  public func batches(epoch: Int, frames: [Int], size: (_ frame: Int) -> Int) -> [[Int]] {
    var order = frames
    if shuffles {
      var numbers = RandomNumbers(seed: BatchOrder.seed(seed, epoch: epoch))
      order = numbers.permutation(frames.count).map { frames[$0] }
    }
    var batches: [[Int]] = []
    var batch: [Int] = []
    var total = 0
    for frame in order {
      let frameSize =
        switch limit {
        case .structures: 1
        case .atoms, .edges: max(0, size(frame))
        }
      if !batch.isEmpty && frameSize > limit.size - total {
        batches.append(batch)
        batch.removeAll(keepingCapacity: true)
        total = 0
      }
      batch.append(frame)
      total += frameSize
    }
    if !batch.isEmpty && (!dropsIncomplete || total >= limit.size || batches.isEmpty) {
      batches.append(batch)
    }
    return batches
  }

  /// Adds companions to the batches of an epoch, in a random order that begins anew when all of them
  /// have been used.
  ///
  /// - Parameters:
  ///   - companions: The frames to add; with none of them batches stay as they are.
  ///   - batches: The batches of the epoch.
  ///   - epoch: The number of the epoch.
  ///   - count: How many of them a batch gets; nil for as many as it has frames.
  /// - Returns: Every batch with that many companions, or all of them.
  func adding(
    _ companions: [Int], to batches: [[Int]], epoch: Int, count: Int? = nil
  ) -> [[Int]] {
    guard !companions.isEmpty else { return batches }
    var numbers = RandomNumbers(seed: ~BatchOrder.seed(seed, epoch: epoch))
    var order: [Int] = []
    return batches.map { batch in
      var result = batch
      for _ in 0..<min(count ?? batch.count, companions.count) {
        if order.isEmpty { order = numbers.permutation(companions.count) }
        result.append(companions[order.removeLast()])
      }
      return result
    }
  }

  /// A seed for every epoch: the generator's own mixing keeps neighbouring ones apart.
  private static func seed(_ seed: UInt64, epoch: Int) -> UInt64 {
    var numbers = RandomNumbers(seed: seed)
    var mixed = RandomNumbers(seed: numbers.next() ^ UInt64(bitPattern: Int64(epoch)))
    return mixed.next()
  }
}
