internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

/// Reads the fields of a JSON object, naming what is missing or wrong.
struct JSONFields {
  let object: JSONValue
  /// Where the object stands, for messages.
  let path: String

  private func fail(_ key: String, _ expected: String) -> HoneError {
    HoneError(.format, "expected \(expected) as '\(path)\(key)' in the model's description")
  }

  func optional(_ key: String) -> JSONValue? {
    guard let value = object[key], value != .null else { return nil }
    return value
  }

  func string(_ key: String) throws(HoneError) -> String {
    guard let value = object[key]?.string else { throw fail(key, "text") }
    return value
  }

  func bool(_ key: String) throws(HoneError) -> Bool {
    guard let value = object[key]?.bool else { throw fail(key, "true or false") }
    return value
  }

  /// An integer in a range that keeps sizes computed from it far from overflow.
  func int(_ key: String, in range: ClosedRange<Int>) throws(HoneError) -> Int {
    guard let value = object[key]?.int, range.contains(value) else {
      throw fail(key, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func double(_ key: String) throws(HoneError) -> Double {
    guard let value = object[key]?.double, value.isFinite else { throw fail(key, "a number") }
    return value
  }

  func irreps(_ key: String) throws(HoneError) -> Irreps {
    try Irreps(parsing: try string(key))
  }

  func ints(_ key: String, in range: ClosedRange<Int>) throws(HoneError) -> [Int] {
    guard let values = object[key]?.array, values.count <= 4096 else {
      throw fail(key, "a list of integers")
    }
    var result: [Int] = []
    for value in values {
      guard let int = value.int, range.contains(int) else { throw fail(key, "a list of integers") }
      result.append(int)
    }
    return result
  }

  func strings(_ key: String) throws(HoneError) -> [String] {
    guard let values = object[key]?.array, values.count <= 4096 else {
      throw fail(key, "a list of texts")
    }
    var result: [String] = []
    for value in values {
      guard let text = value.string else { throw fail(key, "a list of texts") }
      result.append(text)
    }
    return result
  }

  func fields(_ key: String) throws(HoneError) -> JSONFields {
    guard let value = object[key], value.members != nil else { throw fail(key, "an object") }
    return JSONFields(object: value, path: path + key + ".")
  }

  func list(_ key: String) throws(HoneError) -> [JSONFields] {
    guard let values = object[key]?.array, values.count <= 64 else {
      throw fail(key, "a list of objects")
    }
    return values.enumerated().map {
      JSONFields(object: $0.element, path: "\(path)\(key)[\($0.offset)].")
    }
  }
}
