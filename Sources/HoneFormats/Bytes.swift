public import HoneNumerics

/// A read-only run of bytes, cheap to slice and to share.
///
/// Every access is checked against the run's own end, so a parser can hand the slice of one part
/// of a file to the reader of that part without further care.
public struct Bytes: Sendable {
  let storage: ByteStorage
  let start: Int
  /// The number of bytes.
  public let count: Int

  init(storage: ByteStorage, start: Int, count: Int) {
    self.storage = storage
    self.start = start
    self.count = count
  }

  /// Copies bytes from memory.
  ///
  /// - Throws: `.outOfMemory` if the copy finds no room.
  public init(copying source: UnsafeRawBufferPointer) throws(HoneError) {
    let storage = try ByteStorage(count: source.count)
    if let from = source.baseAddress {
      storage.base.copyMemory(from: from, byteCount: source.count)
    }
    self.init(storage: storage, start: 0, count: source.count)
  }

  /// Copies bytes from an array.
  ///
  /// - Throws: `.outOfMemory` if the copy finds no room.
  public init(_ source: [UInt8]) throws(HoneError) {
    // The unsafe accessor of arrays rethrows untyped errors, hence the detour over `Result`.
    let copy = source.withUnsafeBytes { bytes in
      Result { () throws(HoneError) in try Bytes(copying: bytes) }
    }
    self = try copy.get()
  }

  /// The part that starts at an offset, or `nil` where it would leave the run.
  public func slice(at offset: Int, count length: Int) -> Bytes? {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
    return Bytes(storage: storage, start: start + offset, count: length)
  }

  /// The byte at an offset, or `nil` outside the run.
  public func byte(at offset: Int) -> UInt8? {
    guard offset >= 0, offset < count else { return nil }
    return storage.base.load(fromByteOffset: start + offset, as: UInt8.self)
  }

  /// The little-endian integer at an offset of any alignment, or `nil` where it leaves the run.
  public func integer<T: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: T.Type = T.self
  ) -> T? {
    guard offset >= 0, MemoryLayout<T>.size <= count, offset <= count - MemoryLayout<T>.size else {
      return nil
    }
    let value = storage.base.loadUnaligned(fromByteOffset: start + offset, as: T.self)
    return T(littleEndian: value)
  }

  /// Calls a closure with the bytes in memory; the pointer must not outlive the call.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let pointer = UnsafeRawBufferPointer(start: storage.base + start, count: count)
    defer { withExtendedLifetime(storage) {} }
    return try body(pointer)
  }

  /// Whether the bytes at an offset are these.
  public func matches(_ pattern: [UInt8], at offset: Int = 0) -> Bool {
    guard let part = slice(at: offset, count: pattern.count) else { return false }
    return part.withUnsafeBytes { $0.elementsEqual(pattern) }
  }

  /// The bytes as an array.
  ///
  /// - Throws: `.outOfMemory` if the copy finds no room.
  public func array() throws(HoneError) -> [UInt8] {
    try ByteStorage.requireMemory(elements: count, of: 1)
    return withUnsafeBytes { [UInt8]($0) }
  }

  /// The bytes as text, or `nil` if they are not valid UTF-8.
  public var utf8Text: String? {
    withUnsafeBytes { String(validating: $0, as: UTF8.self) }
  }
}
