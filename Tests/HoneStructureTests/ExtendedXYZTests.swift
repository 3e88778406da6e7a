import HoneNumerics
import HoneStructure
import Testing

/// The frames of a text.
private func frames(_ text: String) throws -> [ExtendedXYZ.Frame] {
  try ExtendedXYZ.frames(bytes: Array(text.utf8), name: "test.xyz")
}

@Suite struct ExtendedXYZTests {
  @Test("reads species, positions, cell, keys and columns")
  func reads() throws {
    let text = """
      2
      Lattice="4 0 0 1 5 0 0 0 6.5" Properties=species:S:1:pos:R:3:forces:R:3:id:I:1:tag:S:1:fix:L:2 \
      energy=-1.5D+1 pbc="T F T" name='two words' n=3 ok flags=[T F] list={1 2.5} one=[7] s=a\\ b
      Si 0.0 .5 1e-3 1 2 3 7 bulk T F
      o  1.25 -2. +3 4 5 6 8 edge F T  
      """
    let frame = try #require(try frames(text).first)
    #expect(frame.structure.atomicNumbers == [14, 8])
    #expect(frame.structure.positions == [0, 0.5, 1e-3, 1.25, -2, 3])
    let cell = try #require(frame.structure.cell)
    #expect(cell.rows == Matrix3([4, 0, 0], [1, 5, 0], [0, 0, 6.5]))
    #expect(cell.periodicity == Periodicity(true, false, true))
    #expect(try frame.number("energy") == -15)
    #expect(try frame.vectors("forces") == [1, 2, 3, 4, 5, 6])
    #expect(frame.column("id")?.values == .integers([7, 8]))
    #expect(frame.column("tag")?.values == .strings(["bulk", "edge"]))
    #expect(frame.column("fix")?.values == .logicals([true, false, false, true]))
    #expect(frame.info["name"] == .string("two words"))
    #expect(frame.info["n"] == .integer(3))
    #expect(frame.info["ok"] == .logical(true))
    #expect(frame.info["flags"] == .logicals([true, false]))
    #expect(frame.info["list"] == .reals([1, 2.5]))
    #expect(frame.info["one"] == .integers([7]))
    #expect(frame.info["s"] == .string("a b"))
    #expect(frame.info.entries.count == 8)
  }

