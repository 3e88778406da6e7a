public import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// Loads a model and computes three atoms with it, alone and in a cell.
///
/// Whatever the bytes are, the outcome must be an error or finite numbers; anything else ends the
/// process, which is how libFuzzer learns of it.
public func load(_ bytes: Bytes) {
  guard let model = try? ForceField(bytes: bytes) else { return }
  use((model.description, model.parameterCount, model.exchangeWidth, model.cutoff))
  let species = model.species
  guard let first = species.first, let last = species.last else { return }
  let numbers = [first, last, species[species.count / 2]]
  let positions = [0, 0, 0, 1.1, 0.2, 0.1, -0.3, 1.2, 0.4]
  let cell = try? Cell(
    rows: Matrix3([3.5, 0, 0], [0.3, 3.6, 0], [0.1, 0.2, 3.7]), periodicity: .all)
  for head in Set([0, model.heads.count - 1]) {
    for precision in [Precision.float64, .float32] {
      // Small cells in long cutoffs have any number of neighbours: not what is tried here.
      let cells = precision == .float64 && model.cutoff < 8 ? [nil, cell] : [nil]
      for cell in cells {
        var settings = ComputeSettings()
        settings.head = head
        settings.precision = precision
        guard
          let result = try? model.compute(
            atomicNumbers: numbers.span, positions: positions.span, cell: cell,
            quantities: [.energy, .forces, .virial, .atomEnergies, .atomVirials],
            settings: settings)
        else { continue }
        require(result)
      }
    }
  }
}

private func require(_ result: ComputeResult) {
  precondition(result.energy.isFinite, "the energy is \(result.energy)")
  for value in result.virial ?? [] { precondition(value.isFinite, "a virial is \(value)") }
  for buffer in [result.forces, result.atomEnergies, result.atomVirials] {
    guard let buffer else { continue }
    for index in 0..<buffer.count {
      precondition(buffer[index].isFinite, "value \(index) is \(buffer[index])")
    }
  }
}
