public import HoneNumerics
internal import HoneStructure

/// Structures and labels to train on, or to compare a model with.
///
/// All numbers of all frames lie one after the other in a few buffers. A data set does not change once
/// it has been read; several threads may use it. `DataSetReader` makes it from files.
public final class DataSet: @unchecked Sendable {
  /// The heads that occur, in the order in which they came.
  public let heads: [String]
  /// The kinds of structures that occur, in the order in which they came.
  public let configurationTypes: [String]
  /// The files.
  public let files: [String]
  /// The energies of isolated atoms in the files.
  public let isolatedAtoms: [IsolatedAtom]
  /// Structures that occur again, those left out included.
  public let duplicates: DuplicateReport
  /// The number of frames left out because they have no labels.
  public let unlabeledCount: Int

  let storage: DataSetStorage
  /// The structures that came from memory, those left out included.
  let structureCount: Int

  /// The head of frames that name none, as in mace.
  public static let defaultHead = "Default"

  init(
    storage: DataSetStorage, heads: [String], configurationTypes: [String], files: [String],
    isolatedAtoms: [IsolatedAtom], duplicates: DuplicateReport, unlabeledCount: Int,
    structureCount: Int
  ) {
    self.storage = storage
    self.heads = heads
    self.configurationTypes = configurationTypes
    self.files = files
    self.isolatedAtoms = isolatedAtoms
    self.duplicates = duplicates
    self.unlabeledCount = unlabeledCount
    self.structureCount = structureCount
  }

  /// Reads files, one after the other.
  ///
  /// - Parameters:
  ///   - paths: Extended XYZ files.
  ///   - options: How they become a data set.
  /// - Throws: As `DataSetReader.add(path:head:)` and `init(_:)`.
  public convenience init(
    paths: [String], options: DataSetOptions = DataSetOptions()
  ) throws(HoneError) {
    let reader = try DataSetReader(options: options)
    for path in paths { try reader.add(path: path) }
    try self.init(reader)
  }

  /// The number of frames.
  public var count: Int { storage.records.count }

  /// The number of atoms of all frames.
  public var atomCount: Int { storage.atomicNumbers.count }

  /// A frame; the index is checked in debug builds.
  public subscript(index: Int) -> TrainingFrame { storage.frame(index) }

  /// The number of atoms of a frame.
  public func atomCount(of index: Int) -> Int { storage.records[index].atomCount }

  /// Where a frame was read.
  public func place(of index: Int) -> FramePlace {
    storage.records[index].origin.place(in: files)
  }

  /// A number that depends on all that training sees of the frames, and in practice on nothing else:
  /// structures, labels, weights, heads and kinds, in their order.
  public var fingerprint: UInt64 {
    var hash = NumberHash()
    for name in heads + configurationTypes {
      for byte in name.utf8 { hash.add(UInt64(byte)) }
      hash.add(UInt64.max)
    }
    for index in 0..<count {
      let (record, frame) = (storage.records[index], storage.frame(index))
      hash.add(record.hash)
      hash.add(UInt64(record.labels.rawValue))
      hash.add(record.energy)
      for element in record.virial.elements { hash.add(element) }
      let weights = record.weights
      for weight in [
        weights.structure, weights.energy, weights.forces, weights.stress, weights.virial,
      ] { hash.add(weight) }
      hash.add(UInt64(UInt32(bitPattern: record.head)))
      hash.add(UInt64(UInt32(bitPattern: record.configurationType)))
      for values in [frame.labels.forces, frame.labels.atomWeights] {
        hash.add(UInt64(values.map { $0.count + 1 } ?? 0))
        guard let values else { continue }
        for component in 0..<values.count { hash.add(values[component]) }
      }
      // Frames without either have the number they had before there was such a thing.
      if let temperature = frame.labels.temperature { hash.add(temperature) }
      if let weights = frame.labels.fidelityWeights {
        for atom in 0..<weights.count { hash.add(weights[atom]) }
      }
    }
    return hash.value
  }

  /// The frames of a head.
  ///
  /// - Parameter head: An index into `heads`.
  public func frames(ofHead head: Int) -> [Int] {
    (0..<count).filter { Int(storage.records[$0].head) == head }
  }

  /// The labels that some frames have.
  public var labels: LabelSet {
    var result: LabelSet = []
    for index in 0..<count { result.formUnion(storage.records[index].labels) }
    return result
  }

