internal import HoneFormats
internal import HoneNumerics

/// A PyTorch file taken apart, to be put together again around another pickle.
public struct TorchFixture: Sendable {
  /// The pickle of the file.
  public let pickle: [UInt8]
  private let folder: String
  private let others: [(name: String, data: [UInt8], checksum: UInt32)]

  /// Takes a file of `Tests/Golden` apart.
  public init(_ path: String) {
    do {
      let archive = try PyTorchArchive(bytes: Bytes(golden(path)))
      folder = archive.folder
      pickle = try archive.zip.contents(of: folder + "/data.pkl").array()
      var others: [(name: String, data: [UInt8], checksum: UInt32)] = []
      for entry in archive.zip.entries where entry.name != folder + "/data.pkl" {
        let data = try archive.zip.contents(of: entry.name).array()
        others.append((entry.name, data, ArchiveBuilder.checksum(data)))
      }
      self.others = others
    } catch {
      fatalError("\(path): \(error)")
    }
  }

  /// The file with another pickle and, if asked for, with some changed bytes in one storage.
  ///
  /// - Parameters:
  ///   - patch: The storage (modulo their number), the offset (modulo its size) and the bytes.
  public func archive(pickle: some Collection<UInt8>, patch: (Int, Int, [UInt8])? = nil) -> [UInt8]
  {
    var builder = ArchiveBuilder()
    builder.add(folder + "/data.pkl", Array(pickle))
    for (index, other) in others.enumerated() {
      if let (storage, offset, bytes) = patch, storage % others.count == index, !other.data.isEmpty
      {
        var data = other.data
        let start = offset % data.count
        for (place, byte) in bytes.enumerated() where start + place < data.count {
          data[start + place] = byte
        }
        builder.add(other.name, data)
      } else {
        builder.add(other.name, other.data, checksum: other.checksum)
      }
    }
    return builder.build()
  }
}
