internal import HoneNumerics
internal import Synchronization

/// Finds out when a second thread uses what is for one at a time.
final class ExclusiveUse: Sendable {
  private let isInUse = Atomic(false)
  private let argument: StaticString

  /// Guards an argument of that name.
  init(_ argument: StaticString) {
    self.argument = argument
  }

  /// Runs a body that no other thread runs meanwhile.
  ///
  /// - Throws: `.invalidArgument` when another thread does, or what the body throws.
  func use<Result>(_ body: () throws(HoneError) -> Result) throws(HoneError) -> Result {
    let (isMine, _) = isInUse.compareExchange(
      expected: false, desired: true, ordering: .acquiringAndReleasing)
    guard isMine else {
      throw HoneError(
        .invalidArgument,
        "\(argument) must be used by one call at a time, but another one is under way")
    }
    defer { isInUse.store(false, ordering: .releasing) }
    return try body()
  }
}
