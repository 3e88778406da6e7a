import CMalloc
import Glibc
import HoneModels
import HoneNumerics

/// Loads a model, computes with it and lets it go, many times over.
///
///     Soak <model> <cycles> [flat]
///
/// With `flat`, the memory that is in use between cycles must not grow from the first half of the
/// cycles to the second by more than 32 kilobytes, and the most resident memory by no more than a tenth
/// and a megabyte: status 1. What is in use is what was allocated and not freed, to the byte; what is
/// resident also holds what the allocator keeps for later, which differs by a few per cent from run to
/// run. Leaks are for a sanitizer or valgrind to find.
func cycle(_ path: String, _ count: Int) throws(HoneError) {
  let model = try ForceField(path: path)
  let numbers = (0..<6).map { model.species[$0 % model.species.count] }
  let positions: [Double] = [
    0, 0, 0, 1.3, 0.2, 0.1, -0.4, 1.5, 0.3, 2.1, 1.9, 0.5, 0.2, 0.4, 1.8, 1.7, 0.3, 2.2,
  ]
  for precision in [Precision.float32, .float64] {
    var settings = ComputeSettings()
    settings.precision = precision
    settings.threadCount = count % 8 == 0 ? 2 : 1
    let result = try model.compute(
      atomicNumbers: numbers.span, positions: positions.span, cell: nil,
      quantities: [.energy, .forces, .virial, .atomEnergies, .atomVirials], settings: settings)
    guard result.energy.isFinite else {
      throw HoneError(.internalError, "the energy is \(result.energy)")
    }
  }
  // What fails must not leak either.
  if let failed = try? model.compute(
    atomicNumbers: [-1].span, positions: [0, 0, 0].span, cell: nil, quantities: .energy,
    settings: ComputeSettings())
  {
    throw HoneError(.internalError, "an unknown species gave \(failed.energy)")
  }
}

/// Resident memory in kilobytes.
func residentMemory() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  guard fgets(&line, 128, file) != nil else { return 0 }
  let fields = line.prefix { $0 != 0 }.split(separator: 0x20)
  guard fields.count > 1 else { return 0 }
  let pages = Int(String(decoding: fields[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)) ?? 0
  return pages * sysconf(Int32(_SC_PAGESIZE)) / 1024
}

/// Bytes allocated and not freed, in kilobytes, over all arenas of the allocator.
func memoryInUse() -> Int {
  let information = mallinfo2()
  return (information.uordblks + information.hblkhd) / 1024
}

guard CommandLine.arguments.count >= 3, let cycles = Int(CommandLine.arguments[2]), cycles > 0
else {
  print("usage: Soak <model> <cycles> [flat]")
  exit(2)
}
/// The most of both in one half of the cycles, in kilobytes.
struct Peak {
  var inUse = 0
  var resident = 0
  mutating func note() {
    inUse = max(inUse, memoryInUse())
    resident = max(resident, residentMemory())
  }
}
var early = Peak()
var late = Peak()
do {
  for count in 0..<cycles {
    try cycle(CommandLine.arguments[1], count)
    if count < cycles / 2 { early.note() } else { late.note() }
  }
} catch {
  print("failed: \(error)")
  exit(1)
}
print(
  """
  \(cycles) cycles; between them up to \(early.inUse) kB in use in the first half, \(late.inUse) kB in \
  the second; resident up to \(early.resident) kB and \(late.resident) kB
  """)
if CommandLine.arguments.contains("flat") {
  let grew = late.inUse > early.inUse + 32
  let spread = late.resident > early.resident + early.resident / 10 + 1024
  if grew || spread { exit(1) }
}
