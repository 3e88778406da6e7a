public import HoneFormats
public import HoneNumerics

/// The arrays of a NumPy `.npz` file, as the golden files of the tests have them.
///
/// - SeeAlso: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
public struct NumPyArchive: Sendable {
  private let zip: ZipArchive

  /// Opens a file.
  ///
  /// - Throws: `.io` if it cannot be read, `.format` if it is no zip archive.
  public init(path: String) throws(HoneError) {
    zip = try ZipArchive(path: path)
  }

  /// Opens a file in memory.
  ///
  /// - Throws: `.format` if it is no zip archive.
  public init(bytes: Bytes) throws(HoneError) {
    zip = try ZipArchive(bytes: bytes)
  }

  /// The names of the arrays, in the order of the file.
  public var names: [String] {
    zip.entries.compactMap { $0.name.hasSuffix(".npy") ? String($0.name.dropLast(4)) : nil }
  }

  /// Whether there is an array of that name.
  public func contains(_ name: String) -> Bool { zip.contains(name + ".npy") }

  /// The elements of a numeric array as doubles, in row-major order.
  public func doubles(_ name: String) throws(HoneError) -> [Double] {
    try array(name).doubles()
  }

  /// The elements of an array of integers or truth values, in row-major order.
  public func ints(_ name: String) throws(HoneError) -> [Int] { try array(name).ints() }

  /// The lengths of an array's dimensions.
  public func shape(_ name: String) throws(HoneError) -> [Int] { try array(name).shape }

  /// An array.
  ///
  /// - Throws: `.format` if there is none of that name or it is damaged, `.unsupported` for other
  ///   elements than little-endian numbers and for arrays in column-major order.
  public func array(_ name: String) throws(HoneError) -> StoredTensor {
    let bytes = try zip.contents(of: name + ".npy")
    guard bytes.matches([0x93] + Array("NUMPY".utf8)), let version = bytes.byte(at: 6) else {
      throw Self.damage("a NumPy array", name)
    }
    // The header's length has two bytes in version 1 and four later.
    let short: UInt16? = bytes.integer(at: 8)
    let long: UInt32? = bytes.integer(at: 8)
    guard let length = version == 1 ? short.map(Int.init) : long.map(Int.init) else {
      throw Self.damage("a header length", name)
    }
    let start = version == 1 ? 10 : 12
    guard let header = bytes.slice(at: start, count: length)?.utf8Text,
      let data = bytes.slice(at: start + length, count: bytes.count - start - length),
      let description = Self.text(of: "descr", in: header), let shape = Self.shape(in: header)
    else { throw Self.damage("a header with descr and shape", name) }
    guard header.contains("'fortran_order': False") else {
      throw HoneError(.unsupported, "expected row-major order in NumPy array '\(name)'")
    }
    let dtype = try ElementType(numpyDescription: description)
    return try StoredTensor(dtype: dtype, shape: shape, storage: data)
  }

  private static func damage(_ what: String, _ name: String) -> HoneError {
    HoneError(.format, "expected \(what) in NumPy array '\(name)'")
  }

  /// What follows a key of the header, which is written as a Python dictionary.
  private static func rest(after key: String, in header: String) -> Substring? {
    let mark = "'\(key)': "
    var rest = header[...]
    while !rest.isEmpty {
      if rest.hasPrefix(mark) { return rest.dropFirst(mark.count) }
      rest.removeFirst()
    }
    return nil
  }

  private static func text(of key: String, in header: String) -> String? {
    guard let rest = rest(after: key, in: header), rest.first == "'" else { return nil }
    return String(rest.dropFirst().prefix { $0 != "'" })
  }

  private static func shape(in header: String) -> [Int]? {
    guard let rest = rest(after: "shape", in: header), rest.first == "(" else { return nil }
    var shape: [Int] = []
    for part in rest.dropFirst().prefix(while: { $0 != ")" }).split(separator: ",") {
      let digits = part.filter { $0 != " " }
      if digits.isEmpty { continue }
      guard let length = Int(digits) else { return nil }
      shape.append(length)
    }
    return shape
  }
}
