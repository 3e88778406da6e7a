internal import HoneNumerics
internal import HoneO3

@testable internal import HoneModels

/// Harmonics of one vector.
struct HarmonicsOperation: ReversibleOperation {
  let lMax: Int
  let inputCount = 3

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    let harmonics = EdgeHarmonics<T>(lMax: lMax)
    let row = try Buffer<T.Lanes>(repeating: T.Lanes(repeating: T(7)), count: harmonics.lanes)
    harmonics.evaluate(Vector3(x[0], x[1], x[2]), into: row.view)
    return (0..<harmonics.count).map { row.view.channel($0) }
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    let harmonics = EdgeHarmonics<T>(lMax: lMax)
    let row = try Buffer<T.Lanes>(repeating: .zero, count: harmonics.lanes)
    let gradient = try Buffer<T.Lanes>(repeating: .zero, count: harmonics.lanes)
    let vector = Vector3(x[0], x[1], x[2])
    harmonics.evaluate(vector, into: row.view)
    for (index, value) in w.enumerated() { gradient.view.setChannel(index, to: value) }
    let result = harmonics.gradient(gradient.view, at: vector, row.view)
    return [result.x, result.y, result.z]
  }
}

/// Basis functions and cutoff at one distance.
struct RadialBasisOperation: ReversibleOperation, CustomStringConvertible {
  let kind: RadialBasis<Double>.Kind
  let cutoff: RadialCutoff
  let transform: DistanceTransform?
  let appliesCutoff: Bool
  let taper: RadialTaper?
  let distance: Double
  let inputCount = 1

  var description: String { "\(kind), \(cutoff), \(String(describing: transform)) at \(distance)" }

  func point(_ seed: Int) -> [Double] { [distance] }

  func row<T: HoneScalar>(_ r: T) throws -> (values: [T], slopes: [T]) {
    let kind: RadialBasis<T>.Kind =
      switch kind {
      case .bessel(let frequencies, let factor): .bessel(frequencies: frequencies, factor: factor)
      case .gaussian(let centers, let c): .gaussian(centers: centers, coefficient: c)
      case .chebyshev(let count): .chebyshev(count: count)
      }
    let basis = try RadialBasis<T>(
      kind: kind, cutoffRadius: 5, cutoff: cutoff, transform: transform,
      appliesCutoff: appliesCutoff, taper: taper)
    let mark = T.Lanes(repeating: T(7))
    let values = try Buffer<T.Lanes>(repeating: mark, count: basis.lanes)
    let slopes = try Buffer<T.Lanes>(repeating: mark, count: basis.lanes)
    let outer = basis.evaluate(
      distance: r, radiusSum: 2.1, values: values.view, slopes: slopes.view)
    // Padding is zero; a fault there shows in the values.
    let count = basis.lanes * T.Lanes.width
    let padding = (basis.count..<count).allSatisfy {
      values.view.channel($0).value == 0 && slopes.view.channel($0).value == 0
    }
    return (
      [padding ? outer.factor : T(.nan)] + (0..<basis.count).map { values.view.channel($0) },
      [outer.slope] + (0..<basis.count).map { slopes.view.channel($0) }
    )
  }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] { try row(x[0]).values }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    var sum = T.zero
    for (slope, weight) in zip(try row(x[0]).slopes, w) { sum += slope * weight }
    return [sum]
  }
}

/// A radial network on a few edges.
struct RadialNetworkOperation: ReversibleOperation {
  enum Kind: Sendable, CaseIterable { case single, plain, bias, normalized, species }
  let kind: Kind
  let edges = 4
  let inputs = 6
  var inputCount: Int { edges * inputs }

