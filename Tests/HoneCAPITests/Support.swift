internal import CHone
internal import Glibc
internal import Synchronization

/// The text of the last failure of this thread.
func lastError() -> String {
  text(hone_last_error())
}

/// A copy of a C string; nil where there is none.
func text(_ characters: UnsafePointer<CChar>?) -> String {
  characters.map { String(cString: $0) } ?? "(NULL)"
}

/// What a body gives that runs on some threads of their own at once, by the threads' ranks.
func inParallel<Result: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (_ rank: Int) -> Result
) -> [Result] {
  let results = ThreadResults<Result>()
  let work = (0..<count).map { rank in
    ThreadWork {
      let result = body(rank)
      results.all.withLock { $0[rank] = result }
    }
  }
  var threads = [pthread_t](repeating: pthread_t(), count: count)
  for rank in 0..<count {
    pthread_create(
      &threads[rank], nil,
      { context in
        guard let context else { return nil }
        Unmanaged<ThreadWork>.fromOpaque(context).takeUnretainedValue().run()
        return nil
      }, Unmanaged.passUnretained(work[rank]).toOpaque())
  }
  for thread in threads { pthread_join(thread, nil) }
  return withExtendedLifetime(work) {
    results.all.withLock { all in (0..<count).compactMap { all[$0] } }
  }
}

/// What one of the threads does.
private final class ThreadWork: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// What the threads leave, by rank.
private final class ThreadResults<Result: Sendable>: Sendable {
  let all = Mutex<[Int: Result]>([:])
}
