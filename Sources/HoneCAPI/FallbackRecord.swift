internal import CHone
internal import Glibc
internal import HoneModels
internal import HoneNumerics

/// Why the last computation with a handle was left to the reference evaluator.
///
/// Every reason is kept as long as the record, so that what a host was given stays readable while
/// other threads compute. There are few: they name parts of a model, not of a structure.
final class FallbackRecord: Sendable {
  private let state = Lock(State())

  /// The pointers are to texts that never change, hence the promise to the compiler.
  private struct State: @unchecked Sendable {
    var known: [(reason: String, text: UnsafePointer<CChar>)] = []
    var latest: UnsafePointer<CChar>?
  }

  deinit {
    state.withLock { state in
      for (_, text) in state.known { free(UnsafeMutablePointer(mutating: text)) }
    }
  }

  /// The text for the host: empty when the compiled evaluator did the last computation.
  var latest: UnsafePointer<CChar> { state.withLock { $0.latest } ?? literal("") }

  /// Keeps how a computation went, and tells the host of a reason that is new.
  ///
  /// - Parameters:
  ///   - reason: Why the reference evaluator did it; `nil` when it did not.
  ///   - settings: Those of the computation: a host that asked for the reference evaluator is not
  ///     told that it had to be used.
  /// - Throws: `.outOfMemory`.
  func note(_ reason: String?, _ settings: ComputeSettings) throws(HoneError) {
    let isNew = try state.withLock { (state) throws(HoneError) in
      guard let reason else {
        state.latest = nil
        return false
      }
      if let known = state.known.first(where: { $0.reason == reason }) {
        state.latest = known.text
        return false
      }
      guard let copy = strdup(reason) else {
        throw HoneError(.outOfMemory, "no memory for the reason of a fallback")
      }
      state.known.append((reason, UnsafePointer(copy)))
      state.latest = UnsafePointer(copy)
      return true
    }
    guard isNew, settings.evaluator == .automatic, let reason else { return }
    log(HONE_LOG_INFO, "the reference evaluator computes, several times slower: \(reason)")
  }
}
