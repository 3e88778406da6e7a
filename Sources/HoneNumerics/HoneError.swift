/// What went wrong, and a sentence for the person who can mend it.
///
/// The kinds are the statuses of the C interface. A message is one sentence without a final period
/// that says what was expected, what came instead, and where.
public struct HoneError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure, one per status of the C interface.
  public enum Kind: Sendable, Equatable {
    /// An argument that no call may have.
    case invalidArgument
    /// A file that could not be read or written.
    case io
    /// A file that was read, but is damaged or not what it should be.
    case format
    /// A real model or structure of a kind this version does not evaluate.
    case unsupported
    /// An atomic number that the model was not made for.
    case unknownSpecies
    /// A callback of the host that reported a failure.
    case callback
    /// Refinement or training that met non-finite values, or whose result was refused.
    case notConverged
    /// Memory that could not be had.
    case outOfMemory
    /// A callback that asked to stop.
    case cancelled
    /// A bug in the library.
    case internalError
  }

  /// The kind of failure.
  public let kind: Kind
  /// One sentence for a person.
  public let message: String

  /// Makes an error from its kind and its sentence.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The sentence.
  public var description: String { message }
}
