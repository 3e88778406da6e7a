internal import Glibc

/// The speed of this machine's memory, measured: the ceiling of what reads and writes more than it
/// computes.
public enum CopySpeed {
  /// The speed of a copy that no cache holds in GB/s, bytes read and bytes written together; it
  /// takes about 0.2 s.
  ///
  /// The best of several short runs, so that other work on the machine counts little. What a cache
  /// line costs to be read before it is overwritten is not counted, as in the benchmark STREAM
  /// (McCalpin, IEEE TCCA Newsletter, December 1995).
  ///
  /// - Parameter threadCount: Threads that share one copy.
  /// - Throws: `.outOfMemory`.
  public static func gigabytesPerSecond(threadCount: Int) throws(HoneError) -> Double {
    let team = Team(threadCount: max(1, threadCount))
    // Four times the last level of cache, where the system tells it.
    let cache = max(0, sysconf(Int32(_SC_LEVEL3_CACHE_SIZE)))
    let count = max(64 << 20, 4 * cache) / MemoryLayout<Double>.stride
    let source = try Buffer<Double>(repeating: 1, count: count)
    let copy = try Buffer<Double>(repeating: 0, count: count)
    let time = GemmPeak.bestTime(team) { rank in
      let start = count * rank / team.threadCount
      let end = count * (rank + 1) / team.threadCount
      memcpy(copy.base + start, source.base + start, (end - start) * MemoryLayout<Double>.stride)
    }
    return 2 * Double(count * MemoryLayout<Double>.stride) / time * 1e-9
  }
}
