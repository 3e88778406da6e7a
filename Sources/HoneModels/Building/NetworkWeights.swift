internal import HoneNumerics

/// Makes radial networks from the weights of a file.
enum NetworkWeights {
  /// One dense layer: weights `[in][out]`, normalisation included.
  struct Dense {
    var inputs: Int
    var outputs: Int
    var weights: [Double]
    var bias: [Double]?
    /// Gain and offset of a layer normalisation, for all but the last.
    var normalization: (gain: [Double], offset: [Double])?
    var activation: Activation?
  }

  /// Makes a network.
  ///
  /// - Parameters:
  ///   - layers: In order.
  ///   - basisCount: The inputs that are basis functions; the rest of the first layer's inputs are
  ///     contributions of species.
  ///   - ends: Per species the inputs it contributes as sender and as centre.
  ///   - columns: Where the columns of the last layer stand: per run its lane and its length.
  ///     By default one run from lane 0.
  static func make<T: HoneScalar>(
    _ layers: [Dense], basisCount: Int,
    ends: (sender: [[Double]], center: [[Double]])? = nil,
    columns: [(lane: Int, count: Int)]? = nil, lanes: Int? = nil
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
      let rows = index == 0 ? basisCount : layer.inputs
      func entry(_ row: Int, _ channel: Int) -> T {
        guard let column = source[channel] else { return .zero }
        return T(layer.weights[row * layer.outputs + column])
      }
      let forward = try PackedMatrix<T>(
        rowCount: rows, columnCount: source.count, element: entry)
      let reverse = try PackedMatrix<T>(
        rowCount: source.count, columnCount: rows, element: { entry($1, $0) })
      links.append(
        RadialNetwork<T>.Link(
          forward: forward, reverse: reverse,
          bias: layer.bias.map { padded(source, $0) },
          normalization: layer.normalization.map {
            (padded(source, $0.gain), padded(source, $0.offset))
          }, activation: layer.activation))
    }
    var terms: (sender: [[T.Lanes]], center: [[T.Lanes]])?
    if let ends, let first = layers.first {
      let width = ends.sender.first?.count ?? 0
      func contribution(_ inputs: [Double], from row: Int) -> [T.Lanes] {
        var values = [Double](repeating: 0, count: first.outputs)
        for (index, input) in inputs.enumerated() {
          for column in 0..<first.outputs {
            values[column] += input * first.weights[(row + index) * first.outputs + column]
          }
        }
        return padded(source(0), values)
      }
      terms = (
        ends.sender.map { contribution($0, from: basisCount) },
        ends.center.map { contribution($0, from: basisCount + width) }
      )
    }
    return RadialNetwork(links: links, speciesTerms: terms)
  }

  private static func padded<L: HoneLanes>(_ source: [Int?], _ values: [Double]) -> [L] {
    var lanes = [L](repeating: .zero, count: L.blocks(for: source.count))
    for (channel, column) in source.enumerated() {
      guard let column else { continue }
      lanes[channel / L.width][channel % L.width] = L.Element(values[column])
    }
    return lanes
  }
}
