/// Changes the numbers and words of JSON and keeps the rest well-formed.
public enum JSONMutator {
  /// Mutates the part of an input from an offset on.
  ///
  /// - Returns: The new size; 0 if there is no number or text to change.
  public static func mutate(
    _ data: UnsafeMutablePointer<UInt8>, _ size: Int, maximum: Int, seed: UInt32, from offset: Int
  ) -> Int {
    var random = Random(seed: seed)
    guard size > offset else { return 0 }
    var bytes = [UInt8](UnsafeBufferPointer(start: data, count: size))
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let tokens = tokens(bytes, from: offset)
      guard let token = tokens.randomElement(using: &random) else { return 0 }
      var replacement: [UInt8]
      switch Int.random(in: 0..<8, using: &random) {
      case 0..<3:
        replacement = Array(
          String(suspiciousIntegers.randomElement(using: &random) ?? 0).utf8)
      case 3:
        let value = suspiciousReals.randomElement(using: &random) ?? 0
        replacement = Array((value.isFinite ? value : 1e308).description.utf8)
      case 4:
        replacement = Array(
          ["true", "false", "null", "[]", "{}", "[0]", "\"\""].randomElement(
            using: &random)?.utf8 ?? "0".utf8)
      case 5:
        replacement = Array(bytes[token])
        let place = Int.random(in: 0..<max(replacement.count, 1), using: &random)
        if place < replacement.count, replacement[place] != UInt8(ascii: "\"") {
          replacement[place] = Array("0123456789xeo+".utf8).randomElement(using: &random) ?? 0x30
        }
      default:
        guard let other = tokens.randomElement(using: &random) else { return 0 }
        replacement = Array(bytes[other])
      }
      bytes.replaceSubrange(token, with: replacement)
    }
    return store(bytes, into: data, maximum: maximum)
  }

  /// Texts with their quotes, numbers and words.
  private static func tokens(_ bytes: [UInt8], from start: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var position = start
    while position < bytes.count {
      let begin = position
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") { position += 1 }
        position = min(position + 1, bytes.count)
        result.append(begin..<position)
      case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"),
        UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A:
        position += 1
      default:
        while position < bytes.count,
          !Array("{}[],: \n\"".utf8).contains(bytes[position])
        { position += 1 }
        result.append(begin..<position)
      }
    }
    return result
  }
}
