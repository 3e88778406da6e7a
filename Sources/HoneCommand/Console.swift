internal import Glibc
internal import HoneFormats
internal import HoneNumerics

/// Standard output and standard error.
enum Console {
  /// Whether standard output is a terminal that shows colors.
  static let hasColor: Bool = {
    guard isatty(STDOUT_FILENO) == 1, getenv("NO_COLOR") == nil else { return false }
    return getenv("TERM").map { String(cString: $0) } != "dumb"
  }()

  /// Whether standard error is a terminal.
  static let errorIsTerminal = isatty(STDERR_FILENO) == 1

  /// Writes text to standard output.
  ///
  /// - Throws: `.io`, for a full disk at the end of a redirection must not pass for success.
  static func write(_ text: String) throws(HoneError) {
    guard put(text, STDOUT_FILENO) else {
      throw HoneError(
        .io, "could not write to standard output: \(String(cString: strerror(errno)))")
    }
  }

  /// Writes one JSON document to standard output.
  static func write(_ document: JSONValue) throws(HoneError) {
    try write(try document.text() + "\n")
  }

  /// Writes text to standard output where nothing is lost if that fails.
  static func writeIgnoringErrors(_ text: String) {
    _ = put(text, STDOUT_FILENO)
  }

  /// Writes text to standard error.
  static func writeError(_ text: String) {
    _ = put(text, STDERR_FILENO)
  }

  /// Writes a sentence to standard error, unless it should be quiet.
  static func note(_ sentence: String, _ options: CommonOptions) {
    if !options.quiet { writeError("note: \(sentence).\n") }
  }

  private static func put(_ text: String, _ descriptor: Int32) -> Bool {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let wrote = bytes[done...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if wrote < 0 && errno == EINTR { continue }
      guard wrote > 0 else { return false }
      done += wrote
    }
    return true
  }
}

/// A line on standard error that is written over while work goes on; only on a terminal.
struct Progress {
  private let isShown: Bool
  private var last = -Double.infinity

  /// Makes a line that is shown unless the options ask for silence.
  init(_ options: CommonOptions) {
    self.init(isQuiet: options.quiet)
  }

  /// Makes a line that is shown unless it should be quiet.
  init(isQuiet: Bool) {
    isShown = Console.errorIsTerminal && !isQuiet
  }

  /// Shows a text, at most ten times per second.
  mutating func show(_ text: @autoclosure () -> String) {
    guard isShown, Clock.wall() - last > 0.1 else { return }
    last = Clock.wall()
    Console.writeError("\r\u{1B}[K\(text())")
  }

  /// Removes the line.
  func clear() {
    if isShown { Console.writeError("\r\u{1B}[K") }
  }
}
