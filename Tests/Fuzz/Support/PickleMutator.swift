/// Changes the operands of a pickle's instructions and keeps the rest well-formed.
///
/// Byte-wise mutations mostly break a pickle of thousands of instructions; these reach the code
/// that uses what the pickle says.
public enum PickleMutator {
  /// An instruction of the pickle: where it starts and how long it is.
  private struct Instruction {
    let start: Int
    let count: Int
  }

  /// Mutates the part of an input from an offset on.
  ///
  /// - Returns: The new size; 0 if the input is no pickle that can be followed.
  public static func mutate(
    _ data: UnsafeMutablePointer<UInt8>, _ size: Int, maximum: Int, seed: UInt32, from offset: Int
  ) -> Int {
    var random = Random(seed: seed)
    guard size > offset else { return 0 }
    var bytes = [UInt8](UnsafeBufferPointer(start: data, count: size))
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let list = instructions(bytes, from: offset)
      let operands = list.filter { isOperand(bytes[$0.start]) }
      guard let chosen = operands.randomElement(using: &random) else { return 0 }
      let range = chosen.start..<chosen.start + chosen.count
      bytes.replaceSubrange(range, with: replacement(bytes, chosen, operands, &random))
    }
    return store(bytes, into: data, maximum: maximum)
  }

  private static func isOperand(_ code: UInt8) -> Bool {
    switch code {
    case UInt8(ascii: "K"), UInt8(ascii: "M"), UInt8(ascii: "J"), UInt8(ascii: "G"), 0x8A,
      UInt8(ascii: "X"), UInt8(ascii: "U"), 0x8C, 0x88, 0x89, UInt8(ascii: "N"),
      UInt8(ascii: "c"), UInt8(ascii: "h"), UInt8(ascii: "j"), UInt8(ascii: ")"),
      UInt8(ascii: "]"), UInt8(ascii: "}"), 0x85, 0x86, 0x87:
      true
    default: false
    }
  }

  private static func replacement(
    _ bytes: [UInt8], _ chosen: Instruction, _ operands: [Instruction], _ random: inout Random
  ) -> [UInt8] {
    let code = bytes[chosen.start]
    switch Int.random(in: 0..<8, using: &random) {
    case 0:
      // Any other operand of the same pickle.
      guard let other = operands.randomElement(using: &random) else { return [] }
      return Array(bytes[other.start..<other.start + other.count])
    case 1: return real(suspiciousReals.randomElement(using: &random) ?? 0)
    case 2: return integer(suspiciousIntegers.randomElement(using: &random) ?? 0)
    default: break
    }
    switch code {
    case UInt8(ascii: "K"), UInt8(ascii: "M"), UInt8(ascii: "J"), 0x8A:
      var value = Int64(0)
      let skipped = code == 0x8A ? 2 : 1
      for (place, byte) in bytes[(chosen.start + skipped)..<(chosen.start + chosen.count)]
        .enumerated() where place < 8
      {
        value |= Int64(byte) << Int64(8 * place)
      }
      switch Int.random(in: 0..<4, using: &random) {
      case 0: return integer(value &+ 1)
      case 1: return integer(value &- 1)
      case 2: return integer(value &* 2)
      default: return integer(suspiciousIntegers.randomElement(using: &random) ?? 0)
      }
    case UInt8(ascii: "G"): return real(suspiciousReals.randomElement(using: &random) ?? 0)
    case UInt8(ascii: "X"), UInt8(ascii: "U"), 0x8C:
      // Another text of the same pickle, or the same one with another digit or letter.
      let texts = operands.filter { bytes[$0.start] == code }
      if Bool.random(using: &random), let other = texts.randomElement(using: &random) {
        return Array(bytes[other.start..<other.start + other.count])
      }
      var text = Array(bytes[chosen.start..<chosen.start + chosen.count])
      let header = code == UInt8(ascii: "X") ? 5 : 2
      if text.count > header {
        let place = Int.random(in: header..<text.count, using: &random)
        text[place] = Array("0123456789xeo+- .".utf8).randomElement(using: &random) ?? 0x30
      }
      return text
    default:
      guard let other = operands.randomElement(using: &random) else { return [] }
      return Array(bytes[other.start..<other.start + other.count])
    }
  }

  private static func integer(_ value: Int64) -> [UInt8] {
    if let narrow = Int32(exactly: value) { return [UInt8(ascii: "J")] + littleEndian(narrow) }
    return [0x8A, 8] + littleEndian(value)
  }

  private static func real(_ value: Double) -> [UInt8] {
    [UInt8(ascii: "G")] + littleEndian(value.bitPattern).reversed()
  }

  /// The instructions up to the first that this does not know.
  private static func instructions(_ bytes: [UInt8], from start: Int) -> [Instruction] {
    var result: [Instruction] = []
    var position = start
    while position < bytes.count, let count = length(bytes, at: position),
      position + count <= bytes.count
    {
      result.append(Instruction(start: position, count: count))
      if bytes[position] == UInt8(ascii: ".") { break }
      position += count
    }
    return result
  }

  /// The length of an instruction with its operand.
  private static func length(_ bytes: [UInt8], at position: Int) -> Int? {
    func size(_ width: Int) -> Int? {
      guard position + width < bytes.count else { return nil }
      return (0..<min(width, 4)).reduce(0) { $0 | Int(bytes[position + 1 + $1]) << (8 * $1) }
    }
    switch bytes[position] {
    case 0x80, UInt8(ascii: "K"), UInt8(ascii: "h"), UInt8(ascii: "q"): return 2
    case UInt8(ascii: "M"): return 3
    case UInt8(ascii: "J"), UInt8(ascii: "j"), UInt8(ascii: "r"): return 5
    case UInt8(ascii: "G"), 0x95: return 9
    case 0x8A, UInt8(ascii: "U"), UInt8(ascii: "C"), 0x8C: return size(1).map { 2 + $0 }
    case UInt8(ascii: "X"), UInt8(ascii: "T"), UInt8(ascii: "B"): return size(4).map { 5 + $0 }
    case UInt8(ascii: "c"):
      guard let first = bytes[position...].firstIndex(of: 0x0A),
        let second = bytes[(first + 1)...].firstIndex(of: 0x0A)
      else { return nil }
      return second + 1 - position
    case UInt8(ascii: "I"), UInt8(ascii: "L"), UInt8(ascii: "F"), UInt8(ascii: "V"):
      return bytes[position...].firstIndex(of: 0x0A).map { $0 + 1 - position }
    default: return 1
    }
  }
}
