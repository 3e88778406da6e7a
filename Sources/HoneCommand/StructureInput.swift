internal import Glibc
internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

/// Frames from a file, or from standard input for "-".
enum StructureInput {
  /// Opens a file of frames.
  static func reader(_ path: String) throws(HoneError) -> ExtendedXYZ.Reader {
    guard path == "-" else { return try ExtendedXYZ.Reader(path: path) }
    return ExtendedXYZ.Reader(bytes: try standardInput(), name: "standard input")
  }

  /// One frame, counted from 0.
  ///
  /// - Throws: `.invalidArgument` when the file ends before it.
  static func frame(_ index: Int, of path: String) throws(HoneError) -> ExtendedXYZ.Frame {
    var reader = try reader(path)
    while let frame = try reader.next() {
      if reader.frameCount == index + 1 { return frame }
    }
    throw HoneError(
      .invalidArgument,
      "expected at least \(index + 1) frames in '\(path)', got \(reader.frameCount)")
  }

  private static func standardInput() throws(HoneError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = read(STDIN_FILENO, &chunk, chunk.count)
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else {
        throw HoneError(
          .io, "could not read standard input: \(String(cString: strerror(errno)))")
      }
      if got == 0 { return bytes }
      bytes += chunk[..<got]
    }
  }
}

extension ForceField {
  /// Computes energies and their derivatives for a structure.
  func compute(
    _ structure: Structure, _ quantities: Quantities, _ settings: ComputeSettings,
    _ workspace: Workspace
  ) throws(HoneError) -> ComputeResult {
    try compute(
      atomicNumbers: structure.atomicNumbers.span, positions: structure.positions.span,
      cell: structure.cell, quantities: quantities, settings: settings,
      workspace: workspace)
  }
}
