// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneDiagnosis
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

@c @implementation
public func hone_model_fit_statistics(
  _ base: OpaquePointer?, _ dataset: OpaquePointer?, _ fitted: UnsafeMutablePointer<OpaquePointer?>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let output = try require(fitted, "fitted")
    output.pointee = nil
    let handle = try ModelHandle.borrow(base, "base")
    let frames = try DataSetHandle.borrow(dataset).frames("dataset")
    let field = try handle.forceField.fittingStatistics(
      to: frames, settings: handle.settings, workspaces: handle.workspaces)
    output.pointee = try ModelHandle(field, settings: handle.settings).lend()
  }
}

@c @implementation
public func hone_model_diagnose(
  _ model: OpaquePointer?, _ structure: UnsafePointer<hone_structure>?,
  _ forces: UnsafePointer<Double>?, _ diagnosis: UnsafeMutablePointer<hone_diagnosis>?,
  _ descriptor_distances: UnsafeMutablePointer<Double>?,
  _ coordination_quantiles: UnsafeMutablePointer<Double>?,
  _ force_norm_quantiles: UnsafeMutablePointer<Double>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    let host = try hone_structure.read(structure, "structure")
    let arguments = try StructureArguments(
      atomCount: host.n_atoms, atomicNumbers: host.atomic_numbers, positions: host.positions,
      cell: host.cell, periodic: host.periodic)
    guard arguments.atomCount > 0 else {
      throw HoneError(.invalidArgument, "structure must have one atom or more, got none")
    }
    try arguments.requireElements()
    let room = try hone_diagnosis.room(diagnosis, "diagnosis")
    // Numbers, positions and forces go through arrays.
    try Headroom.require(arguments.atomCount, of: 256)
    let given = forces.map {
      Array(UnsafeBufferPointer(start: $0, count: 3 * arguments.atomCount))
    }
    if let index = given?.firstIndex(where: { !$0.isFinite }) {
      throw HoneError(
        .invalidArgument,
        "forces must be finite, but forces[\(index / 3)][\(index % 3)] is \(given?[index] ?? 0)")
    }
    let diagnostician = try handle.diagnostician()
    let found = try handle.workspaces.with { (workspace) throws(HoneError) in
      let found = try diagnostician.diagnose(
        Structure(
          atomicNumbers: Array(arguments.atomicNumbers), positions: Array(arguments.positions),
          cell: arguments.cell),
        forces: given, settings: handle.settings, workspace: workspace)
      try handle.fallbacks.note(workspace.fallback, handle.settings)
      return found
    }
    hone_diagnosis(found).write(to: diagnosis, room: room)
    let outputs = [
      (descriptor_distances, found.descriptorDistances),
      (coordination_quantiles, found.coordinationQuantiles),
      (force_norm_quantiles, found.forceNormQuantiles),
    ]
    for (output, values) in outputs {
      for atom in 0..<arguments.atomCount { output?[atom] = values?[atom] ?? .nan }
    }
  }
}

@c @implementation
public func hone_workspace_set_diagnosis(_ workspace: OpaquePointer?, _ on: Int32) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try WorkspaceHandle.borrow(workspace)
    if on != 0 { try handle.forceField.requireDescriptorMetric() }
    try handle.use { _ in handle.measuresDistances = on != 0 }
  }
}

@c @implementation
public func hone_workspace_descriptor_distances(
  _ workspace: OpaquePointer?, _ count: Int64, _ distances: UnsafeMutablePointer<Double>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try WorkspaceHandle.borrow(workspace)
    try handle.use { (_) throws(HoneError) in
      let measured = try handle.measured(count)
      guard measured.count > 0 else { return }
      View(base: try require(distances, "distances"), count: measured.count).copy(from: measured)
    }
  }
}

extension hone_standing {
  /// A standing as the interface tells it.
  ///
  /// - Parameter isShifted: Where that is not the standing's own criterion.
  init(_ standing: Standing?, isShifted: Bool? = nil) {
    self.init(
      value: standing?.value ?? .nan, mean: standing?.mean ?? .nan,
      deviation: standing?.standardDeviation ?? .nan, quantile: standing?.quantile ?? .nan,
      is_shifted: isShifted ?? standing?.isShifted ?? false ? 1 : 0,
      is_known: standing == nil ? 0 : 1)
  }
}

extension hone_diagnosis: SizedStructure {
  static var typeName: StaticString { "hone_diagnosis" }
  static var leastSize: Int { end(of: \.farthest_atom) }

  /// A diagnosis as the interface tells it.
  init(_ diagnosis: ShiftDiagnosis) {
    self.init()
    is_shifted = diagnosis.isShifted ? 1 : 0
    is_known_combination = diagnosis.isKnownCombination ? 1 : 0
    is_within_sizes = diagnosis.isWithinSizes ? 1 : 0
    n_unseen_species = Int32(diagnosis.unseenElements.count)
    withUnsafeMutableBytes(of: &unseen_species) { bytes in
      let numbers = bytes.bindMemory(to: Int32.self)
      for (place, number) in diagnosis.unseenElements.prefix(numbers.count).enumerated() {
        numbers[place] = number
      }
    }
    atom_count = hone_standing(diagnosis.size)
    force_norm = hone_standing(diagnosis.forceNorm)
    connectivity = hone_standing(
      diagnosis.connectivity, isShifted: diagnosis.isConnectivityShifted)
    largest_distance = diagnosis.farthestAtom?.distance ?? .nan
    farthest_atom = Int64(diagnosis.farthestAtom?.atom ?? -1)
  }
}
