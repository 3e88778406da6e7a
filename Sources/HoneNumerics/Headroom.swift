internal import Glibc

/// Memory that must be there before work begins that could not survive its lack.
///
/// Swift's arrays, strings and tables end the process when memory runs out. Where work makes many
/// small ones, asking for all of them at once beforehand turns the lack into an error. The memory is
/// given back at once: another thread may take it in between, so what is large on its own belongs
/// in a buffer all the same.
public enum Headroom {
  /// What any step may need beside what grows with its input, in bytes.
  public static let floor = 1 << 20

  /// Asks for a multiple of a size, and `floor`.
  ///
  /// - Parameters:
  ///   - count: How many elements the input has, not negative.
  ///   - size: Bytes that the work may take for each.
  /// - Throws: `.outOfMemory` when they cannot be had.
  public static func require(_ count: Int, of size: Int) throws(HoneError) {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    let (bytes, beyond) = product.addingReportingOverflow(floor)
    var memory: UnsafeMutableRawPointer?
    // Not `malloc`, which an optimiser takes out together with the `free`.
    guard !overflow, !beyond, posix_memalign(&memory, 64, bytes) == 0 else {
      throw HoneError(
        .outOfMemory, "expected \(bytes) bytes of memory to work in, the system has fewer left")
    }
    free(memory)
  }
}
