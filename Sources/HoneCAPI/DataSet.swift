// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneFormats
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

@c @implementation
public func hone_dataset_new(_ dataset: UnsafeMutablePointer<OpaquePointer?>?) -> hone_status {
  withStatus { () throws(HoneError) in
    let output = try require(dataset, "dataset")
    output.pointee = nil
    try requireProcessor()
    output.pointee = try DataSetHandle().lend()
  }
}

@c @implementation
public func hone_dataset_add_file(
  _ dataset: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try DataSetHandle.borrow(dataset)
    let path = try text(path, "path")
    guard options != nil else { return try handle.add(path: path, options: DataSetOptions()) }
    try handle.add(path: path, options: DataSetOptions(json: json(options, "options")))
  }
}

@c @implementation
public func hone_dataset_add(
  _ dataset: OpaquePointer?, _ structure: UnsafePointer<hone_structure>?,
  _ labels: UnsafePointer<hone_labels>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try DataSetHandle.borrow(dataset)
    let host = try hone_structure.read(structure, "structure")
    let arguments = try StructureArguments(
      atomCount: host.n_atoms, atomicNumbers: host.atomic_numbers, positions: host.positions,
      cell: host.cell, periodic: host.periodic)
    try arguments.requireElements()
    // Copies of numbers, positions, forces and weights go through arrays.
    try Headroom.require(arguments.atomCount, of: 256)
    let labels = try StructureLabels(labels, atomCount: arguments.atomCount)
    try handle.add(
      Structure(
        atomicNumbers: Array(arguments.atomicNumbers), positions: Array(arguments.positions),
        cell: arguments.cell), labels)
  }
}

@c @implementation
public func hone_dataset_count(_ dataset: OpaquePointer?) -> Int64 {
  withValue(orElse: -1) { () throws(HoneError) in Int64(try DataSetHandle.borrow(dataset).count) }
}

@c @implementation
public func hone_dataset_free(_ dataset: OpaquePointer?) {
  guard let dataset else { return }
  _ = withStatus { () throws(HoneError) in try DataSetHandle.release(dataset) }
}
