/// Memory that is kept from one computation to the next and grows when a larger one comes.
///
/// In a steady state nothing is allocated: systems of the same size use what is there. A fifth is
/// reserved beyond what was asked for, so that numbers that fluctuate, as those of neighbours do,
/// settle soon.
public final class ReusableBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  private var storage: Buffer<Element>?
  /// The elements of the last `resize`, whose values nobody has set.
  public private(set) var view = View<Element>.empty

  /// Makes an empty buffer.
  public init() {}

  /// Makes room for a number of elements; what was there before is lost.
  ///
  /// - Throws: `.outOfMemory`; the buffer is then empty.
  @discardableResult
  public func resize(_ count: Int) throws(HoneError) -> View<Element> {
    if let storage, storage.count >= count {
      view = storage.view(from: 0, count: count)
      return view
    }
    view = .empty
    // The old memory goes first: at the limit of memory both would not fit.
    let isFirst = storage == nil
    storage = nil
    // A sum beyond all integers is a count that no memory holds either.
    let (reserved, overflow) = count.addingReportingOverflow(count / 5)
    let larger = try Buffer<Element>(count: isFirst || overflow ? count : reserved)
    storage = larger
    view = larger.view(from: 0, count: count)
    return view
  }

  /// The memory held, in bytes.
  public var byteCount: Int { (storage?.count ?? 0) * MemoryLayout<Element>.stride }
}
