internal import Glibc

extension AtomicFile {
  /// What names of temporary files begin with; the process and a random tag follow.
  static let temporaryPrefix = ".hone-"

  /// Removes the temporary files of writers that were killed before they could do so.
  ///
  /// Files that a process still writes, on this machine or in another container, are locked and stay.
  /// Nothing is reported: a folder that cannot be read or changed holds what it held.
  public static func removeLeftovers(inDirectory directory: String) {
    guard !directory.utf8.contains(0), let entries = opendir(directory) else { return }
    defer { closedir(entries) }
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
      }
      guard isTemporary(name) else { continue }
      let path = "\(directory)/\(name)"
      let descriptor = FileSystem.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
      close(descriptor)
    }
  }

  /// Whether a name is one that `write` gives: the prefix, a process and a tag.
  private static func isTemporary(_ name: String) -> Bool {
    guard name.hasPrefix(temporaryPrefix) else { return false }
    let parts = name.dropFirst(temporaryPrefix.count).utf8.split(
      separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty
      && parts[0].allSatisfy(digits.contains)
      && parts[1].allSatisfy { digits.contains($0) || letters.contains($0) }
  }
}
