internal import Glibc
internal import HoneNumerics

/// The few calls of the operating system that reading and writing files needs.
enum FileSystem {
  /// The system's sentence for its latest error.
  static func reason(_ code: Int32 = errno) -> String {
    // `strerror` itself may be overwritten by another thread.
    var buffer = [CChar](repeating: 0, count: 256)
    let length = buffer.count
    guard strerror_r(code, &buffer, length) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Throws unless the path can be handed to the system as it stands.
  static func requireUsable(path: String) throws(HoneError) {
    guard !path.isEmpty else {
      throw HoneError(.invalidArgument, "expected the path of a file, got an empty string")
    }
    guard !path.utf8.contains(0) else {
      throw HoneError(.invalidArgument, "expected the path of a file, got one with a NUL byte")
    }
  }

  /// What kind of file a mode describes, for error messages.
  static func kind(ofMode mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a directory"
    case S_IFIFO: "a pipe"
    case S_IFCHR, S_IFBLK: "a device"
    case S_IFSOCK: "a socket"
    default: "something else"
    }
  }

  /// Opens a file, again if a signal came between.
  static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
    while true {
      let descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
      if descriptor >= 0 || errno != EINTR { return descriptor }
    }
  }

  /// The directory part of a path, `.` where it has none.
  static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    let head = path[..<slash]
    return head.isEmpty ? "/" : String(head)
  }
}
