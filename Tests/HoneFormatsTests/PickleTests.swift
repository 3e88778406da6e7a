import HoneFormats
import HoneNumerics
import Testing

@Suite struct PickleTests {
  private func read(_ bytes: [UInt8]) throws(HoneError) -> PickleNode {
    try PickleDocument(bytes: Bytes(bytes)).root
  }

  private func read(_ text: String) throws(HoneError) -> PickleNode { try read(Array(text.utf8)) }

  @Test(
    "Every protocol gives the same values", arguments: 0...5)
  func protocols(version: Int) throws {
    let root = try read(Golden.bytes("values\(version).pkl"))
    #expect(root["none"]?.isNone == true)
    #expect(root["true"]?.bool == true && root["false"]?.bool == false)
    #expect(root["small"]?.int == 7 && root["negative"]?.int == -3 && root["word"]?.int == 40000)
    #expect(root["long"]?.int == 1 << 40 && root["minus_long"]?.int == -(1 << 40))
    #expect(root["huge"]?.int == nil && root["huge"]?.summary == "an integer")
    #expect(root["pi"]?.double == 3.141592653589793)
    #expect(root["text"]?.string == "Å\n'quoted' \\ \u{1F600}")
    #expect(try root["bytes"]?.bytes?.array() == [0, 127, 128, 255])
    #expect(root["tuple0"]?.tuple?.count == 0)
    #expect(root["tuple1"]?.ints == [1] && root["tuple4"]?.ints == [1, 2, 3, 4])
    #expect(root["list"]?.list?.first?.string == "a")
    #expect(root["list"]?.tuple == nil && root["tuple1"]?.list == nil)
    #expect(root["set"]?.set?.map(\.int) == [5] && root["frozenset"]?.set?.map(\.int) == [6])
    #expect(root["ordered"]?.dictionary?.map(\.key.string) == ["z", "a"])
    #expect(root["ordered"]?["a"]?.int == 2)
    #expect(root["default"]?["k"]?.ints == [1])
    #expect(root["slice"]?.slice?.start == 1 && root["slice"]?.slice?.stop == nil)
    #expect(root["slice"]?.slice?.step == 2)
    #expect(root["named"]?.globalName == "collections.OrderedDict")
    #expect(root["complex"]?.className == "builtins.complex")
    #expect(root["complex"]?.arguments.map(\.double) == [1, 2])
    let partial = try #require(root["partial"]?.partial)
    #expect(partial.function.globalName == "builtins.int")
    #expect(partial.arguments.map(\.string) == ["12"] && partial.keywords?["base"]?.int == 3)
  }

  @Test("NumPy numbers and arrays of every protocol can be read", arguments: 0...5)
  func numPy(version: Int) throws {
    let root = try read(Golden.bytes("values\(version).pkl"))
    #expect(root["numpy_scalar"]?.double == 0.25)
    #expect(root["numpy_int"]?.int == -9 && root["numpy_int"]?.double == -9)
    #expect(root["numpy_bool"]?.bool == true && root["numpy_bool"]?.int == nil)
    let array = try #require(try root["numpy_array"]?.numPyArray())
    #expect(array.dtype == .float32 && array.shape == [2, 3])
    #expect(try array.doubles() == [0, 1, 2, 3, 4, 5])
    let columns = try #require(try root["numpy_columns"]?.numPyArray())
    #expect(try columns.ints() == [0, 1, 2, 3, 4, 5] && columns.shape == [2, 3])
    #expect(try root["pi"]?.numPyArray() == nil)
    #expect(try root.numbers("numpy_array") == [0, 1, 2, 3, 4, 5])
    #expect(try root.integers("numpy_int") == [-9] && root.numbers("pi").count == 1)
  }

  @Test("A list that contains itself is one object", arguments: 0...5)
  func cycle(version: Int) throws {
    let root = try read(Golden.bytes("values\(version).pkl"))
    let list = try #require(root["cyclic"])
    #expect(list.list?.last?.identity == list.identity)
    #expect(list.list?.last?.list?.last?.list?.first?.int == 1)
  }

