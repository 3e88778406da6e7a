internal import ArgumentParser
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// `hone evaluate`: predictions for every frame of a file, and their errors.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Compute energies and forces of the frames of a file, and compare with references.",
    discussion: """
      References are REF_energy and REF_forces or, where these are missing, energy and forces. \
      Errors of energies are per atom, those of forces per component.
      """)

  @Argument(help: "The model file.")
  var model: String

  @Argument(help: "The frames, extended XYZ; - for standard input.")
  var data: String

  @Option(help: "The head (MACE) or modality (SevenNet), by name; the file's first by default.")
  var head: String?

  @Option(help: "A file for the frames with the predicted energy, forces and stress.")
  var output: String?

  @Option(help: "The key of reference energies.")
  var energyKey: String?

  @Option(help: "The column of reference forces.")
  var forcesKey: String?

  @OptionGroup var options: CommonOptions

  func run() throws {
    let field = try ForceField(path: model)
    let settings = try options.settings(field, head: head)
    var summary = Summary()
    if let output {
      try AtomicFile.write(to: output) { (sink) throws(HoneError) in
        try evaluate(field, settings, &summary, sink)
      }
    } else {
      try evaluate(field, settings, &summary, nil)
    }
    summary.sayWhatIsMissing(options)
    try options.json ? Console.write(summary.json) : Console.write(summary.text)
  }

  private func evaluate(
    _ field: ForceField, _ settings: ComputeSettings, _ summary: inout Summary, _ sink: FileSink?
  ) throws(HoneError) {
    let keys = ReferenceKeys(energy: energyKey, forces: forcesKey)
    let quantities: Quantities = sink == nil ? [.energy, .forces] : [.energy, .forces, .virial]
    let workspace = Workspace()
    var reader = try StructureInput.reader(data)
    var progress = Progress(options)
    defer { progress.clear() }
    while let frame = try reader.next() {
      do throws(HoneError) {
        let result = try field.compute(frame.structure, quantities, settings, workspace)
        summary.add(frame, result, try keys.energy(frame), try keys.forces(frame))
        if let sink { try sink.write(try ExtendedXYZ.bytes(of: frame.predicted(result))) }
      } catch {
        throw HoneError(error.kind, "\(data): frame \(reader.frameCount): \(error.message)")
      }
      progress.show("\(reader.frameCount) frames, \(summary.atoms) atoms")
    }
    guard summary.frames > 0 else {
      throw HoneError(.format, "expected at least one frame in '\(data)', got none")
    }
  }
}

extension EvaluateCommand {
  /// What was computed so far.
  struct Summary {
    private(set) var frames = 0
    private(set) var atoms = 0
    /// Errors of energies in eV per atom.
    private var energy = ErrorStatistics()
    /// Errors of force components in eV/Å.
    private var forces = ErrorStatistics()
    private var framesWithForces = 0

    /// Adds a frame.
    mutating func add(
      _ frame: ExtendedXYZ.Frame, _ result: ComputeResult, _ referenceEnergy: Double?,
      _ referenceForces: [Double]?
    ) {
      let count = frame.structure.atomCount
      frames += 1
      atoms += count
      if let referenceEnergy, count > 0 {
        energy.add((result.energy - referenceEnergy) / Double(count))
      }
      if let referenceForces, let predicted = result.forces,
        referenceForces.count == predicted.count
      {
        framesWithForces += 1
        for index in 0..<predicted.count { forces.add(predicted[index] - referenceForces[index]) }
      }
    }

    /// Notes on frames without references.
    func sayWhatIsMissing(_ options: CommonOptions) {
      for (name, found) in [("energy", energy.count), ("forces", framesWithForces)]
      where found < frames {
        let which = found == 0 ? "no frame has" : "only \(found) of \(frames) frames have"
        Console.note("\(which) a reference for \(name)", options)
      }
    }

    /// The errors by the names of the interface.
    var json: JSONValue {
      .object([
        .init("frames", .count(frames)), .init("atoms", .count(atoms)),
        .init("energy_mae", .optional(energy.mean)),
        .init("energy_rmse", .optional(energy.rootMeanSquare)),
        .init("force_mae", .optional(forces.mean)),
        .init("force_rmse", .optional(forces.rootMeanSquare)),
        .init("frames_with_energy", .count(energy.count)),
        .init("frames_with_forces", .count(framesWithForces)),
      ])
    }

    /// The errors as a table, in units people compare.
    var text: String {
      var table = TextTable([.left, .right, .right, .left])
      table.add("", "MAE", "RMSE", "")
      table.add("energy", milli(energy.mean), milli(energy.rootMeanSquare), "meV/atom")
      table.add("force", milli(forces.mean), milli(forces.rootMeanSquare), "meV/Å per component")
      let count = frames == 1 ? "1 frame" : "\(Style.grouped(frames)) frames"
      return Style.heading("\(count), \(Style.grouped(atoms)) atoms") + table.text
    }

    private func milli(_ value: Double?) -> String {
      guard let value else { return "–" }
      let scaled = 1000 * value
      return scaled >= 0.01 || scaled == 0 ? scaled.formatted(3) : scaled.significant(3)
    }
  }
}
