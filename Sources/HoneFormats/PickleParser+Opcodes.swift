internal import HoneNumerics

extension PickleParser {
  /// Carries out one instruction.
  mutating func execute(_ opcode: PickleOpcode) throws(HoneError) {
    switch opcode {
    case .proto:
      let version = try byte()
      guard version <= 5 else {
        throw HoneError(.unsupported, "expected pickle protocol 0 to 5, got \(version)")
      }
    case .frame: _ = try integer(UInt64.self)
    case .stop: break
    case .mark: try pushMark()
    case .pop: try popOrUnmark()
    case .popMark: _ = try popToMark()
    case .dup: try push(top())
    case .none, .newTrue, .newFalse, .int, .binInt, .binInt1, .binInt2, .long, .long1, .long4,
      .float, .binFloat:
      try executeNumber(opcode)
    case .string, .binString, .shortBinString, .unicode, .shortBinUnicode, .binUnicode,
      .binUnicode8, .shortBinBytes, .binBytes, .binBytes8, .byteArray8:
      try executeText(opcode)
    case .nextBuffer, .readOnlyBuffer:
      throw HoneError(.unsupported, "expected a pickle that holds its own buffers")
    case .emptyTuple, .tuple, .tuple1, .tuple2, .tuple3, .emptyList, .list, .append, .appends,
      .emptyDict, .dict, .setItem, .setItems, .emptySet, .addItems, .frozenSet:
      try executeContainer(opcode)
    case .global, .stackGlobal, .ext1, .ext2, .ext4, .reduce, .build, .inst, .obj, .newObj,
      .newObjEx, .persID, .binPersID:
      try executeObject(opcode)
    case .put: try remember(decimal(UInt32.self))
    case .binPut: try remember(UInt32(byte()))
    case .longBinPut: try remember(integer(UInt32.self))
    case .memoize: try rememberNext()
    case .get: try recall(decimal(UInt32.self))
    case .binGet: try recall(UInt32(byte()))
    case .longBinGet: try recall(integer(UInt32.self))
    }
  }

  // MARK: Numbers

  private mutating func executeNumber(_ opcode: PickleOpcode) throws(HoneError) {
    switch opcode {
    case .none: try push(.none)
    case .newTrue: try push(.bool(true))
    case .newFalse: try push(.bool(false))
    case .binInt: try push(.integer(Int64(integer(Int32.self))))
    case .binInt1: try push(.integer(Int64(byte())))
    case .binInt2: try push(.integer(Int64(integer(UInt16.self))))
    case .long1: try pushLong(run(of: byte()))
    case .long4: try pushLong(run(of: integer(Int32.self)))
    case .binFloat:
      // The one big-endian field of the format.
      try push(.real(Double(bitPattern: integer(UInt64.self).byteSwapped)))
    case .float:
      let digits = try text(line())
      guard let value = Double(digits) else { throw damage("a number") }
      try push(.real(value))
    default: try pushDecimal(line())
    }
  }

  private mutating func pushLong(_ bytes: Bytes) throws(HoneError) {
    guard bytes.count <= 8 else { return try push(.largeInteger) }
    var value: UInt64 = 0
    for index in 0..<bytes.count {
      value |= UInt64(bytes.byte(at: index) ?? 0) << UInt64(8 * index)
    }
    // Two's complement of any width: shift the sign bit to the top and back.
    let unused = UInt64(64 - 8 * bytes.count)
    try push(.integer(bytes.count == 0 ? 0 : Int64(bitPattern: value << unused) >> Int64(unused)))
  }

