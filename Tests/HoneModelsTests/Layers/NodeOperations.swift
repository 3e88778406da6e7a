internal import HoneNumerics
internal import HoneO3

@testable internal import HoneModels

/// The symmetric product of one row.
struct ProductOperation: ReversibleOperation {
  let inputs: [Irrep]
  let outputs: [Irrep]
  let channels: Int
  let order: Int
  var species = 1

  var inputCount: Int { inputs.reduce(0) { $0 + $1.dim } * channels }
  var outputIrreps: Irreps { Irreps(outputs.map { .init(channels, $0) }) }
  var inputIrreps: Irreps { Irreps(inputs.map { .init(channels, $0) }) }

  /// Per output block the polynomials of one to `order` factors, with weights.
  func parts() throws -> [[ProductWeights.Part]] {
    try outputs.enumerated().map { index, output in
      try (1...order).map { factors in
        let basis = try SymmetricContractionBasis.make(
          .full, inputs: inputs, output: output, order: factors)
        return ProductWeights.Part(
          basis: basis,
          weights: ParameterTensor(
            values: (0..<3 * basis.pathCount * channels).map {
              noise(300 + 10 * index + factors, $0)
            }, start: 0))
      }
    }
  }

  func product<T: HoneScalar>() throws -> SymmetricProduct<T> {
    try ProductWeights.make(
      from: FeatureLayout(inputIrreps, width: T.Lanes.width),
      to: FeatureLayout(outputIrreps, width: T.Lanes.width), parts: try parts(), speciesCount: 3,
      shared: false, ledger: nil)
  }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    let product: SymmetricProduct<T> = try product()
    let output = Packing<T>(outputIrreps, rows: 1)
    let buffer = try output.zeros()
    let work = try Buffer<T.Lanes>(repeating: .zero, count: product.workLanes)
    let rowOfX = try Packing<T>(inputIrreps, rows: 1).packed(x)
    let kinds = try Buffer([Int32(species)])
    product.evaluate(rowOfX.view, species: kinds.view, work: work.view, into: buffer.view, rows: 1)
    return output.unpacked(buffer.view)
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    let product: SymmetricProduct<T> = try product()
    let input = Packing<T>(inputIrreps, rows: 1)
    let buffer = try input.zeros()
    let work = try Buffer<T.Lanes>(repeating: .zero, count: product.workLanes)
    let rowOfX = try input.packed(x)
    let rowOfW = try Packing<T>(outputIrreps, rows: 1).packed(w)
    let kinds = try Buffer([Int32(species)])
    product.accumulateGradient(
      rowOfW.view, at: rowOfX.view, species: kinds.view, work: work.view, into: buffer.view, rows: 1
    )
    return input.unpacked(buffer.view)
  }
}

/// A node update of any kind; inputs are messages, own features, sender features and densities.
struct UpdateOperation: ReversibleOperation {
  enum Kind: Sendable, CaseIterable {
    case maceLinear, maceSkip, maceDensity, maceDensitySkip, maceGated, maceOwnSpecies
    case nequip, nequipBySpecies
  }

  let kind: Kind
  let rows = 4
  let message = Irreps([
    Irreps.Block(10, Irrep(0, .even)), .init(9, Irrep(1, .odd)), .init(3, Irrep(1, .odd)),
  ])
  let own = Irreps([Irreps.Block(9, Irrep(0, .even)), .init(2, Irrep(1, .odd))])
  let sender = Irreps([Irreps.Block(5, Irrep(0, .even)), .init(5, Irrep(1, .odd))])
  /// What the product takes.
  let reduced = Irreps([Irreps.Block(5, Irrep(0, .even)), .init(5, Irrep(1, .odd))])

  var inputCount: Int { rows * (message.dim + own.dim + sender.dim + 1) }

  /// Densities are not negative.
  func point(_ seed: Int) -> [Double] {
    (0..<inputCount).map {
      $0 < inputCount - rows ? noise(seed, $0) : 1.2 + noise(seed, $0)
    }
  }

  private func gate<T: HoneScalar>(_ input: Irreps, _ output: Irreps) -> Gate<T> {
    Gate(
      inputLayout: FeatureLayout(input, width: T.Lanes.width),
      outputLayout: FeatureLayout(output, width: T.Lanes.width),
      scalars: [(input: 0, output: 0, activation: .normalized(.silu))],
      gated: [(gates: 1, input: 2, output: 1, activation: .normalized(.sigmoid))])
  }