  @Test("virials and stresses are matrices under any name")
  func matrices() throws {
    let nine = "1 2 3 4 5 6 7 8 9"
    let text = """
      0
      virial="\(nine)" REF_virials="\(nine)" REF_stress="_JSON [[1, 2, 3], [4, 5, 6], [7, 8, 9]]" \
      stress="1 2 3 4 5 6" bad="1 2" REF_energy=2
      """
    let frame = try #require(try frames(text).first)
    let rows = Matrix3([1, 2, 3], [4, 5, 6], [7, 8, 9])
    #expect(try frame.matrix("REF_virials") == rows)
    #expect(try frame.matrix("REF_stress") == rows)
    #expect(try frame.matrix("virial") == Matrix3([1, 4, 7], [2, 5, 8], [3, 6, 9]))
    #expect(try frame.matrix("stress") == Matrix3([1, 6, 5], [6, 2, 4], [5, 4, 3]))
    #expect(try frame.matrix("absent") == nil)
    #expect(try frame.number("REF_energy") == 2)
    #expect(try frame.vectors("REF_forces") == nil)
    #expect(
      throws: HoneError(.format, "bad must be 6 or 9 numbers, got integers([1, 2])")
    ) { try frame.matrix("bad") }
    #expect(
      throws: HoneError(.format, "bad must be a number, got integers([1, 2])")
    ) { try frame.number("bad") }
  }

  @Test("plain XYZ files, carriage returns and blank lines between frames are accepted")
  func plain() throws {
    let text = "1\r\nit's a comment\r\nH 0 0 0 0.5 extra\r\n\r\n 2 \r\n\r\n1 0 0 0\r\n92 1 0 0"
    let found = try frames(text)
    #expect(found.map(\.structure.atomicNumbers) == [[1], [1, 92]])
    #expect(found[0].structure.cell == nil)
    #expect(found[0].info["it's"] == .logical(true))
    #expect(try frames("").isEmpty)
    #expect(try frames("\n \n").isEmpty)
  }

  @Test("a lattice without pbc is periodic, one without periods stays a molecule")
  func periodicity() throws {
    let lattice = "Lattice=\"9 0 0 0 9 0 0 0 9\""
    #expect(try frames("0\n\(lattice)\n")[0].structure.cell?.periodicity == .all)
    #expect(try frames("0\n\(lattice) pbc=F\n")[0].structure.cell?.periodicity == [])
    #expect(
      try frames("0\n\(lattice) pbc=\"1 0 1\"\n")[0].structure.cell?.periodicity
        == Periodicity(true, false, true))
    #expect(try frames("0\nLattice=\"0 0 0 0 0 0 0 0 0\" pbc=\"F F F\"\n")[0].structure.cell != nil)
  }

  @Test(
    "errors name file, line and frame",
    arguments: [
      ("3\n\nH 0 0 0\n", "line 3 (frame 1): expected 3 atom lines, got 1"),
      (
        "1\n\nH 0 0 0\n1\n\nH 0 x 0\n",
        "line 6 (frame 2): expected a number in the column 'pos', got 'x'"
      ),
      ("two\n", "line 1 (frame 1): expected a number of atoms, got 'two'"),
      ("-1\n", "line 1 (frame 1): expected a number of atoms, got '-1'"),
      ("99999999999\n", "line 1 (frame 1): expected a number of atoms, got '99999999999'"),
      ("1", "line 1 (frame 1): expected a comment line, got the end of the file"),
      ("1\n\nH 0 0\n", "line 3 (frame 1): expected 4 columns in an atom line, got 3"),
      (
        "1\nProperties=species:S:1:pos:R:3\nH 0 0 0 1\n",
        "line 3 (frame 1): expected 4 columns in an atom line, got more"
      ),
      (
        "1\n\nQq 0 0 0\n",
        "line 3 (frame 1): expected a chemical symbol or an atomic number from 1 to 118 for atom 0, "
          + "got 'Qq'"
      ),
      ("1\n\nH 0 0x10 0\n", "line 3 (frame 1): expected a number in the column 'pos', got '0x10'"),
      (
        "1\n\nH 0 1e999 0\n", "line 3 (frame 1): expected a number in the column 'pos', got '1e999'"
      ),
      (
        "1\n\nH 0 nan 0\n",
        "line 3 (frame 1): positions must be finite, but component 1 of atom 0 is nan"
      ),
      (
        "1\na=\"b\nH 0 0 0\n",
        "line 2 (frame 1): expected an end of what '\"' opens at byte 3 of the comment line, got none"
      ),
      (
        "1\na=[[1]\nH 0 0 0\n",
        "line 2 (frame 1): expected an end of what '[' opens at byte 3 of the comment line, got none"
      ),
      ("1\n =3\n", "line 2 (frame 1): expected a key before '=' at byte 2 of the comment line"),
      (
        "1\npbc=\"T T T\"\n",
        "line 2 (frame 1): expected a Lattice, as pbc asks for periods, got none"
      ),
      (
        "1\npbc=maybe\n",
        "line 2 (frame 1): pbc must be three logicals, T or F, got string(\"maybe\")"
      ),
      (
        "1\nLattice=\"1 2\"\n",
        "line 2 (frame 1): Lattice must be 9 numbers, got integers([1, 2])"
      ),
      (
        "1\nProperties=species:S:1\n",
        "line 2 (frame 1): Properties must have a column 'pos'"
      ),
      (
        "1\nProperties=pos:R:3\n",
        "line 2 (frame 1): Properties must have a column 'species'"
      ),
      (
        "1\nProperties=species:S:1:pos:R:2\n",
        "line 2 (frame 1): the column 'pos' must be pos:R:3, got pos:R:2"
      ),
      (
        "1\nProperties=species:S:1:pos:R:3:f:X:1\n",
        "line 2 (frame 1): the type of the column 'f' must be R, I, S or L, got 'X'"
      ),
      (
        "1\nProperties=species:S:1:pos:R:3:f:R:0\n",
        "line 2 (frame 1): the width of the column 'f' must be positive, got '0'"
      ),
      (
        "1\nProperties=species:S:1:pos:R:3:f:R:5000\n",
        "line 2 (frame 1): the width of the column 'f' must be at most 4096, got '5000'"
      ),
      (
        "1\nProperties=species:S:1:pos:R:3:pos:R:3\n",
        "line 2 (frame 1): Properties must not name 'pos' twice"
      ),
      (
        "1\nProperties=species:S:1:pos\n",
        "line 2 (frame 1): Properties must be triples of name, type and width between colons, got "
          + "'species:S:1:pos'"
      ),
      (
        "1\nProperties=species:S:1:pos:R:3:a:I:1:b:L:1\nH 0 0 0 1.5 T\n",
        "line 3 (frame 1): expected an integer in the column 'a', got '1.5'"
      ),
      (
        "1\nProperties=species:S:1:pos:R:3:a:I:1:b:L:1\nH 0 0 0 1 yes\n",
        "line 3 (frame 1): expected T or F in the column 'b', got 'yes'"
      ),
    ])
  func malformed(text: String, message: String) {
    #expect(throws: HoneError(.format, "test.xyz:" + message)) { try frames(text) }
  }

  @Test("a singular lattice is refused where it stands")
  func singularLattice() throws {
    let error = #expect(throws: HoneError.self) {
      try frames("0\nLattice=\"1 0 0 0 1 0 1 1 0\"\n")
    }
    #expect(error?.kind == .format)
    #expect(error?.message.hasPrefix("test.xyz:line 2 (frame 1): the periodic vectors") == true)
  }

  @Test("after an error the reader repeats it")
  func repeatsError() throws {
    var reader = ExtendedXYZ.Reader(bytes: Array("1\n\nH 0 0 0\n?\n1\n\nH 0 0 0\n".utf8), name: "r")
    #expect(try reader.next() != nil)
    let error = HoneError(.format, "r:line 4 (frame 2): expected a number of atoms, got '?'")
    #expect(throws: error) { try reader.next() }
    #expect(throws: error) { try reader.next() }
    #expect(reader.frameCount == 1)
  }

  @Test("comment lines with too many keys and lines without end are refused")
  func limits() {
    let keys = (0...1000).map { "k\($0)=1" }.joined(separator: " ")
    #expect(throws: HoneError.self) { try frames("0\n\(keys)\n") }
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 17_000_000)
    let error = #expect(throws: HoneError.self) {
      try ExtendedXYZ.frames(bytes: long, name: "long")
    }
    #expect(error?.message.hasPrefix("long:line 1: expected a line of at most") == true)
  }

  @Test("files that are not there are named")
  func missingFile() {
    #expect(
      throws: HoneError(
        .io, "could not open absent.xyz for reading: No such file or directory")
    ) { try ExtendedXYZ.frames(path: "absent.xyz") }
    #expect(throws: HoneError.self) { try ExtendedXYZ.frames(path: ".") }
  }
}

