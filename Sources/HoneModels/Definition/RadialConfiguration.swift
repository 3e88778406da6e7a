internal import HoneFormats
internal import HoneNumerics

/// The radial basis of a model, without the numbers a model may have trained.
struct RadialConfiguration: Sendable, Equatable {
  /// The kinds of basis functions; frequencies and centres are parameters.
  enum Kind: String, Sendable, CaseIterable {
    case bessel, gaussian, chebyshev
  }

  var kind: Kind
  /// The number of functions.
  var count: Int
  /// The factor of Bessel functions, the coefficient of Gaussians; else 0.
  var factor: Double
  var cutoffRadius: Double
  var cutoff: RadialCutoff
  var transform: DistanceTransform?
  var appliesCutoff: Bool

  /// The parameter that holds frequencies or centres.
  static let parameterName = "radial.constants"

  /// Makes the basis with the model's numbers.
  func basis<T: HoneScalar>(_ parameters: ParameterSet, as: T.Type) throws(HoneError)
    -> RadialBasis<T>
  {
    let kind: RadialBasis<T>.Kind
    switch self.kind {
    case .bessel:
      kind = .bessel(
        frequencies: try parameters.values(Self.parameterName, count: count), factor: factor)
    case .gaussian:
      kind = .gaussian(
        centers: try parameters.values(Self.parameterName, count: count), coefficient: factor)
    case .chebyshev: kind = .chebyshev(count: count)
    }
    return RadialBasis(
      kind: kind, cutoffRadius: cutoffRadius, cutoff: cutoff, transform: transform,
      appliesCutoff: appliesCutoff)
  }

  var json: JSONValue {
    let cutoffJSON: JSONValue =
      switch cutoff {
      case .polynomial(let p):
        .object([.init("kind", .string("polynomial")), .init("p", .integer(Int64(p)))])
      case .xplor(let onset):
        .object([.init("kind", .string("xplor")), .init("onset", .number(onset))])
      }
    let transformJSON: JSONValue =
      switch transform {
      case nil: .null
      case .agnesi(let q, let p, let a):
        .object([
          .init("kind", .string("agnesi")), .init("q", .number(q)), .init("p", .number(p)),
          .init("a", .number(a)),
        ])
      case .soft(let alpha):
        .object([.init("kind", .string("soft")), .init("alpha", .number(alpha))])
      }
    return .object([
      .init("kind", .string(kind.rawValue)), .init("count", .integer(Int64(count))),
      .init("factor", .number(factor)), .init("cutoff_radius", .number(cutoffRadius)),
      .init("cutoff", cutoffJSON), .init("transform", transformJSON),
      .init("applies_cutoff", .bool(appliesCutoff)),
    ])
  }

  init(
    kind: Kind, count: Int, factor: Double, cutoffRadius: Double, cutoff: RadialCutoff,
    transform: DistanceTransform?, appliesCutoff: Bool
  ) {
    self.kind = kind
    self.count = count
    self.factor = factor
    self.cutoffRadius = cutoffRadius
    self.cutoff = cutoff
    self.transform = transform
    self.appliesCutoff = appliesCutoff
  }

  init(_ fields: JSONFields) throws(HoneError) {
    guard let kind = Kind(rawValue: try fields.string("kind")) else {
      throw HoneError(.unsupported, "radial basis '\(try fields.string("kind"))' is not known")
    }
    self.kind = kind
    count = try fields.int("count", in: 1...4096)
    factor = try fields.double("factor")
    cutoffRadius = try fields.double("cutoff_radius")
    let cutoffFields = try fields.fields("cutoff")
    switch try cutoffFields.string("kind") {
    case "polynomial": cutoff = .polynomial(p: try cutoffFields.int("p", in: 1...1000))
    case "xplor": cutoff = .xplor(onset: try cutoffFields.double("onset"))
    case let other: throw HoneError(.unsupported, "cutoff function '\(other)' is not known")
    }
    if fields.optional("transform") != nil {
      let transformFields = try fields.fields("transform")
      switch try transformFields.string("kind") {
      case "agnesi":
        transform = .agnesi(
          q: try transformFields.double("q"), p: try transformFields.double("p"),
          a: try transformFields.double("a"))
      case "soft": transform = .soft(alpha: try transformFields.double("alpha"))
      case let other: throw HoneError(.unsupported, "distance transform '\(other)' is not known")
      }
    } else {
      transform = nil
    }
    appliesCutoff = try fields.bool("applies_cutoff")
    try validate()
  }

  /// Refuses numbers no model has.
  ///
  /// - Throws: `.format`.
  func validate() throws(HoneError) {
    guard cutoffRadius > 0, cutoffRadius <= 1000 else {
      throw HoneError(.format, "expected a cutoff between 0 and 1000 Å, got \(cutoffRadius)")
    }
    if case .xplor(let onset) = cutoff, !(onset >= 0 && onset < cutoffRadius) {
      throw HoneError(
        .format, "expected a cutoff onset between 0 and \(cutoffRadius) Å, got \(onset)")
    }
    if case .polynomial(let p) = cutoff, !(1...1000).contains(p) {
      throw HoneError(.format, "expected a cutoff power from 1 to 1000, got \(p)")
    }
  }
}
