import HoneFormats
import HoneNumerics
import Testing

@Suite struct PyTorchArchiveTests {
  private func open(_ name: String) throws -> PyTorchArchive {
    try PyTorchArchive(path: Golden.path(name))
  }

  /// An archive of one tensor of four floats, 1 to 4, with this view of them.
  private func archive(
    offset: String = "I0\n", shape: String = "(I2\nI2\nt", strides: String = "(I2\nI1\nt",
    storage: String = "FloatStorage", count: String = "I4\n", byteOrder: String = "little"
  ) -> [UInt8] {
    let pickle =
      "ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\n\(storage)\nS'0'\nS'cpu'\n"
      + "\(count)tQ\(offset)\(shape)\(strides)I00\nNtR."
    let numbers = [Float(1), 2, 3, 4].flatMap { littleEndian($0.bitPattern) }
    return ZipBuilder([
      ("x/data.pkl", Array(pickle.utf8)), ("x/byteorder", Array(byteOrder.utf8)),
      ("x/data/0", numbers),
    ]).build()
  }

  private func tensor(_ bytes: [UInt8]) throws(HoneError) -> StoredTensor? {
    try PyTorchArchive(bytes: Bytes(bytes)).root.tensor()
  }

  @Test("A module's parts are found by name and by path")
  func module() throws {
    let root = try open("module.pt").root
    #expect(root.className == "example.Net" && root.child("r_max")?.double == 4.5)
    #expect(try root.tensor("linear.weight")?.doubles() == [0, 1, 2, 3, 4, 5])
    #expect(try root.child("blocks")?.child("0")?.tensor("weight")?.doubles() == [1, 0, 0, 1])
    #expect(try root.requiredTensor("numbers").ints() == [1, 6, 8])
    #expect(try root.integers("numbers") == [1, 6, 8])
    #expect(root.child("act")?.globalName == "torch.nn.functional.silu")
    #expect(root.child("linear")?.child("in_features")?.int == 3)
    #expect(try root.tensor("absent") == nil && root.tensor("nothing.there") == nil)
    #expect(kind { () throws(HoneError) in _ = try root.requiredTensor("nothing") } == .format)
    #expect(kind { () throws(HoneError) in _ = try root.tensor("r_max") } == .format)
    let names = try root.namedTensors().map(\.name)
    #expect(names == ["numbers", "linear.weight", "linear.bias", "blocks.0.weight"])
  }

  @Test("Tensors of every number format have the values that were saved")
  func formats() throws {
    let root = try open("tensors.pt").root
    func values(_ name: String) throws -> [Double] { try root.requiredTensor(name).doubles() }
    #expect(try values("half") == [1.5, -2, 65504, 0x1p-24, .infinity])
    #expect(try values("bfloat") == [1.5, -2, Double(Float(bitPattern: 0x714A_0000))])
    for name in ["int64", "int32", "int16", "int8"] {
      #expect(try values(name) == [0, 1, -2, 3])
      #expect(try root.requiredTensor(name).ints() == [0, 1, -2, 3])
    }
    #expect(try root.requiredTensor("uint8").ints() == [0, 1, 254, 255])
    #expect(try root.requiredTensor("flags").ints() == [1, 0, 1])
    #expect(try root.requiredTensor("parameter").floats() == [1, 2])
    #expect(try values("scalar") == [2.5] && root.requiredTensor("scalar").shape == [])
    #expect(try values("empty") == [] && root.requiredTensor("empty").shape == [0, 3])
    let half = try root.requiredTensor("half")
    #expect(kind { () throws(HoneError) in _ = try half.ints() } == .format)
  }

  @Test("Views of a shared storage give their own elements")
  func views() throws {
    let root = try open("tensors.pt").root
    let base = try root.requiredTensor("base").doubles()
    let turned = try root.requiredTensor("transposed")
    #expect(base == (0..<24).map(Double.init))
    #expect(turned.shape == [4, 2, 3] && !turned.isDense)
    var expected: [Double] = []
    for k in 0..<4 {
      for i in 0..<2 { for j in 0..<3 { expected.append(base[i * 12 + j * 4 + k]) } }
    }
    #expect(try turned.doubles() == expected)
    #expect(try root.requiredTensor("part").doubles() == [16, 18, 20, 22])
    #expect(try root.requiredTensor("expanded").doubles() == [7, 7, 7, 7, 7, 7])
    let dense = try StoredTensor(
      dtype: .float64, shape: turned.shape, storage: turned.denseBytes())
    #expect(try dense.doubles() == expected)
  }

