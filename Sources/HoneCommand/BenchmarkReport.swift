internal import HoneFormats
internal import HoneNumerics

/// The times of repeated evaluations or steps in s.
struct BenchmarkTiming {
  private var walls: [Double] = []
  private var cpus: [Double] = []

  /// Adds one.
  mutating func add(wall: Double, cpu: Double) {
    walls.append(wall)
    cpus.append(cpu)
    total += wall
  }

  /// The fastest.
  var best: Double { walls.min() ?? 0 }
  /// The one in the middle.
  var median: Double { walls.sorted()[walls.count / 2] }
  /// The least processor time.
  var bestProcessor: Double { cpus.min() ?? 0 }
  /// The processor time in the middle.
  var medianProcessor: Double { cpus.sorted()[cpus.count / 2] }
  /// Their number.
  var count: Int { walls.count }
  /// All of them together.
  private(set) var total = 0.0
}

/// What the machine could do.
struct MachineSpeed {
  let arithmetic: GemmPeak
  /// A copy of memory in GB/s, read and written.
  let copy: Double
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
  /// Nil when it was not to be measured.
  let machine: MachineSpeed?
  let precision: String
  let threads: Int

  private func perAtom(_ seconds: Double) -> Double { 1e6 * seconds / Double(atoms) }
  private var neighbors: Double { Double(edges) / Double(atoms) }

  /// The report by the names of the interface.
  var json: JSONValue {
    .object([
      .init("microseconds_per_atom", .number(perAtom(timing.best))),
      .init("gemm_peak_gflops", .optional(machine?.arithmetic.gigaflops)),
      .init("atoms", .count(atoms)),
      .init("neighbors_per_atom", .number(neighbors)),
      .init("microseconds_per_atom_median", .number(perAtom(timing.median))),
      .init("cpu_microseconds_per_atom", .number(perAtom(timing.bestProcessor))),
      .init("microseconds_per_call", .number(1e6 * timing.best)),
      .init("microseconds_per_call_median", .number(1e6 * timing.median)),
      .init("gemm_gflops", .optional(machine?.arithmetic.matrixProduct)),
      .init("fma_gflops", .optional(machine?.arithmetic.multiplyAdd)),
      .init("copy_gigabytes_per_second", .optional(machine?.copy)),
      .init("repeat", .count(timing.count)),
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
    table.add("", (1e6 * timing.best).formatted(1), "µs per call, \(repeated)")
    table.add("", (1e6 * timing.median).formatted(1), "µs per call, median")
    table.add("loading", (1e3 * loadTime).formatted(1), "ms")
    table.add("memory", Style.decimal(memory, 1), "MB at most")
    if let machine {
      let peak = machine.arithmetic
      table.add("machine", peak.matrixProduct.formatted(1), "GFlop/s, product of 1024² matrices")
      table.add("", peak.multiplyAdd.formatted(1), "GFlop/s, multiply-adds in registers")
      table.add("", machine.copy.formatted(1), "GB/s, copy of memory, read and written")
    }
    let threadText = threads == 1 ? "1 thread" : "\(threads) threads"
    return Style.heading(
      "\(Style.grouped(atoms)) atoms with \(neighbors.formatted(1)) neighbors each, "
        + "\(precision), \(threadText)") + table.text
  }
}
