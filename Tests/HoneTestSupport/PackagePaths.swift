internal import Foundation
public import HoneNumerics

/// Where the tests find their files.
public enum PackagePaths {
  /// The root of the package.
  public static let root: String = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// The committed reference values.
  public static let golden = root + "/Tests/Golden"

  /// A folder of real models with reference values, beside the package: not part of it.
  public static let sharedModels: String =
    ProcessInfo.processInfo.environment["HONE_SHARED_MODELS"] ?? root + "/../shared/models"

  /// Whether that folder exists.
  public static let hasSharedModels = FileManager.default.fileExists(atPath: sharedModels)

  /// The files of a folder with one of some endings, sorted; none where there is no folder.
  public static func files(in folder: String, endings: [String]) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { name in endings.contains { name.hasSuffix($0) } }.sorted()
  }
}

/// What tests ask of the system.
public enum FileAccess {
  /// Whether there is a file.
  public static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// A variable of the environment.
  public static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name]
  }
}

extension Array {
  /// The elements of a buffer.
  public init(_ buffer: Buffer<Element>) where Element: BitwiseCopyable {
    self = (0..<buffer.count).map { buffer[$0] }
  }
}
