internal import HoneNumerics

/// A structure of the interface, which begins with its size so that it can grow.
///
/// A smaller size is that of a host compiled with an older header: what is missing counts as zero. A
/// larger one is that of a newer header: what this library does not know must be zero.
protocol SizedStructure {
  /// All members zero.
  init()
  /// The name of the type, for messages.
  static var typeName: StaticString { get }
  /// The size of what every version holds, in bytes.
  static var leastSize: Int { get }
}

/// The largest size of a structure of a later version that is believed.
private let mostSize = 4096

extension SizedStructure {
  /// The size that a structure says it has.
  ///
  /// - Parameter label: What messages call the member.
  /// - Throws: `.invalidArgument` for one that no version has.
  static func size(at bytes: UnsafeRawPointer, _ label: String) throws(HoneError) -> Int {
    let size = bytes.loadUnaligned(as: Int.self)
    guard size >= leastSize, size <= mostSize, size % MemoryLayout<Self>.alignment == 0 else {
      throw HoneError(
        .invalidArgument,
        "\(label) must be sizeof(\(typeName)), \(MemoryLayout<Self>.size), "
          + "got \(UInt(bitPattern: size))")
    }
    return size
  }

  /// Copies a structure of a size that was checked; what the size leaves out is zero.
  static func copy(_ bytes: UnsafeRawPointer, size: Int) -> Self {
    var result = Self()
    withUnsafeMutableBytes(of: &result) { target in
      target.copyMemory(
        from: UnsafeRawBufferPointer(start: bytes, count: min(size, target.count)))
    }
    return result
  }

  /// Refuses a structure of a later version that uses what this one does not know.
  ///
  /// - Parameter label: What messages call the structure.
  /// - Throws: `.unsupported`.
  static func requireKnown(
    _ bytes: UnsafeRawPointer, size: Int, _ label: @autoclosure () -> String
  ) throws(HoneError) {
    for offset in stride(from: MemoryLayout<Self>.size, to: size, by: 1) {
      guard bytes.load(fromByteOffset: offset, as: UInt8.self) == 0 else {
        throw HoneError(
          .unsupported,
          "\(label()) says what only a later version of the library knows: byte \(offset) is not "
            + "zero")
      }
    }
  }

  /// Copies a host's structure; what its size leaves out is zero.
  ///
  /// - Parameters:
  ///   - pointer: The structure.
  ///   - name: The name of the argument, for messages.
  /// - Throws: `.invalidArgument` for NULL and a wrong size; `.unsupported` for members, not zero, of a
  ///   later version.
  static func read(_ pointer: UnsafePointer<Self>?, _ name: StaticString) throws(HoneError) -> Self
  {
    let bytes = UnsafeRawPointer(try require(pointer, name))
    let size = try size(at: bytes, "\(name)->size")
    try requireKnown(bytes, size: size, "\(name)")
    return copy(bytes, size: size)
  }

  /// Checks where a host wants results, before they are computed.
  ///
  /// - Returns: How many bytes of them it has room for.
  /// - Throws: As `read`, whatever the members hold.
  static func room(_ pointer: UnsafeMutablePointer<Self>?, _ name: StaticString) throws(HoneError)
    -> Int
  {
    try size(at: UnsafeRawPointer(try require(pointer, name)), "\(name)->size")
  }

  /// Writes results to a host that has room for a number of bytes; its `size` stays, and what only a
  /// later version knows is zero.
  func write(to pointer: UnsafeMutablePointer<Self>?, room: Int) {
    guard let pointer else { return }
    let start = MemoryLayout<Int>.size
    let target = UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(pointer), count: room)
    let known = min(room, MemoryLayout<Self>.size)
    withUnsafeBytes(of: self) { source in
      UnsafeMutableRawBufferPointer(rebasing: target[start..<known]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: source[start..<known]))
    }
    UnsafeMutableRawBufferPointer(rebasing: target[known...]).initializeMemory(
      as: UInt8.self, repeating: 0)
  }

  /// Where a member ends, in bytes: the size of a version whose last one it is.
  static func end<Value>(of member: KeyPath<Self, Value>) -> Int {
    (MemoryLayout<Self>.offset(of: member) ?? 0) + MemoryLayout<Value>.size
  }
}
