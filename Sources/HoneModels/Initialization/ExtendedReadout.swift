internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

/// A readout of a MACE model on its way to have one head more.
struct ExtendedReadout {
  /// The readout; after `extend` that with the new head.
  private(set) var readout: MACEConfiguration.Readout
  /// The names of the heads there were.
  let heads: [String]
  /// The name of the new head.
  let head: String
  /// How its weights begin.
  let beginning: HeadReadout

  init(
    readout: MACEConfiguration.Readout, heads: [String], head: String, beginning: HeadReadout
  ) {
    (self.readout, self.heads, self.head, self.beginning) = (readout, heads, head, beginning)
  }

  /// Whether each head has hidden channels of its own.
  ///
  /// Where several heads share them, as in models without masks, the new one shares them too.
  private var splitsHidden: Bool { readout.masksHeads || heads.count == 1 }

  /// Gives every dense layer the new head's columns, and the rows that lead to them.
  ///
  /// - Parameters:
  ///   - name: The prefix of the tensors' names.
  ///   - input: The features that are read out.
  ///   - parameters: Changed.
  mutating func extend(_ name: String, input: Irreps, _ parameters: inout ParameterSet)
    throws(HoneError)
  {
    let widths = readout.hidden + [heads.count]
    var rows = input.count(of: Irrep(0, .even))
    for (k, columns) in widths.enumerated() {
      let isLast = k == widths.count - 1
      let share = isLast || splitsHidden ? columns / heads.count : 0
      let rowShare = k > 0 && splitsHidden ? rows / heads.count : 0
      let block = Block(rows: rows, columns: columns, share: share, rowShare: rowShare)
      if share > 0 {
        let weight = "\(name).\(k).weight"
        try headroom(block)
        parameters[weight] = try extended(weight, block, parameters)
        let bias = "\(name).\(k).bias"
        if readout.hasBias, k > 0 {
          let values = try parameters.values(bias, count: columns)
          let new: [Double] =
            switch beginning {
            case .copied(let index): Array(values[index * share..<(index + 1) * share])
            case .random: [Double](repeating: 0, count: share)
            }
          parameters[bias] = try like(parameters[bias], values + new)
        }
      }
      rows = columns
    }
    if splitsHidden, !readout.hidden.isEmpty {
      readout.hidden = readout.hidden.map { $0 + $0 / heads.count }
      readout.masksHeads = true
    }
  }

  /// A matrix and what of it belongs to one head.
  private struct Block {
    var rows: Int
    var columns: Int
    /// Columns and rows per head; no rows where all heads use all of them.
    var share: Int
    var rowShare: Int
  }

  private func headroom(_ block: Block) throws(HoneError) {
    try Headroom.require((block.rows + block.rowShare) * (block.columns + block.share), of: 32)
  }

  private func extended(_ name: String, _ block: Block, _ parameters: ParameterSet)
    throws(HoneError) -> StoredTensor
  {
    let (rows, columns, share) = (block.rows, block.columns, block.share)
    let old = try parameters.values(name, count: rows * columns)
    let newRows = rows + block.rowShare
    let newColumns = columns + share
    var values = [Double](repeating: 0, count: newRows * newColumns)
    for row in 0..<rows {
      for column in 0..<columns {
        let weight = old[row * columns + column]
        values[row * newColumns + column] =
          block.rowShare == 0 ? weight : Self.rescaled(weight, from: rows, to: newRows)
      }
    }
    switch beginning {
    case .copied(let index):
      // Where rows belong to heads, the copied ones go to the new head's.
      let move = block.rowShare * (heads.count - index)
      let first = block.rowShare * index
      for row in first..<(block.rowShare == 0 ? rows : first + block.rowShare) {
        for column in 0..<share {
          values[(row + move) * newColumns + columns + column] =
            values[row * newColumns + index * share + column]
        }
      }
    case .random(let seed):
      let drawn = ParameterInitializer(seed: seed, precision: .float64).columns(
        name, head: head, rows: newRows, share: share, .normal(1))
      for row in 0..<newRows {
        for column in 0..<share {
          values[row * newColumns + columns + column] = drawn[row * share + column]
        }
      }
    }
    // Single precision does not hold what has been rescaled.
    return block.rowShare == 0
      ? try like(parameters[name], values) : try StoredTensor(values, shape: [values.count])
  }

  /// A flat tensor in the precision of another.
  private func like(_ tensor: StoredTensor?, _ values: [Double]) throws(HoneError)
    -> StoredTensor
  {
    tensor?.dtype == .float32
      ? try StoredTensor(values.map { Float($0) }, shape: [values.count])
      : try StoredTensor(values, shape: [values.count])
  }

  /// The weight that, normalised by a larger number of inputs, is what it was.
  ///
  /// Of the doubles around it the one is taken whose normalised value is the same to the last bit,
  /// or at least in single precision: not every double is a product with a given factor.
  static func rescaled(_ weight: Double, from fan: Int, to newFan: Int) -> Double {
    let wanted = weight * (1 / Double(fan).squareRoot())
    let norm = 1 / Double(newFan).squareRoot()
    let middle = wanted / norm
    var best = middle
    var error = Double.infinity
    for candidate in [
      middle, middle.nextUp, middle.nextDown, middle.nextUp.nextUp, middle.nextDown.nextDown,
    ] {
      let value = candidate * norm
      let isSame = Float(value) == Float(wanted)
      let deviation = (value - wanted).magnitude
      if isSame, deviation < error { (best, error) = (candidate, deviation) }
    }
    return best
  }
}
