internal import Glibc
public import HoneNumerics

/// Writes files that are either the old one or the complete new one, never something between.
public enum AtomicFile {
  /// Replaces a file by what a closure writes.
  ///
  /// The bytes go to a temporary file in the same directory, reach the disk, and then take the
  /// name. After any failure the old file is untouched and the temporary one is gone. A symbolic
  /// link is followed; an existing file keeps its permissions.
  ///
  /// - Throws: `.io` if the system refuses a step, or what the closure throws.
  public static func write(
    to path: String, _ body: (FileSink) throws(HoneError) -> Void
  ) throws(HoneError) {
    try FileSystem.requireUsable(path: path)
    let (target, mode) = try resolve(path)
    let directory = FileSystem.directory(of: target)
    let directoryDescriptor = FileSystem.open(directory, O_RDONLY | O_DIRECTORY)
    guard directoryDescriptor >= 0 else {
      throw HoneError(.io, "could not open the directory '\(directory)': \(FileSystem.reason())")
    }
    defer { close(directoryDescriptor) }

    let (temporary, descriptor) = try makeTemporary(in: directory, mode: mode)
    do throws(HoneError) {
      let sink = FileSink(descriptor: descriptor, path: path)
      try body(sink)
      try sink.flush()
      guard fsync(descriptor) == 0 else {
        throw HoneError(.io, "could not bring '\(path)' to the disk: \(FileSystem.reason())")
      }
      guard rename(temporary, target) == 0 else {
        throw HoneError(.io, "could not replace '\(path)': \(FileSystem.reason())")
      }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    close(descriptor)
    // The new file is complete under its name; a file system that cannot order the directory
    // entry is no reason to report that writing failed.
    fsync(directoryDescriptor)
  }

  /// The file that will be replaced, links followed, and the permissions it should have.
  private static func resolve(_ path: String) throws(HoneError) -> (String, mode_t?) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else {
        throw HoneError(.io, "could not examine '\(path)': \(FileSystem.reason())")
      }
      return (path, nil)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = FileSystem.kind(ofMode: status.st_mode)
      throw HoneError(.io, "expected '\(path)' to be a regular file, it is \(kind)")
    }
    guard let real = realpath(path, nil) else {
      throw HoneError(.io, "could not follow '\(path)': \(FileSystem.reason())")
    }
    defer { free(real) }
    return (String(cString: real), status.st_mode & 0o777)
  }

  private static func makeTemporary(
    in directory: String, mode: mode_t?
  ) throws(HoneError) -> (String, Int32) {
    for _ in 0..<100 {
      let tag = String(UInt32.random(in: 0 ... .max), radix: 36)
      let temporary = "\(directory)/\(temporaryPrefix)\(getpid())-\(tag)"
      let descriptor = FileSystem.open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o666)
      if descriptor >= 0 {
        // Held as long as somebody writes: `removeLeftovers` takes what nobody holds.
        flock(descriptor, LOCK_EX | LOCK_NB)
        if let mode { fchmod(descriptor, mode) }
        return (temporary, descriptor)
      }
      guard errno == EEXIST else {
        throw HoneError(
          .io, "could not create a file in the directory '\(directory)': \(FileSystem.reason())")
      }
    }
    throw HoneError(.io, "could not find a free temporary name in the directory '\(directory)'")
  }
}

/// Takes the bytes of a file that is being written.
public final class FileSink {
  private let descriptor: Int32
  private let path: String
  private var pending: [UInt8] = []

  init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Appends bytes to the file.
  public func write(_ bytes: Bytes) throws(HoneError) {
    try flush()
    try bytes.withUnsafeBytes { (pointer) throws(HoneError) in try put(pointer) }
  }

  /// Appends bytes to the file.
  public func write(_ bytes: [UInt8]) throws(HoneError) {
    pending.append(contentsOf: bytes)
    if pending.count >= 1 << 16 { try flush() }
  }

  func flush() throws(HoneError) {
    let outcome = pending.withUnsafeBytes { bytes in
      Result { () throws(HoneError) in try put(bytes) }
    }
    pending.removeAll(keepingCapacity: true)
    try outcome.get()
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(HoneError) {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let wrote = Glibc.write(descriptor, base + done, bytes.count - done)
      if wrote < 0 && errno == EINTR { continue }
      guard wrote > 0 else {
        throw HoneError(.io, "could not write '\(path)': \(FileSystem.reason())")
      }
      done += wrote
    }
  }
}
