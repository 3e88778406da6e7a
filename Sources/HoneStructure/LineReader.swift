internal import Glibc
internal import HoneNumerics

/// Lines of a file or of bytes in memory, one at a time.
struct LineReader {
  /// The number of the line read last; the first is 1.
  private(set) var lineNumber = 0
  /// What messages call the source.
  let name: String

  private var chunk: [UInt8]
  private var place = 0
  private let file: OpenFile?

  /// The longest line: the widest real ones have a few thousand bytes.
  private static let lengthLimit = 16_777_216
  private static let chunkSize = 262_144

  /// Reads from memory.
  init(bytes: [UInt8], name: String) {
    self.name = name
    chunk = bytes
    file = nil
  }

  /// Reads from a file.
  ///
  /// - Throws: `.io` when it cannot be opened.
  init(path: String) throws(HoneError) {
    name = path
    chunk = []
    file = try OpenFile(path)
  }

  /// Reads the next line, without its end and without a carriage return before that.
  ///
  /// - Parameter line: Receives the line.
  /// - Returns: Whether there was one.
  /// - Throws: `.io` when reading fails; `.format` when the line is too long.
  mutating func next(into line: inout [UInt8]) throws(HoneError) -> Bool {
    line.removeAll(keepingCapacity: true)
    var isAtEnd = true
    while true {
      if place == chunk.count, try !refill() { break }
      isAtEnd = false
      let rest = chunk[place...]
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      guard line.count + (end ?? rest.endIndex) - place <= LineReader.lengthLimit else {
        throw HoneError(
          .format,
          "\(name):line \(lineNumber + 1): expected a line of at most "
            + "\(LineReader.lengthLimit) bytes, got a longer one")
      }
      line += chunk[place..<(end ?? rest.endIndex)]
      place = end.map { $0 + 1 } ?? rest.endIndex
      if end != nil { break }
    }
    guard !isAtEnd else { return false }
    lineNumber += 1
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return true
  }

  private mutating func refill() throws(HoneError) -> Bool {
    guard let file else { return false }
    if chunk.count != LineReader.chunkSize {
      chunk = [UInt8](repeating: 0, count: LineReader.chunkSize)
    }
    let count = try file.read(into: &chunk)
    chunk.removeLast(chunk.count - count)
    place = 0
    return count > 0
  }
}

/// A file that is open for reading until the last reference goes.
private final class OpenFile: @unchecked Sendable {
  private let descriptor: Int32
  private let path: String

  init(_ path: String) throws(HoneError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw HoneError(.io, "could not open \(path) for reading: \(lastSystemError())")
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Reads as many bytes as the array has, or fewer; zero at the end.
  func read(into bytes: inout [UInt8]) throws(HoneError) -> Int {
    while true {
      let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      guard errno == EINTR else {
        throw HoneError(.io, "could not read \(path): \(lastSystemError())")
      }
    }
  }
}

/// What the last failed call of the system says about itself.
func lastSystemError() -> String {
  let code = errno
  return strerror(code).map { String(cString: $0) } ?? "error \(code)"
}

/// Replaces a file by bytes.
///
/// - Throws: `.io` when the file cannot be written.
func writeFile(_ bytes: [UInt8], to path: String) throws(HoneError) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else {
    throw HoneError(.io, "could not open \(path) for writing: \(lastSystemError())")
  }
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes {
      write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
    }
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else {
      let reason = lastSystemError()
      close(descriptor)
      throw HoneError(.io, "could not write \(path): \(reason)")
    }
    done += count
  }
  guard close(descriptor) == 0 else {
    throw HoneError(.io, "could not write \(path): \(lastSystemError())")
  }
}
