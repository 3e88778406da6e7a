internal import HoneFormats
public import HoneNumerics

/// Makes priors of what a person writes: a name, a sum of names, or JSON where there is more to say.
///
/// - `lj`, `zbl`, `gfn1-xtb`, `gfn2-xtb`, `gfnff`
/// - `model:PATH` and `model:PATH@HEAD`
/// - `lj+zbl`
/// - `{"name": "lj", "cutoff": 8, "sigma": {"Ar": 3.4}, "epsilon": {"Ar": 0.0104}}`, and a list of such
///   objects for their sum
public enum PriorSpecification {
  /// The names, for messages.
  static let names = "lj, zbl, gfn1-xtb, gfn2-xtb, gfnff, model:PATH or model:PATH@HEAD"

  /// The kinds of priors that have a name.
  enum Kind {
    case lennardJones, zbl, xtb(XTBMethod), model

    /// The kind with some name, in any of the usual spellings.
    init?(_ name: String) {
      let letters = name.lowercased().filter { !"-_ ".contains($0) }
      switch letters {
      case "lj", "lennardjones": self = .lennardJones
      case "zbl": self = .zbl
      case "gfn1xtb", "gfn1", "xtb1": self = .xtb(.gfn1)
      case "gfn2xtb", "gfn2", "xtb2", "xtb": self = .xtb(.gfn2)
      case "gfnff": self = .xtb(.gfnff)
      case "model": self = .model
      default: return nil
      }
    }
  }

  /// Makes the prior that a text describes; reads a model, does not look for libxtb yet.
  ///
  /// - Throws: `.invalidArgument` for an unknown name, listing what there is, and for parameters that
  ///   no prior may have; `.format` for JSON that is none or has other keys; as `ForceField.init(path:)`
  ///   for a model.
  public static func prior(_ text: String) throws(HoneError) -> any Prior {
    let trimmed = trim(text)
    if trimmed.hasPrefix("{") || trimmed.hasPrefix("[") {
      return try prior(try JSONValue(parsing: trimmed, duplicateKeys: .reject))
    }
    var terms: [any Prior] = []
    for part in parts(trimmed) { terms.append(try named(part)) }
    return try sum(terms)
  }

  /// One prior itself, or the sum of several.
  static func sum(_ terms: [any Prior]) throws(HoneError) -> any Prior {
    if terms.count == 1, let only = terms.first { return only }
    return try SumPrior(terms)
  }

  /// The text between plus signs; what follows a model's path and is no name belongs to the path.
  private static func parts(_ text: String) -> [String] {
    var parts: [String] = []
    for piece in text.split(separator: "+", omittingEmptySubsequences: false).map(String.init) {
      let isName = isModel(piece) || Kind(trim(piece)) != nil
      if let last = parts.last, isModel(last), !isName {
        parts[parts.count - 1] = last + "+" + piece
      } else {
        parts.append(piece)
      }
    }
    return parts.map(trim)
  }

  private static func isModel(_ text: String) -> Bool { trim(text).hasPrefix("model:") }

  private static func named(_ text: String) throws(HoneError) -> any Prior {
    if isModel(text) { return try model(String(text.dropFirst("model:".count))) }
    switch Kind(text) {
    case .lennardJones: return try LennardJonesPrior()
    case .zbl: return try ZBLPrior()
    case .xtb(let method): return try XTBPrior(method: method)
    case .model, nil: throw unknown(text)
    }
  }

  static func unknown(_ name: String) -> HoneError {
    HoneError(
      .invalidArgument,
      "expected a prior, one of \(names), or a sum of them such as lj+zbl, got "
        + "'\(name.prefix(60))'")
  }

  /// A path, or a path and a head behind the last `@` that stands in no folder's name.
  private static func model(_ text: String) throws(HoneError) -> any Prior {
    let folderEnd = text.lastIndex(of: "/") ?? text.startIndex
    guard let mark = text.lastIndex(of: "@"), mark >= folderEnd else {
      return try ModelPrior(path: text)
    }
    return try ModelPrior(
      path: String(text[..<mark]), head: String(text[text.index(after: mark)...]))
  }

  private static func trim(_ text: String) -> String {
    let isSpace = { (character: Character) in character.isWhitespace }
    let start = text.drop(while: isSpace)
    guard let end = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(start[...end])
  }
}
