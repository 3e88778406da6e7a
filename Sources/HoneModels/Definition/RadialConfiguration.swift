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
  /// The radius that replaces the one of training, if it was refined.
  var refinement: RadiusRefinement?

  /// The least of the radii the model was trained with, in Å, where they varied.
  var leastTrainingRadius: Double?

  /// The reach of one layer in Å.
  var reach: Double { refinement?.radius ?? cutoffRadius }

  /// What the radial weights of all layers fade with.
  var taper: RadialTaper? {
    guard let refinement, refinement.mode == .tapered else { return nil }
    return RadialTaper(onset: refinement.radius - refinement.width, end: refinement.radius)
  }

  /// What the pair repulsion fades with: its own reach may be larger than a refined radius.
  var repulsionTaper: RadialTaper? {
    guard refinement?.mode == .envelope else { return taper }
    return RadialTaper(onset: 0.9 * reach, end: reach)
  }

  /// The parameter that holds frequencies or centres.
  static let parameterName = "radial.constants"

  /// Makes the basis with the model's numbers.
  func basis<T: HoneScalar>(_ parameters: ParameterSet, ledger: WeightLedger<T>?) throws(HoneError)
    -> RadialBasis<T>
  {
    let kind: RadialBasis<T>.Kind
    var entries: RowEntries?
    if self.kind == .chebyshev {
      kind = .chebyshev(count: count)
    } else {
      let values = try constants(parameters)
      kind =
        self.kind == .bessel
        ? .bessel(frequencies: values, factor: factor)
        : .gaussian(centers: values, coefficient: factor)
      let tensor = ParameterTensor(
        values: values, start: ledger?.start(of: Self.parameterName) ?? 0)
      entries = RowEntries(tensor, count: count)
    }
    let end = refinement?.mode == .envelope ? reach : cutoffRadius
    return try RadialBasis(
      kind: kind, cutoffRadius: end, cutoff: cutoff.scaled(by: end / cutoffRadius),
      transform: transform, appliesCutoff: appliesCutoff, taper: taper, constants: entries,
      ledger: ledger)
  }

  /// Frequencies or centres; a sine of a phase beyond single precision is noise.
  private func constants(_ parameters: ParameterSet) throws(HoneError) -> [Double] {
    let values = try parameters.values(Self.parameterName, count: count)
    guard values.allSatisfy({ $0.magnitude * cutoffRadius <= 1e6 }) else {
      throw HoneError(
        .format, "expected frequencies or centres of radial functions, got some beyond 1e6")
    }
    return values
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
    var members: [JSONValue.Member] = [
      .init("kind", .string(kind.rawValue)), .init("count", .integer(Int64(count))),
      .init("factor", .number(factor)), .init("cutoff_radius", .number(cutoffRadius)),
      .init("cutoff", cutoffJSON), .init("transform", transformJSON),
      .init("applies_cutoff", .bool(appliesCutoff)),
    ]
    if let leastTrainingRadius {
      members.append(.init("least_training_radius", .number(leastTrainingRadius)))
    }
    if let refinement { members.append(.init("refinement", refinement.json)) }
    return .object(members)
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
    if fields.optional("least_training_radius") != nil {
      leastTrainingRadius = try fields.double("least_training_radius")
    }
    if fields.optional("refinement") != nil {
      refinement = try RadiusRefinement(try fields.fields("refinement"))
    }
  }

  /// Refuses numbers no model has.
  ///
  /// - Throws: `.format`.
  func validate() throws(HoneError) {
    guard (0.01...1000).contains(cutoffRadius) else {
      throw HoneError(.format, "expected a cutoff between 0.01 and 1000 Å, got \(cutoffRadius)")
    }
    guard (1...4096).contains(count), factor.magnitude <= 1e9 else {
      throw HoneError(
        .format, "expected 1 to 4096 radial functions with a factor, got \(count) with \(factor)")
    }
    if case .xplor(let onset) = cutoff, !(onset >= 0 && onset <= 0.9999 * cutoffRadius) {
      throw HoneError(
        .format, "expected a cutoff onset between 0 and \(cutoffRadius) Å, got \(onset)")
    }
    if case .polynomial(let p) = cutoff, !(1...1000).contains(p) {
      throw HoneError(.format, "expected a cutoff power from 1 to 1000, got \(p)")
    }
    if let leastTrainingRadius, !(leastTrainingRadius > 0 && leastTrainingRadius <= cutoffRadius) {
      throw HoneError(
        .format,
        "expected a least radius of training up to \(cutoffRadius) Å, got \(leastTrainingRadius) Å")
    }
    try refinement?.validate(trainingRadius: cutoffRadius, .format)
    switch transform {
    case .agnesi(let q, let p, let a):
      guard (0...100).contains(q), (0...100).contains(p), (0...1e6).contains(a) else {
        throw HoneError(
          .format, "expected constants of an Agnesi transform, got q \(q), p \(p) and a \(a)")
      }
    case .soft(let alpha):
      guard alpha.magnitude <= 1e4 else {
        throw HoneError(.format, "expected the slope of a soft transform, got \(alpha)")
      }
    case nil: break
    }
  }
}
