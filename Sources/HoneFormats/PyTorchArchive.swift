public import HoneNumerics

/// A file of `torch.save`: a zip archive of one pickle and the storages of its tensors.
public struct PyTorchArchive: Sendable {
  /// The zip archive.
  public let zip: ZipArchive
  /// The name of the folder that everything in the archive lies in.
  public let folder: String
  /// The pickle, whose tensors find their storages in the archive.
  public let document: PickleDocument

  /// The object that was saved.
  public var root: PickleNode { document.root }

  /// Whether the archive is a TorchScript program, which needs PyTorch's compiler to be evaluated.
  public let isTorchScript: Bool

  /// Opens a file.
  ///
  /// - Throws: `.io` if the file cannot be read, otherwise as `init(bytes:)`.
  public init(path: String) throws(HoneError) {
    try self.init(bytes: Bytes(contentsOfFile: path))
  }

  /// Opens a file in memory.
  ///
  /// - Throws: `.format` if it is damaged or no PyTorch file, `.unsupported` for files of PyTorch
  ///   before 1.6 and of big-endian machines.
  public init(bytes: Bytes) throws(HoneError) {
    switch ModelFileKind.detect(bytes) {
    case .zip: break
    case .legacyTorch:
      throw HoneError(
        .unsupported,
        "expected a PyTorch file in zip format, got the format before PyTorch 1.6, which becomes "
          + "readable by loading and saving it with a current PyTorch")
    default:
      throw HoneError(.format, "expected a PyTorch file, got something that is no zip archive")
    }
    zip = try ZipArchive(bytes: bytes)
    let folders = zip.entries.compactMap { Self.folder(of: $0.name) }
    guard folders.count == 1, let folder = folders.first else {
      throw HoneError(
        .format, "expected one 'data.pkl' in a PyTorch archive, got \(folders.count) of them")
    }
    self.folder = folder
    isTorchScript =
      zip.contains(folder + "/constants.pkl")
      || zip.entries.contains { $0.name.hasPrefix(folder + "/code/") }
    if zip.contains(folder + "/byteorder") {
      let order = try zip.contents(of: folder + "/byteorder").utf8Text
      guard order == "little" else {
        throw HoneError(
          .unsupported,
          "expected a PyTorch archive with byte order 'little', got "
            + "'\((order ?? "something else").prefix(20))'")
      }
    }
    document = try PickleDocument(
      bytes: zip.contents(of: folder + "/data.pkl"),
      storages: TorchStorages(zip: zip, folder: folder))
  }

  /// The folder of `FOLDER/data.pkl`, `nil` for every other name.
  private static func folder(of name: String) -> String? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "data.pkl" else { return nil }
    return String(parts[0])
  }
}

/// The storages of a PyTorch archive: the numbers that tensors are views of.
struct TorchStorages: Sendable {
  let zip: ZipArchive
  let folder: String

  /// Resolves a reference: `('storage', class, key, device, element count)`.
  ///
  /// - Parameter dtype: The tensor's own type where it has one; storages are then untyped bytes.
  func storage(
    _ reference: PickleNode, dtype: String?
  ) throws(HoneError) -> (ElementType, Bytes) {
    guard let parts = reference.plainElements, parts.count >= 5, parts[0].string == "storage",
      let className = parts[1].globalName, let key = parts[2].string, let count = parts[4].int
    else {
      throw HoneError(.format, "expected a reference to a storage in a PyTorch archive")
    }
    let typeName = dtype ?? className
    let name = typeName.hasPrefix("torch.") ? String(typeName.dropFirst(6)) : typeName
    guard let type = ElementType(torchName: name) else {
      throw HoneError(
        .unsupported, "expected a storage of real numbers or integers, got \(name.prefix(100))")
    }
    // Untyped storages count bytes.
    let size = className.hasSuffix("UntypedStorage") ? 1 : type.byteCount
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: size)
    let data = try zip.contents(of: "\(folder)/data/\(key)")
    guard !overflow, let storage = data.slice(at: 0, count: byteCount) else {
      throw HoneError(
        .format,
        "expected \(count) elements of \(type) in storage '\(key.prefix(100))', got "
          + "\(data.count) bytes")
    }
    return (type, storage)
  }
}
