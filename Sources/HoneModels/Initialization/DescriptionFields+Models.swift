internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

extension DescriptionFields {
  /// Irreps in e3nn's notation, as a text that has been read once.
  func irreps(_ key: String, _ standard: String) throws(HoneError) -> String {
    guard let value = value(key) else { return standard }
    guard let text = value.string, (try? Irreps(parsing: text)) != nil else {
      throw failure(key, "irreps such as 128x0e+64x1o")
    }
    return text
  }

  /// Single or double precision.
  func precision(_ standard: Precision) throws(HoneError) -> Precision {
    guard let value = value("precision") else { return standard }
    switch value.string {
    case "float32": return .float32
    case "float64": return .float64
    default: throw failure("precision", "'float32' or 'float64'")
    }
  }

  /// The heads: names, or objects with their constants.
  func heads(_ standard: [HeadDescription]) throws(HoneError) -> [HeadDescription] {
    guard let value = value("heads") else { return standard }
    guard let entries = value.array, (1...ModelLimits.mostHeads).contains(entries.count) else {
      throw failure("heads", "a list of 1 to \(ModelLimits.mostHeads) heads")
    }
    var heads: [HeadDescription] = []
    for (index, entry) in entries.enumerated() {
      heads.append(try HeadDescription(entry, path: "\(path)heads[\(index)]."))
    }
    return heads
  }
}
