internal import Glibc
public import HoneNumerics

extension Bytes {
  /// Reads a whole regular file into memory.
  ///
  /// - Throws: `.io` if the file cannot be read or is not a regular file, `.outOfMemory` if it does
  ///   not fit, `.invalidArgument` for a path the system cannot take.
  public init(contentsOfFile path: String) throws(HoneError) {
    try FileSystem.requireUsable(path: path)
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    let descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw HoneError(.io, "could not open '\(path)': \(FileSystem.reason())")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw HoneError(.io, "could not examine '\(path)': \(FileSystem.reason())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = FileSystem.kind(ofMode: status.st_mode)
      throw HoneError(.io, "expected '\(path)' to be a regular file, it is \(kind)")
    }
    let storage = try ByteStorage(count: Int(status.st_size))
    var filled = 0
    while filled < storage.count {
      let got = read(descriptor, storage.base + filled, storage.count - filled)
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else {
        throw HoneError(.io, "could not read '\(path)': \(FileSystem.reason())")
      }
      guard got > 0 else {
        throw HoneError(
          .io, "expected \(storage.count) bytes in '\(path)', it ended after \(filled) while read")
      }
      filled += got
    }
    self.init(storage: storage, start: 0, count: filled)
  }
}
