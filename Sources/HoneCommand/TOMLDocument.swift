internal import HoneFormats
internal import HoneNumerics
internal import TOMLKit

/// TOML files as JSON values, which is what the library reads.
enum TOMLDocument {
  /// The longest file that is read, in bytes.
  private static let mostBytes = 1 << 20

  /// Reads a file.
  ///
  /// - Throws: `.io`; `.format` naming file, line and column.
  static func json(path: String) throws(HoneError) -> JSONValue {
    let bytes = try Bytes(contentsOfFile: path)
    guard bytes.count <= mostBytes else {
      throw HoneError(.format, "\(path): expected a configuration of at most a megabyte")
    }
    let text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw HoneError(
        .format,
        "\(path): line \(error.source.begin.line), column \(error.source.begin.column): "
          + "\(error.description)")
    } catch {
      throw HoneError(.format, "\(path): \(error)")
    }
    return try JSONValue(parsing: Bytes(Array(table.convert(to: .json).utf8)))
  }
}
