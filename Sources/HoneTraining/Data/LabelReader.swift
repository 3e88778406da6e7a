public import HoneNumerics
public import HoneStructure

/// A frame as it was read, and where.
struct FrameSource {
  let frame: ExtendedXYZ.Frame
  let reader: ExtendedXYZ.Reader

  /// Whether the frame has a key or a column.
  func has(_ name: String) -> Bool { frame.info[name] != nil || frame.column(name) != nil }

  /// The text of a key, or nil where it is absent.
  func text(_ key: String) -> String? { frame.text(key) }

  /// What a body reads of the frame; its error with file, line and frame.
  func located<T>(_ advice: String, _ body: () throws(HoneError) -> T?) throws(HoneError) -> T? {
    do throws(HoneError) {
      return try body()
    } catch {
      throw reader.error("\(error.message): \(advice)", atom: nil)
    }
  }

  /// The temperature of a key in K, or nil where it is absent; 0 or less, as that of a minimised
  /// structure, is 0: a sample of nothing.
  func temperature(_ key: String) throws(HoneError) -> Double? {
    let value = try located("give a number of kelvins, 0 for no sample, or remove the key") {
      () throws(HoneError) in try frame.number(key)
    }
    guard let value else { return nil }
    guard value.isFinite else {
      throw reader.error(
        "\(key) must be finite, got \(value): give a number of kelvins, or remove the key",
        atom: nil)
    }
    return max(value, 0)
  }

  /// The weight of a key, 1 where it is absent.
  func weight(_ key: String) throws(HoneError) -> Double {
    let value = try located("correct it or remove the key") { () throws(HoneError) in
      try frame.number(key)
    }
    guard let value else { return 1 }
    guard value.isFinite, value >= 0 else {
      throw reader.error(
        "\(key) must be finite and not negative, got \(value): correct it or remove the key",
        atom: nil)
    }
    return value
  }
}

/// The labels and weights of a frame, in arrays.
public struct SourceLabels: Sendable {
  /// The energy in eV.
  public internal(set) var energy: Double?
  /// The forces in eV/Å, shape `[atoms, 3]`.
  public internal(set) var forces: [Double]?
  /// The virial W = −dE/dε in eV, also where the file gives a stress.
  public internal(set) var virial: Matrix3?
  /// The volume that stresses refer to, in Å³; 0 where there is none.
  public internal(set) var volume = 0.0
  var weights = FrameWeights()
  var atomWeights: [Double]?
  var fidelityWeights: [Double]?
  /// In K.
  var temperature: Double?

  var present: LabelSet {
    LabelSet(energy: energy != nil, forces: forces != nil, virial: virial != nil)
  }
}

/// Reads the labels of a file's frames, one frame after the other.
public struct LabelReader {
  let keys: LabelKeys

  /// The convention of the file and the frame that decided it.
  private var convention: (index: Int, frame: Int)?

  /// Makes a reader for one file.
  public init(keys: LabelKeys = .automatic) {
    self.keys = keys
  }

  /// The labels of the frame that was read last, or nil where it has none.
  ///
  /// - Parameters:
  ///   - frame: The frame.
  ///   - reader: Where it comes from.
  /// - Throws: `.format` naming file, line and frame for labels that are not finite or of the wrong
  ///   shape, and for labels named by another convention than those of frames before.
  public mutating func labels(
    of frame: ExtendedXYZ.Frame, from reader: ExtendedXYZ.Reader
  ) throws(HoneError) -> SourceLabels? {
    try labels(of: FrameSource(frame: frame, reader: reader))
  }

  /// The labels of a frame, or nil where it has none.
  ///
  /// Virials are W = −dE/dε, stresses σ = −W / V. These are the signs of ASE, whose
  /// `Atoms.get_stress` is (1/V) dE/dε with V = |det cell|, and of mace, whose `virials` are −dE/dε
  /// and whose `stress` is dE/dε / V (mace/modules/utils.py, compute_forces_virials). GAP's `virial`
  /// is −V σ, the same again.
  ///
  /// - Throws: `.format` for labels that are not finite or of the wrong shape.
  mutating func labels(of source: FrameSource) throws(HoneError) -> SourceLabels? {
    guard let names = try chosenConvention(source) else { return nil }
    var labels = try unlabeled(source)
    labels.energy = try energy(source, names)
    labels.forces = try forces(source, names)
    labels.virial = try virial(source, names, labels.volume)
    return labels.present.isEmpty ? nil : labels
  }

  /// What a frame has beside labels: its volume, weights and temperature.
  ///
  /// - Throws: `.format` for weights that are negative or not finite.
  func unlabeled(_ source: FrameSource) throws(HoneError) -> SourceLabels {
    var labels = SourceLabels()
    labels.volume = SourceLabels.volume(of: source.frame.structure.cell)
    labels.weights.structure = try source.weight("config_weight")
    labels.weights.energy = try source.weight("config_energy_weight")
    labels.weights.forces = try source.weight("config_forces_weight")
    labels.weights.stress = try source.weight("config_stress_weight")
    labels.weights.virial = try source.weight("config_virials_weight")
    labels.atomWeights = try atomWeights(source)
    labels.temperature = try source.temperature(keys.temperature)
    return labels
  }

  /// The names that the labels of a frame have: one convention for all of a file.
  private mutating func chosenConvention(
    _ source: FrameSource
  ) throws(HoneError) -> LabelKeys.Convention? {
    let conventions = keys.conventions
    let found = conventions.indices.first { index in
      conventions[index].names.contains(where: source.has)
    }
    guard let found else { return nil }
    guard let convention else {
      convention = (found, source.reader.frameCount)
      return conventions[found]
    }
    guard convention.index == found else {
      let name = conventions[found].names.first(where: source.has) ?? ""
      let before = conventions[convention.index].names.first ?? ""
      throw source.reader.error(
        "expected labels named like '\(before)', as in frame \(convention.frame), got '\(name)': "
          + "name the keys of the labels, or use the same ones in all frames", atom: nil)
    }
    return conventions[found]
  }

