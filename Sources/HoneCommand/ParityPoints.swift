/// Pairs of a reference and a prediction, as many as come, in bounded memory.
///
/// The first few are kept as they are. More are counted in squares of a grid whose width is a power of
/// two. Whenever the grid gets too wide or too many of its squares are taken, its width doubles: four
/// squares become one. So nothing is left out, and the result does not depend on the order of the
/// pairs.
struct ParityPoints {
  /// A square of the grid: it begins at `(column, row)` times the width.
  struct Square: Hashable {
    var column, row: Int
  }

  /// The most pairs kept as they are.
  static let pointLimit = 2000
  /// The most squares across the range of all values.
  static let squaresAcross = 256
  /// The most squares that are taken.
  static let squareLimit = 16_000

  /// The number of pairs.
  private(set) var count = 0
  /// The range of all values, references and predictions alike.
  private(set) var low = Double.infinity
  private(set) var high = -Double.infinity
  /// The pairs while they are few.
  private(set) var points: [(reference: Double, predicted: Double)] = []
  /// The numbers of pairs in squares when they are many.
  private(set) var squares: [Square: Int] = [:]

  /// The width of the squares, a power of two.
  private(set) var width = 0x1p-340

  /// Makes an empty collection.
  init() {}

  /// Adds a pair of finite numbers.
  mutating func add(reference: Double, predicted: Double) {
    let (x, y) = (Self.limited(reference), Self.limited(predicted))
    count += 1
    low = min(low, x, y)
    high = max(high, x, y)
    if count <= Self.pointLimit {
      points.append((x, y))
      return
    }
    for point in points { count(point.reference, point.predicted) }
    points = []
    count(x, y)
  }

  private static func limited(_ value: Double) -> Double {
    value.isNaN ? 0 : min(max(value, -PlotAxis.limit), PlotAxis.limit)
  }

  private mutating func count(_ x: Double, _ y: Double) {
    while !isNarrow { coarsen() }
    let square = Square(
      column: Int((x / width).rounded(.down)), row: Int((y / width).rounded(.down)))
    squares[square, default: 0] += 1
    while squares.count > Self.squareLimit { coarsen() }
  }

  /// Whether the grid has no more squares across than it may, and can be counted by integers.
  private var isNarrow: Bool {
    let (first, last) = ((low / width).rounded(.down), (high / width).rounded(.down))
    return last - first < Double(Self.squaresAcross)
      && max(first.magnitude, last.magnitude) < 0x1p52
  }

  private mutating func coarsen() {
    width *= 2
    var merged: [Square: Int] = [:]
    for (square, number) in squares {
      // A shift rounds down, for negative numbers too.
      merged[Square(column: square.column >> 1, row: square.row >> 1), default: 0] += number
    }
    squares = merged
  }
}
