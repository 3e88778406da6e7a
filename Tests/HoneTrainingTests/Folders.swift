internal import Foundation

/// Makes a folder; says whether that worked.
func makeFolder(_ path: String) -> Bool {
  (try? FileManager.default.createDirectory(
    atPath: path, withIntermediateDirectories: true)) != nil
}

/// Removes a folder with what is in it.
func removeFolder(_ path: String) {
  try? FileManager.default.removeItem(atPath: path)
}
