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

  /// The size of what every structure must hold: all before the cell.
  private static let leastSize = MemoryLayout<hone_structure>.offset(of: \.cell) ?? 0
  /// The largest size of a structure of a later version that is believed.
  private static let mostSize = 4096

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
    stride = try Self.stride(base.loadUnaligned(as: Int.self))
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
    var result = hone_structure()
    withUnsafeMutableBytes(of: &result) { bytes in
      let known = min(stride, bytes.count)
      bytes.copyMemory(from: UnsafeRawBufferPointer(start: address(index), count: known))
    }
    return result
  }

  private func address(_ index: Int) -> UnsafeRawPointer { base + stride * index }

  private static func stride(_ size: Int) throws(HoneError) -> Int {
    guard size >= leastSize, size <= mostSize, size % MemoryLayout<hone_structure>.alignment == 0
    else {
      throw HoneError(
        .invalidArgument,
        "structures[0].size must be sizeof(hone_structure), "
          + "\(MemoryLayout<hone_structure>.size), got \(UInt(bitPattern: size))")
    }
    return size
  }

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
    for offset in Swift.stride(from: MemoryLayout<hone_structure>.size, to: stride, by: 1) {
      guard address(index).load(fromByteOffset: offset, as: UInt8.self) == 0 else {
        throw HoneError(
          .unsupported,
          "structures[\(index)] says what only a later version of the library knows: "
            + "byte \(offset) is not zero")
      }
    }
    return Int(structure.n_atoms)
  }
}
