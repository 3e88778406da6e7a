import HoneNumerics

@testable import HoneModels

/// Edges with invented tables, distances, couplings and neighbours, in the arrays that kernels read.
///
/// Taps are those of splines, so that they and their slopes belong together.
final class KernelEdges<T: CompiledScalar> {
  static var taps: Int { SplineTaps<T.Lanes>.taps }

  let count: Int
  let stride = EdgeBatch<T>.capacity
  let taps: Buffer<T>
  let tapSlopes: Buffer<T>
  /// K, or Y, `[couplings][stride]`.
  let couplings: Buffer<T>
  let neighbors: Buffer<Int32>
  let tables: Buffer<UnsafePointer<T.Lanes>>
  let tableRows: Buffer<Int>
  /// Two tables of different lengths, `[lanes][row]`.
  private let coefficients: [Buffer<T.Lanes>]

  /// Makes the edges.
  ///
  /// - Parameters:
  ///   - step: How far distances and couplings are moved along `distanceDirection` and
  ///     `couplingDirection`.
  init(
    count: Int, couplingCount: Int, tableLanes: Int, nodes: Int, step: Double = 0
  ) throws {
    self.count = count
    let lengths = [Self.taps + 15, Self.taps + 26]
    coefficients = try lengths.enumerated().map { index, length in
      try filled(tableLanes * length, seed: 10 + index)
    }
    taps = try Buffer(repeating: .zero, count: Self.taps * stride)
    tapSlopes = try Buffer(repeating: .zero, count: Self.taps * stride)
    couplings = try Buffer(repeating: .zero, count: couplingCount * stride)
    neighbors = try Buffer(repeating: 0, count: stride)
    tables = try Buffer(count: stride)
    tableRows = try Buffer(repeating: 0, count: stride)
    let splines = UniformSplines(degree: Self.taps - 1)
    for slot in 0..<count {
      let table = slot % 3 == 0 ? 1 : 0
      let row = (7 * slot) % (lengths[table] - Self.taps)
      tables[slot] = UnsafePointer(coefficients[table].base + row)
      tableRows[slot] = lengths[table]
      neighbors[slot] = Int32((3 * slot + 1) % nodes)
      let inverseSpacing = 1.5 + noise(20, slot)
      let t = 0.5 + 0.4 * noise(21, slot)
      let moved = t + step * Self.distanceDirection(slot) * inverseSpacing
      for (tap, value) in splines.values(at: moved).enumerated() {
        taps[tap * stride + slot] = T(value)
      }
      for (tap, slope) in splines.slopes(at: moved).enumerated() {
        tapSlopes[tap * stride + slot] = T(slope * inverseSpacing)
      }
      for coupling in 0..<couplingCount {
        couplings[coupling * stride + slot] = T(
          noise(22 + coupling, slot) + step * Self.couplingDirection(coupling, slot))
      }
    }
  }

  static func distanceDirection(_ slot: Int) -> Double { noise(300, slot) }
  static func couplingDirection(_ coupling: Int, _ slot: Int) -> Double {
    noise(400 + coupling, slot)
  }

  /// What the kernels take, with other taps or couplings where these are given.
  func arrays(taps: Buffer<T>? = nil, couplings: Buffer<T>? = nil) -> EdgeArrays<T> {
    EdgeArrays(
      stride: stride, taps: UnsafePointer((taps ?? self.taps).base),
      tapSlopes: UnsafePointer(tapSlopes.base), tables: UnsafePointer(tables.base),
      tableRows: UnsafePointer(tableRows.base),
      couplings: UnsafePointer((couplings ?? self.couplings).base),
      neighbors: UnsafePointer(neighbors.base))
  }

  /// The directions in which distances and couplings are moved, as what they do to taps and to
  /// couplings.
  func directions() throws -> (taps: Buffer<T>, couplings: Buffer<T>) {
    let moved = (
      taps: try Buffer<T>(repeating: .zero, count: taps.count),
      couplings: try Buffer<T>(repeating: .zero, count: couplings.count)
    )
    for slot in 0..<count {
      for tap in 0..<Self.taps {
        let index = tap * stride + slot
        moved.taps[index] = tapSlopes[index] * T(Self.distanceDirection(slot))
      }
      for coupling in 0..<couplings.count / stride {
        moved.couplings[coupling * stride + slot] = T(Self.couplingDirection(coupling, slot))
      }
    }
    return moved
  }

  /// The value of a table's function at an edge, summed in double.
  func function(_ slot: Int, channel: Int) -> Double {
    let width = T.Lanes.width
    let column = tables[slot] + channel / width * tableRows[slot]
    return (0..<Self.taps).reduce(0) { sum, tap in
      sum + taps[tap * stride + slot].value * (column + tap).pointee[channel % width].value
    }
  }
}

/// Lanes of numbers that depend on a seed alone.
func filled<L: HoneLanes>(_ count: Int, seed: Int) throws -> Buffer<L> {
  let buffer = try Buffer<L>(repeating: .zero, count: count)
  for index in 0..<count * L.width {
    buffer.view.setChannel(index, to: L.Element(noise(seed, index)))
  }
  return buffer
}

/// `a + factor · b`, lane by lane.
func combined<L: HoneLanes>(_ a: Buffer<L>, _ factor: Double, _ b: Buffer<L>) throws -> Buffer<L> {
  let sum = try Buffer<L>(count: a.count)
  for index in 0..<a.count { sum[index] = a[index] + L(repeating: L.Element(factor)) * b[index] }
  return sum
}

/// The numbers in lanes.
func numbers<L: HoneLanes>(_ lanes: Buffer<L>) -> [Double] {
  (0..<lanes.count * L.width).map { lanes.view.channel($0).value }
}

/// The sum of one lane's numbers, one after another in double.
func naiveSum<L: HoneLanes>(_ lanes: L) -> Double {
  (0..<L.width).reduce(0) { $0 + lanes[$1].value }
}

/// The precision of a kernel's results: relative to the sizes of what is summed.
func roundingTolerance<T: CompiledScalar>(_: T.Type) -> Double {
  T.Lanes.width == 16 ? 2e-5 : 1e-13
}
