internal import HoneFormats
public import HoneNumerics

extension ForceBias {
  /// What a file of biases calls itself.
  private static var format: String { "hone.force-bias.1" }

  /// Writes the bias as a safetensors file, which comes back bit for bit.
  ///
  /// | tensor | shape | content |
  /// |---|---|---|
  /// | `frame_bias` | `[frames]` | b in eV/Å |
  /// | `atom_bias_norm` | `[atoms]` | ‖d_a‖ in eV/Å |
  /// | `atom_bias_mean` | `[atoms]` | the mean magnitude of the components of d_a in eV/Å |
  /// | `atom_starts` | `[frames + 1]` | where the atoms of each frame start |
  /// | `frames` | `[frames]` | indices into the data set |
  /// | `structures` | `[frames]` | hashes of species, positions and cell |
  ///
  /// - Throws: `.io`.
  public func write(to path: String) throws(HoneError) {
    var writer = SafetensorsWriter()
    writer.metadata = ["format": Self.format]
    func add(_ name: String, _ values: Buffer<Double>) throws(HoneError) {
      try writer.add(name, (0..<values.count).map { values[$0] }, shape: [values.count])
    }
    func add(_ name: String, _ values: [Int]) throws(HoneError) {
      try writer.add(name, values, shape: [values.count])
    }
    try add("frame_bias", frameValues)
    try add("atom_bias_norm", atomNorms)
    try add("atom_bias_mean", atomMagnitudes)
    try add("atom_starts", (0..<atomStarts.count).map { atomStarts[$0] })
    try add("frames", frames)
    try add("structures", (0..<structures.count).map { Int(truncatingIfNeeded: structures[$0]) })
    try writer.write(to: path)
  }

  /// Reads a file that `write(to:)` wrote.
  ///
  /// - Throws: `.io`; `.format` for other files, and for tensors that do not fit each other or hold what
  ///   is no bias.
  public init(path: String) throws(HoneError) {
    do throws(HoneError) {
      try self.init(SafetensorsFile(path: path))
    } catch {
      guard error.kind != .io else { throw error }
      throw HoneError(.format, "\(path): \(error.message)")
    }
  }

  private init(_ file: SafetensorsFile) throws(HoneError) {
    guard file.metadata["format"] == Self.format else {
      throw HoneError(.format, "expected a file of biases of forces, got another")
    }
    let starts = try file.requiredTensor("atom_starts").ints()
    let frames = try file.requiredTensor("frames").ints()
    let hashes = try file.requiredTensor("structures").ints()
    guard starts.first == 0, starts.count == frames.count + 1, hashes.count == frames.count,
      zip(starts, starts.dropFirst()).allSatisfy({ $0 < $1 }), frames.allSatisfy({ $0 >= 0 }),
      !frames.isEmpty
    else {
      throw HoneError(.format, "expected atoms of every frame in 'atom_starts', got others")
    }
    func values(_ name: String, _ count: Int) throws(HoneError) -> Buffer<Double> {
      let values = try file.requiredTensor(name).doubles()
      guard values.count == count else {
        throw HoneError(.format, "expected \(count) numbers in '\(name)', got \(values.count)")
      }
      let buffer = try Buffer(values)
      try BiasStatistics.check(buffer.view)
      return buffer
    }
    let atoms = starts[frames.count]
    self.init(
      frames: frames, atomStarts: try Buffer(starts),
      frameValues: try values("frame_bias", frames.count),
      atomNorms: try values("atom_bias_norm", atoms),
      atomMagnitudes: try values("atom_bias_mean", atoms),
      structures: try Buffer(hashes.map { UInt64(bitPattern: Int64($0)) }))
  }
}
