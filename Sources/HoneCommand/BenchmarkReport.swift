internal import HoneFormats
internal import HoneNumerics

/// The times of repeated evaluations in s.
struct BenchmarkTiming {
  private var walls: [Double] = []
  private var cpus: [Double] = []

  /// Adds an evaluation.
  mutating func add(wall: Double, cpu: Double) {
    walls.append(wall)
    cpus.append(cpu)
  }

  /// The fastest.
  var best: Double { walls.min() ?? 0 }
  /// The one in the middle.
  var median: Double { walls.sorted()[walls.count / 2] }
  /// The least processor time.
  var bestProcessor: Double { cpus.min() ?? 0 }
  /// The number of evaluations.
  var count: Int { walls.count }
}

/// What a benchmark found.
struct BenchmarkReport {
  let atoms: Int
  let edges: Int
  let energy: Double
  let timing: BenchmarkTiming
  let loadTime: Double
  /// In MB, of the process, up to the last evaluation; nil where the system does not say.
  let memory: Double?
  let peak: GemmPeak
  let precision: String
  let threads: Int

  private func perAtom(_ seconds: Double) -> Double { 1e6 * seconds / Double(atoms) }
  private var neighbors: Double { Double(edges) / Double(atoms) }

  /// The report by the names of the interface.
  var json: JSONValue {
    .object([
      .init("microseconds_per_atom", .number(perAtom(timing.best))),
      .init("gemm_peak_gflops", .optional(peak.gigaflops)), .init("atoms", .count(atoms)),
      .init("neighbors_per_atom", .number(neighbors)),
      .init("microseconds_per_atom_median", .number(perAtom(timing.median))),
      .init("cpu_microseconds_per_atom", .number(perAtom(timing.bestProcessor))),
      .init("gemm_gflops", .optional(peak.matrixProduct)),
      .init("fma_gflops", .optional(peak.multiplyAdd)), .init("repeat", .count(timing.count)),
      .init("precision", .string(precision)), .init("threads", .count(threads)),
      .init("load_seconds", .number(loadTime)), .init("peak_memory_mb", .optional(memory)),
      .init("energy", .optional(energy)),
    ])
  }

  /// The report for people.
  var text: String {
    var table = TextTable([.left, .right, .left])
    let repeated = timing.count == 1 ? "one run" : "best of \(timing.count)"
    table.add("time", perAtom(timing.best).formatted(2), "µs per atom, \(repeated)")
    table.add("", perAtom(timing.median).formatted(2), "µs per atom, median")
    table.add("", (1e3 * timing.best).formatted(3), "ms in all")
    table.add("loading", (1e3 * loadTime).formatted(1), "ms")
    table.add("memory", Style.decimal(memory, 1), "MB at most")
    table.add("machine", peak.matrixProduct.formatted(1), "GFlop/s, product of 1024² matrices")
    table.add("", peak.multiplyAdd.formatted(1), "GFlop/s, multiply-adds in registers")
    let threadText = threads == 1 ? "1 thread" : "\(threads) threads"
    return Style.heading(
      "\(Style.grouped(atoms)) atoms with \(neighbors.formatted(1)) neighbors each, "
        + "\(precision), \(threadText)") + table.text
  }
}
