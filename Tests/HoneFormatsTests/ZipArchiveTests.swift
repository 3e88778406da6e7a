import HoneFormats
import HoneNumerics
import Testing

@Suite struct ZipArchiveTests {
  private let two = ZipBuilder([("a/one", Array("first".utf8)), ("a/two", [])])

  private func open(_ bytes: [UInt8]) throws(HoneError) -> ZipArchive {
    try ZipArchive(bytes: Bytes(bytes))
  }

  @Test("Stored entries are found by name and come back unchanged")
  func stored() throws {
    let zip = try open(two.build())
    #expect(zip.entries.map(\.name) == ["a/one", "a/two"])
    #expect(try zip.contents(of: "a/one").utf8Text == "first")
    #expect(try zip.contents(of: "a/two").count == 0)
    #expect(!zip.contains("one"))
    #expect(kind { () throws(HoneError) in _ = try zip.contents(of: "b") } == .format)
  }

  @Test("An archive may be empty, carry a comment or use the wide fields of zip64")
  func variants() throws {
    #expect(try open(ZipBuilder().build()).entries.isEmpty)
    var builder = two
    builder.comment = Array("PK\u{5}\u{6} is not the end".utf8)
    #expect(try open(builder.build()).entries.count == 2)
    builder.wideEnd = true
    builder.entries[0].wide = true
    #expect(try open(builder.build()).contents(of: "a/one").utf8Text == "first")
  }

  @Test(
    "Deflated entries expand, whatever the type of their blocks",
    arguments: [
      ("cb48cdc9c957c8402701", "hello hello hello hello"), ("010600f9ff73746f726564", "stored"),
    ])
  func deflated(data: String, text: String) throws {
    var builder = ZipBuilder([("x", hex(data))])
    builder.entries[0].method = 8
    builder.entries[0].expanded = Array(text.utf8)
    #expect(try open(builder.build()).contents(of: "x").utf8Text == text)

    for wrong in [UInt32(text.utf8.count - 1), UInt32(text.utf8.count + 1), 0] {
      builder.entries[0].declaredSize = wrong
      let zip = try open(builder.build())
      #expect(kind { () throws(HoneError) in _ = try zip.contents(of: "x") } == .format)
    }
  }

  @Test("A size that deflate cannot reach is refused before memory is taken")
  func bomb() throws {
    var builder = ZipBuilder([("x", hex("cb48cdc9c957c8402701"))])
    builder.entries[0].method = 8
    builder.entries[0].declaredSize = .max - 1
    let zip = try open(builder.build())
    let error = #expect(throws: HoneError.self) { try zip.contents(of: "x") }
    #expect(error?.message.contains("compressed bytes can have") == true)
  }

  @Test("Data that disagrees with its checksum is refused")
  func checksum() throws {
    var builder = two
    builder.entries[0].expanded = Array("fIrst".utf8)
    let zip = try open(builder.build())
    #expect(kind { () throws(HoneError) in _ = try zip.contents(of: "a/one") } == .format)
  }

  @Test("Repeated names, shared data and offsets outside the file are refused")
  func hostileEntries() throws {
    var repeated = two
    repeated.entries[1].name = "a/one"
    #expect(kind { () throws(HoneError) in _ = try open(repeated.build()) } == .format)

    // The second entry's data contains the whole of a first one.
    let inner = ZipBuilder([("in", Array("data".utf8))]).build()
    var overlapping = ZipBuilder([("out", Array(inner[..<36])), ("in", Array("data".utf8))])
    #expect(kind { () throws(HoneError) in _ = try open(overlapping.build()) } == nil)
    overlapping.entries[1].headerOffset = 33
    #expect(kind { () throws(HoneError) in _ = try open(overlapping.build()) } == .format)

    for offset: UInt32 in [1, 70, 0x7FFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFF] {
      var outside = two
      outside.entries[1].headerOffset = offset
      #expect(kind { () throws(HoneError) in _ = try open(outside.build()) } == .format)
    }
  }

  @Test("Zip64 records that lie about their values are refused")
  func wideLies() throws {
    var builder = two
    builder.wideEnd = true
    let sound = builder.build()
    let record = sound.count - 22 - 20 - 56
    for field in [24, 32, 40, 48] where field != 24 {
      for value: UInt64 in [.max, .max / 2, 1 << 40, 1 << 63] {
        var bytes = sound
        bytes.replaceSubrange(record + field..<record + field + 8, with: littleEndian(value))
        #expect(kind { () throws(HoneError) in _ = try open(bytes) } == .format)
      }
    }
    for value: UInt64 in [.max, 1 << 63, UInt64(record) + 1, 0] {
      var bytes = sound
      let locator = sound.count - 22 - 20 + 8
      bytes.replaceSubrange(locator..<locator + 8, with: littleEndian(value))
      #expect(kind { () throws(HoneError) in _ = try open(bytes) } == .format)
    }
  }

  @Test("Encrypted entries and other compressions are unsupported, not damaged")
  func unsupported() throws {
    var builder = two
    builder.entries[0].flags = 1
    #expect(kind { () throws(HoneError) in _ = try open(builder.build()) } == .unsupported)
    builder.entries[0].flags = 0
    builder.entries[0].method = 14
    let zip = try open(builder.build())
    #expect(kind { () throws(HoneError) in _ = try zip.contents(of: "a/one") } == .unsupported)
  }

  @Test("No cut and no changed byte gives other data or a trap")
  func damage() throws {
    var builder = two
    builder.wideEnd = true
    builder.entries[0].wide = true
    forEachDamage(builder.build()) { bytes in
      guard let zip = try? open(bytes), let data = try? zip.contents(of: "a/one") else { return }
      #expect(data.utf8Text == "first")
    }
    forEachDamage(hex("cb48cdc9c957c8402701")) { data in
      var builder = ZipBuilder([("x", data)])
      builder.entries[0].method = 8
      builder.entries[0].expanded = Array("hello hello hello hello".utf8)
      let expanded = try? open(builder.build()).contents(of: "x")
      #expect(expanded == nil || expanded?.utf8Text == "hello hello hello hello")
    }
  }
}
