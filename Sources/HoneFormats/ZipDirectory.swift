internal import HoneNumerics

/// The central directory of a zip archive: where it lies and what it says.
///
/// Section numbers in the comments are those of PKWARE's APPNOTE.TXT.
struct ZipDirectory {
  private let bytes: Bytes
  private var offset = 0
  private var size = 0
  private var count = 0

  /// Finds the directory by the record at the end of the archive.
  init(of bytes: Bytes) throws(HoneError) {
    self.bytes = bytes
    let end = try Self.findEndRecord(in: bytes)
    try read32(end)
    try read64(end)
  }

  private static func damage(_ what: String) -> HoneError {
    HoneError(.format, "expected \(what) in a zip archive")
  }

  /// The end record (4.3.16) is the last thing in the file, but for a comment of known length.
  private static func findEndRecord(in bytes: Bytes) throws(HoneError) -> Int {
    let last = bytes.count - 22
    guard last >= 0 else { throw damage("at least 22 bytes, got \(bytes.count)") }
    for offset in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
    where bytes.integer(at: offset, as: UInt32.self) == 0x0605_4B50 {
      if let comment: UInt16 = bytes.integer(at: offset + 20), Int(comment) == last - offset {
        return offset
      }
    }
    throw damage("a directory at the end (a file cut short has none)")
  }

  private mutating func read32(_ end: Int) throws(HoneError) {
    guard let disk: UInt16 = bytes.integer(at: end + 4),
      let directoryDisk: UInt16 = bytes.integer(at: end + 6),
      let countHere: UInt16 = bytes.integer(at: end + 8),
      let count: UInt16 = bytes.integer(at: end + 10),
      let size: UInt32 = bytes.integer(at: end + 12),
      let offset: UInt32 = bytes.integer(at: end + 16)
    else { throw Self.damage("a complete end record") }
    guard disk == 0 || disk == .max, directoryDisk == 0 || directoryDisk == .max, countHere == count
    else { throw HoneError(.unsupported, "expected a zip archive in one part, got one of several") }
    (self.count, self.size, self.offset) = (Int(count), Int(size), Int(offset))
  }

  /// Replaces fields that are too small for their values by those of the zip64 record (4.3.14).
  private mutating func read64(_ end: Int) throws(HoneError) {
    var limit = end
    if bytes.integer(at: end - 20, as: UInt32.self) == 0x0706_4B50 {
      guard let start: UInt64 = bytes.integer(at: end - 12), let record = Int(exactly: start),
        record <= end - 20 - 56, bytes.integer(at: record, as: UInt32.self) == 0x0606_4B50,
        let count64: UInt64 = bytes.integer(at: record + 32),
        let size64: UInt64 = bytes.integer(at: record + 40),
        let offset64: UInt64 = bytes.integer(at: record + 48),
        let count = Int(exactly: count64), let size = Int(exactly: size64),
        let offset = Int(exactly: offset64)
      else { throw Self.damage("a sound zip64 end record") }
      guard self.count == 0xFFFF || self.count == count,
        self.size == 0xFFFF_FFFF || self.size == size,
        self.offset == 0xFFFF_FFFF || self.offset == offset
      else { throw Self.damage("end records that agree") }
      (self.count, self.size, self.offset) = (count, size, offset)
      limit = record
    }
    guard offset <= limit, size <= limit - offset, count <= size / 46 else {
      throw Self.damage("a directory that lies inside the file")
    }
  }

  /// Reads the records of all entries (4.3.12).
  func entries() throws(HoneError) -> [ZipArchive.Entry] {
    guard let directory = bytes.slice(at: offset, count: size) else {
      throw Self.damage("a directory that lies inside the file")
    }
    // An entry of 46 bytes makes one of about a hundred, a name and its place in two tables.
    try Headroom.require(size, of: 16)
    var entries: [ZipArchive.Entry] = []
    var position = 0
    for _ in 0..<count {
      let (entry, length) = try Self.entry(in: directory, at: position)
      // Data behind the directory would be hidden from every check of order.
      guard entry.headerOffset < offset else { throw Self.damage("entries before the directory") }
      guard entry.compressedSize <= offset else { throw Self.damage("entries inside the file") }
      try entries.appendChecked(entry)
      position += length
    }
    guard position == size else {
      throw Self.damage("a directory of \(size) bytes, got \(position)")
    }
    return entries
  }

