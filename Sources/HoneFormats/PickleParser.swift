internal import HoneNumerics

/// Reads a pickle as data: the machine's stack is kept, but nothing is looked up or called.
///
/// 1. No input traps, recurses or takes more memory than its length justifies.
/// 2. What Python would read is read; what Python would refuse may be read too.
struct PickleParser {
  typealias Index = PickleArena.Index

  let input: Bytes
  var position = 0
  var arena = PickleArena()
  private(set) var stack: [Index] = []
  private var marks: [Int] = []
  private var memo: [UInt32: Index] = [:]

  init(_ input: Bytes) {
    self.input = input
  }

  /// Runs to the first STOP and gives the object on top of the stack.
  mutating func run() throws(HoneError) -> Index {
    guard input.count < 1 << 30 else {
      throw HoneError(.unsupported, "expected a pickle below 1 GiB, got \(input.count) bytes")
    }
    // An instruction of one byte makes up to an object of 16 bytes and its place on the stack, in
    // arrays that double.
    try Headroom.require(input.count, of: 64)
    while true {
      let code = try byte()
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw damage("a pickle instruction, got byte \(code)")
      }
      if opcode == .stop { return try pop() }
      try execute(opcode)
    }
  }

  /// An error at the place that is being read.
  func damage(_ what: String) -> HoneError {
    HoneError(.format, "expected \(what) in a pickle before byte \(position)")
  }

  // MARK: Stack

  private var floor: Int { marks.last ?? 0 }

  mutating func push(_ index: Index) throws(HoneError) { try stack.appendChecked(index) }

  mutating func push(_ node: PickleArena.Node) throws(HoneError) { try push(arena.add(node)) }

  mutating func pop() throws(HoneError) -> Index {
    guard stack.count > floor, let top = stack.popLast() else {
      throw damage("an object on the stack, got none")
    }
    return top
  }

  func top() throws(HoneError) -> Index {
    guard stack.count > floor, let top = stack.last else {
      throw damage("an object on the stack, got none")
    }
    return top
  }

  mutating func pushMark() throws(HoneError) { try marks.appendChecked(stack.count) }

  /// Takes the objects above the latest mark, and the mark.
  mutating func popToMark() throws(HoneError) -> ArraySlice<Index> {
    guard let mark = marks.popLast() else { throw damage("a mark on the stack, got none") }
    // A copy: a slice would share the stack's memory and make the next change copy all of it.
    let elements = Array(stack[mark...])
    stack.removeLast(elements.count)
    return elements[...]
  }

  mutating func popOrUnmark() throws(HoneError) {
    if !marks.isEmpty && stack.count == floor {
      marks.removeLast()
    } else {
      _ = try pop()
    }
  }

  // MARK: Memo

  mutating func remember(_ key: UInt32) throws(HoneError) {
    if memo.count == memo.capacity {
      try ByteStorage.requireMemory(elements: max(memo.count, 16) * 4, of: 8)
    }
    memo[key] = try top()
  }

  mutating func rememberNext() throws(HoneError) { try remember(UInt32(memo.count)) }

  mutating func recall(_ key: UInt32) throws(HoneError) {
    guard let index = memo[key] else { throw damage("an object remembered as \(key), got none") }
    try push(index)
  }

  // MARK: Input

  mutating func byte() throws(HoneError) -> UInt8 {
    guard let byte = input.byte(at: position) else {
      throw damage("more instructions, got the end")
    }
    position += 1
    return byte
  }

  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(HoneError)
    -> T
  {
    guard let value = input.integer(at: position, as: type) else {
      throw damage("\(MemoryLayout<T>.size) bytes of a number, got the end")
    }
    position += MemoryLayout<T>.size
    return value
  }

  /// Takes as many bytes as a length field says.
  mutating func run(of count: some BinaryInteger) throws(HoneError) -> Bytes {
    guard let length = Int(exactly: count), let run = input.slice(at: position, count: length)
    else { throw damage("\(count) bytes, got fewer") }
    position += length
    return run
  }

  /// Takes the bytes up to the next line feed, and the line feed.
  mutating func line() throws(HoneError) -> Bytes {
    var end = position
    while let byte = input.byte(at: end) {
      if byte == UInt8(ascii: "\n"), let line = input.slice(at: position, count: end - position) {
        position = end + 1
        return line
      }
      end += 1
    }
    throw damage("a line, got the end")
  }

  /// Decodes UTF-8; Python lets lone surrogates through, which become replacement characters.
  func text(_ bytes: Bytes) throws(HoneError) -> String {
    try ByteStorage.requireMemory(elements: bytes.count, of: 3)
    return bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
