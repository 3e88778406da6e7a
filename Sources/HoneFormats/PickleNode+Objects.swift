internal import HoneNumerics

extension PickleNode {
  var object: PickleArena.Object? {
    if case .object(let object) = content { document.arena.objects[Int(object)] } else { nil }
  }

  /// The name of a class or function that the pickle mentions, such as `torch.nn.functional.silu`.
  ///
  /// The names that Python 2 gave to built-in things are replaced by today's.
  public var globalName: String? {
    guard case .global(let module, let name) = content else { return nil }
    let moduleName = document.arena.texts[Int(module)]
    let ownName = document.arena.texts[Int(name)]
    switch (moduleName, ownName) {
    case ("__builtin__", "long"): return "builtins.int"
    case ("__builtin__", "unicode"): return "builtins.str"
    case ("__builtin__", "xrange"): return "builtins.range"
    case ("__builtin__", _): return "builtins." + ownName
    case ("copy_reg", _): return "copyreg." + ownName
    default: return moduleName + "." + ownName
    }
  }

  /// The class of an object, or the function whose result it is.
  public var className: String? { makings?.callable.globalName }

  /// The class name without its module.
  public var shortClassName: String? {
    className.flatMap { $0.split(separator: ".").last }.map(String.init)
  }

  /// What an object is made from, by position.
  public var arguments: [PickleNode] { makings?.arguments ?? [] }

  /// What an object is made from, by name.
  public var keywordArguments: PickleNode? { object?.keywords.map { document.node($0) } }

  /// What is restored after an object is made: most often a dictionary of its attributes.
  public var state: PickleNode? { object?.state.map { document.node($0) } }

  /// The class and arguments, seen through the helpers of `copyreg` that old protocols call.
  private var makings: (callable: PickleNode, arguments: [PickleNode])? {
    guard let object else { return nil }
    let callable = document.node(object.callable)
    let arguments = document.node(object.arguments).plainElements ?? []
    guard let first = arguments.first else { return (callable, arguments) }
    switch callable.globalName {
    case "copyreg.__newobj__": return (first, Array(arguments.dropFirst()))
    case "copyreg._reconstructor":
      // (class, base, value of the base): without a base of its own the class has no arguments.
      guard arguments.count == 3, arguments[1].globalName != "builtins.object" else {
        return (first, [])
      }
      return (first, [arguments[2]])
    case "copyreg.__newobj_ex__": return (first, arguments.dropFirst().first?.plainElements ?? [])
    default: return (callable, arguments)
    }
  }

  /// The value of an attribute, `nil` where the object's state has none of that name.
  public func attribute(_ name: String) -> PickleNode? {
    var places: [PickleNode] = []
    if let state {
      // Classes with slots pickle a pair: the ordinary attributes and those in slots.
      places = state.plainElements?.reversed() ?? [state]
    } else if className == "torch.fx.graph_module.reduce_graph_module" {
      places = arguments.prefix(1) + []
    }
    for place in places {
      guard case .dictionary(let run) = place.content else { continue }
      let entries = document.arena.growing[Int(run)]
      for key in stride(from: entries.count - 2, through: 0, by: -2)
      where document.node(entries[key]).string == name {
        return document.node(entries[key + 1])
      }
    }
    return nil
  }

  /// The bounds and step of a `slice`; `nil` parts are `None`.
  public var slice: (start: Int?, stop: Int?, step: Int?)? {
    guard className == "builtins.slice", arguments.count == 3,
      arguments.allSatisfy({ $0.isNone || $0.int != nil })
    else { return nil }
    return (arguments[0].int, arguments[1].int, arguments[2].int)
  }

  /// The function of a `functools.partial` and what it is given beforehand.
  public var partial: (function: PickleNode, arguments: [PickleNode], keywords: PickleNode?)? {
    guard className == "functools.partial", let function = arguments.first else { return nil }
    // The state repeats the function: (function, arguments, keywords, attributes).
    if let parts = state?.plainElements, parts.count >= 3 {
      return (parts[0], parts[1].plainElements ?? [], parts[2].isNone ? nil : parts[2])
    }
    return (function, Array(arguments.dropFirst()), nil)
  }

  /// The class and the member of an enumeration: the member's value, or its name.
  ///
  /// Python versions differ in which of the two they write; any object made from one plain value
  /// looks the same.
  public var enumeration: (className: String, member: PickleNode)? {
    if className == "builtins.getattr", arguments.count == 2,
      let owner = arguments[0].globalName, arguments[1].string != nil
    {
      return (owner, arguments[1])
    }
    guard let className, arguments.count == 1, state == nil,
      arguments[0].string != nil || arguments[0].int != nil
    else { return nil }
    return (className, arguments[0])
  }

  /// The text that e3nn parses back to the same irreps, such as `128x0e+128x1o`.
  ///
  /// Accepts the text itself as well as pickled `Irreps`, which are tuples of a multiplicity and
  /// an `Irrep`, in turn a tuple of a degree and a parity.
  public var irreps: String? {
    if let string { return string }
    if className == "e3nn.o3._irreps.Irrep" { return irrep }
    guard className == "e3nn.o3._irreps.Irreps", let terms = tuple else { return nil }
    var texts: [String] = []
    for term in terms {
      guard let parts = term.tuple, parts.count == 2, let multiplicity = parts[0].int,
        let irrep = parts[1].irrep
      else { return nil }
      texts.append("\(multiplicity)x\(irrep)")
    }
    return texts.joined(separator: "+")
  }

  private var irrep: String? {
    guard className == "e3nn.o3._irreps.Irrep", let parts = tuple, parts.count == 2,
      let degree = parts[0].int, let parity = parts[1].int, parity == 1 || parity == -1
    else { return nil }
    return "\(degree)\(parity == 1 ? "e" : "o")"
  }

  /// What the object is, in a few words, for error messages.
  public var summary: String {
    switch content {
    case .none: "None"
    case .bool: "a truth value"
    case .integer, .largeInteger: "an integer"
    case .real: "a number"
    case .text: "text"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .set, .frozenSet: "a set"
    case .dictionary: "a dictionary"
    case .global: "the name \(clipped(globalName))"
    case .object: "an object of \(clipped(className))"
    case .persistent: "a reference to a storage"
    }
  }

  /// Names come from the file and may be of any length.
  private func clipped(_ name: String?) -> String { String((name ?? "no class").prefix(100)) }
}
