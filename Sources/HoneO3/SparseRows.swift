/// Symmetric tensors as rows, and the search for combinations of two rows with fewer components.
///
/// Follows cuequivariance's search step by step, so that the rows come out the same. It counts
/// components of the dense tensors, hence each monomial counts as often as it has orders.
struct SparseRows {
  private static let mostRounds = 20

  private struct Row {
    /// Component · monomials + rank, rising.
    var keys: [Int]
    /// Components of the symmetric tensor.
    var values: [Double]
  }

  private var rows: [Row]
  private let irrep: Irrep
  private let weights: [Double]

  /// Takes paths to one representation; there is at least one.
  init(paths: [PolynomialIrrep], weights: [Double]) {
    irrep = paths[0].irrep
    self.weights = weights
    rows = paths.map { path in
      var row = Row(keys: [], values: [])
      for (component, polynomial) in path.components.enumerated() {
        for (rank, coefficient) in zip(polynomial.ranks, polynomial.coefficients) {
          let value = SquareRootRational.rounded(coefficient / weights[rank])
          guard value != 0 else { continue }
          row.keys.append(component * weights.count + rank)
          row.values.append(value)
        }
      }
      return row
    }
  }

  /// The rows as paths again.
  var paths: [PolynomialIrrep] {
    rows.map { row in
      var components = [SparsePolynomial](repeating: SparsePolynomial(), count: irrep.dim)
      for (key, value) in zip(row.keys, row.values) {
        let (component, rank) = key.quotientAndRemainder(dividingBy: weights.count)
        components[component].ranks.append(rank)
        components[component].coefficients.append(value * weights[rank])
      }
      return PolynomialIrrep(irrep: irrep, components: components)
    }
  }

  /// Replaces rows by sparser combinations, round after round, until none is found.
  mutating func reduce() {
    var pairs = OrderedPairs(count: rows.count)
    for i in rows.indices {
      for j in (i + 1)..<max(rows.count, i + 1) { pairs.insert(i, j) }
    }
    for _ in 0..<Self.mostRounds {
      var found = false
      var next = OrderedPairs(count: rows.count)
      for (i, j) in pairs.all {
        switch combine(rows[i], rows[j]) {
        case .disjoint: break
        case .sparse: next.insert(i, j)
        case .replacement(let row, let isFirst):
          found = true
          rows[isFirst ? i : j] = row
          next.insert(i, j)
          for other in pairs.neighbors[i] where other != j { next.insert(other, j) }
          for other in pairs.neighbors[j] where other != i { next.insert(other, i) }
        }
      }
      pairs = next
      guard found else { return }
    }
  }

  private enum Combination {
    case disjoint
    case sparse
    case replacement(Row, isFirst: Bool)
  }

  /// Tries row0 − r · row1 with the ratio r that most of the common components have.
  private func combine(_ row0: Row, _ row1: Row) -> Combination {
    var ratios: [(ratio: Double, weight: Double)] = []
    var (only0, only1) = (0.0, 0.0)
    merge(row0, row1) { key, a, b in
      let weight = weights[key % weights.count]
      if a != 0, b != 0 {
        ratios.append((SquareRootRational.rounded(a / b), weight))
      } else if a != 0 {
        only0 += weight
      } else {
        only1 += weight
      }
    }
    guard !ratios.isEmpty else { return .disjoint }
    ratios.sort { $0.ratio < $1.ratio }
    // The lowest of the most frequent ratios.
    var best = (ratio: 0.0, weight: 0.0)
    var index = 0
    while index < ratios.count {
      let start = ratios[index].ratio
      var weight = 0.0
      while index < ratios.count, ratios[index].ratio == start {
        weight += ratios[index].weight
        index += 1
      }
      if weight > best.weight { best = (start, weight) }
    }
    guard best.weight > min(only0, only1) else { return .sparse }

    var result = Row(keys: [], values: [])
    merge(row0, row1) { key, a, b in
      result.keys.append(key)
      result.values.append(a - best.ratio * b)
    }
    let isFirst = !(only0 < only1)
    let length = squaredNorm(isFirst ? row0 : row1).squareRoot()
    let scale = length / squaredNorm(result).squareRoot()
    result.values = result.values.map { SquareRootRational.rounded($0 * scale) }
    let kept = result.values.indices.filter { result.values[$0] != 0 }
    result = Row(keys: kept.map { result.keys[$0] }, values: kept.map { result.values[$0] })
    return .replacement(result, isFirst: isFirst)
  }

  private func squaredNorm(_ row: Row) -> Double {
    zip(row.keys, row.values).reduce(0) { $0 + weights[$1.0 % weights.count] * $1.1 * $1.1 }
  }

  /// Visits the keys of both rows in order, with zeros where a row lacks a key.
  private func merge(_ row0: Row, _ row1: Row, visit: (Int, Double, Double) -> Void) {
    var (i, j) = (0, 0)
    while i < row0.keys.count || j < row1.keys.count {
      let key0 = i < row0.keys.count ? row0.keys[i] : Int.max
      let key1 = j < row1.keys.count ? row1.keys[j] : Int.max
      let key = min(key0, key1)
      visit(key, key0 == key ? row0.values[i] : 0, key1 == key ? row1.values[j] : 0)
      if key0 == key { i += 1 }
      if key1 == key { j += 1 }
    }
  }
}

/// Unordered pairs that are listed node by node, and at a node in the order they were inserted.
private struct OrderedPairs {
  private(set) var neighbors: [[Int]]

  init(count: Int) { neighbors = [[Int]](repeating: [], count: count) }

  mutating func insert(_ i: Int, _ j: Int) {
    guard !neighbors[i].contains(j) else { return }
    neighbors[i].append(j)
    neighbors[j].append(i)
  }

  /// All pairs (i, j), each once, by i where it is first met.
  var all: [(Int, Int)] {
    var result: [(Int, Int)] = []
    for i in neighbors.indices {
      for j in neighbors[i] where j > i { result.append((i, j)) }
    }
    return result
  }
}