  private func network<T: HoneScalar>() throws -> RadialNetwork<T> {
    let sizes = kind == .single ? [inputs, 11] : [inputs, 9, 17, 5, 11]
    func row(_ seed: Int, _ count: Int, around center: Double) throws -> WeightRow<T> {
      try WeightRow(
        RowEntries(constants: (0..<count).map { center + noise(seed, $0) / 2 }), ledger: nil)
    }
    var links: [RadialNetwork<T>.Link] = []
    for index in 0..<sizes.count - 1 {
      let (rows, columns) = (sizes[index], sizes[index + 1])
      let entries = MatrixEntries { r, c in noise(70 + index, 100 * r + c) * 0.6 }
      let hidden = index < sizes.count - 2
      links.append(
        .init(
          matrix: try WeightMatrix(
            rowCount: rows, columnCount: columns, entries: entries, ledger: nil),
          bias: kind == .bias || kind == .normalized
            ? try row(80 + index, columns, around: 0) : nil,
          normalization: kind == .normalized && hidden
            ? (
              gain: try row(90 + index, columns, around: 1),
              offset: try row(95 + index, columns, around: 0)
            ) : nil,
          activation: hidden ? .normalized(index == 1 ? .shiftedSoftplus : .silu) : nil))
    }
    func terms(_ seed: Int) throws -> [WeightRow<T>] {
      try (0..<3).map { try row(seed + $0, sizes[1], around: 0) }
    }
    return RadialNetwork(
      links: links,
      speciesTerms: kind == .species ? (sender: try terms(60), center: try terms(64)) : nil)
  }

  private func run<T: HoneScalar>(
    _ x: [T],
    _ use: (RadialNetwork<T>, _ scratch: View<T.Lanes>, _ output: View<T.Lanes>) throws -> [T]
  ) throws -> [T] {
    let network: RadialNetwork<T> = try network()
    let input = try Packing<T>(scalars(inputs), rows: edges).packed(x)
    let scratch = try Buffer<T.Lanes>(repeating: .zero, count: edges * network.scratchLanes)
    let work = try Buffer<T.Lanes>(repeating: .zero, count: network.workLanes(edges: edges))
    let output = try Buffer<T.Lanes>(repeating: .zero, count: edges * network.outputLanes)
    network.evaluate(
      input.view, ends: { ($0 % 3, 2 - $0 % 2) }, edges: edges, scratch: scratch.view,
      work: work.view, into: output.view)
    return try use(network, scratch.view, output.view)
  }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    try run(x) { _, _, output in Packing<T>(scalars(11), rows: edges).unpacked(output) }
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    try run(x) { network, scratch, _ in
      let outputGradient = try Packing<T>(scalars(11), rows: edges).packed(w)
      let result = Packing<T>(scalars(inputs), rows: edges)
      let buffer = try result.zeros()
      let work = try Buffer<T.Lanes>(repeating: .zero, count: network.workLanes(edges: edges))
      network.gradient(
        outputGradient.view, scratch: scratch, work: work.view, edges: edges, into: buffer.view)
      return result.unpacked(buffer.view)
    }
  }
}

/// A number of even scalars.
func scalars(_ count: Int) -> Irreps { Irreps([.init(count, Irrep(0, .even))]) }

/// Pair repulsion of three atoms; one output, the total.
struct RepulsionOperation: ReversibleOperation {
  let repulsion = ZBLRepulsion(
    numbers: [1, 8, 26], radii: [0.31, 0.66, 1.32], p: 6,
    weights: [0.1818, 0.5099, 0.2802, 0.02817],
    exponent: 0.3, prefactor: 0.4543, isScaled: true)
  let inputCount = 12

  func point(_ seed: Int) -> [Double] {
    [0.4, 0.3, -0.2, 0.9, -0.5, 0.6, -0.4, -0.3, 0.2, 3, 0.1, 0.2]
  }

  private func graph<T: HoneScalar>(_ x: [T]) throws -> EdgeGraph<T> {
    EdgeGraph(
      nodeCount: 3, centerCount: 2, species: try Buffer([1, 2, 0]),
      edgeStarts: try Buffer([0, 2, 4]), neighbors: try Buffer([1, 2, 0, 2]),
      vectors: try Buffer(x))
  }