  @Test("Instructions that only old or rare pickles have are understood")
  func rareInstructions() throws {
    #expect(try read("I01\n.").bool == true)
    #expect(try read("I12\n.").int == 12)
    #expect(try read("L-5L\n.").int == -5)
    #expect(try read("F1e-3\n.").double == 1e-3)
    #expect(try read(#"S'a\x41\101\n\''"# + "\n.").string == "aAA\n'")
    #expect(try read(#"V\u00e9\U0001F600\q"# + "\n.").string == "é\u{1F600}\\q")
    #expect(try read([0x55, 2, 0xE9, 0x41, 0x2E]).string == "éA")
    #expect(try read("(I1\nI2\nl.").ints == [1, 2])
    #expect(try read("(S'k'\nI2\nd.")["k"]?.int == 2)
    #expect(try read("(I1\n(I2\nI3\n1t.").ints == [1])
    #expect(try read("I1\nI2\n0.").int == 1)
    #expect(try read("I1\n(0.").int == 1)
    #expect(try read("I4\n2\u{86}.".unicodeScalars.map { UInt8($0.value) }).ints == [4, 4])
    #expect(try read("I7\np5\n0g5\n.").int == 7)
    #expect(try read([0x82, 3, 0x2E]).globalName == "copyreg.extension.3")
    #expect(try read([0x8A, 2, 0x00, 0x80, 0x2E]).int == -32768)
    #expect(try read([0x8A, 0, 0x2E]).int == 0)
  }