  private static func entry(
    in directory: Bytes, at position: Int
  ) throws(HoneError) -> (ZipArchive.Entry, length: Int) {
    guard directory.integer(at: position, as: UInt32.self) == 0x0201_4B50,
      let flags: UInt16 = directory.integer(at: position + 8),
      let method: UInt16 = directory.integer(at: position + 10),
      let checksum: UInt32 = directory.integer(at: position + 16),
      let compressed: UInt32 = directory.integer(at: position + 20),
      let size: UInt32 = directory.integer(at: position + 24),
      let nameLength: UInt16 = directory.integer(at: position + 28),
      let extraLength: UInt16 = directory.integer(at: position + 30),
      let commentLength: UInt16 = directory.integer(at: position + 32),
      let header: UInt32 = directory.integer(at: position + 42),
      let name = directory.slice(at: position + 46, count: Int(nameLength)),
      let extra = directory.slice(at: position + 46 + name.count, count: Int(extraLength))
    else { throw damage("a complete directory record") }
    guard flags & 1 == 0 else {
      throw HoneError(.unsupported, "expected a zip archive without encryption")
    }
    var fields = Zip64Fields(in: extra)
    let text = name.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    // The order in which the wide fields stand is fixed (4.5.3).
    let wideSize = try fields.widen(size)
    let wideCompressed = try fields.widen(compressed)
    let wideHeader = try fields.widen(header)
    guard method != 0 || wideSize == wideCompressed else {
      throw damage("equal sizes of the stored entry '\(text)'")
    }
    let entry = ZipArchive.Entry(
      name: text, size: wideSize, method: Int(method), checksum: checksum,
      compressedSize: wideCompressed, headerOffset: wideHeader)
    return (entry, 46 + name.count + extra.count + Int(commentLength))
  }

  /// Where an entry's data starts: behind its local header (4.3.7), whose length only it knows.
  static func dataOffset(of entry: ZipArchive.Entry, in bytes: Bytes) throws(HoneError) -> Int {
    let header = entry.headerOffset
    guard bytes.integer(at: header, as: UInt32.self) == 0x0403_4B50,
      let method: UInt16 = bytes.integer(at: header + 8), Int(method) == entry.method,
      let nameLength: UInt16 = bytes.integer(at: header + 26),
      let extraLength: UInt16 = bytes.integer(at: header + 28),
      let name = bytes.slice(at: header + 30, count: Int(nameLength)),
      name.withUnsafeBytes({ $0.elementsEqual(entry.name.utf8) || entry.name.contains("\u{FFFD}") })
    else { throw damage("a local header that agrees with the directory for '\(entry.name)'") }
    let start = header + 30 + Int(nameLength) + Int(extraLength)
    guard bytes.slice(at: start, count: entry.compressedSize) != nil else {
      throw damage("the data of '\(entry.name)' inside the file")
    }
    return start
  }
}

/// The wide fields of a directory record, which stand in for those that are full of ones.
private struct Zip64Fields {
  private var fields: Bytes?
  private var position = 0

  init(in extra: Bytes) {
    var offset = 0
    while let tag: UInt16 = extra.integer(at: offset),
      let length: UInt16 = extra.integer(at: offset + 2)
    {
      if tag == 1 {
        fields = extra.slice(at: offset + 4, count: Int(length))
        return
      }
      offset += 4 + Int(length)
    }
  }

  /// The value of a narrow field, taken from the wide ones if it is full of ones.
  mutating func widen(_ narrow: UInt32) throws(HoneError) -> Int {
    guard narrow == .max else { return Int(narrow) }
    guard let wide: UInt64 = fields?.integer(at: position), let value = Int(exactly: wide) else {
      throw HoneError(.format, "expected a zip64 field for a large value in a zip archive")
    }
    position += 8
    return value
  }
}
