internal import HoneFormats
internal import HoneNumerics

/// Draws the numbers of new tensors.
///
/// Every tensor has a sequence of its own, chosen by the seed and its name, and so has every head's
/// part of a readout: another layer or head changes no other number.
struct ParameterInitializer {
  /// The seed of all sequences.
  let seed: UInt64
  /// The precision that drawn numbers are kept in.
  let precision: Precision

  /// Makes all tensors of a plan.
  ///
  /// - Parameters:
  ///   - plan: The tensors.
  ///   - heads: The names of the heads.
  /// - Throws: `.outOfMemory`, `.unsupported` for a plan that no memory holds.
  func parameters(_ plan: [PlannedTensor], heads: [String]) throws(HoneError) -> ParameterSet {
    var total = 0
    for tensor in plan {
      // Widths are limited one by one; their products are not.
      var count = 1
      for length in tensor.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: length)
        guard !overflow, product < 1 << 40 else {
          throw HoneError(
            .unsupported,
            "this version does not make tensors as large as '\(tensor.name)' of shape "
              + "\(tensor.shape)")
        }
        count = product
      }
      total += count
    }
    // As arrays of doubles, as stored, and in between.
    try Headroom.require(total, of: 32)
    var parameters = ParameterSet()
    for tensor in plan { parameters[tensor.name] = try self.tensor(tensor, heads: heads) }
    return parameters
  }

  private func tensor(_ plan: PlannedTensor, heads: [String]) throws(HoneError) -> StoredTensor {
    switch plan.distribution {
    case .values(let values): return try StoredTensor(values, shape: plan.shape)
    case .constant(let value):
      return try stored([Double](repeating: value, count: plan.count), shape: plan.shape)
    case .normal, .uniform: break
    }
    guard let share = plan.columnsPerHead else {
      return try stored(draw(plan.count, plan.distribution, plan.name), shape: plan.shape)
    }
    let columns = share * heads.count
    let rows = columns > 0 ? plan.count / columns : 0
    var values = [Double](repeating: 0, count: plan.count)
    for (index, head) in heads.enumerated() {
      let drawn = self.columns(plan.name, head: head, rows: rows, share: share, plan.distribution)
      for row in 0..<rows {
        for column in 0..<share {
          values[row * columns + index * share + column] = drawn[row * share + column]
        }
      }
    }
    return try stored(values, shape: plan.shape)
  }

  /// The numbers of one head's columns, `[rows][share]`.
  func columns(
    _ name: String, head: String, rows: Int, share: Int, _ distribution: PlannedTensor.Distribution
  ) -> [Double] {
    draw(rows * share, distribution, "\(name) of \(head)")
  }

  private func draw(
    _ count: Int, _ distribution: PlannedTensor.Distribution, _ name: String
  ) -> [Double] {
    var scrambled = RandomNumbers(seed: seed)
    var numbers = RandomNumbers(seed: scrambled.next() ^ Self.hash(name))
    switch distribution {
    case .normal(let deviation): return (0..<count).map { _ in deviation * numbers.normal() }
    case .uniform(let bound): return (0..<count).map { _ in bound * (2 * numbers.uniform() - 1) }
    case .constant(let value): return [Double](repeating: value, count: count)
    case .values(let values): return values
    }
  }

  private func stored(_ values: [Double], shape: [Int]) throws(HoneError) -> StoredTensor {
    switch precision {
    case .float64: try StoredTensor(values, shape: shape)
    case .float32: try StoredTensor(values.map { Float($0) }, shape: shape)
    }
  }

  /// A number that is the same for a name in every run, which Swift's own hashes are not.
  ///
  /// - SeeAlso: FNV-1a, Fowler, Noll and Vo, RFC 9923.
  static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
