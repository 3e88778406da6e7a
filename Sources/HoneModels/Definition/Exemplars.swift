internal import HoneFormats
internal import HoneNumerics
internal import HoneStructure

/// A few structures of the training data, without labels: what a model is reminded of when it is
/// trained on.
enum Exemplars {
  /// The most structures a model file holds.
  static let mostStructures = 256
  /// The most atoms they have together.
  static let mostAtoms = 4096

  private static func name(_ part: String) -> String {
    ModelFile.statisticsPrefix + "exemplars." + part
  }

  /// Refuses more than a model file holds.
  ///
  /// - Throws: `.invalidArgument`.
  static func check(_ structures: [Structure]) throws(HoneError) {
    let atoms = structures.reduce(0) { $0 + $1.atomCount }
    guard structures.count <= mostStructures, atoms <= mostAtoms,
      structures.allSatisfy({
        $0.atomCount > 0 && $0.atomicNumbers.allSatisfy({ (1...118).contains($0) })
      })
    else {
      throw HoneError(
        .invalidArgument,
        "expected at most \(mostStructures) exemplars of elements, with atoms each and \(mostAtoms) in "
          + "all, got \(structures.count) with \(atoms) atoms")
    }
  }

  /// The structures as tensors for a model file; none without structures.
  ///
  /// - Throws: `.outOfMemory`.
  static func tensors(
    _ structures: [Structure]
  ) throws(HoneError) -> [(name: String, tensor: StoredTensor)] {
    guard !structures.isEmpty else { return [] }
    let count = structures.count
    let numbers = structures.flatMap { $0.atomicNumbers.map { Int($0) } }
    let cells = structures.map { $0.cell ?? .open }
    return [
      (name("counts"), try StoredTensor(structures.map(\.atomCount), shape: [count])),
      (name("atomic_numbers"), try StoredTensor(numbers, shape: [numbers.count])),
      (
        name("positions"),
        try StoredTensor(structures.flatMap(\.positions), shape: [numbers.count, 3])
      ),
      (name("cells"), try StoredTensor(cells.flatMap(\.rows.elements), shape: [count, 3, 3])),
      (
        name("periodic"),
        try StoredTensor(
          cells.flatMap { cell in (0..<3).map { cell.periodicity[$0] ? 1 : 0 } }, shape: [count, 3])
      ),
    ]
  }

  /// Reads the structures from the tensors of a model file.
  ///
  /// - Returns: None where there are no tensors.
  /// - Throws: `.format` for tensors that do not go together, too many atoms, and numbers that make no
  ///   structures.
  ///
  /// Structures without periodic directions come back without a cell.
  static func structures(_ tensors: ParameterSet) throws(HoneError) -> [Structure] {
    guard tensors[name("counts")] != nil else { return [] }
    var counts: [Int] = []
    for value in try tensors.values(name("counts")) {
      guard let count = Int(exactly: value), (1...mostAtoms).contains(count) else {
        throw failure("counts", "numbers of atoms")
      }
      counts.append(count)
    }
    let atoms = counts.reduce(0, +)
    guard counts.count <= mostStructures, atoms <= mostAtoms else {
      throw failure("counts", "at most \(mostStructures) structures of \(mostAtoms) atoms in all")
    }
    // Not the values of parameters: structures may be anywhere.
    func values(_ part: String, _ count: Int) throws(HoneError) -> [Double] {
      guard let tensor = tensors[name(part)], tensor.count == count else {
        throw failure(part, "\(count) numbers")
      }
      let values = try tensor.doubles()
      guard values.allSatisfy(\.isFinite) else { throw failure(part, "finite numbers") }
      return values
    }
    let numbers = try values("atomic_numbers", atoms)
    let positions = try values("positions", 3 * atoms)
    let cells = try values("cells", 9 * counts.count)
    let periodic = try values("periodic", 3 * counts.count)
    var structures: [Structure] = []
    var first = 0
    for (index, count) in counts.enumerated() {
      let elements = numbers[first..<first + count].compactMap { Int32(exactly: $0) }
      guard elements.count == count, elements.allSatisfy({ (1...118).contains($0) }) else {
        throw failure("atomic_numbers", "elements")
      }
      structures.append(
        try structure(
          elements, Array(positions[3 * first..<3 * (first + count)]),
          Array(cells[9 * index..<9 * index + 9]), Array(periodic[3 * index..<3 * index + 3])))
      first += count
    }
    return structures
  }

  private static func structure(
    _ elements: [Int32], _ positions: [Double], _ rows: [Double], _ periodic: [Double]
  ) throws(HoneError) -> Structure {
    guard periodic.allSatisfy({ $0 == 0 || $0 == 1 }) else {
      throw failure("periodic", "zeros and ones")
    }
    do throws(HoneError) {
      guard periodic.contains(1) else {
        return try Structure(atomicNumbers: elements, positions: positions)
      }
      let matrix = Matrix3(
        SIMD3(rows[0], rows[1], rows[2]), SIMD3(rows[3], rows[4], rows[5]),
        SIMD3(rows[6], rows[7], rows[8]))
      let cell = try Cell(
        rows: matrix, periodicity: Periodicity(periodic[0] == 1, periodic[1] == 1, periodic[2] == 1)
      )
      return try Structure(atomicNumbers: elements, positions: positions, cell: cell)
    } catch {
      throw HoneError(.format, "the exemplars of the model file: \(error.message)")
    }
  }

  private static func failure(_ part: String, _ expected: String) -> HoneError {
    HoneError(.format, "expected \(expected) in '\(name(part))'")
  }
}
