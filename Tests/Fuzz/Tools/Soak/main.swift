import Glibc
import HoneModels
import HoneNumerics

/// Loads a model, computes with it and lets it go, many times over.
///
///     Soak <model> <cycles> [flat]
///
/// With `flat`, the most resident memory of the second half of the cycles must not exceed that of the
/// first by more than 1 % and a megabyte: status 1. Leaks are for a sanitizer or valgrind to find.
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

guard CommandLine.arguments.count >= 3, let cycles = Int(CommandLine.arguments[2]), cycles > 0
else {
  print("usage: Soak <model> <cycles> [flat]")
  exit(2)
}
var early = 0
var late = 0
do {
  for count in 0..<cycles {
    try cycle(CommandLine.arguments[1], count)
    if count < cycles / 2 {
      early = max(early, residentMemory())
    } else {
      late = max(late, residentMemory())
    }
  }
} catch {
  print("failed: \(error)")
  exit(1)
}
print(
  "\(cycles) cycles; resident memory up to \(early) kB in the first half, \(late) kB in the second")
if CommandLine.arguments.contains("flat"), late > early + early / 100 + 1024 { exit(1) }
