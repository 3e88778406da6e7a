internal import HoneNumerics

/// The objects of a pickle, addressed by index.
///
/// Indices in place of references: a pickle may describe cycles and chains of a million links,
/// which then neither leak nor overflow the stack when they are built, walked or released.
struct PickleArena: Sendable {
  typealias Index = Int32

  /// One object.
  enum Node: Sendable {
    case none
    case bool(Bool)
    case integer(Int64)
    /// An integer beyond 64 bits; its value is of no use to a model.
    case largeInteger
    case real(Double)
    /// An index into `texts`.
    case text(Int32)
    /// An index into `byteRuns`.
    case bytes(Int32)
    /// A range of `fixed`.
    case tuple(start: Int32, count: Int32)
    case frozenSet(start: Int32, count: Int32)
    /// An index into `growing`; dictionaries hold keys and values in turn.
    case list(Int32)
    case set(Int32)
    case dictionary(Int32)
    /// A name in a module: indices into `texts`.
    case global(module: Int32, name: Int32)
    /// An index into `objects`.
    case object(Int32)
    /// What the file keeps elsewhere, by the index of the node that says where.
    case persistent(Index)
  }

  /// Something that Python would make by calling: the call is kept and never made.
  struct Object: Sendable {
    var callable: Index
    var arguments: Index
    var keywords: Index?
    var state: Index?
    /// Elements added afterwards, as an index into `growing`.
    var items: Int32?
    /// Keys and values added afterwards, as an index into `growing`.
    var pairs: Int32?
  }

  /// More objects than any model has; bounds the memory that a compressed file can ask for.
  static let maximumCount = 1 << 24

  private(set) var nodes: [Node] = []
  private(set) var texts: [String] = []
  private(set) var byteRuns: [Bytes] = []
  private(set) var fixed: [Index] = []
  private(set) var growing: [[Index]] = []
  var objects: [Object] = []

  mutating func add(_ node: Node) throws(HoneError) -> Index {
    guard nodes.count < Self.maximumCount else {
      throw HoneError(.format, "expected a pickle of at most \(Self.maximumCount) objects")
    }
    try nodes.appendChecked(node)
    return Index(nodes.count - 1)
  }

  mutating func addText(_ text: String) throws(HoneError) -> Index {
    try texts.appendChecked(text)
    return try add(.text(Int32(texts.count - 1)))
  }

  mutating func addBytes(_ bytes: Bytes) throws(HoneError) -> Index {
    try byteRuns.appendChecked(bytes)
    return try add(.bytes(Int32(byteRuns.count - 1)))
  }

  /// Keeps elements that will not change and gives their place in `fixed`.
  mutating func addFixed(
    _ elements: ArraySlice<Index>
  ) throws(HoneError) -> (start: Int32, count: Int32) {
    let start = fixed.count
    for element in elements { try fixed.appendChecked(element) }
    return (Int32(start), Int32(elements.count))
  }

  mutating func addTuple(_ elements: ArraySlice<Index>) throws(HoneError) -> Index {
    let (start, count) = try addFixed(elements)
    return try add(.tuple(start: start, count: count))
  }

  /// Makes an empty run that can grow, and gives its index.
  mutating func addGrowing() throws(HoneError) -> Int32 {
    try growing.appendChecked([])
    return Int32(growing.count - 1)
  }

  mutating func extend(_ run: Int32, by elements: ArraySlice<Index>) throws(HoneError) {
    for element in elements { try growing[Int(run)].appendChecked(element) }
  }

  mutating func addObject(callable: Index, arguments: Index) throws(HoneError) -> Index {
    try objects.appendChecked(Object(callable: callable, arguments: arguments))
    return try add(.object(Int32(objects.count - 1)))
  }

  /// The elements of a tuple or frozen set.
  func fixedElements(_ start: Int32, _ count: Int32) -> ArraySlice<Index> {
    fixed[Int(start)..<Int(start) + Int(count)]
  }
}