  private func energy(
    _ source: FrameSource, _ names: LabelKeys.Convention
  ) throws(HoneError) -> Double? {
    guard let name = names.energy.first(where: { source.frame.info[$0] != nil }) else {
      return nil
    }
    let value = try source.located("correct it or remove the key") { () throws(HoneError) in
      try source.frame.number(name)
    }
    guard let value else { return nil }
    guard value.isFinite else {
      throw source.reader.error(
        "\(name) must be finite, got \(value): correct it, or remove the key to train on the other "
          + "labels of the frame", atom: nil)
    }
    return value
  }

  private func forces(
    _ source: FrameSource, _ names: LabelKeys.Convention
  ) throws(HoneError) -> [Double]? {
    guard let name = names.forces.first(where: { source.frame.column($0) != nil }) else {
      if let name = names.forces.first(where: { source.frame.info[$0] != nil }) {
        throw source.reader.error(
          "\(name) must be a column of 3 numbers for each atom, got a key of the comment line: write "
            + "it as a column or remove it", atom: nil)
      }
      return nil
    }
    let values = try source.located("correct it or remove the column") { () throws(HoneError) in
      try source.frame.vectors(name)
    }
    guard let values else { return nil }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw source.reader.error(
        "\(name) must be finite, got \(values[index]) for atom \(index / 3): correct it, or remove "
          + "the column to train on the other labels of the frame", atom: index / 3)
    }
    return values
  }

  private func virial(
    _ source: FrameSource, _ names: LabelKeys.Convention, _ volume: Double
  ) throws(HoneError) -> Matrix3? {
    let virial = try matrix(source, names.virial)
    guard let stress = try matrix(source, names.stress) else { return virial?.value }
    guard volume > 0 else {
      if let virial { return virial.value }
      throw source.reader.error(
        "\(stress.name) needs a Lattice of three independent vectors, got none: give virials "
          + "instead, or remove the key", atom: nil)
    }
    let implied = Matrix3(
      stress.value.row0 * -volume, stress.value.row1 * -volume, stress.value.row2 * -volume)
    guard let virial else { return implied }
    try requireAgreement(source, virial, implied, stress.name, volume)
    return virial.value
  }

  private func matrix(
    _ source: FrameSource, _ names: [String]
  ) throws(HoneError) -> (name: String, value: Matrix3)? {
    guard let name = names.first(where: { source.frame.info[$0] != nil }) else { return nil }
    let value = try source.located("correct it or remove the key") { () throws(HoneError) in
      try source.frame.matrix(name)
    }
    guard let value else { return nil }
    if let wrong = value.elements.first(where: { !$0.isFinite }) {
      throw source.reader.error(
        "\(name) must be finite, got \(wrong): correct it, or remove the key to train on the other "
          + "labels of the frame", atom: nil)
    }
    return (name, value)
  }

  /// Refuses a virial and a stress of different signs or units.
  ///
  /// Files have few decimals, so nothing smaller than a tenth counts.
  private func requireAgreement(
    _ source: FrameSource, _ virial: (name: String, value: Matrix3), _ implied: Matrix3,
    _ stressName: String, _ volume: Double
  ) throws(HoneError) {
    var (difference, size, worst) = (0.0, 0.0, 0)
    for index in 0..<9 {
      let (x, y) = (virial.value[index / 3][index % 3], implied[index / 3][index % 3])
      size = max(size, x.magnitude, y.magnitude)
      if (x - y).magnitude > difference { (difference, worst) = ((x - y).magnitude, index) }
    }
    guard difference > 0.1 * size + 1e-4 * volume + 1e-3 else { return }
    throw source.reader.error(
      "\(virial.name) must be −V \(stressName), got \(virial.value[worst / 3][worst % 3]) and "
        + "\(implied[worst / 3][worst % 3]) eV for component [\(worst / 3)][\(worst % 3)]: correct "
        + "sign or units, or name the key that is right", atom: nil)
  }

  private func atomWeights(_ source: FrameSource) throws(HoneError) -> [Double]? {
    let name = keys.atomWeights
    guard let column = source.frame.column(name) else { return nil }
    let values: [Double]
    switch column.values {
    case .reals(let reals) where column.width == 1: values = reals
    case .integers(let integers) where column.width == 1: values = integers.map(Double.init)
    default:
      throw source.reader.error(
        "the column \(name) must hold one number for each atom, got width \(column.width): correct "
          + "or remove it", atom: nil)
    }
    if let atom = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw source.reader.error(
        "\(name) must be finite and not negative, got \(values[atom]) for atom \(atom): correct it",
        atom: atom)
    }
    return values
  }
}

extension SourceLabels {
  /// |det| of the cell vectors as given, by which ASE and mace divide; 0 where there is none.
  static func volume(of cell: Cell?) -> Double {
    guard let rows = cell?.rows else { return 0 }
    let (a, b, c) = (rows.row0, rows.row1, rows.row2)
    let normal = SIMD3(b.y * c.z - b.z * c.y, b.z * c.x - b.x * c.z, b.x * c.y - b.y * c.x)
    let volume = (a * normal).sum().magnitude
    return volume.isFinite ? volume : 0
  }
}

extension ExtendedXYZ.Frame {
  /// The value of a key of the comment line as text, or nil where it is absent.
  public func text(_ key: String) -> String? {
    switch info[key] {
    case nil: nil
    case .string(let text): text
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .logical(let value): value ? "True" : "False"
    case .some(let value): value.numbers.map { "\($0)" }
    }
  }
}