  /// INT and LONG: decimal digits, an `L` behind them, and two spellings of truth values.
  private mutating func pushDecimal(_ line: Bytes) throws(HoneError) {
    if line.matches(Array("00".utf8)) && line.count == 2 { return try push(.bool(false)) }
    if line.matches(Array("01".utf8)) && line.count == 2 { return try push(.bool(true)) }
    var digits = try Substring(text(line))
    if digits.last == "L" { digits.removeLast() }
    if let value = Int64(digits) { return try push(.integer(value)) }
    let body = digits.first == "-" ? digits.dropFirst() : digits
    guard !body.isEmpty, body.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
      throw damage("an integer")
    }
    try push(.largeInteger)
  }

  private mutating func decimal<T: FixedWidthInteger>(_ type: T.Type) throws(HoneError) -> T {
    guard let value = try T(text(line())) else { throw damage("an integer") }
    return value
  }

  // MARK: Text and bytes

  private mutating func executeText(_ opcode: PickleOpcode) throws(HoneError) {
    switch opcode {
    case .shortBinUnicode: try push(arena.addText(text(run(of: byte()))))
    case .binUnicode: try push(arena.addText(text(run(of: integer(UInt32.self)))))
    case .binUnicode8: try push(arena.addText(text(run(of: integer(UInt64.self)))))
    case .shortBinBytes: try push(arena.addBytes(run(of: byte())))
    case .binBytes: try push(arena.addBytes(run(of: integer(UInt32.self))))
    case .binBytes8, .byteArray8: try push(arena.addBytes(run(of: integer(UInt64.self))))
    case .shortBinString: try push(arena.addText(PickleText.latin1(run(of: byte()))))
    case .binString: try push(arena.addText(PickleText.latin1(run(of: integer(Int32.self)))))
    case .unicode: try push(arena.addText(PickleText.rawUnicodeEscape(line())))
    default:
      guard let text = try PickleText.quoted(line()) else { throw damage("a quoted string") }
      try push(arena.addText(text))
    }
  }

  // MARK: Containers

  private mutating func executeContainer(_ opcode: PickleOpcode) throws(HoneError) {
    switch opcode {
    case .emptyTuple: try push(arena.addTuple([]))
    case .tuple: try push(arena.addTuple(popToMark()))
    case .tuple1: try pushTuple(1)
    case .tuple2: try pushTuple(2)
    case .tuple3: try pushTuple(3)
    case .frozenSet:
      let (start, count) = try arena.addFixed(popToMark())
      try push(.frozenSet(start: start, count: count))
    case .emptyList: try push(.list(arena.addGrowing()))
    case .emptySet: try push(.set(arena.addGrowing()))
    case .emptyDict: try push(.dictionary(arena.addGrowing()))
    case .list:
      let elements = try popToMark()
      try push(.list(arena.addGrowing()))
      try add(elements, asPairs: false)
    case .dict:
      let elements = try popToMark()
      try push(.dictionary(arena.addGrowing()))
      try add(elements, asPairs: true)
    case .append: try add([pop()], asPairs: false)
    case .appends, .addItems: try add(popToMark(), asPairs: false)
    case .setItem:
      let value = try pop()
      try add([pop(), value], asPairs: true)
    default: try add(popToMark(), asPairs: true)
    }
  }

  private mutating func pushTuple(_ count: Int) throws(HoneError) {
    var elements: [Index] = []
    for _ in 0..<count { try elements.append(pop()) }
    try push(arena.addTuple(elements.reversed()[...]))
  }

  /// Adds elements, or keys and values in turn, to the container on top of the stack.
  private mutating func add(_ elements: ArraySlice<Index>, asPairs: Bool) throws(HoneError) {
    guard !asPairs || elements.count % 2 == 0 else { throw damage("keys with their values") }
    switch try arena.nodes[Int(top())] {
    case .list(let run) where !asPairs, .set(let run) where !asPairs,
      .dictionary(let run) where asPairs:
      try arena.extend(run, by: elements)
    case .object(let object):
      // An instance of a class that derives from a list, set or dictionary.
      let field = asPairs ? \PickleArena.Object.pairs : \PickleArena.Object.items
      if let run = arena.objects[Int(object)][keyPath: field] {
        try arena.extend(run, by: elements)
      } else {
        let run = try arena.addGrowing()
        arena.objects[Int(object)][keyPath: field] = run
        try arena.extend(run, by: elements)
      }
    default: throw damage("a container that takes elements")
    }
  }

  // MARK: Objects

  private mutating func executeObject(_ opcode: PickleOpcode) throws(HoneError) {
    switch opcode {
    case .global:
      let module = try text(line())
      try pushGlobal(module, text(line()))
    case .stackGlobal:
      let name = try pop()
      guard case .text(let nameText) = arena.nodes[Int(name)],
        case .text(let moduleText) = try arena.nodes[Int(pop())]
      else { throw damage("the names of a module and of a thing in it") }
      try push(.global(module: moduleText, name: nameText))
    case .ext1: try pushGlobal("copyreg.extension", String(byte()))
    case .ext2: try pushGlobal("copyreg.extension", String(integer(UInt16.self)))
    case .ext4: try pushGlobal("copyreg.extension", String(integer(Int32.self)))
    case .reduce, .newObj:
      let arguments = try popTuple()
      try pushObject(callable: pop(), arguments: arguments)
    case .newObjEx:
      let keywords = try pop()
      let arguments = try popTuple()
      try pushObject(callable: pop(), arguments: arguments, keywords: keywords)
    case .inst:
      let module = try text(line())
      let name = try text(line())
      let arguments = try arena.addTuple(popToMark())
      try pushGlobal(module, name)
      try pushObject(callable: pop(), arguments: arguments)
    case .obj:
      let elements = try popToMark()
      guard let callable = elements.first else { throw damage("a class to make an object of") }
      try pushObject(callable: callable, arguments: arena.addTuple(elements.dropFirst()))
    case .build:
      let state = try pop()
      guard case .object(let object) = try arena.nodes[Int(top())] else {
        throw damage("an object that takes a state")
      }
      arena.objects[Int(object)].state = state
    case .persID: try push(.persistent(arena.addText(text(line()))))
    default: try push(.persistent(pop()))
    }
  }

  private mutating func pushGlobal(_ module: String, _ name: String) throws(HoneError) {
    let texts = arena.texts.count
    _ = try arena.addText(module)
    _ = try arena.addText(name)
    try push(.global(module: Int32(texts), name: Int32(texts + 1)))
  }

  private mutating func popTuple() throws(HoneError) -> Index {
    let arguments = try pop()
    guard case .tuple = arena.nodes[Int(arguments)] else { throw damage("a tuple of arguments") }
    return arguments
  }

  private mutating func pushObject(
    callable: Index, arguments: Index, keywords: Index? = nil
  ) throws(HoneError) {
    let index = try arena.addObject(callable: callable, arguments: arguments)
    arena.objects[arena.objects.count - 1].keywords = keywords
    try push(index)
  }
}
