internal import CHone
internal import Glibc
internal import Testing

/// A small model in a test's hands: SevenNet, two layers, species 1, 6 and 8.
struct Fixture: ~Copyable {
  /// The handle.
  let model: OpaquePointer

  /// A file under `Tests/Golden`.
  static func path(_ name: String) -> String {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
      .joined(separator: "/") + "/Golden/" + name
  }

  /// Loads a model, or fails the test.
  init(_ name: String = "sevennet/bias.pth") throws {
    var model: OpaquePointer?
    try #require(hone_model_load(Fixture.path(name), &model) == HONE_SUCCESS, "\(lastError())")
    self.model = try #require(model)
  }

  deinit { hone_model_free(model) }
}

/// The energy and forces of a structure, or the status of the failure.
struct Outcome: Equatable {
  var status = HONE_SUCCESS
  var energy = Double.nan
  var forces: [Double] = []
  var virial = [Double](repeating: .nan, count: 9)
  var atomEnergies: [Double] = []
  var atomVirials: [Double] = []

  /// Computes everything with a handle.
  init(
    _ model: OpaquePointer?, atomicNumbers: [Int32], positions: [Double], cell: [Double]? = nil,
    periodic: [Int32]? = nil
  ) {
    forces = [Double](repeating: .nan, count: positions.count)
    atomEnergies = [Double](repeating: .nan, count: atomicNumbers.count)
    atomVirials = [Double](repeating: .nan, count: 9 * atomicNumbers.count)
    status = hone_model_compute(
      model, Int64(atomicNumbers.count), atomicNumbers, positions, cell, periodic, &energy, &forces,
      &virial, &atomEnergies, &atomVirials)
  }

  /// Computes everything with a workspace.
  init(
    workspace: OpaquePointer?, atomicNumbers: [Int32], positions: [Double], cell: [Double]? = nil,
    periodic: [Int32]? = nil
  ) {
    forces = [Double](repeating: .nan, count: positions.count)
    atomEnergies = [Double](repeating: .nan, count: atomicNumbers.count)
    atomVirials = [Double](repeating: .nan, count: 9 * atomicNumbers.count)
    status = hone_workspace_compute(
      workspace, Int64(atomicNumbers.count), atomicNumbers, positions, cell, periodic, &energy,
      &forces, &virial, &atomEnergies, &atomVirials)
  }
}
