internal import ArgumentParser
internal import Glibc
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// `hone benchmark`: the time of an evaluation, and what the machine could do.
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Time energy and forces of a frame, the search for neighbors included.",
    discussion: """
      The fastest of several evaluations counts, after one that is not timed: other work on the \
      machine only ever adds time. The speed of the machine is measured with the same number of \
      threads: arithmetic in the same precision (the larger of a 1024³ matrix product and a loop \
      of multiply-adds), and a copy of memory.
      """)

  @Argument(help: "The model file.")
  var model: String

  @Argument(help: "An extended XYZ file; - for standard input.")
  var data: String

  @Option(help: "The frame to evaluate, counted from 0.")
  var frame = 0

  @Option(
    name: .customLong("repeat"),
    help: "The number of evaluations that are timed; by default as many as --seconds asks for.")
  var repeatCount: Int?

  @Option(help: "How long evaluations are repeated, three times at least.")
  var seconds = 1.0

  @Option(help: "The head (MACE) or modality (SevenNet), by name; the file's first by default.")
  var head: String?

  @Flag(help: "Time the virial too.")
  var virial = false

  @Flag(inversion: .prefixedNo, help: "Measure the speed of the machine.")
  var machine = true

  @OptionGroup var options: CommonOptions

  /// Evaluations by `--seconds`, at least and at most.
  private static let leastCount = 3
  private static let mostCount = 100_000

  func validate() throws {
    guard frame >= 0 else { throw ValidationError("--frame must not be negative, got \(frame)") }
    if let repeatCount, repeatCount <= 0 {
      throw ValidationError("--repeat must be positive, got \(repeatCount)")
    }
    guard seconds >= 0, seconds.isFinite else {
      throw ValidationError("--seconds must not be negative, got \(seconds)")
    }
  }

  func run() throws {
    let loadStart = Clock.wall()
    let field = try ForceField(path: model)
    let loadTime = Clock.wall() - loadStart
    let settings = try options.settings(field, head: head)
    let structure = try StructureInput.frame(frame, of: data).structure
    guard structure.atomCount > 0 else {
      throw HoneError(.invalidArgument, "expected atoms in frame \(frame) of '\(data)', got none")
    }
    let edges = try structure.neighborList(cutoff: field.cutoff).edgeCount

    let quantities: Quantities = virial ? [.energy, .forces, .virial] : [.energy, .forces]
    let workspace = Workspace()
    let energy = try field.compute(structure, quantities, settings, workspace).energy
    var timing = BenchmarkTiming()
    var progress = Progress(options)
    while !isEnough(timing) {
      progress.show("evaluation \(timing.count + 1)")
      let start = (wall: Clock.wall(), cpu: Clock.cpu())
      _ = try field.compute(structure, quantities, settings, workspace)
      timing.add(wall: Clock.wall() - start.wall, cpu: Clock.cpu() - start.cpu)
    }
    progress.clear()
    let memory = Clock.peakMemory()

    let report = BenchmarkReport(
      atoms: structure.atomCount, edges: edges, energy: energy, timing: timing,
      loadTime: loadTime, memory: memory, machine: machine ? try measureMachine() : nil,
      precision: options.precision.rawValue, threads: settings.threadCount)
    try options.json ? Console.write(report.json) : Console.write(report.text)
  }

  private func isEnough(_ timing: BenchmarkTiming) -> Bool {
    if let repeatCount { return timing.count >= repeatCount }
    return timing.count >= Self.mostCount
      || (timing.count >= Self.leastCount && timing.total >= seconds)
  }

  private func measureMachine() throws(HoneError) -> MachineSpeed {
    let threads = options.threadCount
    let peak =
      options.precision == .float32
      ? try GemmPeak.float32(threadCount: threads) : try GemmPeak.float64(threadCount: threads)
    return MachineSpeed(
      arithmetic: peak, copy: try CopySpeed.gigabytesPerSecond(threadCount: threads))
  }
}

/// Clocks in s, and memory.
enum Clock {
  /// A clock that only goes forward.
  static func wall() -> Double { read(CLOCK_MONOTONIC) }

  /// The processor time of all threads of this process.
  static func cpu() -> Double { read(CLOCK_PROCESS_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// The most memory this process has had, in MB.
  ///
  /// From the kernel's account of this program: that of `getrusage` begins with the process that
  /// started it.
  static func peakMemory() -> Double? {
    let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let number = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first,
      let kilobytes = Double(number)
    else { return nil }
    return kilobytes / 1024
  }
}
