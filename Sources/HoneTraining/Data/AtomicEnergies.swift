public import HoneNumerics
internal import HoneStructure

/// The energy that every atom of an element has on its own, E0, in eV.
public struct AtomicEnergies: Sendable, Equatable {
  /// The atomic numbers, ascending.
  public let atomicNumbers: [Int32]
  /// Their energies in eV.
  public let energies: [Double]
  /// Elements whose energies the data do not determine.
  ///
  /// In water alone, hydrogen and oxygen: adding 1 eV to both hydrogens and taking 2 eV from the
  /// oxygen changes nothing. Their energies are then the smallest ones that fit.
  public let undetermined: [Int32]

  private let numbers: [Int]

  /// Makes energies that are given.
  ///
  /// - Throws: `.invalidArgument` for atomic numbers outside 1 to 118 or given twice, and energies
  ///   that are not finite.
  public init(_ energies: [(atomicNumber: Int32, energy: Double)]) throws(HoneError) {
    let sorted = energies.sorted { $0.atomicNumber < $1.atomicNumber }
    for (index, entry) in sorted.enumerated() {
      guard let symbol = ElementSymbols.symbol(of: entry.atomicNumber) else {
        throw HoneError(
          .invalidArgument, "an atomic number must be from 1 to 118, got \(entry.atomicNumber)")
      }
      guard entry.energy.isFinite else {
        throw HoneError(
          .invalidArgument, "the energy of \(symbol) must be finite, got \(entry.energy)")
      }
      guard index == 0 || sorted[index - 1].atomicNumber != entry.atomicNumber else {
        throw HoneError(.invalidArgument, "expected one energy of \(symbol), got two")
      }
    }
    self.init(sorted.map(\.atomicNumber), sorted.map(\.energy), undetermined: [])
  }

  private init(_ atomicNumbers: [Int32], _ energies: [Double], undetermined: [Int32]) {
    self.atomicNumbers = atomicNumbers
    self.energies = energies
    self.undetermined = undetermined
    var numbers = [Int](repeating: -1, count: 119)
    for (index, number) in atomicNumbers.enumerated() { numbers[Int(number)] = index }
    self.numbers = numbers
  }

  /// The energy of an element, or nil where it has none.
  public subscript(atomicNumber: Int32) -> Double? {
    guard (1...118).contains(atomicNumber) else { return nil }
    let index = numbers[Int(atomicNumber)]
    return index >= 0 ? energies[index] : nil
  }

  /// The sum over the atoms of a frame, in eV; elements without energy count nothing.
  public func sum(over frame: TrainingFrame) -> Double {
    var sum = 0.0
    for atom in 0..<frame.atomCount {
      let index = numbers[Int(frame.atomicNumbers[atom])]
      if index >= 0 { sum += energies[index] }
    }
    return sum
  }

  /// The energies of the isolated atoms in the files of a data set.
  ///
  /// - Parameters:
  ///   - dataSet: The data set.
  ///   - head: The head.
  ///   - species: The elements that need an energy.
  /// - Throws: `.invalidArgument` naming the elements without an isolated atom.
  public init(
    isolatedAtomsOf dataSet: DataSet, head: String, species: [Int32]
  ) throws(HoneError) {
    let atoms = dataSet.isolatedAtoms.filter { $0.head == head }
    let missing = species.filter { number in !atoms.contains { $0.atomicNumber == number } }
    guard missing.isEmpty else {
      let symbols = missing.compactMap(ElementSymbols.symbol(of:)).joined(separator: " ")
      throw HoneError(
        .invalidArgument,
        "expected isolated atoms of all elements of head '\(head)', got none of \(symbols): add "
          + "frames of one atom with config_type=IsolatedAtom and an energy, give the energies, or "
          + "fit them")
    }
    try self.init(
      atoms.filter { species.contains($0.atomicNumber) }.map { ($0.atomicNumber, $0.energy) })
  }

  /// Fits the energies of frames by a sum over their atoms.
  ///
  /// Without a ridge this is mace's `average` (mace/data/utils.py, compute_average_E0s), solved as by
  /// numpy's `lstsq`; with a ridge of 0.1 it is SevenNet's `elemwise_reference_energies`. Frames
  /// without energies are passed over.
  ///
  /// - Parameters:
  ///   - dataSet: The data set.
  ///   - frames: The frames, normally those of one head to train on.
  ///   - species: The elements to fit, all that occur in the frames among them.
  ///   - ridge: What the sum of the squared energies is multiplied by and added.
  /// - Throws: `.invalidArgument` when no frame has an energy, or a frame has an element that is not
  ///   to be fitted.
  /// - Complexity: O(frames · species²).
  public init(
    fitting dataSet: DataSet, frames: [Int], species: [Int32], ridge: Double = 0
  ) throws(HoneError) {
    guard ridge >= 0, ridge.isFinite else {
      throw HoneError(.invalidArgument, "the ridge must be finite and not negative, got \(ridge)")
    }
    let species = Set(species).filter { (1...118).contains($0) }.sorted()
    var columns = [Int](repeating: -1, count: 119)
    for (index, number) in species.enumerated() { columns[Int(number)] = index }
    var equations = LeastSquares(unknowns: species.count)
    for index in frames {
      let frame = dataSet[index]
      guard let energy = frame.labels.energy else { continue }
      var composition = [Double](repeating: 0, count: species.count)
      for atom in 0..<frame.atomCount {
        let column = columns[Int(frame.atomicNumbers[atom])]
        guard column >= 0 else {
          let symbol = ElementSymbols.symbol(of: frame.atomicNumbers[atom]) ?? "?"
          throw HoneError(
            .invalidArgument,
            "\(dataSet.place(of: index)): atom \(atom) is \(symbol), which is not among the "
              + "elements whose energies are fitted: add it to them, or leave out the frame")
        }
        composition[column] += 1
      }
      equations.add(composition, energy)
    }
    guard equations.equationCount > 0 else {
      throw HoneError(
        .invalidArgument,
        "expected frames with energies to fit energies of single atoms, got none: give the "
          + "energies of the atoms instead")
    }
    if ridge > 0 {
      for column in species.indices {
        equations.add(species.indices.map { $0 == column ? ridge.squareRoot() : 0 }, 0)
      }
    }
    let solution = equations.solution()
    self.init(
      species, solution.values,
      undetermined: species.indices.filter { !solution.isDetermined[$0] }.map { species[$0] })
  }
}
