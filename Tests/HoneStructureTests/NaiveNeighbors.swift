import HoneNumerics
import HoneStructure

/// An edge as the tests compare it.
struct Edge: Hashable, Comparable, CustomStringConvertible {
  var centre: Int
  var neighbor: Int
  var shift: [Int32]

  static func < (left: Edge, right: Edge) -> Bool {
    if left.centre != right.centre { return left.centre < right.centre }
    if left.neighbor != right.neighbor { return left.neighbor < right.neighbor }
    return left.shift.lexicographicallyPrecedes(right.shift)
  }

  var description: String { "\(centre)<-\(neighbor)\(shift)" }
}

/// The edges of a list in its own order.
func edges(_ list: NeighborList) -> [Edge] {
  var result: [Edge] = []
  for centre in 0..<list.atomCount {
    for edge in list.edges(of: centre) {
      let shift = (0..<3).map { list.shifts[3 * edge + $0] }
      result.append(Edge(centre: centre, neighbor: Int(list.neighbors[edge]), shift: shift))
    }
  }
  return result
}

/// The vector of an edge, by its definition.
func vector(_ edge: Edge, _ positions: [Double], _ rows: Matrix3) -> [Double] {
  (0..<3).map { component in
    var value = positions[3 * edge.neighbor + component] - positions[3 * edge.centre + component]
    for direction in 0..<3 { value += Double(edge.shift[direction]) * rows[direction][component] }
    return value
  }
}

/// Every pair and every image that could matter: slow, and simple enough to be believed.
///
/// Images are bounded by the heights of the box, computed here from the rows alone.
func naiveEdges(_ positions: [Double], _ cell: Cell?, _ cutoff: Double) -> [Edge] {
  let cell = cell ?? .open
  let rows = cell.rows
  let atomCount = positions.count / 3
  var result: [Edge] = []
  for centre in 0..<atomCount {
    for neighbor in 0..<atomCount {
      let difference = SIMD3(
        positions[3 * neighbor] - positions[3 * centre],
        positions[3 * neighbor + 1] - positions[3 * centre + 1],
        positions[3 * neighbor + 2] - positions[3 * centre + 2])
      let ranges = (0..<3).map { direction -> ClosedRange<Int32> in
        guard cell.periodicity[direction] else { return 0...0 }
        let reach = cutoff / cell.heights[direction] + 1
        let middle = -cell.fractional(difference)[direction]
        return Int32((middle - reach).rounded(.down))...Int32((middle + reach).rounded(.up))
      }
      for x in ranges[0] {
        for y in ranges[1] {
          for z in ranges[2] {
            if centre == neighbor && x == 0 && y == 0 && z == 0 { continue }
            let vector =
              difference + Double(x) * rows.row0 + Double(y) * rows.row1 + Double(z) * rows.row2
            guard (vector * vector).sum().squareRoot() < cutoff else { continue }
            result.append(Edge(centre: centre, neighbor: neighbor, shift: [x, y, z]))
          }
        }
      }
    }
  }
  return result.sorted()
}

/// A small generator with a fixed sequence (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A random number in a range.
  mutating func number(_ range: ClosedRange<Double>) -> Double {
    Double.random(in: range, using: &self)
  }

  /// A random vector in a cube.
  mutating func vector(_ range: ClosedRange<Double>) -> SIMD3<Double> {
    SIMD3(number(range), number(range), number(range))
  }
}

/// A random triclinic cell that is not close to singular.
func randomCell(
  _ generator: inout SeededGenerator, _ periodicity: Periodicity, size: Double
) -> Cell {
  while true {
    let rows = Matrix3(
      generator.vector(-size...size), generator.vector(-size...size),
      generator.vector(-size...size))
    guard let cell = try? Cell(rows: rows, periodicity: periodicity) else { continue }
    if cell.heights.min() > 0.3 * min(size, 1) { return cell }
  }
}

/// Random positions, a good part of them outside a cell of the given size.
func randomPositions(_ generator: inout SeededGenerator, _ count: Int, size: Double) -> [Double] {
  (0..<3 * count).map { _ in generator.number(-1.5 * size...1.5 * size) }
}
