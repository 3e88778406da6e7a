public import HoneNumerics
internal import HoneStructure

/// Makes a data set from extended XYZ files, frame by frame.
///
/// A frame of a file is in memory once more while it is read; nothing else is.
public final class DataSetReader {
  let options: DataSetOptions
  let storage: DataSetStorage
  var heads = NameTable()
  var configurationTypes = NameTable()
  var isolatedAtoms: [IsolatedAtom] = []
  private(set) var files: [String] = []
  private(set) var unlabeledCount = 0
  private(set) var duplicates = DuplicateReport()

  /// Reads the labels of the present file.
  private var labelReader: LabelReader

  /// What is wrong with the first frame without labels, for when there are no others.
  private var firstUnlabeled: HoneError?

  /// Makes a reader that has read nothing.
  ///
  /// - Throws: `.invalidArgument` for weights of kinds that are negative or not finite;
  ///   `.outOfMemory`.
  public init(options: DataSetOptions = DataSetOptions()) throws(HoneError) {
    for (name, weight) in options.configurationTypeWeights
    where !(weight >= 0 && weight.isFinite) {
      throw HoneError(
        .invalidArgument,
        "the weight of the config_type '\(name)' must be finite and not negative, got \(weight)")
    }
    self.options = options
    labelReader = LabelReader(keys: options.keys)
    storage = try DataSetStorage()
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: An extended XYZ file.
  ///   - head: The head of all its frames; nil for what each of them names.
  /// - Throws: `.io` when the file cannot be read; `.format` naming file, line and frame for what is
  ///   not well formed, labels that are not finite or of the wrong shape, and what the options refuse;
  ///   `.outOfMemory`.
  public func add(path: String, head: String? = nil) throws(HoneError) {
    try add(ExtendedXYZ.Reader(path: path), head)
  }

  /// Reads energies of isolated atoms from a file that holds nothing else.
  ///
  /// - Parameters:
  ///   - path: An extended XYZ file; the `config_type` of its frames does not matter.
  ///   - head: The head of all its frames; nil for what each of them names.
  /// - Throws: As `add(path:head:)`, and `.format` for frames of more than one atom.
  public func addIsolatedAtoms(path: String, head: String? = nil) throws(HoneError) {
    try add(ExtendedXYZ.Reader(path: path), head, isolatedAtomsOnly: true)
  }

  /// Reads from memory.
  ///
  /// - Parameters:
  ///   - bytes: The content of a file.
  ///   - name: What messages call it.
  ///   - head: The head of all its frames; nil for what each of them names.
  /// - Throws: As `add(path:head:)`.
  public func add(bytes: [UInt8], name: String, head: String? = nil) throws(HoneError) {
    try add(ExtendedXYZ.Reader(bytes: bytes, name: name), head)
  }

  private func add(
    _ reader: ExtendedXYZ.Reader, _ head: String?, isolatedAtomsOnly: Bool = false
  ) throws(HoneError) {
    var reader = reader
    labelReader = LabelReader(keys: options.keys)
    files.append(reader.name)
    while let frame = try reader.next() {
      let source = FrameSource(frame: frame, reader: reader)
      if isolatedAtomsOnly { try addIsolatedAtom(source, head) } else { try add(source, head) }
    }
    guard reader.frameCount > 0 else {
      throw HoneError(
        .format,
        "\(reader.name): expected at least one frame, got an empty file: check the path, or leave "
          + "the file out")
    }
  }

  private func add(_ source: FrameSource, _ head: String?) throws(HoneError) {
    let (frame, reader) = (source.frame, source.reader)
    guard frame.structure.atomCount > 0 else {
      throw reader.error("expected at least one atom, got none: remove the frame", atom: nil)
    }
    guard var labels = try labelReader.labels(of: source) else {
      let error = missingLabels(source)
      guard options.unlabeled == .skip else { throw error }
      if firstUnlabeled == nil { firstUnlabeled = error }
      unlabeledCount += 1
      return
    }
    let typeName = source.text(options.keys.configurationType) ?? "Default"
    let headName = head ?? source.text(options.keys.head) ?? DataSet.defaultHead
    if options.isolatedAtomTypes.contains(typeName), frame.structure.atomCount == 1 {
      try addIsolatedAtom(source, labels, headName)
      guard options.keepsIsolatedAtoms else { return }
    }
    let missing = options.required.subtracting(labels.present)
    guard missing.isEmpty else {
      throw reader.error(
        "expected a label for \(missing.names.joined(separator: " and for ")), got none: add it, or "
          + "do not require it of every frame", atom: nil)
    }
    labels.weights.structure *= options.configurationTypeWeights[typeName] ?? 1

    var record = FrameRecord(
      firstAtom: storage.atomicNumbers.count, atomCount: frame.structure.atomCount,
      cell: frame.structure.cell)
    record.labels = labels.present
    record.volume = labels.volume
    record.energy = labels.energy ?? 0
    record.virial = labels.virial ?? .zero
    record.weights = labels.weights
    record.head = try number(headName, &heads, options.keys.head, reader)
    record.configurationType = try number(
      typeName, &configurationTypes, options.keys.configurationType, reader)
    record.file = Int32(truncatingIfNeeded: files.count - 1)
    record.numberInFile = reader.frameCount
    record.line = reader.frameLine
    record.hash = DataSetStorage.hash(frame.structure)
    guard try !isDropped(record, source, labels) else { return }
    try append(&record, frame.structure, labels)
  }

  private func addIsolatedAtom(_ source: FrameSource, _ head: String?) throws(HoneError) {
    guard source.frame.structure.atomCount == 1 else {
      throw source.reader.error(
        "expected one isolated atom, got \(source.frame.structure.atomCount) atoms: move structures "
          + "to a file of their own", atom: nil)
    }
    guard let labels = try labelReader.labels(of: source) else { throw missingLabels(source) }
    try addIsolatedAtom(
      source, labels, head ?? source.text(options.keys.head) ?? DataSet.defaultHead)
  }

  private func number(
    _ name: String, _ table: inout NameTable, _ key: String, _ reader: ExtendedXYZ.Reader
  ) throws(HoneError) -> Int32 {
    guard let number = table.number(of: name) else {
      throw reader.error(
        "expected at most \(NameTable.limit) different values of \(key), got more: remove the key "
          + "where it tells nothing", atom: nil)
    }
    return number
  }

  private func append(
    _ record: inout FrameRecord, _ structure: Structure, _ labels: SourceLabels
  ) throws(HoneError) {
    for number in structure.atomicNumbers { try storage.atomicNumbers.append(number) }
    for coordinate in structure.positions { try storage.positions.append(coordinate) }
    if let forces = labels.forces {
      record.firstForce = storage.forces.count
      for force in forces { try storage.forces.append(force) }
    }
    if let weights = labels.atomWeights {
      record.firstAtomWeight = storage.atomWeights.count
      for weight in weights { try storage.atomWeights.append(weight) }
    }
    try storage.records.append(record)
  }

  /// Looks for a frame among those before, enters it where it is new, and does as told where not.
  ///
  /// - Returns: Whether the frame is to be left out.
  private func isDropped(
    _ record: FrameRecord, _ source: FrameSource, _ labels: SourceLabels
  ) throws(HoneError) -> Bool {
    let original = storage.table.first(record.hash) { candidate in
      storage.records[candidate].head == record.head
        && storage.isFrame(candidate, of: source.frame.structure)
    }
    guard let original else {
      try storage.table.insert(record.hash, storage.records.count)
      return false
    }
    let first = storage.records[original]
    let place = FramePlace(
      file: files[Int(first.file)], line: first.line, frame: first.numberInFile)
    guard options.duplicates != .refuse else {
      throw source.reader.error(
        "expected every structure once, got that of \(place) again: remove one of them, or allow "
          + "duplicates", atom: nil)
    }
    let isConflict = !storage.hasFrame(original, labels: labels)
    duplicates.add(
      FramePlace(file: source.reader.name, line: record.line, frame: record.numberInFile), place,
      isConflict: isConflict)
    return options.duplicates == .drop && !isConflict
  }

  /// Refuses a data set without frames.
  fileprivate func requireFrames() throws(HoneError) {
    guard storage.records.count == 0 else { return }
    if let firstUnlabeled { throw firstUnlabeled }
    throw HoneError(
      .format,
      files.isEmpty
        ? "expected at least one file, got none"
        : "\(files.joined(separator: ", ")): expected structures, got isolated atoms alone: add "
          + "structures, or keep isolated atoms as such")
  }
}

extension DataSet {
  /// The data set of what a reader has read; the reader must not be used again.
  ///
  /// - Throws: `.format` when there are no frames to train on.
  public convenience init(_ reader: DataSetReader) throws(HoneError) {
    try reader.requireFrames()
    self.init(
      storage: reader.storage, heads: reader.heads.names,
      configurationTypes: reader.configurationTypes.names, files: reader.files,
      isolatedAtoms: reader.isolatedAtoms, duplicates: reader.duplicates,
      unlabeledCount: reader.unlabeledCount)
  }
}
