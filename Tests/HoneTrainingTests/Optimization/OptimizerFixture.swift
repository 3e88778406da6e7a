import HoneNumerics
import HoneTestSupport
import HoneTraining

/// Runs of PyTorch's optimisers; see `Scripts/golden/make_optimizer_goldens.py`.
enum OptimizerFixture {
  /// The groups of the script; the last is frozen.
  static let groups = [
    ParameterGroup(name: "embedding", role: .embedding, range: 0..<4),
    ParameterGroup(
      name: "interaction", role: .interaction, range: 4..<16,
      matrices: [(rows: 2, columns: 3), (rows: 2, columns: 3)], rateFactor: 1.5),
    ParameterGroup(
      name: "radial", role: .radial, range: 16..<22, matrices: [(rows: 3, columns: 2)],
      rateFactor: 0.5, decays: false),
    ParameterGroup(
      name: "readout", role: .readout, range: 22..<25, matrices: [(rows: 1, columns: 3)],
      rateFactor: 2, decays: false),
    ParameterGroup(name: "scale", role: .energyScale, range: 25..<27, rateFactor: 0),
  ]
  static let parameterCount = 27

  static func layout(frozen: [String] = []) throws -> ParameterLayout {
    let groups = groups.map { group in
      var group = group
      if frozen.contains(group.name) { group.rateFactor = 0 }
      return group
    }
    return try ParameterLayout(groups, parameterCount: parameterCount)
  }

  /// One run: gradients as PyTorch met them, parameters before and after every step.
  struct Run {
    let start: [Double]
    let rates: [Double]
    let gradients: [[Double]]
    let values: [[Double]]
  }

  static let archive = Result {
    try NumPyArchive(path: PackagePaths.golden + "/torch/optimizers.npz")
  }

  static func run(_ name: String) throws -> Run {
    Run(
      start: try archive.get().doubles("start"), rates: try archive.get().doubles("rates"),
      gradients: try rows("\(name).gradients"), values: try rows("\(name).values"))
  }

  static func rows(_ name: String) throws -> [[Double]] {
    let flat = try archive.get().doubles(name)
    return stride(from: 0, to: flat.count, by: parameterCount).map {
      Array(flat[$0..<$0 + parameterCount])
    }
  }

  /// The arrays of schedules, averages and clipping.
  static func extras() throws -> NumPyArchive {
    try NumPyArchive(path: PackagePaths.golden + "/torch/optimizers-schedules.npz")
  }
}

/// The largest difference of two vectors.
func worstDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  // `max` would pass over a difference that is no number.
  return zip(a, b).reduce(0) {
    let difference = abs($1.0 - $1.1)
    return difference <= $0 ? $0 : difference
  }
}

/// The bit patterns, for comparisons to the last bit.
func bits(_ buffer: Buffer<Double>) -> [UInt64] { [Double](buffer).map(\.bitPattern) }

/// Whether an error is one that says that something was expected.
func isRefusal(_ error: (any Error)?, _ kind: HoneError.Kind) -> Bool {
  guard let error = error as? HoneError else { return false }
  return error.kind == kind && error.message.hasPrefix("expected ") && error.message.contains("got")
}
