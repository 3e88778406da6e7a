import Glibc
import HoneFormats
import HoneNumerics
import Testing

/// Files of the package's `Tests/Golden`.
enum Golden {
  static func path(_ name: String) -> String {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(2).joined(separator: "/") + "/Golden/torch/" + name
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try Bytes(contentsOfFile: path(name)).array()
  }
}

/// The bytes of an integer, the lowest first.
func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * T($0))) }
}

/// The bytes that a row of hexadecimal digits means.
func hex(_ text: String) -> [UInt8] {
  let digits = text.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// The kind of error that a closure throws, `nil` if it throws none.
func kind(of body: () throws(HoneError) -> Void) -> HoneError.Kind? {
  do {
    try body()
    return nil
  } catch {
    return error.kind
  }
}

/// Calls a closure with every beginning of some bytes, and with every byte changed in two ways.
func forEachDamage(_ bytes: [UInt8], _ body: ([UInt8]) throws -> Void) rethrows {
  for length in 0..<bytes.count { try body(Array(bytes[..<length])) }
  var changed = bytes
  for index in bytes.indices {
    for mask: UInt8 in [0xFF, 1 << (index % 8)] {
      changed[index] = bytes[index] ^ mask
      try body(changed)
    }
    changed[index] = bytes[index]
  }
}

/// A directory of the test's own, removed at the end.
struct TemporaryDirectory: ~Copyable {
  let path: String

  init() throws {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
    var template = Array("\(parent)/hone-tests-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    path = String(cString: made)
  }

  var files: [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  deinit {
    for file in files { unlink(path + "/" + file) }
    rmdir(path)
  }
}

/// Builds zip archives, sound ones and others.
struct ZipBuilder {
  struct Entry {
    var name: String
    var data: [UInt8]
    var method: UInt16 = 0
    var expanded: [UInt8]?
    var declaredSize: UInt32?
    var headerOffset: UInt32?
    var wide = false
    var flags: UInt16 = 0
  }

  var entries: [Entry] = []
  var comment: [UInt8] = []
  var wideEnd = false

  init(_ files: [(String, [UInt8])] = []) {
    entries = files.map { Entry(name: $0.0, data: $0.1) }
  }

  /// The CRC-32 of the PNG specification's appendix, a bit at a time.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var value = UInt32.max
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1 }
    }
    return ~value
  }

  func build() -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let name = Array(entry.name.utf8)
      let expanded = entry.expanded ?? entry.data
      let size = entry.declaredSize ?? UInt32(expanded.count)
      let sizes =
        littleEndian(Self.checksum(expanded)) + littleEndian(UInt32(entry.data.count))
        + littleEndian(size)
      let offset = entry.headerOffset ?? UInt32(file.count)
      file += littleEndian(UInt32(0x0403_4B50)) + littleEndian(UInt16(20))
      file += littleEndian(entry.flags) + littleEndian(entry.method) + [0, 0, 0, 0] + sizes
      file += littleEndian(UInt16(name.count)) + [0, 0] + name + entry.data

      directory += littleEndian(UInt32(0x0201_4B50)) + [20, 0, 20, 0]
      directory += littleEndian(entry.flags) + littleEndian(entry.method) + [0, 0, 0, 0]
      if entry.wide {
        let extra =
          littleEndian(UInt16(1)) + littleEndian(UInt16(24)) + littleEndian(UInt64(size))
          + littleEndian(UInt64(entry.data.count)) + littleEndian(UInt64(offset))
        directory += sizes[..<4] + [UInt8](repeating: 255, count: 8)
        directory += littleEndian(UInt16(name.count)) + littleEndian(UInt16(extra.count))
        directory += [UInt8](repeating: 0, count: 10) + [255, 255, 255, 255] + name + extra
      } else {
        directory += sizes + littleEndian(UInt16(name.count)) + [0, 0]
        directory += [UInt8](repeating: 0, count: 10) + littleEndian(offset) + name
      }
    }
    let start = file.count
    file += directory
    if wideEnd {
      let record = file.count
      file += littleEndian(UInt32(0x0606_4B50)) + littleEndian(UInt64(44)) + [45, 0, 45, 0]
      file += [UInt8](repeating: 0, count: 8)
      file += littleEndian(UInt64(entries.count)) + littleEndian(UInt64(entries.count))
      file += littleEndian(UInt64(directory.count)) + littleEndian(UInt64(start))
      file += littleEndian(UInt32(0x0706_4B50)) + [0, 0, 0, 0] + littleEndian(UInt64(record))
      file += [1, 0, 0, 0]
    }
    let count = wideEnd ? UInt16.max : UInt16(entries.count)
    file += littleEndian(UInt32(0x0605_4B50)) + [0, 0, 0, 0]
    file += littleEndian(count) + littleEndian(count)
    file += littleEndian(wideEnd ? UInt32.max : UInt32(directory.count))
    file += littleEndian(wideEnd ? UInt32.max : UInt32(start))
    return file + littleEndian(UInt16(comment.count)) + comment
  }
}
