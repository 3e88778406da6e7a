import HoneFormats
import HoneModels
import HoneTestSupport
import Testing

@Suite("Damaged files")
struct RefusalDamageTests {
  static let models = ["mace/reduced-l0.model", "sevennet/readout-network.pth"]

  /// About as many positions as asked for, spread over a run of bytes and unevenly so.
  private static func positions(in count: Int, _ wanted: Int) -> [Int] {
    guard count > 0 else { return [] }
    return (0..<wanted).map { ($0 * count / wanted + $0 * 7 % 13) % count }
  }

  /// How a byte is changed: one bit, all bits, or to zero.
  private static func changed(_ byte: UInt8, _ turn: Int) -> UInt8 {
    switch turn % 3 {
    case 0: byte ^ (1 << (turn / 3 % 8))
    case 1: ~byte
    default: byte == 0 ? 1 : 0
    }
  }

  private func saved(_ name: String) throws -> [UInt8] {
    let directory = try ScratchDirectory()
    let path = directory.path + "/model"
    try ForceField(path: PackagePaths.golden + "/" + name).save(to: path)
    return try Bytes(contentsOfFile: path).array()
  }

  @Test("A file that ends early is refused", arguments: models)
  func cut(_ name: String) throws {
    let original = try Bytes(contentsOfFile: PackagePaths.golden + "/" + name).array()
    for bytes in [original, try saved(name)] {
      var count = OutcomeCount()
      let lengths = Set(Self.positions(in: bytes.count, 180) + ((bytes.count - 20)..<bytes.count))
      for length in lengths.sorted() {
        count.check(Array(bytes[..<length]), "\(name) cut to \(length) bytes")
      }
      #expect(count.finite == 0)
      #expect(count.refused == lengths.count)
    }
  }

  @Test("A changed byte of a pickle does no harm", arguments: models)
  func pickle(_ name: String) throws {
    var archive = try EditableArchive(path: PackagePaths.golden + "/" + name)
    let entry = try #require(archive.entries.firstIndex { $0.name.hasSuffix("data.pkl") })
    let data = archive.entries[entry].data
    var count = OutcomeCount()
    count.check(try archive.bytes(), name)
    try #require(count.finite == 1, "the archive is read when put together again")
    for (turn, position) in Self.positions(in: data.count, 900).enumerated() {
      archive.entries[entry].data[position] = Self.changed(data[position], turn)
      count.check(try archive.bytes(), "\(name) pickle \(position) turn \(turn)")
      archive.entries[entry].data[position] = data[position]
    }
    #expect(count.refused > 50, "\(count)")
  }

  @Test("A changed byte of a weight does no harm", arguments: models)
  func weights(_ name: String) throws {
    var archive = try EditableArchive(path: PackagePaths.golden + "/" + name)
    var count = OutcomeCount()
    var turn = 0
    for entry in archive.entries.indices where archive.entries[entry].name.contains("/data/") {
      let data = archive.entries[entry].data
      for position in Self.positions(in: data.count, 4) {
        archive.entries[entry].data[position] = Self.changed(data[position], turn)
        count.check(try archive.bytes(), "\(name) \(archive.entries[entry].name) \(position)")
        archive.entries[entry].data[position] = data[position]
        turn += 1
      }
    }
    #expect(count.finite > 20, "\(count)")
  }

  @Test("A changed byte of a saved model does no harm", arguments: models)
  func safetensors(_ name: String) throws {
    let bytes = try saved(name)
    let header = 8 + bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    try #require(header < bytes.count)
    let places =
      Self.positions(in: header, 500)
      + Self.positions(in: bytes.count - header, 200).map { $0 + header }
    var count = OutcomeCount()
    var changed = bytes
    for (turn, position) in places.enumerated() {
      changed[position] = Self.changed(bytes[position], turn)
      count.check(changed, "\(name) saved \(position) turn \(turn)")
      changed[position] = bytes[position]
    }
    #expect(count.refused > 100, "\(count)")
  }
}
