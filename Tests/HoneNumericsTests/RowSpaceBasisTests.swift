import HoneNumerics
import Testing

@Suite("Bases of row spaces")
struct RowSpaceBasisTests {
  /// A matrix that is the product of two random ones.
  private func matrix(samples: Int, channels: Int, rank: Int, seed: UInt64) throws
    -> Buffer<Double>
  {
    var state = seed
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int64(bitPattern: state) >> 11) / Double(1 << 52)
    }
    let left = (0..<samples * rank).map { _ in next() }
    let right = (0..<rank * channels).map { _ in next() }
    let product = try Buffer<Double>(repeating: 0, count: samples * channels)
    for sample in 0..<samples {
      for inner in 0..<rank {
        for channel in 0..<channels {
          product[sample * channels + channel] +=
            left[sample * rank + inner] * right[inner * channels + channel]
        }
      }
    }
    return product
  }

  private func largestDeviation(_ samples: Buffer<Double>, count: Int, _ basis: RowSpaceBasis)
    throws -> Double
  {
    let coefficients = try Buffer<Double>(repeating: .nan, count: count * basis.rank)
    basis.project(samples.view, count: count, into: coefficients.view)
    var worst = 0.0
    for sample in 0..<count {
      for channel in 0..<basis.channels {
        var value = 0.0
        for vector in 0..<basis.rank {
          value +=
            coefficients[sample * basis.rank + vector]
            * basis.vectors[vector * basis.channels + channel]
        }
        worst = max(worst, abs(value - samples[sample * basis.channels + channel]))
      }
    }
    return worst
  }

  private func deviationFromOrthonormal(_ basis: RowSpaceBasis) -> Double {
    var worst = 0.0
    for a in 0..<basis.rank {
      for b in 0..<basis.rank {
        var product = a == b ? -1.0 : 0
        for channel in 0..<basis.channels {
          let first = basis.vectors[a * basis.channels + channel]
          product += first * basis.vectors[b * basis.channels + channel]
        }
        worst = max(worst, abs(product))
      }
    }
    return worst
  }

  @Test(
    "The rank of a product is found, and the samples come back",
    arguments: [(40, 100, 7), (100, 40, 13), (9, 3, 3), (64, 65, 1), (30, 8, 8)])
  func knownRank(samples: Int, channels: Int, rank: Int) throws {
    let matrix = try matrix(samples: samples, channels: channels, rank: rank, seed: 3)
    let basis = try RowSpaceBasis(
      samples: matrix.view, sampleCount: samples, channels: channels, tolerance: 1e-12,
      maximumRank: 1000)
    #expect(basis.rank == rank)
    #expect(basis.residual <= 1e-12)
    #expect(deviationFromOrthonormal(basis) < 1e-14)
    #expect(try largestDeviation(matrix, count: samples, basis) < 1e-12)
  }

  @Test("Nearly dependent rows give orthonormal vectors")
  func nearlyDependent() throws {
    // Hilbert's matrix: its rows are as good as dependent from about the twelfth on.
    let count = 24
    let hilbert = try Buffer<Double>(count: count * count)
    for row in 0..<count {
      for column in 0..<count { hilbert[row * count + column] = 1 / Double(row + column + 1) }
    }
    let basis = try RowSpaceBasis(
      samples: hilbert.view, sampleCount: count, channels: count, tolerance: 1e-14,
      maximumRank: count)
    #expect(basis.rank >= 10 && basis.rank <= 14)
    #expect(deviationFromOrthonormal(basis) < 1e-14)
    #expect(try largestDeviation(hilbert, count: count, basis) < 1e-13)
  }

  @Test("A limit on the rank is kept, and the residual says what is missing")
  func maximumRank() throws {
    let matrix = try matrix(samples: 30, channels: 20, rank: 10, seed: 4)
    var previous = 1.0
    for rank in 0...9 {
      let basis = try RowSpaceBasis(
        samples: matrix.view, sampleCount: 30, channels: 20, tolerance: 1e-12, maximumRank: rank)
      #expect(basis.rank == rank)
      #expect(basis.residual > 1e-3 && basis.residual <= previous + 1e-15)
      previous = basis.residual
      // The residual against its definition.
      let coefficients = try Buffer<Double>(count: 30 * rank)
      basis.project(matrix.view, count: 30, into: coefficients.view)
      var largest = (whole: 0.0, rest: 0.0)
      for sample in 0..<30 {
        var whole = 0.0
        var rest = 0.0
        for channel in 0..<20 {
          let value = matrix[sample * 20 + channel]
          var difference = value
          for vector in 0..<rank {
            difference -=
              coefficients[sample * rank + vector] * basis.vectors[vector * 20 + channel]
          }
          whole += value * value
          rest += difference * difference
        }
        largest = (max(largest.whole, whole), max(largest.rest, rest))
      }
      #expect(abs((largest.rest / largest.whole).squareRoot() - basis.residual) < 1e-12)
    }
  }

  @Test("Very large and very small samples have the same basis", arguments: [-1030, -700, 1000])
  func extremeScale(exponent: Int) throws {
    let scale = Double(sign: .plus, exponent: exponent, significand: 1)
    let matrix = try matrix(samples: 12, channels: 17, rank: 4, seed: 5)
    for index in 0..<matrix.count { matrix[index] *= scale }
    let basis = try RowSpaceBasis(
      samples: matrix.view, sampleCount: 12, channels: 17, tolerance: 1e-10, maximumRank: 17)
    #expect(basis.rank == 4)
    #expect(deviationFromOrthonormal(basis) < 1e-14)
  }

  @Test("Nothing, and zeros, have rank 0")
  func degenerate() throws {
    let zeros = try Buffer<Double>(repeating: 0, count: 30)
    for (samples, channels) in [(0, 5), (5, 0), (0, 0), (5, 6)] {
      let basis = try RowSpaceBasis(
        samples: zeros.view, sampleCount: samples, channels: channels, tolerance: 1e-12,
        maximumRank: 8)
      #expect(basis.rank == 0 && basis.residual == 0 && basis.vectors.count == 0)
      let nothing = try Buffer<Double>(count: 0)
      basis.project(zeros.view, count: samples, into: nothing.view)
    }
  }

  @Test("What no basis can be made of is refused")
  func refusals() throws {
    let samples = try Buffer<Double>(repeating: 1, count: 6)
    for (count, channels, rank) in [(3, 3, 1), (-1, 2, 1), (2, -1, 1), (2, 2, -1), (.max, 2, 1)] {
      #expect(throws: HoneError.self) {
        try RowSpaceBasis(
          samples: samples.view, sampleCount: count, channels: channels, tolerance: 0,
          maximumRank: rank)
      }
    }
    samples[4] = .nan
    #expect(throws: HoneError(.invalidArgument, "expected finite samples, sample 1 is not")) {
      try RowSpaceBasis(
        samples: samples.view, sampleCount: 2, channels: 3, tolerance: 0, maximumRank: 1)
    }
  }
}
