internal import HoneNumerics

/// Writes JSON without spaces.
struct JSONWriter {
  private(set) var output: [UInt8] = []

  mutating func write(_ value: JSONValue, depth: Int) throws(HoneError) {
    // What is written must be readable again.
    guard depth <= JSONValue.maximumDepth else {
      throw HoneError(
        .invalidArgument, "expected JSON of at most \(JSONValue.maximumDepth) levels of nesting")
    }
    switch value {
    case .null: put("null")
    case .bool(let value): put(value ? "true" : "false")
    case .integer(let value): put(String(value))
    case .number(let value):
      guard value.isFinite else {
        throw HoneError(.invalidArgument, "expected a finite number for JSON, got \(value)")
      }
      put(value.description)
    case .string(let text): put(quoting: text)
    case .array(let values):
      put("[")
      for (index, element) in values.enumerated() {
        if index > 0 { put(",") }
        try write(element, depth: depth + 1)
      }
      put("]")
    case .object(let members):
      put("{")
      for (index, member) in members.enumerated() {
        if index > 0 { put(",") }
        put(quoting: member.key)
        put(":")
        try write(member.value, depth: depth + 1)
      }
      put("}")
    }
  }

  private mutating func put(_ text: String) { output.append(contentsOf: text.utf8) }

  private mutating func put(quoting text: String) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
      case 0x0A: put("\\n")
      case 0x0D: put("\\r")
      case 0x09: put("\\t")
      case 0..<0x20: put(byte < 0x10 ? "\\u000" : "\\u00"); put(String(byte, radix: 16))
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
