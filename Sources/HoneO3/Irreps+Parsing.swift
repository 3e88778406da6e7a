public import HoneNumerics

extension Irreps {
  /// The highest degree a string may name.
  public static let highestParsedDegree = 12
  /// The highest multiplicity a string may name.
  public static let highestParsedMultiplicity = 1 << 20
  /// The most blocks a string may have.
  public static let mostParsedBlocks = 4096

  /// Reads e3nn's notation, such as `128x0e+64x1o` or `0e + 1o`.
  ///
  /// A multiplicity may be left out and is then one; the letter after the degree is `e`, `o` or
  /// `y`, the parity of the spherical harmonics. Blanks may stand between the parts. The empty
  /// string is the empty sum.
  ///
  /// - Throws: `HoneError` of kind `format` for anything else, and for degrees, multiplicities or
  ///   lengths beyond the limits of this type.
  public init(parsing text: String) throws(HoneError) {
    let bytes = Array(text.utf8)
    let shown = text.unicodeScalars.prefix(80).map(String.init).joined()
    func failure(_ expectation: String) -> HoneError {
      HoneError(
        .format, "expected irreps such as 128x0e+64x1o with \(expectation), got \"\(shown)\"")
    }

    var blocks: [Block] = []
    guard bytes.contains(where: { !Self.isBlank($0) }) else {
      self.init([Block]())
      return
    }
    for part in bytes.split(separator: UInt8(ascii: "+"), omittingEmptySubsequences: false) {
      guard blocks.count < Self.mostParsedBlocks else {
        throw failure("at most \(Self.mostParsedBlocks) terms")
      }
      var rest = Self.trimmed(part)
      var multiplicity = 1
      if let cross = rest.firstIndex(of: UInt8(ascii: "x")) {
        guard
          let number = Self.integer(
            Self.trimmed(rest[..<cross]), atMost: Self.highestParsedMultiplicity)
        else {
          throw failure("multiplicities from 0 to \(Self.highestParsedMultiplicity)")
        }
        multiplicity = number
        rest = Self.trimmed(rest[(cross + 1)...])
      }
      guard let letter = rest.last,
        let l = Self.integer(Self.trimmed(rest.dropLast()), atMost: Self.highestParsedDegree)
      else {
        throw failure("degrees from 0 to \(Self.highestParsedDegree)")
      }
      let parity: Parity
      switch letter {
      case UInt8(ascii: "e"): parity = .even
      case UInt8(ascii: "o"): parity = .odd
      case UInt8(ascii: "y"): parity = .natural(l)
      default: throw failure("the parity e or o after each degree")
      }
      blocks.append(Block(multiplicity, Irrep(l, parity)))
    }
    self.init(blocks)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (9...13).contains(byte)
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = bytes.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
    return rest
  }

  /// Decimal digits, and nothing else, up to a limit; nil where that is not what there is.
  private static func integer(_ bytes: ArraySlice<UInt8>, atMost limit: Int) -> Int? {
    guard !bytes.isEmpty else { return nil }
    var value = 0
    for byte in bytes {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      guard value <= limit else { return nil }
    }
    return value
  }
}
