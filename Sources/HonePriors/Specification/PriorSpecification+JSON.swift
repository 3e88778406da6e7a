public import HoneFormats
public import HoneNumerics
internal import HoneStructure

extension PriorSpecification {
  /// Makes the prior that an object describes, or the sum that a list of objects and names does.
  ///
  /// Every key but the name may be left out:
  /// - `lj`: `sigma` (Å) and `epsilon` (eV) by element, both for every element that has either;
  ///   `cutoff`, `switch_start` (Å)
  /// - `zbl`: `cutoff`, `switch_start` (Å)
  /// - `gfn1-xtb`, `gfn2-xtb`, `gfnff`: `accuracy`, `iteration_limit`, `electronic_temperature` (K),
  ///   `threads`
  /// - `model`: `path`, which must be there, `head`, `threads`
  ///
  /// - Throws: `.format`, `.invalidArgument`; as `ForceField.init(path:)` for a model.
  public static func prior(_ value: JSONValue) throws(HoneError) -> any Prior {
    if let name = value.string { return try prior(name) }
    if let list = value.array {
      guard !list.isEmpty, list.count <= 64 else {
        throw HoneError(
          .invalidArgument, "a sum of priors needs 1 to 64 priors, got \(list.count)")
      }
      var terms: [any Prior] = []
      for entry in list {
        // Lists within lists would only be a longer way to say the same.
        guard entry.array == nil else {
          throw HoneError(.format, "expected priors in the list of a sum, got another list")
        }
        terms.append(try prior(entry))
      }
      return try sum(terms)
    }
    guard let name = value["name"]?.string else {
      throw HoneError(.format, "expected 'name' in the description of a prior, one of \(names)")
    }
    switch Kind(name) {
    case .lennardJones: return try lennardJones(value)
    case .zbl:
      let fields = try fields(value, ["cutoff", "switch_start"])
      return try ZBLPrior(
        cutoff: try fields.double("cutoff", 4), switchStart: try optional(fields, "switch_start"))
    case .xtb(let method): return try xtb(method, value)
    case .model: return try model(value)
    case nil: throw unknown(name)
    }
  }

  private static func fields(
    _ value: JSONValue, _ keys: [String]
  ) throws(HoneError) -> DescriptionFields {
    try DescriptionFields(value, what: "the prior", known: ["name"] + keys)
  }

  private static func optional(
    _ fields: DescriptionFields, _ key: String
  ) throws(HoneError) -> Double? {
    fields.value(key) == nil ? nil : try fields.double(key, 0)
  }

  private static func lennardJones(_ value: JSONValue) throws(HoneError) -> any Prior {
    let fields = try fields(value, ["sigma", "epsilon", "cutoff", "switch_start"])
    let sigmas = try byElement(fields, "sigma")
    let epsilons = try byElement(fields, "epsilon")
    guard Set(sigmas.keys) == Set(epsilons.keys) else {
      throw HoneError(
        .invalidArgument, "'sigma' and 'epsilon' of lj must name the same elements")
    }
    var parameters: [Int32: LennardJonesPrior.Parameters] = [:]
    for (element, sigma) in sigmas {
      parameters[element] = LennardJonesPrior.Parameters(
        sigma: sigma, epsilon: epsilons[element] ?? 0)
    }
    return try LennardJonesPrior(
      parameters: parameters, cutoff: try fields.double("cutoff", 10),
      switchStart: try optional(fields, "switch_start"))
  }

  private static func byElement(
    _ fields: DescriptionFields, _ key: String
  ) throws(HoneError) -> [Int32: Double] {
    guard let value = fields.value(key) else { return [:] }
    guard let members = value.members else {
      throw fields.failure(key, "an object of numbers by element")
    }
    var result: [Int32: Double] = [:]
    for member in members {
      guard let element = ElementSymbols.atomicNumber(of: member.key),
        let number = member.value.double
      else { throw fields.failure(key, "numbers by the symbols of elements") }
      result[element] = number
    }
    return result
  }

  private static func xtb(_ method: XTBMethod, _ value: JSONValue) throws(HoneError) -> any Prior {
    let keys =
      method == .gfnff
      ? ["threads"] : ["accuracy", "iteration_limit", "electronic_temperature", "threads"]
    let fields = try fields(value, keys)
    var settings = XTBSettings()
    settings.accuracy = try fields.double("accuracy", settings.accuracy)
    settings.iterationLimit = try fields.int(
      "iteration_limit", in: 1...100_000, settings.iterationLimit)
    settings.electronicTemperature = try fields.double(
      "electronic_temperature", settings.electronicTemperature)
    settings.threadCount = try fields.int("threads", in: 1...1024, settings.threadCount)
    return try XTBPrior(method: method, settings: settings)
  }

  private static func model(_ value: JSONValue) throws(HoneError) -> any Prior {
    let fields = try fields(value, ["path", "head", "threads"])
    guard fields.value("path") != nil else { throw fields.failure("path", "the path of a model") }
    let head = fields.value("head") == nil ? nil : try fields.string("head", "")
    return try ModelPrior(
      path: try fields.string("path", ""), head: head,
      threadCount: try fields.int("threads", in: 1...1024, 1))
  }
}
