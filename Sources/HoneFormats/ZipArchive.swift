public import HoneNumerics

/// A zip archive in memory: a directory of named entries, stored or deflated.
///
/// Everything the directory says is checked when the archive is opened: entries lie inside the
/// file, before the directory, do not overlap and have distinct names. The data of an entry is
/// checked against its checksum when it is first read.
///
/// - SeeAlso: PKWARE, APPNOTE.TXT (.ZIP File Format Specification), version 6.3.
public final class ZipArchive: Sendable {
  /// One named entry of an archive.
  public struct Entry: Sendable {
    /// The name, with `/` between its parts.
    public let name: String
    /// The number of bytes after expansion.
    public let size: Int
    let method: Int
    let checksum: UInt32
    let compressedSize: Int
    let headerOffset: Int
    var dataOffset = 0
  }

  /// The entries in the order of the directory.
  public let entries: [Entry]
  private let bytes: Bytes
  private let indices: [String: Int]
  private let verified = Lock<Set<Int>>([])

  /// Opens an archive in a file.
  ///
  /// - Throws: `.io` if the file cannot be read, otherwise as `init(bytes:)`.
  public convenience init(path: String) throws(HoneError) {
    try self.init(bytes: Bytes(contentsOfFile: path))
  }

  /// Opens an archive in memory.
  ///
  /// - Throws: `.format` if it is damaged, `.unsupported` if it is encrypted or in several parts.
  public init(bytes: Bytes) throws(HoneError) {
    var entries = try ZipDirectory(of: bytes).entries()
    var indices: [String: Int] = [:]
    for index in entries.indices {
      let entry = entries[index]
      guard indices.updateValue(index, forKey: entry.name) == nil else {
        throw HoneError(
          .format, "expected distinct names in a zip archive, got '\(entry.name)' twice")
      }
      entries[index].dataOffset = try ZipDirectory.dataOffset(of: entry, in: bytes)
    }
    try Self.requireDisjoint(entries)
    self.entries = entries
    self.indices = indices
    self.bytes = bytes
  }

  /// Whether there is an entry of that name.
  public func contains(_ name: String) -> Bool { indices[name] != nil }

  /// The entry of that name, or `nil`.
  public func entry(_ name: String) -> Entry? { indices[name].map { entries[$0] } }

  /// The data of an entry.
  ///
  /// Stored entries share the archive's memory; deflated ones are expanded at each call.
  ///
  /// - Throws: `.format` if there is no such entry or its data is damaged, `.unsupported` for
  ///   another compression than deflate, `.outOfMemory` if the expanded data finds no room.
  public func contents(of name: String) throws(HoneError) -> Bytes {
    guard let index = indices[name] else {
      throw HoneError(.format, "expected an entry '\(name)' in the zip archive, there is none")
    }
    let entry = entries[index]
    guard let raw = bytes.slice(at: entry.dataOffset, count: entry.compressedSize) else {
      throw HoneError(.format, "expected entry '\(name)' inside the zip archive")
    }
    switch entry.method {
    case 0:
      if verified.withLock({ $0.contains(index) }) { return raw }
      try requireChecksum(of: raw, entry)
      verified.withLock { _ = $0.insert(index) }
      return raw
    case 8:
      let expanded = try Inflate.expand(raw, count: entry.size)
      try requireChecksum(of: expanded, entry)
      return expanded
    default:
      throw HoneError(
        .unsupported,
        "expected entry '\(name)' stored or deflated, got compression method \(entry.method)")
    }
  }

  private func requireChecksum(of data: Bytes, _ entry: Entry) throws(HoneError) {
    guard CRC32.checksum(of: data) == entry.checksum else {
      throw HoneError(
        .format, "expected data that agrees with its checksum in zip entry '\(entry.name)'")
    }
  }

  /// Overlapping entries let a small file describe a large amount of data.
  private static func requireDisjoint(_ entries: [Entry]) throws(HoneError) {
    let order = entries.sorted { $0.headerOffset < $1.headerOffset }
    for (entry, next) in zip(order, order.dropFirst())
    where next.headerOffset < entry.dataOffset + entry.compressedSize {
      throw HoneError(
        .format, "expected separate zip entries, '\(entry.name)' overlaps '\(next.name)'")
    }
  }
}
