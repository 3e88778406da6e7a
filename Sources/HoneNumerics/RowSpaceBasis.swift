/// An orthonormal basis of what the rows of a matrix span, to a tolerance: `F ≈ (F Q) Qᵀ`.
///
/// Modified Gram–Schmidt with pivoting over the rows: the row that is farthest from the space so
/// far becomes the next vector. Each new vector is made orthogonal to the others twice, which keeps
/// them orthogonal to rounding.
/// - SeeAlso: Å. Björck, Numerical Methods for Least Squares Problems, SIAM 1996, secs. 2.4, 2.7.
public struct RowSpaceBasis: Sendable {
  /// The number of vectors.
  public let rank: Int
  /// The length of a vector.
  public let channels: Int
  /// The vectors Q, orthonormal, `[rank][channels]`.
  public let vectors: Buffer<Double>
  /// The largest norm of what a sample has outside the space, relative to the largest norm of a
  /// sample; 0 when all samples are zero.
  public let residual: Double

  private typealias Block = SIMD8<Double>

  /// Finds the space that some samples lie in.
  ///
  /// - Parameters:
  ///   - samples: `[sampleCount][channels]`, finite.
  ///   - sampleCount: The number of samples; none gives rank 0.
  ///   - channels: The length of a sample.
  ///   - tolerance: The residual at which to stop. Rounding alone leaves about 1e-15.
  ///   - maximumRank: The number of vectors at which to stop all the same.
  /// - Throws: `.invalidArgument` when counts are negative or more than there are samples, or when
  ///   a sample is not finite; `.outOfMemory`.
  /// - Complexity: O(sampleCount · channels · rank).
  public init(
    samples: View<Double>, sampleCount: Int, channels: Int, tolerance: Double, maximumRank: Int
  ) throws(HoneError) {
    let (size, overflow) = sampleCount.multipliedReportingOverflow(by: channels)
    guard sampleCount >= 0, channels >= 0, maximumRank >= 0, !overflow, size <= samples.count
    else {
      throw HoneError(
        .invalidArgument,
        "expected \(sampleCount) samples of \(channels) channels, got \(samples.count) values")
    }
    var largest = 0.0
    for index in 0..<size {
      guard samples[index].isFinite else {
        throw HoneError(
          .invalidArgument, "expected finite samples, sample \(index / channels) is not")
      }
      largest = max(largest, samples[index].magnitude)
    }
    // A power of two near the largest sample: squares can neither overflow nor vanish.
    let exponent = largest > 0 ? max(-1023, min(-Int(largest.exponent), 1023)) : 0
    let scale = Double(sign: .plus, exponent: exponent, significand: 1)
    let blocks = Block.blocks(for: channels)
    let remaining = try Buffer<Block>(repeating: Block(), count: sampleCount * blocks)
    let norms = try Buffer<Double>(repeating: 0, count: sampleCount)
    for sample in 0..<sampleCount {
      let row = remaining.base + sample * blocks
      for channel in 0..<channels {
        Block.setElement(channel, of: row, to: samples[sample * channels + channel] * scale)
      }
      norms[sample] = Self.dot(row, row, blocks)
    }
    let limit = min(maximumRank, sampleCount, channels)
    let basis = try Buffer<Block>(count: limit * blocks)
    var found = 0
    var pivot = Self.largest(norms)
    let initial = pivot.norm
    while found < limit, pivot.norm > tolerance * initial, pivot.norm > 0 {
      let vector = basis.base + found * blocks
      vector.update(from: remaining.base + pivot.index * blocks, count: blocks)
      Self.scale(vector, by: 1 / pivot.norm, blocks)
      for other in 0..<found { Self.removePart(of: basis.base + other * blocks, vector, blocks) }
      let norm = Self.dot(vector, vector, blocks).squareRoot()
      Self.scale(vector, by: 1 / norm, blocks)
      found += 1
      for sample in 0..<sampleCount {
        let row = remaining.base + sample * blocks
        Self.removePart(of: vector, row, blocks)
        norms[sample] = Self.dot(row, row, blocks)
      }
      // What rounding leaves of the pivot's own row is nothing that could be a direction.
      norms[pivot.index] = 0
      pivot = Self.largest(norms)
    }
    rank = found
    self.channels = channels
    residual = initial > 0 ? pivot.norm / initial : 0
    vectors = try Buffer(count: found * channels)
    for vector in 0..<found {
      let row = UnsafePointer(basis.base + vector * blocks)
      for channel in 0..<channels {
        vectors[vector * channels + channel] = Block.element(channel, of: row)
      }
    }
  }

