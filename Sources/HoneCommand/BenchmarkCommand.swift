internal import ArgumentParser
internal import Glibc
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// `hone benchmark`: the time of an evaluation or of a training step, and what the machine could do.
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Time energy and forces of a frame, or steps of training.",
    discussion: """
      The fastest of several evaluations counts, after one that is not timed: other work on the \
      machine only ever adds time. The speed of the machine is measured with the same number of \
      threads: arithmetic in the same precision (the larger of a 1024³ matrix product and a loop \
      of multiply-adds), and a copy of memory.

      With --training steps of training are timed instead: energies, forces, the loss on both, its \
      gradient, and AMSGrad with clipping and a running average of the parameters. DATA.xyz then \
      has labels, and every frame is trained on. Neighbors are found before, as for a run. The \
      model file stays as it is.
      """)

  @Argument(help: "The model file.")
  var model: String

  @Argument(help: "An extended XYZ file; - for standard input.")
  var data: String

  @Option(help: "The frame to evaluate, counted from 0.")
  var frame = 0

  @Option(
    name: .customLong("repeat"),
    help: """
      The number of evaluations or steps that are timed; by default as many as --seconds asks for.
      """)
  var repeatCount: Int?

  @Option(help: "How long evaluations or steps are repeated, three times at least.")
  var seconds = 1.0

  @Option(help: "The head (MACE) or modality (SevenNet), by name; the file's first by default.")
  var head: String?

  @Flag(help: "Time the virial too.")
  var virial = false

  @Flag(inversion: .prefixedNo, help: "Measure the speed of the machine.")
  var machine = true

  @Flag(help: "Time steps of training.")
  var training = false

  @Option(help: "With --training: the frames of a step; by default 5.")
  var batchSize: Int?

  @OptionGroup var options: CommonOptions

  /// Evaluations or steps by `--seconds`, at least and at most.
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
    if let batchSize {
      guard training else { throw ValidationError("--batch-size goes with --training") }
      guard batchSize > 0 else {
        throw ValidationError("--batch-size must be positive, got \(batchSize)")
      }
    }
    guard !training || (frame == 0 && head == nil && !virial) else {
      throw ValidationError("--frame, --head and --virial do not go with --training")
    }
  }

  func run() throws {
    if training { return try timeTraining() }
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

  private func timeTraining() throws {
    let benchmark = try TrainingBenchmark(
      model: model, data: data, batchSize: batchSize ?? 5,
      precision: options.precision.precision, threads: options.threadCount)
    var timing = BenchmarkTiming()
    var progress = Progress(options)
    while !isEnough(timing) {
      progress.show("step \(timing.count + 1)")
      try benchmark.takeStep(&timing)
    }
    progress.clear()
    let report = benchmark.report(timing)
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
  static func peakMemory() -> Double? { memory("VmHWM:") }

  /// The memory this process has at present, in MB.
  static func residentMemory() -> Double? { memory("VmRSS:") }

  private static func memory(_ key: String) -> Double? {
    let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
      let number = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first,
      let kilobytes = Double(number)
    else { return nil }
    return kilobytes / 1024
  }
}
