internal import CHone
internal import HoneFormats
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

/// A data set in a host's hands, to which frames may be added.
final class DataSetHandle: Handle {
  static let mark: UInt64 = 0x686f_6e65_6461_7461
  static let argument: StaticString = "dataset"

  private let reader: DataSetReader
  private let exclusive = ExclusiveUse(DataSetHandle.argument)

  /// Makes an empty data set.
  ///
  /// - Throws: `.outOfMemory`.
  init() throws(HoneError) {
    reader = try DataSetReader()
  }

  /// The number of frames.
  var count: Int { reader.count }

  /// Adds the frames of a file.
  ///
  /// - Throws: `.io`, `.format`, `.outOfMemory`.
  func add(path: String, options: DataSetOptions) throws(HoneError) {
    try exclusive.use { () throws(HoneError) in
      reader.options = options
      defer { reader.options = DataSetOptions() }
      try reader.add(path: path)
    }
  }

  /// Adds a structure.
  ///
  /// - Throws: `.invalidArgument`, `.outOfMemory`.
  func add(_ structure: Structure, _ labels: StructureLabels) throws(HoneError) {
    try exclusive.use { () throws(HoneError) in try reader.add(structure, labels) }
  }

  /// The frames, for the time of a call in which nobody adds any.
  ///
  /// - Throws: `.invalidArgument` when there are none.
  func frames(_ name: StaticString) throws(HoneError) -> DataSet {
    guard reader.count > 0 else {
      throw HoneError(.invalidArgument, "\(name) must hold a structure or more, got none")
    }
    return try DataSet(reader)
  }

  /// A copy of the frames.
  ///
  /// - Throws: `.invalidArgument` when there are none; `.outOfMemory`.
  func copy(_ name: StaticString) throws(HoneError) -> DataSet {
    let frames = try frames(name)
    let copy = try DataSetReader()
    try copy.add(frames)
    return try DataSet(copy)
  }
}

extension StructureLabels {
  /// Copies a host's labels.
  ///
  /// - Parameters:
  ///   - labels: The host's.
  ///   - atomCount: The number of atoms of the structure.
  /// - Throws: `.invalidArgument`, `.unsupported`.
  init(_ labels: UnsafePointer<hone_labels>?, atomCount: Int) throws(HoneError) {
    let host = try hone_labels.read(labels, "labels")
    func numbers(_ start: UnsafePointer<Double>?, _ count: Int) -> [Double]? {
      start.map { Array(UnsafeBufferPointer(start: $0, count: count)) }
    }
    self.init()
    energy = host.energy?.pointee
    forces = numbers(host.forces, 3 * atomCount)
    virial = numbers(host.virial, 9)
    if let weights = numbers(host.weights, 5) {
      self.weights.structure = weights[0]
      self.weights.energy = weights[1]
      self.weights.forces = weights[2]
      self.weights.stress = weights[3]
      self.weights.virial = weights[4]
    }
    atomWeights = numbers(host.atom_weights, atomCount)
    if host.head != nil { head = try text(host.head, "labels->head") }
    if host.config_type != nil {
      configurationType = try text(host.config_type, "labels->config_type")
    }
  }
}

extension hone_labels: SizedStructure {
  static var typeName: StaticString { "hone_labels" }
  static var leastSize: Int { end(of: \.config_type) }
}