  /// The atomic numbers that occur, ascending.
  public var species: [Int32] {
    var occurs = [Bool](repeating: false, count: 119)
    for atom in 0..<storage.atomicNumbers.count { occurs[Int(storage.atomicNumbers[atom])] = true }
    return occurs.indices.filter { occurs[$0] }.map(Int32.init)
  }

  /// Refuses elements that a model lacks.
  ///
  /// - Parameter known: The atomic numbers of the model.
  /// - Throws: `.unknownSpecies` naming the first such element, its file, line, frame and atom.
  public func requireSpecies(_ known: [Int32]) throws(HoneError) {
    let set = Set(known)
    for index in 0..<count {
      let numbers = storage.frame(index).atomicNumbers
      for atom in 0..<numbers.count where !set.contains(numbers[atom]) {
        let symbols = known.sorted().compactMap(ElementSymbols.symbol(of:))
        throw HoneError(
          .unknownSpecies,
          "\(place(of: index)): atom \(atom) is \(ElementSymbols.symbol(of: numbers[atom]) ?? "?") "
            + "(\(numbers[atom])), which the model lacks; it knows \(symbols.joined(separator: " "))"
            + ": leave out the frame, or train a model with that element")
      }
    }
  }

  /// The heads of a model that those of the data set are, `[heads]`.
  ///
  /// With one head on either side names do not matter.
  ///
  /// - Parameters:
  ///   - names: The heads of the model.
  ///   - standard: The model's head of frames that name none, where it has no head of that name.
  /// - Throws: `.invalidArgument` for a head that the model lacks.
  func heads(among names: [String], standard: Int? = nil) throws(HoneError) -> [Int] {
    var result: [Int] = []
    for name in heads {
      if let head = names.firstIndex(of: name) {
        result.append(head)
      } else if heads.count == 1 && names.count == 1 {
        result.append(0)
      } else if name == DataSet.defaultHead, let standard {
        result.append(standard)
      } else {
        throw HoneError(
          .invalidArgument,
          "the data set has frames of head '\(name)', but the model's heads are "
            + names.joined(separator: ", ")
            + ": rename the heads of the frames, or add the head to the model")
      }
    }
    return result
  }

  /// Structures of this set that occur in another one with a head of the same name.
  public func duplicates(in other: DataSet) -> DuplicateReport {
    var report = DuplicateReport()
    for index in 0..<count {
      guard let match = match(of: index, in: other) else { continue }
      report.add(
        place(of: index), other.place(of: match),
        isConflict: !storage.hasEqualLabels(index, other.storage, match))
    }
    return report
  }

  /// The frames of this set that do not occur in another one.
  public func frames(absentFrom other: DataSet) -> [Int] {
    (0..<count).filter { match(of: $0, in: other) == nil }
  }

  private func match(of index: Int, in other: DataSet) -> Int? {
    let head = heads[Int(storage.records[index].head)]
    return other.storage.first(storage.records[index].hash) { candidate in
      other.heads[Int(other.storage.records[candidate].head)] == head
        && storage.isSameStructure(index, other.storage, candidate)
    }
  }
}

/// The energy of an atom on its own, as a file has it.
public struct IsolatedAtom: Sendable, Equatable {
  /// The head.
  public let head: String
  /// The atomic number.
  public let atomicNumber: Int32
  /// The energy in eV.
  public let energy: Double

  /// Makes the energy of an isolated atom.
  public init(head: String, atomicNumber: Int32, energy: Double) {
    self.head = head
    self.atomicNumber = atomicNumber
    self.energy = energy
  }
}

/// Structures that occur more than once: same species in the same order, positions, cell and head.
public struct DuplicateReport: Sendable, Equatable {
  /// A structure and where it occurred before.
  public struct Pair: Sendable, Equatable {
    /// Where it occurs again.
    public let place: FramePlace
    /// Where it occurred first.
    public let original: FramePlace
  }

  /// The number of structures that occurred before.
  public private(set) var count = 0
  /// How many of them have other labels or weights than the first one.
  public private(set) var conflictCount = 0
  /// The first ones, ten at most.
  public private(set) var pairs: [Pair] = []

  /// Makes a report of nothing.
  public init() {}

  mutating func add(_ place: FramePlace, _ original: FramePlace, isConflict: Bool) {
    count += 1
    if isConflict { conflictCount += 1 }
    if pairs.count < 10 { pairs.append(Pair(place: place, original: original)) }
  }
}
