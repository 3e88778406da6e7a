import Glibc
import HoneNumerics

/// Where threads wait for each other, until one gives up.
final class Meeting: @unchecked Sendable {
  private let count: Int
  private var waiting = 0
  private var round = 0
  private var hasEnded = false
  private var mutex = pthread_mutex_t()
  private var changed = pthread_cond_t()

  init(of count: Int) {
    self.count = count
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&changed, nil)
  }

  deinit {
    pthread_mutex_destroy(&mutex)
    pthread_cond_destroy(&changed)
  }

  /// Waits for all.
  ///
  /// - Throws: `.callback` when one has given up.
  func wait() throws(HoneError) {
    pthread_mutex_lock(&mutex)
    defer { pthread_mutex_unlock(&mutex) }
    let own = round
    waiting += 1
    if waiting == count {
      waiting = 0
      round += 1
      pthread_cond_broadcast(&changed)
    }
    while round == own && !hasEnded { pthread_cond_wait(&changed, &mutex) }
    if round == own { throw HoneError(.callback, "another process has failed") }
  }

  /// Gives up.
  func end() {
    pthread_mutex_lock(&mutex)
    hasEnded = true
    pthread_cond_broadcast(&changed)
    pthread_mutex_unlock(&mutex)
  }
}
