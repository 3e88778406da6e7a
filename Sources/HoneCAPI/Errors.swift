// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneModels
internal import HoneNumerics
internal import HoneTraining

@c @implementation
public func hone_model_evaluate(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ errors: UnsafeMutablePointer<hone_errors>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    let frames = try DataSetHandle.borrow(dataset).frames("dataset")
    let room = try hone_errors.room(errors, "errors")
    let statistics = try handle.forceField.errors(
      on: frames, settings: handle.settings, workspaces: handle.workspaces)
    hone_errors(statistics).write(to: errors, room: room)
  }
}

extension hone_errors: SizedStructure {
  static var typeName: StaticString { "hone_errors" }
  static var leastSize: Int { end(of: \.stress_rmse) }

  /// The errors as the interface tells them.
  init(_ statistics: ErrorStatistics) {
    self.init()
    n_energies = Int64(statistics.energy.count)
    n_forces = Int64(statistics.forces.count)
    n_virials = Int64(statistics.virial.count)
    energy_mae = statistics.energyPerAtom.meanAbsolute ?? .nan
    energy_rmse = statistics.energyPerAtom.rootMeanSquare ?? .nan
    force_mae = statistics.forces.meanAbsolute ?? .nan
    force_rmse = statistics.forces.rootMeanSquare ?? .nan
    virial_mae = statistics.virialPerAtom.meanAbsolute ?? .nan
    virial_rmse = statistics.virialPerAtom.rootMeanSquare ?? .nan
    stress_mae = statistics.stress.meanAbsolute ?? .nan
    stress_rmse = statistics.stress.rootMeanSquare ?? .nan
  }
}
