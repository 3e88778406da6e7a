internal import ArgumentParser
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// `hone md`: molecular dynamics from the first frame of a file.
struct MDCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "md", abstract: "Run molecular dynamics from the first frame of a file.")

  /// The ensembles of the interface.
  enum Ensemble: String, ExpressibleByArgument, CaseIterable {
    case nve, langevin, berendsen
  }

  @Argument(help: "The model file.")
  var model: String

  @Argument(help: "The start, the first frame of an extended XYZ file; - for standard input.")
  var start: String

  @Option(help: "nve; langevin and berendsen are not in this version.")
  var ensemble = Ensemble.nve

  @Option(help: "The number of steps.")
  var steps: Int

  @Option(help: "The time step in fs.")
  var timestep = 0.5

  @Option(help: "The temperature of the first velocities in K.")
  var temperature = 300.0

  @Option(help: "The seed of the first velocities.")
  var seed: UInt64 = 1

  @Option(help: "The head (MACE) or modality (SevenNet), by name; the file's first by default.")
  var head: String?

  @Option(help: "A file for the trajectory, extended XYZ; it grows as the run goes on.")
  var trajectory: String?

  @Option(help: "Steps between frames of the trajectory and lines of the table.")
  var interval = 10

  @OptionGroup var options: CommonOptions

  func validate() throws {
    guard steps >= 0 else { throw ValidationError("--steps must not be negative, got \(steps)") }
    guard timestep > 0, timestep.isFinite else {
      throw ValidationError("--timestep must be a positive time in fs, got \(timestep)")
    }
    guard temperature >= 0, temperature.isFinite else {
      throw ValidationError("--temperature must not be negative, got \(temperature)")
    }
    guard interval > 0 else {
      throw ValidationError("--interval must be positive, got \(interval)")
    }
  }

  func run() throws {
    guard ensemble == .nve else {
      throw HoneError(
        .unsupported, "the ensemble '\(ensemble.rawValue)' is not in this version, nve is")
    }
    let field = try ForceField(path: model)
    let settings = try options.settings(field, head: head)
    let frame = try StructureInput.frame(0, of: start)
    guard frame.structure.atomCount > 0 else {
      throw HoneError(.invalidArgument, "expected atoms in the first frame of '\(start)', got none")
    }
    var dynamics = try VelocityVerlet(
      frame.structure, field: field, settings: settings, timestep: timestep,
      temperature: temperature, seed: seed)
    var record = MDRecord(timestep: timestep, atomCount: frame.structure.atomCount)
    let file = try trajectory.map { (path) throws(HoneError) in try TrajectoryFile(path: path) }
    try report(dynamics, step: 0, &record, file)

    var progress = Progress(options)
    for step in 1..<max(1, steps + 1) where steps > 0 {
      do throws(HoneError) {
        try dynamics.step()
      } catch {
        progress.clear()
        throw HoneError(error.kind, "step \(step): \(error.message)")
      }
      progress.show("step \(step) of \(steps)")
      if step % interval == 0 || step == steps {
        progress.clear()
        try report(dynamics, step: step, &record, file)
      }
    }
    progress.clear()
    try file?.close()
    try options.json
      ? Console.write(record.json(steps: steps)) : Console.write(record.text(steps: steps))
  }

  private func report(
    _ dynamics: VelocityVerlet, step: Int, _ record: inout MDRecord, _ file: TrajectoryFile?
  ) throws(HoneError) {
    record.add(dynamics, step: step)
    if !options.json && !options.quiet {
      if step == 0 { try Console.write(record.heading) }
      try Console.write(record.line(dynamics, step: step))
    }
    try file?.write(try dynamics.frame(step: step))
  }
}

extension VelocityVerlet {
  /// The state as a frame: energy and forces as ASE reads them, velocities in Å/fs.
  func frame(step: Int) throws(HoneError) -> ExtendedXYZ.Frame {
    let structure = try Structure(
      atomicNumbers: atomicNumbers, positions: positions, cell: cell)
    var info = Info()
    info["step"] = .integer(step)
    info["time"] = .real(Double(step) * timestep)
    info["energy"] = .real(potentialEnergy)
    info["kinetic_energy"] = .real(kineticEnergy)
    info["temperature"] = .real(temperature)
    return ExtendedXYZ.Frame(
      structure: structure, info: info,
      columns: [
        ExtendedXYZ.Column(name: "forces", width: 3, values: .reals(forces)),
        ExtendedXYZ.Column(name: "velocities", width: 3, values: .reals(velocities)),
      ])
  }
}
