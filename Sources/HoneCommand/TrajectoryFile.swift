internal import Glibc
internal import HoneNumerics
internal import HoneStructure

/// A file that grows by a frame at a time, so that a run can be watched, and its end loses nothing.
final class TrajectoryFile {
  private let path: String
  private var descriptor: Int32

  /// Makes an empty file, or empties the one that is there.
  ///
  /// - Throws: `.io`.
  init(path: String) throws(HoneError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw HoneError(.io, "could not open '\(path)' to write: \(String(cString: strerror(errno)))")
    }
  }

  deinit {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
  }

  /// Appends a frame.
  ///
  /// - Throws: `.io`.
  func write(_ frame: ExtendedXYZ.Frame) throws(HoneError) {
    let bytes = try ExtendedXYZ.bytes(of: frame)
    var done = 0
    while done < bytes.count {
      let wrote = bytes[done...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if wrote < 0 && errno == EINTR { continue }
      guard wrote > 0 else {
        throw HoneError(.io, "could not write '\(path)': \(String(cString: strerror(errno)))")
      }
      done += wrote
    }
  }

  /// Closes the file.
  ///
  /// - Throws: `.io` when the system reports that what was written is lost.
  func close() throws(HoneError) {
    let status = Glibc.close(descriptor)
    descriptor = -1
    guard status == 0 else {
      throw HoneError(.io, "could not close '\(path)': \(String(cString: strerror(errno)))")
    }
  }
}
