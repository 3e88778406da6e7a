internal import HoneFormats

/// What a run of dynamics reports: its energies, and how far their sum drifts.
struct MDRecord {
  /// In fs.
  let timestep: Double
  let atomCount: Int
  /// The times in ps of the samples.
  private var times: [Double] = []
  /// Potential and kinetic energy in eV, of each sample.
  private var energies: [Double] = []
  private var temperatures: [Double] = []

  /// Starts an empty record.
  init(timestep: Double, atomCount: Int) {
    self.timestep = timestep
    self.atomCount = atomCount
  }

  /// Adds a sample.
  mutating func add(_ dynamics: VelocityVerlet, step: Int) {
    times.append(Double(step) * timestep * 1e-3)
    energies.append(dynamics.potentialEnergy + dynamics.kineticEnergy)
    temperatures.append(dynamics.temperature)
  }

  /// Last minus first total energy, per atom, in eV.
  private var drift: Double {
    guard let first = energies.first, let last = energies.last else { return 0 }
    return (last - first) / Double(max(1, atomCount))
  }

  /// The slope of the total energy per atom, by least squares, in eV/ps, and its standard error.
  private var slope: (value: Double, error: Double)? {
    guard energies.count > 2, let first = energies.first else { return nil }
    let count = Double(energies.count)
    let scale = 1 / Double(max(1, atomCount))
    let values = energies.map { ($0 - first) * scale }
    let meanTime = times.reduce(0, +) / count
    let meanValue = values.reduce(0, +) / count
    var timeSquares = 0.0
    var product = 0.0
    for (time, value) in zip(times, values) {
      timeSquares += (time - meanTime) * (time - meanTime)
      product += (time - meanTime) * (value - meanValue)
    }
    guard timeSquares > 0 else { return nil }
    let value = product / timeSquares
    var rest = 0.0
    for (time, sample) in zip(times, values) {
      let residual = sample - meanValue - value * (time - meanTime)
      rest += residual * residual
    }
    return (value, (rest / (count - 2) / timeSquares).squareRoot())
  }

  private var meanTemperature: Double {
    temperatures.reduce(0, +) / Double(max(1, temperatures.count))
  }

  /// The record by the names of the interface.
  func json(steps: Int) -> JSONValue {
    .object([
      .init("steps", .count(steps)), .init("energy_first", .optional(energies.first)),
      .init("energy_last", .optional(energies.last)), .init("drift_per_atom", .optional(drift)),
      .init("drift_slope_per_atom", .optional(slope?.value)),
      .init("drift_slope_error", .optional(slope?.error)), .init("atoms", .count(atomCount)),
      .init("time_fs", .number(Double(steps) * timestep)),
      .init("temperature_mean", .optional(meanTemperature)),
    ])
  }

  /// The head of the table of samples.
  var heading: String {
    let names = ["step", "time / fs", "potential / eV", "total / eV", "temperature / K"]
    return Style.heading(Self.columns(names))
  }

  /// A line of the table of samples.
  func line(_ dynamics: VelocityVerlet, step: Int) -> String {
    let total = dynamics.potentialEnergy + dynamics.kineticEnergy
    return Self.columns([
      "\(step)", (Double(step) * timestep).formatted(2), dynamics.potentialEnergy.formatted(6),
      total.formatted(6), dynamics.temperature.formatted(1),
    ]) + "\n"
  }

  private static func columns(_ cells: [String]) -> String {
    let widths = [9, 12, 18, 18, 17]
    return zip(cells, widths).map { cell, width in
      String(repeating: " ", count: max(1, width - cell.count)) + cell
    }.joined()
  }

  /// The end of a run, for people.
  func text(steps: Int) -> String {
    var text = "\n  \(Style.grouped(atomCount)) atoms, \(Style.grouped(steps)) steps, "
    text += "\((Double(steps) * timestep).significant(6)) fs, mean temperature "
    text += "\(meanTemperature.formatted(1)) K\n  total energy changed by "
    text += "\((1e3 * drift).significant(3)) meV per atom"
    if let slope {
      text += "; slope \((1e3 * slope.value).significant(3)) ± "
      text += "\((1e3 * slope.error).significant(2)) meV per atom and ps"
    }
    return text + "\n"
  }
}
