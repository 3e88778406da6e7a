internal import Glibc

/// A value that one thread at a time may look at.
///
/// Over a POSIX mutex. Sanitizers know it: they take what a lock of the standard library hands from one
/// waiting thread to the next for a race. And it works in a forked process, where that lock, which
/// remembers the number of the thread, ends the process as soon as two threads meet at it.
public final class Lock<Value: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  /// Makes a lock around a value.
  public init(_ value: Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs a body while no other thread is inside one.
  ///
  /// - Throws: What the body throws.
  public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
