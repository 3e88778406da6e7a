// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneNumerics

/// Where messages go.
///
/// The library never looks at what the context points to, hence the promise to the compiler.
private struct LogSink: @unchecked Sendable {
  var callback: hone_log?
  var context: UnsafeMutableRawPointer?
}

private let sink = Lock(LogSink())

@c @implementation
public func hone_set_log_callback(_ callback: hone_log?, _ context: UnsafeMutableRawPointer?) {
  let wanted = LogSink(callback: callback, context: context)
  sink.withLock { $0 = wanted }
}

/// Hands a message to the host, if it wants them.
///
/// The lock is open while the host's function runs, so that messages of other threads do not wait.
func log(_ level: hone_log_level, _ message: @autoclosure () -> String) {
  let current = sink.withLock { $0 }
  guard let callback = current.callback else { return }
  message().withCString { callback(current.context, level, $0) }
}
