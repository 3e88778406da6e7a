import Glibc
import HoneModels
import HoneNumerics

/// Loads a model and computes structures that grow until memory ends.
///
///     Limits <model> <atoms> ...
///
/// Status 0 when all succeed, 3 when memory ended and the library said so, 1 for any other error.
/// A process that ends by a signal shows an allocation that could not fail.
func computes(_ model: ForceField, _ count: Int) throws(HoneError) {
  let numbers = try Buffer<Int32>(repeating: model.species[0], count: count)
  let positions = try Buffer<Double>(count: 3 * count)
  var side = 1
  while side * side * side < count { side += 1 }
  for atom in 0..<count {
    positions[3 * atom] = 2.0 * Double(atom % side)
    positions[3 * atom + 1] = 2.0 * Double(atom / side % side)
    positions[3 * atom + 2] = 2.0 * Double(atom / side / side)
  }
  let result = try model.compute(
    atomicNumbers: UnsafeBufferPointer(start: numbers.base, count: count).span,
    positions: UnsafeBufferPointer(start: positions.base, count: 3 * count).span, cell: nil,
    quantities: [.energy, .forces, .virial, .atomEnergies, .atomVirials],
    settings: ComputeSettings())
  guard result.energy.isFinite else {
    throw HoneError(.internalError, "the energy is \(result.energy)")
  }
}

guard CommandLine.arguments.count >= 3 else {
  print("usage: Limits <model> <atoms> ...")
  exit(2)
}
do {
  let model = try ForceField(path: CommandLine.arguments[1])
  for count in CommandLine.arguments[2...].compactMap({ Int($0) }) {
    try computes(model, count)
    print("computed \(count) atoms")
  }
} catch {
  print("\(error.kind): \(error)")
  exit(error.kind == .outOfMemory && !error.message.isEmpty ? 3 : 1)
}
