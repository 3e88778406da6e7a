import HoneNumerics
import HoneStructure
import Testing

@Suite struct ExtendedXYZWriterTests {
  /// A frame with a value of every kind, many of them awkward.
  static func awkwardFrame() throws -> ExtendedXYZ.Frame {
    var info = Info()
    info["energy"] = .real(-1.0 / 3)
    info["tiny"] = .real(.leastNonzeroMagnitude)
    info["whole"] = .real(3)
    info["infinite"] = .real(-.infinity)
    info["n"] = .integer(-12)
    info["yes"] = .logical(true)
    info["reals"] = .reals([0.1, 1e300, -0.0])
    info["one"] = .reals([2.5])
    info["none"] = .reals([])
    info["integers"] = .integers([1, 2, 3])
    info["flags"] = .logicals([true, false])
    info["plain"] = .string("word")
    info["words"] = .string("two words, \"quoted\" \\ and = 'more' [x] {y}")
    info["number"] = .string("12")
    info["logical"] = .string("F")
    info["empty"] = .string("")
    info["lines"] = .string("a\nb\tc")
    info["greek"] = .string("αβ 𝛾")
    info["json"] = .string("_JSON [[1, 2], [3, 4]]")
    info["none as text"] = .string("_JSON []")
    info["sneaky"] = .string("_JSON \"x\"")
    info["a key = odd"] = .integer(1)
    let structure = try Structure(
      atomicNumbers: [1, 118, 26],
      positions: [0.1, 0.2, 0.3, 1e-17, -123456.789012345, 2.0 / 3, 1e22, 4, -0.0],
      cell: Cell(
        rows: Matrix3([3.3, 0, 0.1], [0, 1 / 7, 0], [0, 0, 0]),
        periodicity: Periodicity(true, true, false)))
    return ExtendedXYZ.Frame(
      structure: structure, info: info,
      columns: [
        .init(name: "forces", width: 3, values: .reals((0..<9).map { 1 / Double($0 + 3) })),
        .init(name: "id", width: 1, values: .integers([5, -6, .max])),
        .init(name: "tag", width: 2, values: .strings(["a", "b", "1", "T", "x=y", "\"q\""])),
        .init(name: "fix", width: 1, values: .logicals([true, false, true])),
      ])
  }

  @Test("what is written is read back exactly")
  func roundTrip() throws {
    let frame = try ExtendedXYZWriterTests.awkwardFrame()
    let bytes = try ExtendedXYZ.bytes(of: frame)
    let back = try ExtendedXYZ.frames(bytes: bytes + bytes, name: "back")
    #expect(back.count == 2)
    for read in back {
      #expect(read.structure == frame.structure)
      #expect(read.info.entries.map(\.key) == frame.info.entries.map(\.key))
      for entry in frame.info.entries {
        #expect(read.info[entry.key] == entry.value, "\(entry.key)")
      }
      #expect(read.columns == frame.columns)
    }
  }

  @Test("random doubles survive writing and reading")
  func randomNumbers() throws {
    var generator = SeededGenerator(seed: 9)
    var positions: [Double] = []
    while positions.count < 3000 {
      let value = Double(bitPattern: generator.next())
      if value.isFinite { positions.append(value) }
      positions.append((generator.number(-100...100) * 1e6).rounded() / 1e6)
    }
    positions.removeLast(positions.count - 3000)
    let structure = try Structure(
      atomicNumbers: [Int32](repeating: 6, count: 1000), positions: positions)
    let bytes = try ExtendedXYZ.bytes(of: .init(structure: structure))
    let back = try ExtendedXYZ.frames(bytes: bytes, name: "back")
    #expect(back[0].structure.positions.map(\.bitPattern) == positions.map(\.bitPattern))
  }

  @Test("what the format cannot hold is refused")
  func refused() throws {
    let atom = try Structure(atomicNumbers: [1], positions: [0, 0, 0])
    let ghost = try Structure(atomicNumbers: [0], positions: [0, 0, 0])
    var reserved = Info()
    reserved["pbc"] = .logical(true)
    var control = Info()
    control["a\nb"] = .integer(1)
    let frames: [ExtendedXYZ.Frame] = [
      .init(structure: ghost),
      .init(structure: atom, info: reserved),
      .init(structure: atom, info: control),
      .init(structure: atom, columns: [.init(name: "f", width: 3, values: .reals([1]))]),
      .init(structure: atom, columns: [.init(name: "f", width: 0, values: .reals([]))]),
      .init(structure: atom, columns: [.init(name: "pos", width: 1, values: .reals([1]))]),
      .init(structure: atom, columns: [.init(name: "a:b", width: 1, values: .reals([1]))]),
      .init(structure: atom, columns: [.init(name: "s", width: 1, values: .strings(["a b"]))]),
      .init(structure: atom, columns: [.init(name: "s", width: 1, values: .strings([""]))]),
    ]
    for frame in frames {
      let error = #expect(throws: HoneError.self) { try ExtendedXYZ.bytes(of: frame) }
      #expect(error?.kind == .invalidArgument)
    }
    #expect(throws: HoneError.self) {
      try ExtendedXYZ.write([.init(structure: atom)], path: "absent/directory/x.xyz")
    }
  }

  @Test("the symbols of all elements lead back to their numbers")
  func symbols() {
    for number in 1...118 as ClosedRange<Int32> {
      let symbol = ElementSymbols.symbol(of: number)
      #expect(symbol.flatMap(ElementSymbols.atomicNumber(of:)) == number)
      #expect(symbol.map { ElementSymbols.atomicNumber(of: $0.uppercased()) } == number)
    }
    #expect(ElementSymbols.symbol(of: 79) == "Au" && ElementSymbols.symbol(of: 118) == "Og")
    #expect(ElementSymbols.symbol(of: 0) == nil && ElementSymbols.symbol(of: 119) == nil)
    #expect(ElementSymbols.atomicNumber(of: "") == nil)
    #expect(ElementSymbols.atomicNumber(of: "Abc") == nil)
    #expect(ElementSymbols.atomicNumber(of: "H@") == nil)
  }
}
