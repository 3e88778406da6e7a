import HoneFormats
import HoneNumerics
import Testing

@Suite struct SafetensorsTests {
  private func sample() throws -> SafetensorsWriter {
    var writer = SafetensorsWriter()
    try writer.add("b.weight", [1, 2, 3, 4, 5, 6] as [Double], shape: [2, 3])
    try writer.add("a", [1.5, -2] as [Float], shape: [2])
    try writer.add("numbers", [1, -8], shape: [2, 1])
    try writer.add("empty", [] as [Double], shape: [0, 4])
    try writer.add("scalar", [7] as [Double], shape: [])
    writer.metadata = ["units": "eV, Å", "json": #"{"x":[1]}"#]
    return writer
  }

  private func file(_ header: String, data: Int = 16) throws(HoneError) -> SafetensorsFile {
    let text = Array(header.utf8)
    return try SafetensorsFile(
      bytes: Bytes(littleEndian(UInt64(text.count)) + text + [UInt8](repeating: 0, count: data)))
  }

  @Test("What is written is read back")
  func roundTrip() throws {
    let bytes = try sample().bytes()
    #expect(ModelFileKind.detect(bytes) == .safetensors)
    let file = try SafetensorsFile(bytes: bytes)
    #expect(file.names == ["a", "b.weight", "empty", "numbers", "scalar"])
    #expect(file.metadata == ["units": "eV, Å", "json": #"{"x":[1]}"#])
    #expect(try file.requiredTensor("b.weight").doubles() == [1, 2, 3, 4, 5, 6])
    #expect(try file.requiredTensor("a").floats() == [1.5, -2])
    #expect(try file.requiredTensor("numbers").ints() == [1, -8])
    #expect(file.tensor("numbers")?.shape == [2, 1] && file.tensor("scalar")?.shape == [])
    #expect(file.tensor("empty")?.shape == [0, 4] && file.tensor("missing") == nil)
    let length: UInt64 = try #require(bytes.integer(at: 0))
    #expect(length % 8 == 0)
  }

  @Test("The same content gives the same bytes in any order, and again after reading")
  func stableBytes() throws {
    let bytes = try sample().bytes().array()
    let file = try SafetensorsFile(bytes: Bytes(bytes))
    var again = SafetensorsWriter()
    again.metadata = file.metadata
    for name in file.names.reversed() { try again.add(name, file.requiredTensor(name)) }
    #expect(try again.bytes().array() == bytes)
  }

  @Test("Tensors of a PyTorch archive keep their number format")
  func conversion() throws {
    let source = try PyTorchArchive(path: Golden.path("tensors.pt")).root
    var writer = SafetensorsWriter()
    for (key, value) in try #require(source.dictionary) {
      try writer.add(try #require(key.string), try #require(try value.tensor()))
    }
    let file = try SafetensorsFile(bytes: writer.bytes())
    for name in file.names {
      let before = try source.requiredTensor(name)
      let after = try file.requiredTensor(name)
      #expect(after.dtype == before.dtype && after.shape == before.shape && after.isDense)
      #expect(try after.doubles() == before.doubles())
    }
  }

  @Test("Names are given once and shapes fit their values")
  func arguments() throws {
    var writer = try sample()
    #expect(throws: HoneError.self) { try writer.add("a", [1], shape: [1]) }
    #expect(throws: HoneError.self) { try writer.add("__metadata__", [1], shape: [1]) }
    #expect(throws: HoneError.self) { try writer.add("c", [1, 2], shape: [3]) }
    #expect(throws: HoneError.self) { try writer.add("c", [1, 2], shape: [-1, -2]) }
    #expect(throws: HoneError.self) { try writer.add("c", [1, 2], shape: [.max, .max]) }
  }

  @Test(
    "Headers that contradict themselves or the file are refused",
    arguments: [
      "", "[]", "{", #"{"a":1}"#, #"{"a":{"dtype":"F64","shape":[2]}}"#,
      #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}"#,
      #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[16,0]}}"#,
      #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[-16,0]}}"#,
      #"{"a":{"dtype":"F64","shape":[3],"data_offsets":[0,24]}}"#,
      #"{"a":{"dtype":"F64","shape":[-2],"data_offsets":[0,16]}}"#,
      #"{"a":{"dtype":"F64","shape":[2.0],"data_offsets":[0,16]}}"#,
      #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16],"x":1}}"#,
      #"{"a":{"dtype":"F64","shape":[9223372036854775807,2],"data_offsets":[0,16]}}"#,
      #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,9223372036854775807]}}"#,
      #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[-9223372036854775807,16]}}"#,
      #"{"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},"b":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}}"#,
      #"{"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}}"#,
      #"{"__metadata__":{"x":1},"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}}"#,
      #"{"__metadata__":[],"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}}"#,
    ])
  func refused(header: String) {
    #expect(kind { () throws(HoneError) in _ = try file(header) } == .format)
  }

  @Test("Number formats of other tools are unsupported, not damaged")
  func unsupported() {
    let header = #"{"a":{"dtype":"F8_E4M3","shape":[16],"data_offsets":[0,16]}}"#
    #expect(kind { () throws(HoneError) in _ = try file(header) } == .unsupported)
  }

  @Test("Header lengths beyond the file or the limit are refused")
  func headerLength() {
    for length: UInt64 in [3, 100_000_001, 1 << 40, 1 << 63, .max] {
      let bytes = littleEndian(length) + Array("{}".utf8)
      #expect(
        kind { () throws(HoneError) in _ = try SafetensorsFile(bytes: Bytes(bytes)) } == .format)
    }
  }

  @Test("No cut and no changed byte traps, and every cut is noticed")
  func damage() throws {
    let sound = try sample().bytes().array()
    forEachDamage(sound) { bytes in
      let file = try? SafetensorsFile(bytes: Bytes(bytes))
      #expect(bytes.count == sound.count || file == nil)
      for name in file?.names ?? [] { _ = try? file?.requiredTensor(name).doubles() }
    }
  }
}