  @Test("Shapes, devices and types are read as names with arguments")
  func attributes() throws {
    let root = try open("attributes.pt").root
    #expect(root["size"]?.ints == [2, 3] && root["size"]?.className == "torch.Size")
    #expect(root["device"]?.arguments.first?.string == "cpu")
    #expect(root["dtype"]?.globalName == "torch.float32")
  }

  @Test("Other formats of PyTorch are told apart")
  func otherFormats() throws {
    #expect(try open("script.pt").isTorchScript && !open("module.pt").isTorchScript)
    let legacy = try Bytes(Golden.bytes("legacy.pt"))
    #expect(ModelFileKind.detect(legacy) == .legacyTorch)
    let error = #expect(throws: HoneError.self) { try PyTorchArchive(bytes: legacy) }
    #expect(error?.kind == .unsupported && error?.message.contains("current PyTorch") == true)
    #expect(try ModelFileKind.detect(Bytes(archive())) == .zip)
    #expect(try ModelFileKind.detect(Bytes([1, 2, 3])) == .unknown)
    #expect(kind { () throws(HoneError) in _ = try tensor([1, 2, 3]) } == .format)
    #expect(kind { () throws(HoneError) in _ = try tensor(ZipBuilder().build()) } == .format)
    let big = archive(byteOrder: "big")
    #expect(kind { () throws(HoneError) in _ = try tensor(big) } == .unsupported)
  }

  @Test("Odd but sound strides are followed")
  func oddStrides() throws {
    #expect(try tensor(archive())?.doubles() == [1, 2, 3, 4])
    #expect(try tensor(archive(strides: "(I1\nI2\nt"))?.doubles() == [1, 3, 2, 4])
    #expect(try tensor(archive(strides: "(I0\nI3\nt"))?.doubles() == [1, 4, 1, 4])
    #expect(try tensor(archive(strides: "(I1\nI1\nt"))?.doubles() == [1, 2, 2, 3])
    let single = archive(offset: "I3\n", shape: "(I1\nI1\nt", strides: "(I999\nI-0\nt")
    #expect(try tensor(single)?.doubles() == [4])
    #expect(try tensor(archive(offset: "I99\n", shape: "(I0\nI9\nt"))?.doubles() == [])
  }

  @Test("Views that leave or overstretch their storage are refused")
  func hostileViews() {
    let huge = String(Int.max)
    let wrong = [
      archive(offset: "I1\n"), archive(offset: "I-1\n"), archive(offset: "I\(huge)\n"),
      archive(shape: "(I3\nI2\nt"), archive(shape: "(I-2\nI2\nt"), archive(shape: "(I2\nt"),
      archive(shape: "(I\(huge)\nI\(huge)\nt"), archive(strides: "(I-1\nI1\nt"),
      archive(strides: "(I\(huge)\nI1\nt"), archive(strides: "(NNt"), archive(count: "I5\n"),
      archive(count: "I-4\n"), archive(count: "I\(huge)\n"), archive(count: "I3\n"),
      archive(shape: "(I2048\nI1024\nt", strides: "(I0\nI0\nt"),
      archive(shape: "(I\(huge)\nI0\nI\(huge)\nt", strides: "(I1\nI1\nI1\nt"),
      archive(storage: "DoubleStorage"),
    ]
    for bytes in wrong {
      #expect(kind { () throws(HoneError) in _ = try tensor(bytes)?.doubles() } == .format)
    }
    let complex = archive(storage: "ComplexFloatStorage")
    #expect(kind { () throws(HoneError) in _ = try tensor(complex) } == .unsupported)
  }

  @Test("No cut and no changed byte of an archive traps")
  func damage() {
    forEachDamage(archive()) { bytes in
      _ = try? tensor(bytes)?.doubles()
    }
  }
}
