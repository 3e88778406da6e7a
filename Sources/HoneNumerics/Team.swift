internal import Glibc
internal import Synchronization

/// A few threads that work through loops together, for the length of one computation.
///
/// Threads live only while a team does: a process that forks between computations carries none of
/// them along, and nothing is left behind when the library is not computing. Loops are split into
/// as many contiguous ranges as there are threads, so results are the same for a given count.
public final class Team: @unchecked Sendable {
  /// The number of threads, the caller's included.
  public let threadCount: Int

  private let shared: Shared
  private let threads: [pthread_t]

  /// What the threads look at.
  private final class Shared: @unchecked Sendable {
    var mutex = pthread_mutex_t()
    var wake = pthread_cond_t()
    var done = pthread_cond_t()
    var body: ((Int) -> Void)?
    var stopping = false
    let generation = Atomic<Int>(0)
    let remaining = Atomic<Int>(0)

    init() {
      pthread_mutex_init(&mutex, nil)
      pthread_cond_init(&wake, nil)
      pthread_cond_init(&done, nil)
    }

    deinit {
      pthread_mutex_destroy(&mutex)
      pthread_cond_destroy(&wake)
      pthread_cond_destroy(&done)
    }
  }

  private final class Start {
    let shared: Shared
    let rank: Int
    init(shared: Shared, rank: Int) {
      self.shared = shared
      self.rank = rank
    }
  }

  /// Starts the threads; fewer when the system refuses some.
  public init(threadCount: Int) {
    shared = Shared()
    var threads: [pthread_t] = []
    var started = 1
    if threadCount > 1 {
      var attributes = pthread_attr_t()
      pthread_attr_init(&attributes)
      pthread_attr_setstacksize(&attributes, 2 << 20)
      // Signals belong to the host: its handlers must not run on these threads.
      var all = sigset_t()
      var before = sigset_t()
      sigfillset(&all)
      pthread_sigmask(SIG_SETMASK, &all, &before)
      for _ in 1..<threadCount {
        let start = Unmanaged.passRetained(Start(shared: shared, rank: started))
        var thread = pthread_t()
        pthread_mutex_lock(&shared.mutex)
        let status = pthread_create(
          &thread, &attributes,
          { argument in
            guard let argument else { return nil }
            let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
            Team.work(start.shared, rank: start.rank)
            return nil
          }, start.toOpaque())
        if status == 0 {
          threads.append(thread)
          started += 1
        }
        pthread_mutex_unlock(&shared.mutex)
        guard status == 0 else {
          start.release()
          break
        }
      }
      pthread_sigmask(SIG_SETMASK, &before, nil)
      pthread_attr_destroy(&attributes)
    }
    self.threadCount = started
    self.threads = threads
  }

  deinit {
    guard threadCount > 1 else { return }
    pthread_mutex_lock(&shared.mutex)
    shared.stopping = true
    shared.generation.add(1, ordering: .releasing)
    pthread_cond_broadcast(&shared.wake)
    pthread_mutex_unlock(&shared.mutex)
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Runs a body once on each thread, with its rank, and waits for all.
  ///
  /// A team of one calls the body and does nothing else: no allocation either.
  public func run(_ body: (_ rank: Int) -> Void) {
    guard threadCount > 1 else { return body(0) }
    withoutActuallyEscaping(body) { runOnAll($0) }
  }

  /// Keeps the body where the threads find it, until all are done.
  private func runOnAll(_ body: @escaping (_ rank: Int) -> Void) {
    pthread_mutex_lock(&shared.mutex)
    shared.body = body
    shared.remaining.store(threadCount - 1, ordering: .relaxed)
    shared.generation.add(1, ordering: .releasing)
    pthread_cond_broadcast(&shared.wake)
    pthread_mutex_unlock(&shared.mutex)
    body(0)
    var spins = 0
    while shared.remaining.load(ordering: .acquiring) > 0 && spins < Self.patience { spins += 1 }
    pthread_mutex_lock(&shared.mutex)
    while shared.remaining.load(ordering: .acquiring) > 0 {
      pthread_cond_wait(&shared.done, &shared.mutex)
    }
    shared.body = nil
    pthread_mutex_unlock(&shared.mutex)
  }

  /// How often a thread looks again before it sleeps: the next loop of the same computation is
  /// usually microseconds away.
  private static let patience = 2000

  /// Splits `0..<count` into one contiguous range per thread and runs a body on each.
  public func split(_ count: Int, _ body: (_ range: Range<Int>, _ rank: Int) -> Void) {
    let threads = threadCount
    run { rank in
      let range = count * rank / threads..<count * (rank + 1) / threads
      if !range.isEmpty { body(range, rank) }
    }
  }

  /// Runs the body and lets go of it.
  ///
  /// A function of its own, never inlined, so that no thread holds the body once it has said that it
  /// is done: what the body captures may hold the team, which must not end on one of its threads.
  @inline(never)
  private static func perform(_ shared: Shared, _ rank: Int) { shared.body?(rank) }

  private static func work(_ shared: Shared, rank: Int) {
    var seen = 0
    while true {
      var spins = 0
      while shared.generation.load(ordering: .acquiring) == seen && spins < patience { spins += 1 }
      pthread_mutex_lock(&shared.mutex)
      while shared.generation.load(ordering: .acquiring) == seen {
        pthread_cond_wait(&shared.wake, &shared.mutex)
      }
      seen = shared.generation.load(ordering: .acquiring)
      let stopping = shared.stopping
      pthread_mutex_unlock(&shared.mutex)
      if stopping { return }
      perform(shared, rank)
      if shared.remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
        pthread_mutex_lock(&shared.mutex)
        pthread_cond_signal(&shared.done)
        pthread_mutex_unlock(&shared.mutex)
      }
    }
  }
}
