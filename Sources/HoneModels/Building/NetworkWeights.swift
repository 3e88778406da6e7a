internal import HoneNumerics

/// Makes radial networks from the weights of a file.
enum NetworkWeights {
  /// One dense layer.
  struct Dense {
    var inputs: Int
    var outputs: Int
    /// The weights, `[in][out]`, or `[out][in]` where they are `transposed`.
    var weights: ParameterTensor
    var transposed = false
    /// What the weights are multiplied by.
    var factor: Double
    var bias: ParameterTensor?
    /// Gain and offset of a layer normalisation, for all but the last.
    var normalization: (gain: ParameterTensor, offset: ParameterTensor)?
    var activation: Activation?

    /// The place of a weight.
    func index(_ row: Int, _ column: Int) -> Int {
      transposed ? column * inputs + row : row * outputs + column
    }
  }

  /// What the species of an edge's ends contribute to the first layer's inputs: per species a row of
  /// `[species][inputs]`, times a factor.
  struct Ends {
    var sender: ParameterTensor
    var center: ParameterTensor
    var inputs: Int
    var speciesCount: Int
    var factor: Double
  }

  /// Makes a network.
  ///
  /// - Parameters:
  ///   - layers: In order.
  ///   - basisCount: The inputs that are basis functions; the rest of the first layer's inputs are
  ///     contributions of species.
  ///   - ends: The contributions of species.
  ///   - columns: Where the columns of the last layer stand: per run its lane and its length.
  ///     By default one run from lane 0.
  ///   - ledger: Who is told what the numbers are made from, for training.
  static func make<T: HoneScalar>(
    _ layers: [Dense], basisCount: Int, ends: Ends? = nil,
    columns: [(lane: Int, count: Int)]? = nil, lanes: Int? = nil, ledger: WeightLedger<T>?
  ) throws(HoneError) -> RadialNetwork<T> {
    /// The column of the file that stands in each channel of a layer's padded row.
    func source(_ index: Int) -> [Int?] {
      guard index == layers.count - 1, let columns, let lanes else {
        return Array(0..<layers[index].outputs)
      }
      var source = [Int?](repeating: nil, count: lanes * T.Lanes.width)
      var column = 0
      for run in columns {
        for channel in 0..<run.count {
          source[run.lane * T.Lanes.width + channel] = column
          column += 1
        }
      }
      return source
    }
    var links: [RadialNetwork<T>.Link] = []
    for (index, layer) in layers.enumerated() {
      let source = source(index)
      func row(_ tensor: ParameterTensor) throws(HoneError) -> WeightRow<T> {
        var entries = RowEntries(count: source.count)
        for (channel, column) in source.enumerated() {
          if let column { entries.add(tensor, column, factor: 1, to: channel) }
        }
        return try WeightRow(entries, ledger: ledger)
      }
      var normalization: (gain: WeightRow<T>, offset: WeightRow<T>)?
      if let (gain, offset) = layer.normalization {
        normalization = (try row(gain), try row(offset))
      }
      links.append(
        RadialNetwork<T>.Link(
          matrix: try WeightMatrix(
            rowCount: index == 0 ? basisCount : layer.inputs, columnCount: source.count,
            entries: MatrixEntries(layer.weights, factor: layer.factor) { row, channel in
              source[channel].map { layer.index(row, $0) }
            }, ledger: ledger),
          bias: try layer.bias.map(row), normalization: normalization,
          activation: layer.activation))
    }
    var terms: (sender: [WeightRow<T>], center: [WeightRow<T>])?
    if let ends, let first = layers.first {
      let channels = source(0)
      let width = channels.count
      /// One row per species: its inputs times the rows of the first layer that they meet.
      func contributions(_ tensor: ParameterTensor, from row: Int) throws(HoneError)
        -> [WeightRow<T>]
      {
        var rows: [WeightRow<T>] = []
        for species in 0..<ends.speciesCount {
          // As many products as a matrix has entries: not remembered where nobody trains.
          var entries = RowEntries(count: width, records: ledger != nil)
          for channel in 0..<width {
            guard let column = channels[channel] else { continue }
            for input in 0..<ends.inputs {
              entries.add(
                tensor, species * ends.inputs + input, times: first.weights,
                first.index(row + input, column), factor: ends.factor * first.factor, to: channel)
            }
          }
          rows.append(try WeightRow(entries, ledger: ledger))
        }
        return rows
      }
      terms = (
        try contributions(ends.sender, from: basisCount),
        try contributions(ends.center, from: basisCount + ends.inputs)
      )
    }
    return RadialNetwork(links: links, speciesTerms: terms)
  }
}