  /// The coefficients of rows in the basis: `rows · Q`.
  ///
  /// - Parameters:
  ///   - rows: `[count][channels]`.
  ///   - count: The number of rows.
  ///   - coefficients: `[count][rank]`, overwritten.
  public func project(_ rows: View<Double>, count: Int, into coefficients: View<Double>) {
    for row in 0..<count {
      let source = rows.base + row * channels
      let result = coefficients.base + row * rank
      var vector = 0
      while vector + 3 < rank {
        projectFour(source, vectors.base + vector * channels, into: result + vector)
        vector += 4
      }
      for vector in vector..<rank {
        result[vector] = Self.dot(source, vectors.base + vector * channels, channels)
      }
    }
  }

  /// The products of a row with four consecutive vectors, which share what is read of the row.
  private func projectFour(
    _ row: UnsafeMutablePointer<Double>, _ vectors: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let (first, second) = (vectors, vectors + channels)
    let (third, fourth) = (second + channels, second + 2 * channels)
    var sums = (Block(), Block(), Block(), Block())
    let whole = channels / Block.width
    for block in 0..<whole {
      let part = Self.load(row, block)
      sums.0 = Block.multiplyAdd(sums.0, part, Self.load(first, block))
      sums.1 = Block.multiplyAdd(sums.1, part, Self.load(second, block))
      sums.2 = Block.multiplyAdd(sums.2, part, Self.load(third, block))
      sums.3 = Block.multiplyAdd(sums.3, part, Self.load(fourth, block))
    }
    var rest = SIMD4<Double>()
    for channel in whole * Block.width..<channels {
      rest += row[channel] * SIMD4(first[channel], second[channel], third[channel], fourth[channel])
    }
    result[0] = sums.0.sum() + rest[0]
    result[1] = sums.1.sum() + rest[1]
    result[2] = sums.2.sum() + rest[2]
    result[3] = sums.3.sum() + rest[3]
  }

  private static func dot(
    _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>, _ count: Int
  ) -> Double {
    var sum = Block()
    let whole = count / Block.width
    for block in 0..<whole { sum = Block.multiplyAdd(sum, load(a, block), load(b, block)) }
    var result = sum.sum()
    for index in whole * Block.width..<count { result += a[index] * b[index] }
    return result
  }

  @inline(__always)
  private static func load(_ row: UnsafeMutablePointer<Double>, _ block: Int) -> Block {
    UnsafeRawPointer(row + block &* Block.width).loadUnaligned(as: Block.self)
  }

  private static func largest(_ norms: Buffer<Double>) -> (index: Int, norm: Double) {
    var index = 0
    var square = 0.0
    for candidate in 0..<norms.count where norms[candidate] > square {
      index = candidate
      square = norms[candidate]
    }
    return (index, square.squareRoot())
  }

  private static func dot(
    _ a: UnsafeMutablePointer<Block>, _ b: UnsafeMutablePointer<Block>, _ blocks: Int
  ) -> Double {
    // Two sums, because one would wait for itself.
    var even = Block()
    var odd = Block()
    var block = 0
    while block + 1 < blocks {
      even = Block.multiplyAdd(even, a[block], b[block])
      odd = Block.multiplyAdd(odd, a[block &+ 1], b[block &+ 1])
      block &+= 2
    }
    if block < blocks { even = Block.multiplyAdd(even, a[block], b[block]) }
    return (even + odd).sum()
  }

  /// `row ← row − (row · vector) vector`.
  private static func removePart(
    of vector: UnsafeMutablePointer<Block>, _ row: UnsafeMutablePointer<Block>, _ blocks: Int
  ) {
    let part = Block(repeating: -dot(vector, row, blocks))
    for block in 0..<blocks { row[block] = Block.multiplyAdd(row[block], part, vector[block]) }
  }

  private static func scale(_ row: UnsafeMutablePointer<Block>, by factor: Double, _ blocks: Int) {
    let factor = Block(repeating: factor)
    for block in 0..<blocks { row[block] = row[block] * factor }
  }
}