  private func scales<T: HoneScalar>() throws -> WeightRow<T> {
    try WeightRow(RowEntries(constants: [1, 0.7, 1.9]), ledger: nil)
  }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    let energies = try Buffer<T>(repeating: .zero, count: 2)
    repulsion.accumulate(try graph(x), scales: try scales(), into: energies)
    return [energies[0] + energies[1]]
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    let gradients = try Buffer<T>(repeating: .zero, count: 12)
    repulsion.accumulateGradient(try graph(x), scales: try scales(), into: gradients)
    return (0..<12).map { gradients[$0] * w[0] }
  }
}

/// One edge's message from weights, couplings and the sender's features.
struct ConvolutionOperation: ReversibleOperation {
  let sender: Irreps
  let lMax: Int
  let accepted: Int

  /// All paths up to a degree, as triples of input, degree and irrep.
  var paths: [(input: Int, degree: Int, irrep: Irrep)] {
    sender.blocks.enumerated().flatMap { i, block in
      (0...lMax).flatMap { degree in
        (block.irrep * Irrep(degree, .natural(degree))).filter { $0.l <= accepted }.map {
          (i, degree, $0)
        }
      }
    }
  }

  func convolution<T: HoneScalar>() throws -> Convolution<T> {
    try Convolution(
      senderLayout: FeatureLayout(sender, width: T.Lanes.width), lMax: lMax,
      paths: paths.map { path in
        .init(
          input: path.input, degree: path.degree, irrep: path.irrep,
          coefficients: wigner3j(sender.blocks[path.input].irrep.l, path.degree, path.irrep.l)
            .map { $0 * 1.7 })
      })
  }

  var weightIrreps: Irreps {
    Irreps(paths.map { .init(sender.blocks[$0.input].multiplicity, Irrep(0, .even)) })
  }
  var couplingCount: Int {
    paths.reduce(0) { $0 + sender.blocks[$1.input].irrep.dim * $1.irrep.dim }
  }
  var inputCount: Int { weightIrreps.dim + couplingCount + sender.dim }

  /// The three arguments as rows.
  func rows<T: HoneScalar>(_ x: [T]) throws
    -> (weights: Buffer<T.Lanes>, couplings: Buffer<T.Lanes>, sender: Buffer<T.Lanes>)
  {
    var taker = Taker(x)
    return (
      try Packing<T>(weightIrreps, rows: 1).packed(taker.next(weightIrreps.dim)),
      try Packing<T>(scalars(couplingCount), rows: 1).packed(taker.next(couplingCount)),
      try Packing<T>(sender, rows: 1).packed(taker.next(sender.dim))
    )
  }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    let convolution: Convolution<T> = try convolution()
    let rows = try rows(x)
    let message = Packing<T>(convolution.messageLayout, rows: 1)
    let buffer = try message.zeros()
    convolution.accumulate(
      weights: rows.weights.view, couplings: rows.couplings.view, sender: rows.sender.view,
      into: buffer.view)
    return message.unpacked(buffer.view)
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    let convolution: Convolution<T> = try convolution()
    let rows = try rows(x)
    let messageGradient = try Packing<T>(convolution.messageLayout, rows: 1).packed(w)
    let weights = Packing<T>(weightIrreps, rows: 1)
    let couplings = Packing<T>(scalars(couplingCount), rows: 1)
    let senders = Packing<T>(sender, rows: 1)
    let results = (try weights.zeros(), try couplings.zeros(), try senders.zeros())
    let work = try Buffer<T.Lanes>(
      repeating: .zero,
      count: (2 * convolution.maximumInputDegree + 1) * convolution.widestBlock)
    convolution.accumulateGradient(
      messageGradient.view, weights: rows.weights.view, couplings: rows.couplings.view,
      sender: rows.sender.view, work: work.view, weightGradient: results.0.view,
      couplingGradient: results.1.view, senderGradient: results.2.view)
    return weights.unpacked(results.0.view) + couplings.unpacked(results.1.view)
      + senders.unpacked(results.2.view)
  }
}
