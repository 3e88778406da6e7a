package import CHone
internal import CHoneShims
internal import HoneFormats
package import HoneNumerics

/// Runs the body of a function of the C interface: the one way by which errors leave the library.
///
/// - Returns: `HONE_SUCCESS`, or the status of the error, whose sentence becomes this thread's last.
package func withStatus(_ body: () throws(HoneError) -> Void) -> hone_status {
  do {
    try body()
    return HONE_SUCCESS
  } catch {
    return record(error)
  }
}

/// Runs the body of a query that has no status to return.
///
/// - Returns: What the body gives, or `failure` after an error.
func withValue<Value>(orElse failure: Value, _ body: () throws(HoneError) -> Value) -> Value {
  do {
    return try body()
  } catch {
    _ = record(error)
    return failure
  }
}

/// Keeps an error as this thread's last failure.
private func record(_ error: HoneError) -> hone_status {
  keepLastError(error.message)
  return error.kind.status
}

/// Makes a sentence this thread's last failure; "" for none.
func keepLastError(_ sentence: String) {
  var sentence = sentence
  sentence.withUTF8 { bytes in
    bytes.withMemoryRebound(to: CChar.self) { characters in
      guard let start = characters.baseAddress else { return honeshim_set_last_error("", 0) }
      honeshim_set_last_error(start, characters.count)
    }
  }
}

/// Unwraps an argument that may not be NULL.
///
/// - Throws: `.invalidArgument` naming the argument.
func require<Value>(_ argument: Value?, _ name: StaticString) throws(HoneError) -> Value {
  guard let argument else {
    throw HoneError(.invalidArgument, "\(name) must not be NULL")
  }
  return argument
}

/// Copies a text of the host's.
///
/// - Parameters:
///   - argument: A string.
///   - name: The argument's name, for the message.
///   - limit: Within how many bytes it ends.
/// - Throws: `.invalidArgument` when it is NULL, empty, too long or not UTF-8.
func text(
  _ argument: UnsafePointer<CChar>?, _ name: StaticString, limit: Int = 4096
) throws(HoneError) -> String {
  let start = try require(argument, name)
  let length = honeshim_length(start, limit)
  guard length > 0, length < limit else {
    throw HoneError(
      .invalidArgument,
      "\(name) must hold 1 to \(limit - 1) bytes, got " + (length == 0 ? "none" : "more"))
  }
  let copy = UnsafeBufferPointer(start: start, count: length).withMemoryRebound(to: UInt8.self) {
    String(validating: $0, as: UTF8.self)
  }
  guard let copy else {
    throw HoneError(.invalidArgument, "\(name) must be UTF-8, but is not")
  }
  return copy
}

/// Reads a JSON text of the host's.
///
/// - Parameters:
///   - argument: A string that ends within a megabyte.
///   - name: The argument's name, for the message.
/// - Throws: `.invalidArgument` when it is NULL, too long or not UTF-8; `.format` when it is not JSON.
func json(_ argument: UnsafePointer<CChar>?, _ name: StaticString) throws(HoneError) -> JSONValue {
  let text = try text(argument, name, limit: 1 << 20)
  do throws(HoneError) {
    return try JSONValue(parsing: Bytes(Array(text.utf8)))
  } catch {
    throw HoneError(error.kind, "\(name): \(error.message)")
  }
}

/// The characters of a literal, which live as long as the process and end with NUL.
func literal(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

extension HoneError.Kind {
  /// The status that tells a host of this kind of error.
  package var status: hone_status {
    switch self {
    case .invalidArgument: HONE_INVALID_ARGUMENT
    case .io: HONE_IO_ERROR
    case .format: HONE_FORMAT_ERROR
    case .unsupported: HONE_UNSUPPORTED
    case .unknownSpecies: HONE_UNKNOWN_SPECIES
    case .callback: HONE_CALLBACK_ERROR
    case .notConverged: HONE_NOT_CONVERGED
    case .outOfMemory: HONE_OUT_OF_MEMORY
    case .cancelled: HONE_CANCELLED
    case .internalError: HONE_INTERNAL_ERROR
    }
  }
}
