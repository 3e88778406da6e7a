internal import CHone
internal import HoneNumerics
internal import HonePriors
internal import HoneStructure

/// A host's function as a prior.
struct HostPrior: Prior, @unchecked Sendable {
  /// Of a potential of the library what it is called there.
  let name: String
  /// A function of the host's may know one system alone; what the library hands out knows all.
  let isTransferable: Bool
  private let function: hone_prior
  private let context: UnsafeMutableRawPointer?

  /// Wraps a function; the caller sees to it that it is called on the host's thread alone.
  ///
  /// - Throws: `.invalidArgument` for NULL, and for a potential of the library that is none.
  init(_ function: hone_prior?, _ context: UnsafeMutableRawPointer?) throws(HoneError) {
    guard let function else { throw HoneError(.invalidArgument, "prior must not be NULL") }
    self.function = function
    self.context = context
    let own: (any Prior)? =
      Self.isSame(function, hone_potential_prior)
      ? try PotentialHandle.borrow(context.map { OpaquePointer($0) }).prior : nil
    name = own?.name ?? "the host's prior"
    isTransferable = own?.isTransferable ?? Self.isSame(function, hone_model_prior)
  }

  private static func isSame(_ first: hone_prior, _ second: hone_prior) -> Bool {
    unsafeBitCast(first, to: UInt.self) == unsafeBitCast(second, to: UInt.self)
  }

  func labels(of system: PriorSystem) throws(HoneError) -> PriorLabels {
    let structure = system.structure
    // What the function does not write is seen.
    var energy = Double.nan
    var forces = [Double](repeating: .nan, count: 3 * structure.atomCount)
    let periodic = (0..<3).map { structure.cell?.periodicity[$0] ?? false ? Int32(1) : 0 }
    let rows = structure.cell.map { cell in
      (0..<3).flatMap { [cell.rows[$0].x, cell.rows[$0].y, cell.rows[$0].z] }
    }
    // Functions of the library leave a sentence behind, perhaps the one that is there already.
    let before = lastError
    keepLastError("")
    let result = structure.atomicNumbers.withUnsafeBufferPointer { numbers in
      structure.positions.withUnsafeBufferPointer { positions in
        periodic.withUnsafeBufferPointer { periodic in
          forces.withUnsafeMutableBufferPointer { forces in
            (rows ?? []).withUnsafeBufferPointer { rows in
              var host = hone_structure()
              host.size = MemoryLayout<hone_structure>.size
              host.n_atoms = Int64(structure.atomCount)
              host.atomic_numbers = numbers.baseAddress
              host.positions = positions.baseAddress
              if structure.cell != nil {
                host.cell = rows.baseAddress
                host.periodic = periodic.baseAddress
              }
              host.charge = system.charge
              host.multiplicity = Int32(clamping: system.multiplicity)
              return function(context, &host, &energy, forces.baseAddress, nil)
            }
          }
        }
      }
    }
    let left = lastError
    if left.isEmpty { keepLastError(before) }
    guard result == 0 else {
      throw HoneError(
        .callback, "the prior returned \(result)" + (left.isEmpty ? "" : ": \(left)"))
    }
    let labels = PriorLabels(energy: energy, forces: forces)
    try labels.check(atomCount: structure.atomCount, name: name)
    return labels
  }

  private var lastError: String { String(cString: hone_last_error()) }
}

extension PriorSystem {
  /// Copies a host's structure.
  ///
  /// - Throws: `.invalidArgument`, also without atoms; `.unsupported`, `.outOfMemory`.
  init(_ structure: UnsafePointer<hone_structure>?) throws(HoneError) {
    try self.init(hone_structure.read(structure, "structure"))
  }

  /// Copies a structure whose size has been looked at.
  init(_ host: hone_structure) throws(HoneError) {
    let arguments = try StructureArguments(
      atomCount: host.n_atoms, atomicNumbers: host.atomic_numbers, positions: host.positions,
      cell: host.cell, periodic: host.periodic)
    guard arguments.atomCount > 0 else {
      throw HoneError(.invalidArgument, "n_atoms must be 1 or more, got 0")
    }
    // Copies of numbers and positions go through arrays.
    try Headroom.require(arguments.atomCount, of: 256)
    try self.init(
      Structure(
        atomicNumbers: Array(arguments.atomicNumbers), positions: Array(arguments.positions),
        cell: arguments.cell),
      charge: host.charge, multiplicity: Int(host.multiplicity))
  }
}
