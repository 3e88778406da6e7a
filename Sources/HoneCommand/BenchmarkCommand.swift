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
      The fastest of several evaluations counts, after one that is not timed. The speed of the \
      machine is measured in the same precision and with the same number of threads: the larger \
      of a 1024³ matrix product and a loop of multiply-adds.
      """)

  @Argument(help: "The model file.")
  var model: String

  @Argument(help: "An extended XYZ file; - for standard input.")
  var data: String

  @Option(help: "The frame to evaluate, counted from 0.")
  var frame = 0

  @Option(name: .customLong("repeat"), help: "The number of evaluations that are timed.")
  var repeatCount = 7

  @Option(help: "The head (MACE) or modality (SevenNet), by name; the file's first by default.")
  var head: String?

  @Flag(help: "Time the virial too.")
  var virial = false

  @OptionGroup var options: CommonOptions

  func validate() throws {
    guard frame >= 0 else { throw ValidationError("--frame must not be negative, got \(frame)") }
    guard repeatCount > 0 else {
      throw ValidationError("--repeat must be positive, got \(repeatCount)")
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
    var result = try field.compute(structure, quantities, settings)
    var timing = BenchmarkTiming()
    var progress = Progress(options)
    for round in 1...repeatCount {
      progress.show("evaluation \(round) of \(repeatCount)")
      let start = (wall: Clock.wall(), cpu: Clock.cpu())
      result = try field.compute(structure, quantities, settings)
      timing.add(wall: Clock.wall() - start.wall, cpu: Clock.cpu() - start.cpu)
    }
    progress.clear()
    let memory = Clock.peakMemory()
    let peak =
      options.precision == .float32
      ? try GemmPeak.float32(threadCount: settings.threadCount)
      : try GemmPeak.float64(threadCount: settings.threadCount)

    let report = BenchmarkReport(
      atoms: structure.atomCount, edges: edges, energy: result.energy, timing: timing,
      loadTime: loadTime, memory: memory, peak: peak, precision: options.precision.rawValue,
      threads: settings.threadCount)
    try options.json ? Console.write(report.json) : Console.write(report.text)
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
