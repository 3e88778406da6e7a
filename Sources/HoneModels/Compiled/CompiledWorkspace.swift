internal import HoneNumerics

/// The memory of computations with a compiled model, kept from one to the next.
final class CompiledWorkspace<T: CompiledScalar>: @unchecked Sendable {
  let graph = CompiledGraph<T>()
  /// Where the rows of all nodes lie; `CompiledPass.placeRows` says how long each is needed.
  let memory = SharedMemory()
  /// Features before each layer and after the last, `[nodes][row]`.
  let features: [PlacedArray<T.Lanes>]
  /// What neighbours see, per layer, `[nodes][sender row]`.
  let senders: [PlacedArray<T.Lanes>]
  /// What node updates keep, per layer, `[nodes][savedLanes]`.
  let saved: [PlacedArray<T.Lanes>]
  /// Gradients with respect to the features after each layer, `[seeds][nodes][row]`.
  let featureGradients: [PlacedArray<T.Lanes>]
  /// Rows on their way between processes before each layer, `[the host's atoms][width]`.
  let sent: [PlacedArray<Double>]
  /// Gradients on their way back, `[the host's atoms][seeds][width]`.
  let returned: [PlacedArray<Double>]
  /// Densities per layer, `[nodes]`.
  let densities: [ReusableBuffer<T>]
  /// The energy of each node in eV, without constants.
  let energies = ReusableBuffer<T>()
  /// The invariant features of each node after every layer, `[local nodes][width]`, if wanted.
  let descriptors = ReusableBuffer<Double>()
  /// One per thread.
  private(set) var threads: [CompiledThread<T>] = []

  init(for model: CompiledModel<T>) {
    let count = model.layers.count
    features = (0...count).map { [memory] _ in PlacedArray(in: memory) }
    senders = (0..<count).map { [memory] _ in PlacedArray(in: memory) }
    saved = (0..<count).map { [memory] _ in PlacedArray(in: memory) }
    featureGradients = (0..<count).map { [memory] _ in PlacedArray(in: memory) }
    sent = (0..<count).map { [memory] _ in PlacedArray(in: memory) }
    returned = (0..<count).map { [memory] _ in PlacedArray(in: memory) }
    densities = (0..<count).map { _ in ReusableBuffer() }
  }

  /// Makes what a number of threads need.
  ///
  /// - Throws: `.outOfMemory`.
  func prepare(threadCount: Int, _ model: CompiledModel<T>, seeds: Int) throws(HoneError) {
    while threads.count < threadCount {
      threads.append(try CompiledThread(for: model, memory))
    }
    for thread in threads.prefix(threadCount) { try thread.prepare(seeds: seeds) }
  }
}

/// One thread's memory.
final class CompiledThread<T: CompiledScalar>: @unchecked Sendable {
  let batch: EdgeBatch<T>
  /// Messages in the forward pass, their gradients (one block of rows per seed) in the reverse pass.
  let messages = ReusableBuffer<T.Lanes>()
  /// Density gradients, one block of rows per seed.
  let densityGradients = ReusableBuffer<T>()
  /// Seeds of the readouts' gradients.
  let seedRow: Buffer<T>
  let work: Buffer<T.Lanes>
  /// The sums P of a factorised layer, or their gradients, one block of rows per seed.
  let powers = ReusableBuffer<T.Lanes>()
  /// Message gradients about a neighbour, for a row of edges.
  let shifted = ReusableBuffer<T.Lanes>()
  /// ∂E/∂h of the senders of one layer, per seed, `[nodes][sender row]`; room for the widest layer.
  let senderGradients: [PlacedArray<T.Lanes>]
  /// This thread's share of −∂E/∂(positions), `[nodes][3]`.
  let forces = ReusableBuffer<Double>()
  /// This thread's share of the virial, `[3][3]`.
  var virial = InlineArray<9, Double>(repeating: 0)
  /// This thread's share of the virials, `[nodes][3][3]`.
  let virials = ReusableBuffer<Double>()

  private let messageLanes: Int

  init(for model: CompiledModel<T>, _ memory: SharedMemory) throws(HoneError) {
    func most(_ value: (CompiledLayer<T>) -> Int) -> Int { model.layers.map(value).max() ?? 0 }
    let rows = CompiledGraph<T>.mostNodes
    batch = try EdgeBatch(
      harmonicCount: model.harmonics.count, couplingCount: most { $0.couplingCount },
      widestRoute: max(
        model.harmonics.count,
        most { $0.routes.map { $0.inputs * $0.outputs }.max() ?? 0 }))
    messageLanes = most { $0.messageLayout.rowLanes }
    let updates = most { $0.layer.update.workLanes(rows: rows) }
    let readouts = model.model.readouts.map { $0.readout.workLanes(rows: rows) }.max() ?? 0
    work = try Buffer(count: max(updates, readouts))
    seedRow = try Buffer(count: rows)
    senderGradients = (0..<4).map { _ in PlacedArray(in: memory) }
  }

  func prepare(seeds: Int) throws(HoneError) {
    let rows = CompiledGraph<T>.mostNodes
    try messages.resize(max(seeds, 1) * rows * messageLanes)
    try densityGradients.resize(max(seeds, 1) * rows)
  }
}
