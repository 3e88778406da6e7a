internal import HoneNumerics

/// Undoes the "deflate" compression of zip archives.
///
/// - SeeAlso: Deutsch, RFC 1951.
struct Inflate {
  /// No deflate stream grows by more than this factor: a match of 258 bytes costs at least 2 bits.
  static let maximumExpansion = 1032

  private let input: UnsafeRawBufferPointer
  private var position = 0
  private var bits: UInt64 = 0
  private var bitCount = 0
  private let output: UnsafeMutableRawPointer
  private let limit: Int
  private var written = 0

  /// Expands a compressed stream that must give exactly `count` bytes.
  ///
  /// - Throws: `.format` if the stream is damaged or has another length.
  static func expand(_ input: Bytes, count: Int) throws(HoneError) -> Bytes {
    // Checked before memory is taken, so that a small file cannot ask for a large block.
    guard count / maximumExpansion <= input.count else {
      throw damage("a size that \(input.count) compressed bytes can have, got \(count)")
    }
    let storage = try ByteStorage(count: count)
    try input.withUnsafeBytes { (pointer) throws(HoneError) in
      var inflate = Inflate(input: pointer, output: storage.base, limit: count)
      try inflate.run()
    }
    return Bytes(storage: storage, start: 0, count: count)
  }

  private init(input: UnsafeRawBufferPointer, output: UnsafeMutableRawPointer, limit: Int) {
    self.input = input
    self.output = output
    self.limit = limit
  }

  private static func damage(_ what: String) -> HoneError {
    HoneError(.format, "expected \(what) in deflated data")
  }

  private mutating func run() throws(HoneError) {
    var isLast = false
    while !isLast {
      isLast = try take(1) == 1
      switch try take(2) {
      case 0: try copyStored()
      case 1: try expandBlock(Self.fixedLiterals, Self.fixedDistances)
      case 2:
        let (literals, distances) = try readCodes()
        try expandBlock(literals, distances)
      default: throw Self.damage("a block of type 0, 1 or 2, got 3")
      }
    }
    guard written == limit else { throw Self.damage("\(limit) bytes, got \(written)") }
  }

  // MARK: Bits

  private mutating func take(_ count: Int) throws(HoneError) -> Int {
    while bitCount < count {
      guard position < input.count else { throw Self.damage("more bits, got the end") }
      bits |= UInt64(input[position]) << UInt64(bitCount)
      position += 1
      bitCount += 8
    }
    let value = Int(bits & ((1 << UInt64(count)) - 1))
    bits >>= UInt64(count)
    bitCount -= count
    return value
  }

  private mutating func symbol(_ code: PrefixCode) throws(HoneError) -> Int {
    // A canonical code: the codes of each length are consecutive numbers, so the first code of a
    // length and how many there are suffice to walk down bit by bit.
    var value = 0
    var first = 0
    var index = 0
    for length in 1...15 {
      value |= try take(1)
      let count = code.counts[length]
      if value - first < count { return code.symbols[index + value - first] }
      index += count
      first = (first + count) << 1
      value <<= 1
    }
    throw Self.damage("a code that the block defines, got another")
  }

  // MARK: Blocks

  private mutating func copyStored() throws(HoneError) {
    // The bit reader never holds a whole unread byte beyond the one in progress.
    bits = 0
    bitCount = 0
    let length = try take(16)
    let complement = try take(16)
    guard length == complement ^ 0xFFFF else {
      throw Self.damage("a stored block whose length repeats inverted")
    }
    guard length <= input.count - position else { throw Self.damage("more bytes, got the end") }
    guard length <= limit - written else { throw Self.damage("\(limit) bytes, got more") }
    if length > 0, let base = input.baseAddress {
      (output + written).copyMemory(from: base + position, byteCount: length)
    }
    position += length
    written += length
  }

  private mutating func expandBlock(
    _ literals: PrefixCode, _ distances: PrefixCode
  ) throws(HoneError) {
    while true {
      let symbol = try symbol(literals)
      if symbol == 256 { return }
      if symbol < 256 {
        guard written < limit else { throw Self.damage("\(limit) bytes, got more") }
        output.storeBytes(of: UInt8(symbol), toByteOffset: written, as: UInt8.self)
        written += 1
        continue
      }
      guard symbol - 257 < Self.lengthBases.count else { throw Self.damage("a length code") }
      let length = try Self.lengthBases[symbol - 257] + take(Self.lengthExtras[symbol - 257])
      let code = try self.symbol(distances)
      guard code < Self.distanceBases.count else { throw Self.damage("a distance code") }
      let distance = try Self.distanceBases[code] + take(Self.distanceExtras[code])
      guard distance <= written else { throw Self.damage("a distance within the output") }
      guard length <= limit - written else { throw Self.damage("\(limit) bytes, got more") }
      // Byte by byte: a match may overlap what it produces.
      for _ in 0..<length {
        let byte = output.load(fromByteOffset: written - distance, as: UInt8.self)
        output.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
        written += 1
      }
    }
  }

  private mutating func readCodes() throws(HoneError) -> (PrefixCode, PrefixCode) {
    let literalCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let lengthCount = try take(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else { throw Self.damage("at most 286 codes") }
    var lengths = [Int](repeating: 0, count: 19)
    for index in 0..<lengthCount { lengths[Self.lengthOrder[index]] = try take(3) }
    let lengthCode = try PrefixCode(lengths: lengths[...])

    lengths = []
    while lengths.count < literalCount + distanceCount {
      let symbol = try symbol(lengthCode)
      guard symbol >= 16 else {
        lengths.append(symbol)
        continue
      }
      var repeated = 0
      if symbol == 16 {
        guard let last = lengths.last else { throw Self.damage("a length to repeat") }
        repeated = last
      }
      let count = try symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7)
      guard count <= literalCount + distanceCount - lengths.count else {
        throw Self.damage("\(literalCount + distanceCount) code lengths, got more")
      }
      lengths.append(contentsOf: repeatElement(repeated, count: count))
    }
    guard lengths[256] > 0 else { throw Self.damage("a code for the end of the block") }
    return (
      try PrefixCode(lengths: lengths[..<literalCount]),
      try PrefixCode(lengths: lengths[literalCount...])
    )
  }

  // MARK: Tables of RFC 1951, sections 3.2.5 to 3.2.7

  private static let lengthOrder = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
  ]
  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]
  private static let lengthExtras = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
    2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ]
  private static let distanceExtras = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13,
  ]
  private static let fixedLiterals = PrefixCode(
    complete: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  private static let fixedDistances = PrefixCode(complete: [Int](repeating: 5, count: 30))
}

/// A canonical prefix code, given by the length of each symbol's code.
struct PrefixCode {
  /// The number of codes of each length from 0 to 15.
  private(set) var counts = [Int](repeating: 0, count: 16)
  /// The symbols in the order of their codes.
  private(set) var symbols: [Int] = []

  /// Makes a code from lengths in `0...15`; refuses more codes than the lengths leave room for.
  init(lengths: ArraySlice<Int>) throws(HoneError) {
    self.init(complete: Array(lengths))
    var room = 1
    for length in 1...15 {
      room = room * 2 - counts[length]
      guard room >= 0 else {
        throw HoneError(.format, "expected code lengths that fit together in deflated data")
      }
    }
  }

  init(complete lengths: [Int]) {
    for length in lengths { counts[length] += 1 }
    counts[0] = 0
    for length in 1...15 {
      for (symbol, other) in lengths.enumerated() where other == length { symbols.append(symbol) }
    }
  }
}
