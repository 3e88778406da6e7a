internal import HoneFormats
internal import HoneNumerics

/// A radius other than the one a model was trained with.
///
/// - SeeAlso: Kreiman, Krishnapriyan, arXiv:2503.08674, who shorten the list of neighbours.
public struct RadiusRefinement: Sendable, Equatable {
  /// What happens to neighbours beyond the radius, and close to it.
  public enum Mode: String, Sendable, CaseIterable {
    /// They are left out of the list, as in the paper: the energy jumps where an atom crosses the
    /// radius.
    case truncated
    /// Messages of all layers fade from `radius − width` to the radius with two continuous
    /// derivatives; shorter edges are as they were.
    case tapered
    /// The model's own cutoff function ends at the radius: for models trained with radii that vary.
    case envelope
  }

  /// What happens to neighbours.
  public var mode: Mode
  /// The radius in Å, at most the one of training.
  public var radius: Double
  /// Over which length messages fade, in Å; 0 for the modes that do not ask.
  public var width: Double

  /// Describes a refinement.
  public init(mode: Mode, radius: Double, width: Double = 0) {
    self.mode = mode
    self.radius = radius
    self.width = width
  }

  /// Refuses radii and widths that make no sense.
  ///
  /// - Parameters:
  ///   - trainingRadius: The radius of training in Å.
  ///   - kind: The kind of the error: of an argument, or of a file.
  func validate(trainingRadius: Double, _ kind: HoneError.Kind) throws(HoneError) {
    guard radius >= 0.01, radius <= trainingRadius else {
      throw HoneError(
        kind,
        "expected a radius up to the \(trainingRadius) Å of training, beyond which the model sees "
          + "nothing, got \(radius) Å")
    }
    guard mode == .tapered ? width > 0 && width <= radius : width == 0 else {
      throw HoneError(
        kind,
        mode == .tapered
          ? "expected a taper between 0 and the radius of \(radius) Å, got \(width) Å"
          : "expected no taper in mode '\(mode.rawValue)', got \(width) Å")
    }
  }

  var json: JSONValue {
    .object([
      .init("mode", .string(mode.rawValue)), .init("radius", .number(radius)),
      .init("width", .number(width)),
    ])
  }

  init(_ fields: JSONFields) throws(HoneError) {
    let name = try fields.string("mode")
    guard let mode = Mode(rawValue: name) else {
      throw HoneError(.unsupported, "this version does not know the radius refinement '\(name)'")
    }
    self.init(mode: mode, radius: try fields.double("radius"), width: try fields.double("width"))
  }
}