@Suite struct ExtendedXYZDamageTests {
  private static let text = """
    2
    Lattice="4 0 0 1 5 0 0 0 6.5" Properties=species:S:1:pos:R:3:f:R:1:id:I:1 e=-1.5D+1 pbc="T F T" \
    j="_JSON \\"a\\\\u0041\\"" a={[1 2] 3}
    Si 0.0 .5 1e-3 1 7
    O 1.25 -2. +3 4 8
    1

    H 0 0 0

    """

  @Test("a file cut at any byte ends in frames or in an error with its place")
  func truncated() throws {
    let bytes = Array(ExtendedXYZDamageTests.text.utf8)
    let whole = try ExtendedXYZ.frames(bytes: bytes, name: "cut")
    #expect(whole.count == 2)
    var failures = 0
    for length in 0..<bytes.count {
      do throws(HoneError) {
        let frames = try ExtendedXYZ.frames(bytes: Array(bytes[..<length]), name: "cut")
        #expect(frames.count <= 2)
      } catch {
        failures += 1
        #expect(error.kind == .format && error.message.hasPrefix("cut:line "))
      }
    }
    #expect(failures > 150)
  }

  @Test("a file with any byte changed ends in frames or in an error with its place")
  func flipped() throws {
    let bytes = Array(ExtendedXYZDamageTests.text.utf8)
    var failures = 0
    for place in bytes.indices {
      for value in [0, 0x0A, 0x20, 0x22, 0x2D, 0x39, 0x3A, 0x3D, 0x5B, 0x5C, 0x7D, 0xFF] as [UInt8]
      {
        var damaged = bytes
        damaged[place] = value
        do throws(HoneError) {
          _ = try ExtendedXYZ.frames(bytes: damaged, name: "flip")
        } catch {
          failures += 1
          #expect(error.kind == .format && error.message.hasPrefix("flip:line "))
        }
      }
    }
    #expect(failures > 500)
  }
}
