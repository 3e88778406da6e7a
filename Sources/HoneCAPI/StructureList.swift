internal import CHone
internal import HoneNumerics

/// The structures that a host hands over in one array, and where the results of each begin.
///
/// The array is the host's: its elements have the size the host was compiled with.
struct StructureList: @unchecked Sendable {
  /// The number of structures.
  let count: Int
  private let base: UnsafeRawPointer
  private let stride: Int
  /// The number of atoms before each structure, and of all at the end, `[count + 1]`.
  private let starts: Buffer<Int>

  /// Checks the array, but for what lies behind the pointers of its structures.
  ///
  /// - Throws: `.invalidArgument` naming the element; `.unsupported` for structures of a later version
  ///   that use what this one does not know; `.outOfMemory`.
  init(count: Int64, _ structures: UnsafePointer<hone_structure>?) throws(HoneError) {
    guard count >= 0, count <= Int64(Int32.max) else {
      throw HoneError(.invalidArgument, "n_structures must be 0 to \(Int32.max), got \(count)")
    }
    self.count = Int(count)
    starts = try Buffer(repeating: 0, count: self.count + 1)
    guard count > 0 else {
      base = UnsafeRawPointer(starts.base)
      stride = 0
      return
    }
    base = UnsafeRawPointer(try require(structures, "structures"))
    stride = try hone_structure.size(at: base, "structures[0].size")
    for index in 0..<self.count {
      starts[index + 1] = starts[index] + (try checkedAtomCount(index))
      // No array holds nine numbers for each of more atoms.
      guard starts[index + 1] <= Int.max / 128 else {
        throw HoneError(
          .invalidArgument, "structures[\(index)].n_atoms: there are too many atoms in all")
      }
    }
  }

  /// The number of atoms before a structure.
  func start(_ index: Int) -> Int { starts[index] }

  /// A structure; what its size leaves out is zero.
  func structure(_ index: Int) -> hone_structure {
    hone_structure.copy(address(index), size: stride)
  }

  private func address(_ index: Int) -> UnsafeRawPointer { base + stride * index }

  private func checkedAtomCount(_ index: Int) throws(HoneError) -> Int {
    let structure = structure(index)
    guard structure.size == stride else {
      throw HoneError(
        .invalidArgument,
        "structures[\(index)].size must be that of the first, \(stride), got \(structure.size)")
    }
    guard structure.n_atoms >= 0, structure.n_atoms <= Int64(Int32.max) else {
      throw HoneError(
        .invalidArgument,
        "structures[\(index)].n_atoms must be 0 to \(Int32.max), got \(structure.n_atoms)")
    }
    try hone_structure.requireKnown(address(index), size: stride, "structures[\(index)]")
    return Int(structure.n_atoms)
  }
}

extension hone_structure: SizedStructure {
  static var typeName: StaticString { "hone_structure" }
  /// All before the cell.
  static var leastSize: Int { MemoryLayout<hone_structure>.offset(of: \.cell) ?? 0 }
}
