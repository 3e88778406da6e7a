public import HoneFormats
public import HoneNumerics

extension TrainingStatistics {
  /// The version of the object.
  private static let version = 1

  /// The statistics as an object for a model file.
  public var json: JSONValue {
    .object([
      .init("version", .integer(Int64(Self.version))), .init("radius", .number(radius)),
      .init("frames", .integer(Int64(frameCount))), .init("elements", Self.json(elements)),
      .init("element_sets", .array(elementSets.map(Self.json))), .init("sizes", sizes.json),
      .init("force_norms", forceNorms?.json ?? .null),
      .init(
        "atom_force_norms",
        .array(
          atomForceNorms.map {
            .object([
              .init("element", .integer(Int64($0.atomicNumber))), .init("norms", $0.norms.json),
            ])
          })),
      .init(
        "spectra",
        .array(
          spectra.map { spectrum in
            .object([
              .init(
                "atoms",
                spectrum.atomCounts.map {
                  Self.json([Int32(clamping: $0.lowerBound), Int32(clamping: $0.upperBound)])
                } ?? .null),
              .init("frames", .integer(Int64(spectrum.frameCount))),
              .init("quantiles", Self.json(spectrum.quantiles)),
              .init("distances", spectrum.distances.json),
            ])
          })),
      .init("padded_spectrum", padded.map { Self.json($0.values) } ?? .null),
      .init(
        "coordination",
        .array(
          coordination.map {
            .object([
              .init("element", .integer(Int64($0.atomicNumber))), .init("degrees", $0.degrees.json),
            ])
          })),
    ])
  }

  /// Reads statistics from a model file.
  ///
  /// - Throws: `.format` for what makes no sense; `.unsupported` for a later version.
  public init(json: JSONValue) throws(HoneError) {
    let version = try Self.int(json["version"], "version", in: 1...Int(Int32.max))
    guard version <= Self.version else {
      throw HoneError(
        .unsupported,
        "the training statistics have version \(version), this library reads \(Self.version)")
    }
    func list(_ key: String) throws(HoneError) -> [JSONValue] {
      guard case .array(let values) = json[key] else { throw Self.failure(key, "a list") }
      return values
    }
    radius = try Self.double(json["radius"], "radius")
    guard radius > 0 else { throw Self.failure("radius", "a positive number") }
    frameCount = try Self.int(json["frames"], "frames", in: 1...Int.max)
    elements = try Self.elements(json["elements"])
    var sets: [[Int32]] = []
    for value in try list("element_sets") { sets.append(try Self.elements(value)) }
    elementSets = sets
    sizes = try Distribution(json: json["sizes"], "sizes")
    forceNorms =
      json["force_norms"] == .null || json["force_norms"] == nil
      ? nil : try Distribution(json: json["force_norms"], "force_norms")
    var norms: [AtomForces] = []
    for value in try list("atom_force_norms") {
      norms.append(
        AtomForces(
          atomicNumber: Int32(try Self.int(value["element"], "element", in: 1...118)),
          norms: try Distribution(json: value["norms"], "norms")))
    }
    atomForceNorms = norms
    var spectra: [SpectrumReference] = []
    for value in try list("spectra") { spectra.append(try Self.spectrum(value)) }
    self.spectra = spectra
    let mean = json["padded_spectrum"] ?? .null
    padded = mean == .null ? nil : try PaddedSpectrum(values: Self.doubles(mean, "padded_spectrum"))
    var coordination: [Coordination] = []
    for value in try list("coordination") {
      coordination.append(
        Coordination(
          atomicNumber: Int32(try Self.int(value["element"], "element", in: 1...118)),
          degrees: try Distribution(json: value["degrees"], "degrees")))
    }
    self.coordination = coordination
  }

  private static func spectrum(_ json: JSONValue) throws(HoneError) -> SpectrumReference {
    var atoms: ClosedRange<Int>?
    if let value = json["atoms"], value != .null {
      let bounds = try doubles(value, "atoms")
      guard bounds.count == 2, let low = Int(exactly: bounds[0]),
        let high = Int(exactly: bounds[1]),
        low >= 1, high >= low
      else { throw failure("atoms", "a range of numbers of atoms") }
      atoms = low...high
    }
    let quantiles = try doubles(json["quantiles"], "quantiles")
    guard quantiles.count == levelCount else {
      throw failure("quantiles", "\(levelCount) numbers")
    }
    return SpectrumReference(
      atomCounts: atoms, frameCount: try int(json["frames"], "frames", in: 1...Int.max),
      quantiles: quantiles, distances: try Distribution(json: json["distances"], "distances"))
  }

  private static func json(_ numbers: [Int32]) -> JSONValue {
    .array(numbers.map { .integer(Int64($0)) })
  }

  private static func json(_ numbers: [Double]) -> JSONValue { .array(numbers.map { .number($0) }) }

  private static func elements(_ json: JSONValue?) throws(HoneError) -> [Int32] {
    guard case .array(let values) = json else { throw failure("elements", "atomic numbers") }
    var result: [Int32] = []
    for value in values { result.append(Int32(try int(value, "elements", in: 1...118))) }
    return result
  }

  fileprivate static func failure(_ key: String, _ expected: String) -> HoneError {
    HoneError(.format, "expected \(expected) as '\(key)' of the training statistics")
  }

  fileprivate static func int(
    _ json: JSONValue?, _ key: String, in range: ClosedRange<Int>
  ) throws(HoneError) -> Int {
    guard let value = json?.int, range.contains(value) else {
      throw failure(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  fileprivate static func double(_ json: JSONValue?, _ key: String) throws(HoneError) -> Double {
    guard let value = json?.double, value.isFinite else { throw failure(key, "a finite number") }
    return value
  }

  fileprivate static func doubles(_ json: JSONValue?, _ key: String) throws(HoneError) -> [Double] {
    guard case .array(let values) = json else { throw failure(key, "a list of numbers") }
    var result: [Double] = []
    for value in values { result.append(try double(value, key)) }
    return result
  }
}

extension Distribution {
  /// The distribution as an object.
  var json: JSONValue {
    .object([
      .init("count", .integer(Int64(count))), .init("mean", .number(mean)),
      .init("deviation", .number(standardDeviation)),
      .init("quantiles", .array(quantiles.map { .number($0) })),
    ])
  }

  /// Reads a distribution.
  init(json: JSONValue?, _ key: String) throws(HoneError) {
    let quantiles = try TrainingStatistics.doubles(json?["quantiles"], "\(key).quantiles")
    let deviation = try TrainingStatistics.double(json?["deviation"], "\(key).deviation")
    guard quantiles.count == Self.levelCount, zip(quantiles, quantiles.dropFirst()).allSatisfy(<=),
      deviation >= 0
    else {
      throw TrainingStatistics.failure(
        key, "\(Self.levelCount) quantiles in order and a deviation that is not negative")
    }
    self.init(
      count: try TrainingStatistics.int(json?["count"], "\(key).count", in: 1...Int.max),
      mean: try TrainingStatistics.double(json?["mean"], "\(key).mean"),
      standardDeviation: deviation, quantiles: quantiles)
  }
}
