public import HoneNumerics

/// The frames of a data set in two parts: some to train on, the others to judge the model by.
///
/// The same seed, number of frames and size give the same parts on every machine.
public struct Split: Sendable, Equatable {
  /// How many frames are kept for validation.
  public enum Size: Sendable, Equatable {
    /// A part of all frames, between 0 and 1, rounded down but to one frame at least.
    case fraction(Double)
    /// A number of frames.
    case count(Int)
  }

  /// The frames to train on, ascending.
  public let training: [Int]
  /// The frames to validate with, ascending.
  public let validation: [Int]
  /// Frames that accompany those to train on, ascending: every batch gets `companionCount` of them, or
  /// all of them where there are fewer.
  ///
  /// For replay: what a model should not forget while it learns something else. An epoch is one pass
  /// over the frames to train on, however many of these there are.
  public let companions: [Int]
  /// How many companions a batch gets; nil for as many as it has other frames.
  public let companionCount: Int?

  /// Takes parts that somebody has chosen, such as those of different files.
  ///
  /// - Parameters:
  ///   - training: The frames to train on.
  ///   - validation: The frames to validate with; there may be none.
  ///   - companions: The frames that accompany those to train on; there may be none.
  ///   - companionCount: How many of them a batch gets; nil for as many as it has others.
  public init(
    training: [Int], validation: [Int], companions: [Int] = [], companionCount: Int? = nil
  ) {
    self.training = training.sorted()
    self.validation = validation.sorted()
    self.companions = companions.sorted()
    self.companionCount = companionCount.map { max($0, 0) }
  }

  /// Splits frames at random.
  ///
  /// - Parameters:
  ///   - frames: The frames.
  ///   - size: How many are kept for validation.
  ///   - seed: What the choice depends on.
  /// - Throws: `.invalidArgument` when no frame would be left for training or for validation.
  public init(of frames: [Int], validation size: Size, seed: UInt64) throws(HoneError) {
    let wanted: Int
    switch size {
    case .fraction(let fraction):
      guard fraction > 0, fraction < 1 else {
        throw HoneError(
          .invalidArgument, "the validation fraction must be between 0 and 1, got \(fraction)")
      }
      wanted = max(1, Int(fraction * Double(frames.count)))
    case .count(let count):
      guard count > 0 else {
        throw HoneError(
          .invalidArgument, "the number of validation frames must be positive, got \(count)")
      }
      wanted = count
    }
    guard wanted < frames.count else {
      throw HoneError(
        .invalidArgument,
        "expected more frames than the \(wanted) of the validation set, got \(frames.count): add "
          + "structures, choose a smaller part, or give others to validate with")
    }
    var numbers = RandomNumbers(seed: seed)
    let order = numbers.permutation(frames.count)
    validation = order.prefix(wanted).map { frames[$0] }.sorted()
    training = order.dropFirst(wanted).map { frames[$0] }.sorted()
    companions = []
    companionCount = nil
  }
}
