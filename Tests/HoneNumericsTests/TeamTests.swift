internal import Glibc
internal import HoneNumerics
internal import HoneTestSupport
internal import Synchronization
internal import Testing

/// How many threads the process has.
private func threadCount() -> Int {
  guard let directory = opendir("/proc/self/task") else { return 0 }
  defer { closedir(directory) }
  var count = 0
  while let entry = readdir(directory) {
    if entry.pointee.d_name.0 != 46 { count += 1 }
  }
  return count
}

/// The threads a body's teams may leave: none, after the moment that the kernel takes.
private func leavesNoThread(_ body: () -> Void) -> Bool {
  let before = threadCount()
  body()
  for _ in 0..<2000 where threadCount() > before { usleep(1000) }
  return threadCount() <= before
}

/// Counts how often each index of a loop is reached.
private func countVisits(_ team: Team, _ count: Int) throws -> Bool {
  let visits = try Buffer<Int32>(repeating: 0, count: count)
  let ranks = Mutex<Set<Int>>([])
  team.split(count) { range, rank in
    for index in range { visits[index] += 1 }
    ranks.withLock { _ = $0.insert(rank) }
  }
  let once = (0..<count).allSatisfy { visits[$0] == 1 }
  return once && ranks.withLock { $0.allSatisfy { $0 < team.threadCount } }
    && ranks.withLock { $0.count } == min(count, team.threadCount)
}

/// What a computation holds on to, its team included; it must end on the thread that computes.
private final class Computation: Sendable {
  let team = Team(threadCount: 3)
  let owner = pthread_self()
  let endedElsewhere: Counter

  init(_ endedElsewhere: Counter) { self.endedElsewhere = endedElsewhere }

  func run() { team.run { _ in withExtendedLifetime(self) {} } }

  deinit { if pthread_self() != owner { endedElsewhere.value.add(1, ordering: .relaxed) } }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}

@Suite("Teams of threads", .serialized)
struct TeamTests {
  @Test("each index is visited once", arguments: 1...8)
  func visits(_ threads: Int) throws {
    let team = Team(threadCount: threads)
    #expect(team.threadCount == threads)
    for count in Array(0...40) + [63, 64, 65, 999, 1000] {
      #expect(try countVisits(team, count), "\(count) with \(threads) threads")
    }
  }

  @Test("no thread of a team is the one to end it")
  func bodiesAreReleased() {
    let endedElsewhere = Counter()
    for _ in 0..<3000 { Computation(endedElsewhere).run() }
    #expect(endedElsewhere.value.load(ordering: .relaxed) == 0)
  }

  @Test("no threads or fewer are one thread", arguments: [0, -1, .min, 1])
  func few(_ threads: Int) throws {
    #expect(Team(threadCount: threads).threadCount == 1)
    #expect(try countVisits(Team(threadCount: threads), 10))
  }

  @Test("every rank runs once, thousands of times over", arguments: [2, 3, 5])
  func manyLoops(_ threads: Int) throws {
    let team = Team(threadCount: threads)
    let counts = try Buffer<Int>(repeating: 0, count: threads)
    for loop in 0..<5000 {
      team.run { rank in counts[rank] += rank + loop }
      // Now and then the threads fall asleep between loops.
      if loop % 1000 == 0 { usleep(2000) }
    }
    for rank in 0..<threads { #expect(counts[rank] == 5000 * rank + 4999 * 2500) }
  }

  @Test("what the threads wrote is seen after the loop, and by the next one")
  func ordering() throws {
    let team = Team(threadCount: 4)
    let values = try Buffer<Int>(repeating: 1, count: 4)
    for _ in 0..<500 {
      let sums = try Buffer<Int>(repeating: 0, count: 4)
      team.run { rank in sums[rank] = (0..<4).reduce(0) { $0 &+ values[$1] } }
      team.run { rank in values[rank] = sums[3 - rank] &+ rank }
      #expect((0..<4).allSatisfy { values[$0] == sums[3 - $0] &+ $0 })
    }
  }

  @Test("teams in several threads at once do not meet")
  func concurrentTeams() throws {
    final class Outcome: Sendable {
      let good = Mutex(0)
    }
    let outcome = Outcome()
    var threads: [pthread_t] = []
    for _ in 0..<4 {
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          let outcome = Unmanaged<Outcome>.fromOpaque(context).takeUnretainedValue()
          var fine = true
          for round in 0..<30 {
            let team = Team(threadCount: 1 + round % 4)
            for count in [0, 1, 7, 100] {
              fine = ((try? countVisits(team, count)) ?? false) && fine
            }
          }
          if fine { outcome.good.withLock { $0 += 1 } }
          return nil
        }, Unmanaged.passUnretained(outcome).toOpaque())
      threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
    #expect(outcome.good.withLock { $0 } == 4)
  }

  @Test("a team leaves no thread behind")
  func leavesNothing() {
    #expect(
      leavesNoThread {
        for _ in 0..<50 {
          let team = Team(threadCount: 6)
          for _ in 0..<10 { team.run { _ in } }
        }
        for _ in 0..<50 { _ = Team(threadCount: 8) }
      })
  }

  @Test("signals of the process are not delivered to the team's threads")
  func signals() throws {
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &before)
    let team = Team(threadCount: 3)
    let blocked = try Buffer<Bool>(repeating: false, count: 3)
    team.run { rank in
      var mask = sigset_t()
      pthread_sigmask(SIG_BLOCK, nil, &mask)
      blocked[rank] = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1
    }
    #expect(blocked[1] && blocked[2])
    // The caller's own mask is as before.
    #expect(blocked[0] == (sigismember(&before, SIGINT) == 1 && sigismember(&before, SIGTERM) == 1))
  }
}
