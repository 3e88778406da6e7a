internal import HoneNumerics

/// An object of a pickle: a place in its document, cheap to copy.
///
/// Every property answers `nil` where the object is of another kind, so an importer asks for what
/// it expects and reports what is missing. Objects may contain themselves: walks need a limit.
public struct PickleNode: Sendable {
  let document: PickleDocument
  let index: PickleArena.Index

  var content: PickleArena.Node { document.arena.nodes[Int(index)] }

  /// A number that two nodes share exactly when they are the same object of the same document.
  public var identity: Int { Int(index) }

  // MARK: Simple values

  /// Whether this is `None`.
  public var isNone: Bool {
    if case .none = content { true } else { false }
  }

  /// The truth value, also of a NumPy one.
  public var bool: Bool? {
    if case .bool(let value) = content { return value }
    guard let scalar = numPyScalar, scalar.dtype == .bool else { return nil }
    return (try? scalar.ints())?.first.map { $0 != 0 }
  }

  /// The integer, also of a NumPy one; truth values are none.
  public var int: Int? {
    if case .integer(let value) = content { return Int(value) }
    guard let scalar = numPyScalar, scalar.dtype.isInteger, scalar.dtype != .bool else {
      return nil
    }
    return (try? scalar.ints())?.first
  }

  /// The number, integer or not, also of a NumPy one; truth values are none.
  public var double: Double? {
    switch content {
    case .real(let value): return value
    case .integer(let value): return Double(value)
    default:
      guard let scalar = numPyScalar, scalar.dtype != .bool else { return nil }
      return (try? scalar.doubles())?.first
    }
  }

  /// The text.
  public var string: String? {
    if case .text(let text) = content { document.arena.texts[Int(text)] } else { nil }
  }

  /// The bytes, also where protocols before 3 spell them as encoded text.
  public var bytes: Bytes? {
    if case .bytes(let run) = content { return document.arena.byteRuns[Int(run)] }
    switch className {
    case "_codecs.encode":
      guard let text = arguments.first?.string, arguments.count == 2 else { return nil }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(text.utf8.count)
      for scalar in text.unicodeScalars {
        guard let byte = UInt8(exactly: scalar.value) else { return nil }
        bytes.append(byte)
      }
      return try? Bytes(bytes)
    case "builtins.bytes", "builtins.bytearray":
      guard let first = arguments.first else { return try? Bytes([UInt8]()) }
      return first.index == index ? nil : first.codedBytes
    default: return nil
    }
  }

  /// The bytes of a direct argument; not recursive, because arguments may form a long chain.
  private var codedBytes: Bytes? {
    switch content {
    case .bytes: return bytes
    case .object where className == "_codecs.encode": return bytes
    default: return nil
    }
  }

  // MARK: Containers

  /// The elements of a list, or of an object that derives from one.
  public var list: [PickleNode]? {
    if case .list(let run) = content { return nodes(document.arena.growing[Int(run)][...]) }
    guard let object else { return nil }
    switch className {
    case "builtins.list", "collections.deque": return argumentElements + appendedElements
    default: return object.items == nil ? nil : appendedElements
    }
  }

  /// The elements of a tuple, or of an object that derives from one: a named tuple, a shape.
  public var tuple: [PickleNode]? {
    if case .tuple(let start, let count) = content {
      return nodes(document.arena.fixedElements(start, count))
    }
    guard let object, className != nil else { return nil }
    if className == "builtins.tuple" || className == "torch.Size" { return argumentElements }
    guard object.items == nil, object.pairs == nil else { return nil }
    // A class that derives from `tuple` is made from one tuple, a named tuple from its fields.
    guard arguments.count == 1, let inner = arguments[0].plainElements else {
      return arguments.isEmpty ? nil : arguments
    }
    return inner
  }

  /// The elements of a set or frozen set.
  public var set: [PickleNode]? {
    switch content {
    case .set(let run): return nodes(document.arena.growing[Int(run)][...])
    case .frozenSet(let start, let count):
      return nodes(document.arena.fixedElements(start, count))
    default:
      guard className == "builtins.set" || className == "builtins.frozenset" else { return nil }
      return argumentElements + appendedElements
    }
  }

  /// The elements of a list, tuple or set, or of an object that derives from one.
  public var elements: [PickleNode]? { list ?? set ?? tuple }

  /// The keys and values of a dictionary of any kind, in order, each key once.
  public var dictionary: [(key: PickleNode, value: PickleNode)]? {
    guard let raw = rawPairs else { return nil }
    var result: [(key: PickleNode, value: PickleNode)] = []
    var places: [String: Int] = [:]
    for (key, value) in raw {
      if let text = key.string {
        if let place = places[text] {
          result[place].value = value
          continue
        }
        places[text] = result.count
      }
      result.append((key, value))
    }
    return result
  }

  /// The value of a key that is text: of a dictionary, or else among the object's attributes.
  public subscript(key: String) -> PickleNode? {
    if let value = rawPairs?.last(where: { $0.key.string == key })?.value { return value }
    return attribute(key)
  }

  /// The integers of a list or tuple that holds nothing else.
  public var ints: [Int]? { elements.flatMap { all($0, \.int) } }

  /// The numbers of a list or tuple that holds nothing else.
  public var doubles: [Double]? { elements.flatMap { all($0, \.double) } }

  /// The texts of a list or tuple that holds nothing else.
  public var strings: [String]? { elements.flatMap { all($0, \.string) } }

  private func all<T>(_ nodes: [PickleNode], _ value: (PickleNode) -> T?) -> [T]? {
    var result: [T] = []
    for node in nodes {
      guard let value = value(node) else { return nil }
      result.append(value)
    }
    return result
  }

  /// The keys and values in the order of the file, repetitions included.
  private var rawPairs: [(key: PickleNode, value: PickleNode)]? {
    if case .dictionary(let run) = content { return pairs(document.arena.growing[Int(run)]) }
    guard let object else { return nil }
    let later = object.pairs.map { pairs(document.arena.growing[Int($0)]) }
    switch className {
    case "builtins.dict", "collections.OrderedDict", "collections.Counter":
      var first: [(key: PickleNode, value: PickleNode)] = []
      for pair in argumentElements {
        guard let both = pair.plainElements, both.count == 2 else { return nil }
        first.append((both[0], both[1]))
      }
      return first + (later ?? [])
    case "collections.defaultdict": return later ?? []
    default: return later
    }
  }

  private func pairs(_ run: [PickleArena.Index]) -> [(key: PickleNode, value: PickleNode)] {
    stride(from: 0, to: run.count - 1, by: 2).map {
      (document.node(run[$0]), document.node(run[$0 + 1]))
    }
  }

  func nodes(_ indices: ArraySlice<PickleArena.Index>) -> [PickleNode] {
    indices.map { document.node($0) }
  }

  /// The elements of a list or tuple itself, without a look at what objects derive from.
  var plainElements: [PickleNode]? {
    switch content {
    case .list(let run): return nodes(document.arena.growing[Int(run)][...])
    case .tuple(let start, let count):
      return nodes(document.arena.fixedElements(start, count))
    default: return nil
    }
  }

  private var argumentElements: [PickleNode] { arguments.first?.plainElements ?? [] }

  private var appendedElements: [PickleNode] {
    object?.items.map { nodes(document.arena.growing[Int($0)][...]) } ?? []
  }
}
