internal import HoneNumerics

/// Threads that work on frames: on many small ones each on its own, on a few or large ones together.
///
/// Which it is depends on the frames and the number of threads alone, so results do not vary.
struct FrameTeam {
  private let team: Team

  /// The number of threads.
  var threadCount: Int { team.threadCount }

  /// Makes a team of so many threads.
  init(threadCount: Int) {
    team = Team(threadCount: threadCount)
  }

  /// How far some frames are.
  private struct State<Result: Sendable>: Sendable {
    var next = 0
    var results: [Result?]
    var failure: (index: Int, error: HoneError)?
  }

  /// Works on frames.
  ///
  /// - Parameters:
  ///   - frames: The frames.
  ///   - body: Works on one, with so many threads.
  /// - Returns: The results, in order.
  /// - Throws: What is wrong with the first frame that fails.
  func map<Result: Sendable>(
    _ frames: [EvaluateFrame],
    _ body: (EvaluateFrame, _ threadCount: Int) throws(HoneError) -> Result
  ) throws(HoneError) -> [Result] {
    guard team.threadCount > 1, frames.count >= team.threadCount else {
      var results: [Result] = []
      for frame in frames { results.append(try body(frame, team.threadCount)) }
      return results
    }
    let state = Lock(State<Result>(results: Array(repeating: nil, count: frames.count)))
    team.run { _ in
      while let index = state.withLock({ Self.take(&$0, below: frames.count) }) {
        do throws(HoneError) {
          let result = try body(frames[index], 1)
          state.withLock { $0.results[index] = result }
        } catch {
          state.withLock { if index < $0.failure?.index ?? .max { $0.failure = (index, error) } }
        }
      }
    }
    let (failure, results) = state.withLock { ($0.failure, $0.results.compactMap { $0 }) }
    if let failure { throw failure.error }
    return results
  }

  /// The next frame, in order: when one fails, all before it have been taken, and are finished.
  private static func take<Result>(_ state: inout State<Result>, below count: Int) -> Int? {
    guard state.failure == nil, state.next < count else { return nil }
    state.next += 1
    return state.next - 1
  }
}
