public import HoneNumerics
internal import HoneStructure

/// Makes a data set from extended XYZ files and structures in memory, frame by frame.
///
/// A frame of a file is in memory once more while it is read; nothing else is. What fails adds nothing.
public final class DataSetReader {
  /// How frames become part of the data set; may change from file to file.
  ///
  /// Weights of kinds must not be negative.
  public var options: DataSetOptions
  let storage: DataSetStorage
  var heads = NameTable()
  var configurationTypes = NameTable()
  var isolatedAtoms: [IsolatedAtom] = []
  var files: [String] = []
  var duplicates = DuplicateReport()
  /// The structures that came from memory.
  var structureCount = 0
  var unlabeledCount = 0

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

  /// The number of frames so far.
  public var count: Int { storage.records.count }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: An extended XYZ file.
  ///   - head: The head of all its frames; nil for what each of them names.
  /// - Throws: `.io` when the file cannot be read; `.format` naming file, line and frame for what is
  ///   not well formed, labels that are not finite or of the wrong shape, and what the options refuse;
  ///   `.outOfMemory`.
  public func add(path: String, head: String? = nil) throws(HoneError) {
    try atomically { () throws(HoneError) in try add(ExtendedXYZ.Reader(path: path), head) }
  }

  /// Reads energies of isolated atoms from a file that holds nothing else.
  ///
  /// - Parameters:
  ///   - path: An extended XYZ file; the `config_type` of its frames does not matter.
  ///   - head: The head of all its frames; nil for what each of them names.
  /// - Throws: As `add(path:head:)`, and `.format` for frames of more than one atom.
  public func addIsolatedAtoms(path: String, head: String? = nil) throws(HoneError) {
    try atomically { () throws(HoneError) in
      try add(ExtendedXYZ.Reader(path: path), head, isolatedAtomsOnly: true)
    }
  }

  /// Reads from memory.
  ///
  /// - Parameters:
  ///   - bytes: The content of a file.
  ///   - name: What messages call it.
  ///   - head: The head of all its frames; nil for what each of them names.
  /// - Throws: As `add(path:head:)`.
  public func add(bytes: [UInt8], name: String, head: String? = nil) throws(HoneError) {
    try atomically { () throws(HoneError) in
      try add(ExtendedXYZ.Reader(bytes: bytes, name: name), head)
    }
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
    guard source.frame.structure.atomCount > 0 else {
      throw source.reader.error("expected at least one atom, got none: remove the frame", atom: nil)
    }
    var found = try labelReader.labels(of: source)
    if found == nil {
      switch options.unlabeled {
      case .refuse: throw missingLabels(source)
      case .skip:
        if firstUnlabeled == nil { firstUnlabeled = missingLabels(source) }
        unlabeledCount += 1
      case .keep: found = try labelReader.unlabeled(source)
      }
    }
    guard var labels = found else { return }
    let type = source.text(options.keys.configurationType) ?? NewFrame.defaultType
    labels.weights.structure *= options.configurationTypeWeights[type] ?? 1
    let frame = newFrame(source, labels, head, type)
    if isIsolatedAtom(frame) {
      try keepIsolatedAtom(frame)
      guard options.keepsIsolatedAtoms else { return }
    }
    try enter(frame)
  }

  private func addIsolatedAtom(_ source: FrameSource, _ head: String?) throws(HoneError) {
    guard source.frame.structure.atomCount == 1 else {
      throw source.reader.error(
        "expected one isolated atom, got \(source.frame.structure.atomCount) atoms: move structures "
          + "to a file of their own", atom: nil)
    }
    guard let labels = try labelReader.labels(of: source) else { throw missingLabels(source) }
    try keepIsolatedAtom(newFrame(source, labels, head, NewFrame.defaultType))
  }

  private func newFrame(
    _ source: FrameSource, _ labels: SourceLabels, _ head: String?, _ type: String
  ) -> NewFrame {
    NewFrame(
      structure: source.frame.structure, labels: labels,
      head: head ?? source.text(options.keys.head) ?? DataSet.defaultHead,
      configurationType: type,
      origin: FrameOrigin(
        file: Int32(truncatingIfNeeded: files.count - 1), line: source.reader.frameLine,
        number: source.reader.frameCount))
  }

  /// Runs what adds frames; after its error the reader is as it was.
  func atomically(_ body: () throws(HoneError) -> Void) throws(HoneError) {
    let storageMark = storage.mark
    let names = (heads, configurationTypes, files)
    let others = (isolatedAtoms, duplicates, structureCount, unlabeledCount, firstUnlabeled)
    do throws(HoneError) {
      try body()
    } catch {
      storage.rollBack(to: storageMark)
      (heads, configurationTypes, files) = names
      (isolatedAtoms, duplicates, structureCount, unlabeledCount, firstUnlabeled) = others
      throw error
    }
  }

  /// Refuses a data set without frames.
  func requireFrames() throws(HoneError) {
    guard storage.records.count == 0 else { return }
    if let firstUnlabeled { throw firstUnlabeled }
    throw HoneError(
      .format,
      files.isEmpty
        ? "expected at least one structure with labels, got none"
        : "\(files.joined(separator: ", ")): expected structures, got isolated atoms alone: add "
          + "structures, or keep isolated atoms as such")
  }
}

extension DataSet {
  /// The data set of what a reader has read; while it is used the reader must not be.
  ///
  /// - Throws: `.format` when there are no frames to train on.
  public convenience init(_ reader: DataSetReader) throws(HoneError) {
    try reader.requireFrames()
    self.init(
      storage: reader.storage, heads: reader.heads.names,
      configurationTypes: reader.configurationTypes.names, files: reader.files,
      isolatedAtoms: reader.isolatedAtoms, duplicates: reader.duplicates,
      unlabeledCount: reader.unlabeledCount, structureCount: reader.structureCount)
  }
}