  private func reduction<T: HoneScalar>() throws -> MessageReduction<T> {
    switch kind {
    case .maceGated:
      let entering = try irreps("6x0e+4x0e+4x1o")
      let leaving = try irreps("6x0e+4x1o")
      return .gated(
        GatedReduction(
          first: try noisyLinear(message, entering, seed: 500),
          residual: try noisyLinear(sender, entering, seed: 520),
          gate: gate(entering, leaving), second: try noisyLinear(leaving, reduced, seed: 540),
          alpha: try WeightRow(RowEntries(constants: [1.3]), ledger: nil),
          beta: try WeightRow(RowEntries(constants: [0.7]), ledger: nil)))
    default:
      let skips = kind == .maceSkip || kind == .maceDensitySkip
      return .linear(
        LinearReduction(
          linear: try noisyLinear(message, reduced, seed: 500),
          dividesByDensity: kind == .maceDensity || kind == .maceDensitySkip,
          skip: skips ? try noisySpeciesLinear(reduced, reduced, seed: 560) : nil))
    }
  }

  private func update<T: HoneScalar>() throws -> NodeUpdate<T> {
    switch kind {
    case .nequip, .nequipBySpecies:
      let entering = try irreps("6x0e+4x0e+4x1o")
      return .nequip(
        NequIPUpdate(
          linear: try noisyLinear(message, entering, seed: 500, bias: true),
          selfConnection: kind == .nequip
            ? .linear(try noisyLinear(own, entering, seed: 600))
            : .bySpecies(try noisySpeciesLinear(own, entering, seed: 600)),
          gate: gate(entering, try irreps("6x0e+4x1o"))))
    default:
      let product = ProductOperation(
        inputs: [Irrep(0, .even), Irrep(1, .odd)], outputs: [Irrep(0, .even), Irrep(1, .odd)],
        channels: 5, order: 2)
      let output = try irreps("7x0e+3x1o")
      let residual: MACEUpdate<T>.Residual =
        switch kind {
        case .maceLinear, .maceGated: .linear(try noisyLinear(own, output, seed: 620))
        case .maceOwnSpecies, .maceDensity:
          .bySpecies(try noisySpeciesLinear(own, output, seed: 620))
        default: .none
        }
      return .mace(
        MACEUpdate(
          reduction: try reduction(), product: try product.product(),
          linear: try noisyLinear(product.outputIrreps, output, seed: 610), residual: residual))
    }
  }

  private struct Inputs<T: HoneScalar> {
    let message: Buffer<T.Lanes>
    let own: Buffer<T.Lanes>
    let sender: Buffer<T.Lanes>
    let density: Buffer<T>
  }

  /// Runs the update forward and hands everything on.
  private func run<T: HoneScalar>(
    _ x: [T],
    _ use: (NodeUpdate<T>, NodeBlock<T>, _ output: Packing<T>, Buffer<T.Lanes>) throws -> [T]
  ) throws -> [T] {
    let update: NodeUpdate<T> = try update()
    var taker = Taker(x)
    let inputs = Inputs<T>(
      message: try Packing(message, rows: rows).packed(taker.next(rows * message.dim)),
      own: try Packing(own, rows: rows).packed(taker.next(rows * own.dim)),
      sender: try Packing(sender, rows: rows).packed(taker.next(rows * sender.dim)),
      density: try Buffer(Array(taker.next(rows))))
    // Saved and working memory start with anything.
    let mark = T.Lanes(repeating: T(3))
    let saved = try Buffer<T.Lanes>(repeating: mark, count: rows * update.savedLanes)
    let work = try Buffer<T.Lanes>(repeating: mark, count: update.workLanes(rows: rows))
    let species = try speciesRows(rows)
    let block = NodeBlock<T>(
      rows: rows, species: species.view, own: inputs.own.view, sender: inputs.sender.view,
      density: inputs.density.view, saved: saved.view, work: work.view)
    let output = Packing<T>(update.outputLayout, rows: rows)
    let buffer = try Buffer<T.Lanes>(repeating: mark, count: rows * output.layout.rowLanes)
    update.evaluate(block, message: inputs.message.view, into: buffer.view)
    let result = try use(update, block, output, buffer)
    return withExtendedLifetime((inputs, saved, work, species)) { result }
  }

  func evaluate<T: HoneScalar>(_ x: [T]) throws -> [T] {
    try run(x) { _, _, output, buffer in output.unpacked(buffer.view) }
  }

  func gradient<T: HoneScalar>(_ x: [T], _ w: [T]) throws -> [T] {
    try run(x) { update, block, output, _ in
      // What is added to starts with one, and that is taken away again.
      let one = T(1)
      let layouts = [message, own, sender]
      let packings = layouts.map { Packing<T>($0, rows: rows) }
      let buffers = try zip(layouts, packings).map { irreps, packing in
        try packing.packed([T](repeating: one, count: rows * irreps.dim))
      }
      let density = try Buffer<T>(repeating: .zero, count: rows)
      let gradient = try output.packed(w)
      update.accumulateGradient(
        block, gradient.view,
        into: NodeGradients(
          message: buffers[0].view, own: buffers[1].view, sender: buffers[2].view,
          density: density.view))
      return zip(packings, buffers).flatMap { packing, buffer in
        packing.unpacked(buffer.view).map { $0 - one }
      } + (0..<rows).map { density[$0] }
    }
  }
}
