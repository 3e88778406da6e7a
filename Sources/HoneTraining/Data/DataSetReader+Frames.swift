internal import HoneNumerics
internal import HoneStructure

/// A frame that is to become part of a data set, whatever it came from.
struct NewFrame {
  let structure: Structure
  /// Its labels; weights are those that the loss gets.
  let labels: SourceLabels
  let head: String
  let configurationType: String
  let origin: FrameOrigin

  /// The `config_type` of frames that name none, as in mace.
  static let defaultType = "Default"
}

/// Where a frame came from.
struct FrameOrigin: BitwiseCopyable {
  /// An index into the files of the data set; -1 for structures from memory, or where the name of their
  /// set is.
  var file: Int32 = -1
  /// The line on which it begins, counted from 1; 0 for structures from memory.
  var line = 0
  /// Its number: in a file counted from 1, in memory from 0.
  var number = 0

  /// What messages call it.
  func place(in files: [String]) -> FramePlace {
    FramePlace(file: file < 0 ? "" : files[Int(file)], line: line, frame: number)
  }
}

extension DataSetReader {
  /// The error of something that is wrong with a frame, or with its comment line.
  func error(_ frame: NewFrame, _ reason: String) -> HoneError {
    var origin = frame.origin
    guard origin.line > 0 else {
      return HoneError(.invalidArgument, "\(origin.place(in: files)): \(reason)")
    }
    origin.line += 1
    return HoneError(.format, "\(origin.place(in: files)): \(reason)")
  }

  /// The error of a frame without labels.
  func missingLabels(_ source: FrameSource) -> HoneError {
    let wanted = options.keys.conventions.flatMap(\.names).joined(separator: ", ")
    let found =
      source.frame.info.entries.map(\.key) + source.frame.columns.map { "\($0.name) (column)" }
    let text = found.isEmpty ? "none" : found.prefix(12).joined(separator: ", ")
    return source.reader.error(
      "expected labels under one of \(wanted), got the keys \(text): name the keys of the labels"
        + (options.unlabeled == .skip
          ? ", for no other frame has labels either"
          : ", remove the frame, or have frames without labels skipped"),
      atom: nil)
  }

  /// Whether a frame gives the energy of an isolated atom.
  func isIsolatedAtom(_ frame: NewFrame) -> Bool {
    frame.structure.atomCount == 1 && options.isolatedAtomTypes.contains(frame.configurationType)
  }

  /// Keeps the energy of an isolated atom.
  ///
  /// - Throws: `.format` or, for structures from memory, `.invalidArgument`, without an energy and for
  ///   one that differs from what is known.
  func keepIsolatedAtom(_ frame: NewFrame) throws(HoneError) {
    let atomicNumber = frame.structure.atomicNumbers[0]
    guard let energy = frame.labels.energy else {
      throw error(
        frame,
        "expected an energy of the isolated atom, got none: add it, or remove the frame")
    }
    let known = isolatedAtoms.first { $0.head == frame.head && $0.atomicNumber == atomicNumber }
    guard let known else {
      isolatedAtoms.append(
        IsolatedAtom(head: frame.head, atomicNumber: atomicNumber, energy: energy))
      return
    }
    guard known.energy == energy else {
      throw error(
        frame,
        "expected one energy of isolated \(ElementSymbols.symbol(of: atomicNumber) ?? "?"), got "
          + "\(energy) after \(known.energy) eV: remove one of the frames")
    }
  }

  /// Makes a frame part of the data set.
  ///
  /// - Throws: What the options refuse, as `.format` or, for structures from memory,
  ///   `.invalidArgument`; `.outOfMemory`.
  func enter(_ frame: NewFrame) throws(HoneError) {
    let missing = options.required.subtracting(frame.labels.present)
    guard missing.isEmpty else {
      throw error(
        frame,
        "expected a label for \(missing.names.joined(separator: " and for ")), got none: add it, or "
          + "do not require it of every frame")
    }
    var record = FrameRecord(
      firstAtom: storage.atomicNumbers.count, atomCount: frame.structure.atomCount,
      cell: frame.structure.cell)
    record.labels = frame.labels.present
    record.volume = frame.labels.volume
    record.energy = frame.labels.energy ?? 0
    record.virial = frame.labels.virial ?? .zero
    record.weights = frame.labels.weights
    record.temperature = frame.labels.temperature ?? -1
    record.head = try number(frame.head, &heads, options.keys.head, frame)
    record.configurationType = try number(
      frame.configurationType, &configurationTypes, options.keys.configurationType, frame)
    record.origin = frame.origin
    record.hash = DataSetStorage.hash(frame.structure)
    guard try !isDropped(record, frame) else { return }
    try append(&record, frame)
  }

  private func number(
    _ name: String, _ table: inout NameTable, _ key: String, _ frame: NewFrame
  ) throws(HoneError) -> Int32 {
    guard let number = table.number(of: name) else {
      throw error(
        frame,
        "expected at most \(NameTable.limit) different values of \(key), got more: remove the key "
          + "where it tells nothing")
    }
    return number
  }

  private func append(_ record: inout FrameRecord, _ frame: NewFrame) throws(HoneError) {
    for number in frame.structure.atomicNumbers { try storage.atomicNumbers.append(number) }
    for coordinate in frame.structure.positions { try storage.positions.append(coordinate) }
    if let forces = frame.labels.forces {
      record.firstForce = storage.forces.count
      for force in forces { try storage.forces.append(force) }
    }
    if let weights = frame.labels.atomWeights {
      record.firstAtomWeight = storage.atomWeights.count
      for weight in weights { try storage.atomWeights.append(weight) }
    }
    if let weights = frame.labels.fidelityWeights {
      record.firstFidelityWeight = storage.fidelityWeights.count
      for weight in weights { try storage.fidelityWeights.append(weight) }
    }
    try storage.records.append(record)
  }

  /// Looks for a frame among those before, enters it where it is new, and does as told where not.
  ///
  /// - Returns: Whether the frame is to be left out.
  private func isDropped(_ record: FrameRecord, _ frame: NewFrame) throws(HoneError) -> Bool {
    let original = storage.first(record.hash) { candidate in
      storage.records[candidate].head == record.head
        && storage.isFrame(candidate, of: frame.structure)
    }
    guard let original else {
      try storage.table.insert(record.hash, storage.records.count)
      return false
    }
    let place = storage.records[original].origin.place(in: files)
    guard options.duplicates != .refuse else {
      throw error(
        frame,
        "expected every structure once, got that of \(place) again: remove one of them, or allow "
          + "duplicates")
    }
    let isConflict = !storage.hasFrame(original, labels: frame.labels)
    duplicates.add(frame.origin.place(in: files), place, isConflict: isConflict)
    return options.duplicates == .drop && !isConflict
  }
}