  @Test("Objects of every spelling keep class, arguments and state")
  func objects() throws {
    for text in ["(I1\nim\nC\n.", "(cm\nC\nI1\no.", "cm\nC\n(I1\ntR.", "cm\nC\nI1\n\u{85}\u{81}."] {
      let node = try read(text.unicodeScalars.map { UInt8($0.value) })
      #expect(node.className == "m.C" && node.shortClassName == "C")
      #expect(node.arguments.map(\.int) == [1])
      #expect(node.enumeration?.member.int == 1)
      #expect(node.state == nil && node["x"] == nil)
    }
    let keyword = try read("cm\nC\n)}S'k'\nI3\ns\u{92}.".unicodeScalars.map { UInt8($0.value) })
    #expect(keyword.keywordArguments?["k"]?.int == 3)
    #expect(try read("cm\nC\n)R}S'x'\nI3\nsb.")["x"]?.int == 3)
    #expect(try read("cm\nC\n)R(NNtb.")["x"] == nil)
    #expect(try read("cm\nC\n)R(}S'x'\nI3\ns}S'y'\nI4\nstb.")["y"]?.int == 4)
    #expect(try read("cm\nC\n)R(I1\nI2\ne.").list?.count == 2)
    #expect(
      try read("ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR.").className == "m.C")
    let names = try read([0x8C, 1, 0x6D, 0x8C, 1, 0x43, 0x93, 0x2E])
    #expect(names.globalName == "m.C")
  }

  @Test("Of a repeated key the last value counts, in the place of the first")
  func repeatedKeys() throws {
    let node = try read("}(S'a'\nI1\nS'b'\nI2\nS'a'\nI3\nu.")
    #expect(node.dictionary?.map(\.key.string) == ["a", "b"])
    #expect(node.dictionary?.map(\.value.int) == [3, 2])
    #expect(node["a"]?.int == 3)
  }

  @Test("Irreps become the text that e3nn reads")
  func irreps() throws {
    func named(_ name: String) -> [UInt8] { Array("ce3nn.o3._irreps\n\(name)\n".utf8) }
    let odd = named("Irrep") + Array("I1\nI-1\n".utf8) + [0x86, 0x85, 0x81]
    let even = named("Irrep") + Array("I0\nI1\n".utf8) + [0x86, 0x85, 0x81]
    func term(_ count: Int, _ irrep: [UInt8]) -> [UInt8] {
      named("_MulIr") + Array("I\(count)\n".utf8) + irrep + [0x86, 0x85, 0x81]
    }
    let terms = term(8, even) + term(4, odd)
    let node = try read(named("Irreps") + terms + [0x86, 0x85, 0x81, 0x2E] as [UInt8])
    #expect(node.irreps == "8x0e+4x1o" && node.tuple?.count == 2)
    #expect(try read(odd + [0x2E]).irreps == "1o")
    #expect(try read(named("Irreps") + [0x29, 0x85, 0x81, 0x2E]).irreps == "")
    #expect(try read("S'2x1o'\n.").irreps == "2x1o")
  }

  @Test(
    "What is no pickle is refused",
    arguments: [
      "", ".", "(.", "0.", "1.", "t.", "a.", "I1\nI2\na.", "]s.", "}I1\ns.", "(I1\nd.", "R.",
      "cm\nC\nR.", "cm\nC\nI1\nR.", "I1\nNb.", "h\u{1}.", "g9\n.", "p0\n.", "gx\n.", "Ix\n.",
      "I\n.",
      "L-L\n.", "Fx\n.", "Sx\n.", "S'x\n.", "cm\n", "(o.", "I1\nI2\n\u{93}.", "\u{FF}.", "I1\n",
      "(I1\nI2\nI3\nu.", "I1\n(\u{85}.",
    ])
  func refused(text: String) {
    let bytes = text.unicodeScalars.map { UInt8($0.value) }
    #expect(kind { () throws(HoneError) in _ = try read(bytes) } == .format)
  }

  @Test("Later protocols and buffers outside the file are unsupported")
  func unsupported() {
    #expect(kind { () throws(HoneError) in _ = try read([0x80, 6, 0x2E]) } == .unsupported)
    #expect(kind { () throws(HoneError) in _ = try read([0x97, 0x2E]) } == .unsupported)
  }

  @Test("Lengths beyond the file are refused without taking memory")
  func hugeLengths() {
    for opcode: UInt8 in [0x58, 0x42, 0x54, 0x8B] {
      for length: UInt32 in [5, 0x7FFF_FFFF, 0x8000_0000, .max] {
        let bytes = [opcode] + littleEndian(length) + [1, 2, 3, 0x2E]
        #expect(kind { () throws(HoneError) in _ = try read(bytes) } == .format)
      }
    }
    for opcode: UInt8 in [0x8D, 0x8E, 0x96] {
      for length: UInt64 in [5, 1 << 62, 1 << 63, .max] {
        let bytes = [opcode] + littleEndian(length) + [1, 2, 3, 0x2E]
        #expect(kind { () throws(HoneError) in _ = try read(bytes) } == .format)
      }
    }
    let sparse = [0x4E, 0x72] + littleEndian(UInt32.max) + [0x2E]
    #expect(kind { () throws(HoneError) in _ = try read(sparse) } == nil)
  }

  @Test("A million nested objects neither overflow the stack when read nor when released")
  func deepNesting() throws {
    let depth = 1_000_000
    let tuples = [0x29] + [UInt8](repeating: 0x85, count: depth) + [0x2E]
    var node = try read(tuples)
    var levels = 0
    while let inner = node.tuple?.first {
      node = inner
      levels += 1
    }
    #expect(levels == depth)
    let lists = [UInt8](repeating: 0x5D, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
    #expect(try read(lists + [0x2E]).list?.count == 1)
    let marks = [UInt8](repeating: 0x28, count: depth) + [0x2E]
    #expect(kind { () throws(HoneError) in _ = try read(marks) } == .format)
    // f((f((f(...),)),)): an object whose argument is an object.
    let call = Array("cm\nC\nq\u{0}".utf8) + [0x29, 0x52]
    let wrap: [UInt8] = [0x71, 1, 0x30, 0x68, 0, 0x68, 1, 0x85, 0x52]
    let chain = call + repeatElement(wrap, count: 100_000).flatMap { $0 } + [0x2E]
    let root = try read(chain)
    #expect(root.className == "m.C" && root.int == nil && root.bytes == nil && root.irreps == nil)
    #expect(try root.tensor() == nil)
  }

  @Test("No cut and no changed byte of a pickle traps", arguments: [0, 2, 5])
  func damage(version: Int) throws {
    try forEachDamage(Golden.bytes("values\(version).pkl")) { bytes in
      guard let root = try? read(bytes) else { return }
      for (key, value) in root.dictionary ?? [] {
        _ = (key.string, value.int, value.double, value.bool, value.bytes, value.elements)
        _ = (value.slice, value.partial, value.enumeration, value.irreps, value.summary)
        _ = (value.dictionary, value["k"], value.child("x"), value.ints)
        _ = try? value.numPyArray()?.doubles()
        _ = try? value.tensor()
      }
    }
  }
}
