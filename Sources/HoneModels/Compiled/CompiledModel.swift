internal import HoneNumerics
internal import HoneO3

/// A model compiled for speed: the radial networks become tables, the first layer factorises.
///
/// Made from a model in one precision; its tables are made when species are first met. It must agree
/// with the reference evaluator to what its tables promise. Energies are exact functions of
/// positions, and forces exactly their derivatives: of the tabulated model.
final class CompiledModel<T: CompiledScalar>: Sendable {
  let model: MessagePassingModel<T>
  let layers: [CompiledLayer<T>]
  let harmonics: BatchHarmonics<T>
  let splines: SplineTaps<T.Lanes>
  /// Where its invariant features are.
  let descriptors: DescriptorLayout
  /// What the error of a table may be; see `RadialTable.error`.
  let tolerance: Double
  private let functions: RadialFunctions
  private let state = Lock<State>(State())

  /// The shortest distance that tables reach down to, in Å: far inside any repulsive core.
  static var shortestDistance: Double { 0.2 }
  /// Distances in Å at which tables may change their spacing.
  ///
  /// Networks are steepest at distances where atoms hardly ever are. One spacing for all would be three
  /// times finer than most edges need, and the table not fit the cache.
  static var segmentEnds: [Double] { [0.5, 1, 2, 3] }
  /// The most coefficients of one function, ten times what real models need.
  ///
  /// Functions that are not smooth are given up at this.
  static var mostRows: Int { 4096 }
  /// The most species a model may have whose own maps are part of the matrices of their pairs.
  static var mostJoinedSpecies: Int { 16 }
  /// What all tables may take, in bytes.
  let mostBytes: Int

  private struct State: Sendable {
    /// Tables that are kept, the newest first; together they take no more than is allowed.
    var kept: [CompiledTables<T>] = []
    /// What they are made of.
    var made: [Key: Part] = [:]
    /// Pairs whose functions no table describes.
    var rough: Set<Key> = []
    /// Why there are no tables for some species together.
    var refusals: [[Int]: String] = [:]
  }

  private struct Key: Hashable {
    let layer: Int
    let first: Int
    let second: Int
  }

  /// What pairs with equal functions of the distance share.
  private final class Part: Sendable {
    let weights: RadialTable<T>
    let density: RadialTable<T>?
    let basis: RowSpaceBasis?

    init(weights: RadialTable<T>, density: RadialTable<T>?, basis: RowSpaceBasis?) {
      self.weights = weights
      self.density = density
      self.basis = basis
    }

    var byteCount: Int {
      (weights.byteCount + (density?.byteCount ?? 0)) + (basis?.vectors.count ?? 0) * 8
    }
    /// The table's, and what the functions have outside the space of the basis: a slope can be ten
    /// times a value within a tenth of an Å.
    var error: Double { max(weights.error, density?.error ?? 0, 10 * (basis?.residual ?? 0)) }
  }

  /// Compiles a model.
  ///
  /// - Parameters:
  ///   - model: The model in the precision it is evaluated in.
  ///   - functions: Its functions of the distance.
  ///   - tolerance: What the error of a table may be.
  ///   - mostBytes: What all tables may take.
  /// - Returns: `nil` for a model with paths that no kernel covers.
  /// - Throws: `.outOfMemory`.
  init?(
    _ model: MessagePassingModel<T>, functions: RadialFunctions, tolerance: Double,
    mostBytes: Int = 512 << 20
  ) throws(HoneError) {
    self.mostBytes = mostBytes
    guard PowerKernels.cover(lMax: model.harmonics.lMax) else { return nil }
    var layers: [CompiledLayer<T>] = []
    for (index, layer) in model.layers.enumerated() {
      guard
        let compiled = try CompiledLayer(layer, embedding: index == 0 ? model.embedding : nil)
      else { return nil }
      layers.append(compiled)
    }
    self.model = model
    self.layers = layers
    descriptors = model.descriptors
    self.functions = functions
    self.tolerance = tolerance
    harmonics = BatchHarmonics(
      lMax: model.harmonics.lMax, normalizes: model.harmonics.normalizes)
    splines = try SplineTaps()
  }

  /// The tables for some species; they are made if they are new.
  ///
  /// - Parameter species: The model's indices, ascending.
  /// - Throws: `.outOfMemory`.
  func tables(for species: [Int]) throws(HoneError) -> Outcome {
    try state.withLock { (state) throws(HoneError) -> Outcome in
      if let known = state.kept.first(where: { $0.cover(species) }) { return .tables(known) }
      if let refusal = state.refusals[species] { return .refused(refusal) }
      // Together with those of structures before, unless that has been refused: what species get
      // must not depend on which came first.
      let all = Set(state.kept.first?.species ?? []).union(species).sorted()
      for wanted in all == species ? [species] : [all, species] where state.refusals[wanted] == nil
      {
        switch try make(wanted, &state) {
        case .tables(let tables):
          keep(tables, &state)
          return .tables(tables)
        case .refused(let reason):
          if state.refusals.count >= 1024 { state.refusals = [:] }
          state.refusals[wanted] = reason
        }
      }
      return .refused(state.refusals[species] ?? "there are no tables")
    }
  }

  /// Keeps tables in front of those that there is room for.
  private func keep(_ tables: CompiledTables<T>, _ state: inout State) {
    var bytes = 0
    state.kept = ([tables] + state.kept).filter { candidate in
      let isPart = candidate !== tables && tables.cover(candidate.species)
      guard !isPart, bytes + candidate.byteCount <= mostBytes else { return false }
      bytes += candidate.byteCount
      return true
    }
    let total = state.made.values.reduce(0) { $0 + $1.byteCount }
    guard total > mostBytes else { return }
    let species = Set(state.kept.flatMap(\.species))
    state.made = state.made.filter { key, _ in
      functions.dependence(key.layer) == .none
        || species.contains(key.first) && species.contains(key.second)
    }
  }

  /// What asking for tables gives.
  enum Outcome {
    case tables(CompiledTables<T>)
    /// The functions of the distance cannot be tabulated, and why.
    case refused(String)
  }

  private func make(_ species: [Int], _ state: inout State) throws(HoneError) -> Outcome {
    var pairs: [[PairTables<T>]] = []
    var bytes = 0
    var error = 0.0
    var used: Set<Key> = []
    var fresh: [Key: Part] = [:]
    let stages = layers.map { messageStage($0) }
    let isShared = layers.indices.map {
      functions.dependence($0) == .none && stages[$0] != .mappedBySpecies
    }
    for (index, layer) in layers.enumerated() {
      var row: [PairTables<T>] = []
      var shared: [Int: PairTables<T>] = [:]
      for center in species {
        for sender in species {
          if isShared[index], let known = shared[sender] {
            row.append(known)
            continue
          }
          let key = key(index, center: center, sender: sender)
          let part: Part
          if let known = state.made[key] ?? fresh[key] {
            part = known
          } else if !state.rough.contains(key),
            let made = try self.part(index, layer, center: center, sender: sender)
          {
            part = made
            fresh[key] = made
          } else {
            state.rough.insert(key)
            return .refused(
              "the radial functions of layer \(index + 1) are not smooth enough for tables")
          }
          if used.insert(key).inserted { bytes += part.byteCount }
          error = max(error, part.error)
          let tables = PairTables(
            weights: part.weights, density: part.density,
            mixing: try mixing(
              layer, part, sender: sender, center: stages[index] == .mappedBySpecies ? center : nil)
          )
          bytes += tables.mixing.reduce(0) { $0 + $1.byteCount }
          guard bytes <= mostBytes else {
            return .refused(
              "tables for \(species.count) species would take more than \(mostBytes >> 20) MB")
          }
          shared[sender] = tables
          row.append(tables)
        }
      }
      pairs.append(row)
    }
    state.made.merge(fresh) { known, _ in known }
    return .tables(
      CompiledTables(
        species: species, speciesCount: functions.radii.count, pairs: pairs,
        isShared: isShared, messageStages: stages, error: error, byteCount: bytes))
  }

  /// How far the matrices of a layer take messages.
  ///
  /// The map of the centre's species costs nothing once it is part of them. With many species they
  /// would be many, and few rows would share each. What counts is how many the model has: those met so
  /// far must not change a bit of a result.
  private func messageStage(_ layer: CompiledLayer<T>) -> MessageStage {
    guard layer.isFactorised else { return .sums }
    return functions.radii.count <= Self.mostJoinedSpecies && layer.layer.update.speciesMap != nil
      ? .mappedBySpecies : .mapped
  }

  private func key(_ layer: Int, center: Int, sender: Int) -> Key {
    switch functions.dependence(layer) {
    case .none: Key(layer: layer, first: 0, second: 0)
    case .radiusSum:
      Key(layer: layer, first: min(center, sender), second: max(center, sender))
    case .ends: Key(layer: layer, first: center, second: sender)
    }
  }

  /// Tabulates the functions of one pair.
  private func part(_ index: Int, _ layer: CompiledLayer<T>, center: Int, sender: Int)
    throws(HoneError) -> Part?
  {
    let networks = functions.layers[index]
    let count = layer.channels.count
    func exact(_ radii: View<Double>, _ values: View<Double>) throws(HoneError) {
      try functions.evaluate(
        networks.weights, at: radii, sender: sender, center: center, squares: false,
        channels: count, into: values)
      for row in 0..<radii.count {
        for channel in 0..<count {
          values[row * count + channel] *= layer.channelScales[channel]
        }
      }
    }
    var density: RadialTable<T>?
    if let network = networks.density {
      density = try table(channels: 1) { (radii, values) throws(HoneError) in
        try functions.evaluate(
          network, at: radii, sender: sender, center: center, squares: true, channels: 1,
          into: values)
      }
      guard density != nil else { return nil }
    }
    if layer.isFactorised {
      guard let basis = try basis(count, exact) else { return nil }
      let width = T.Lanes.width
      let padded = max((basis.rank + width - 1) / width, 1) * width
      let weights = try table(channels: padded) { (radii, values) throws(HoneError) in
        let full = try Buffer<Double>(count: radii.count * count)
        let reduced = try Buffer<Double>(count: radii.count * basis.rank)
        try exact(radii, full.view)
        basis.project(full.view, count: radii.count, into: reduced.view)
        values.fill(0)
        for row in 0..<radii.count {
          for k in 0..<basis.rank { values[row * padded + k] = reduced[row * basis.rank + k] }
        }
      }
      guard let weights else { return nil }
      return Part(weights: weights, density: density, basis: basis)
    }
    let padded = layer.tableChannels
    let weights = try table(channels: padded) { (radii, values) throws(HoneError) in
      let full = try Buffer<Double>(count: radii.count * count)
      try exact(radii, full.view)
      values.fill(0)
      for row in 0..<radii.count {
        for (channel, place) in layer.channels.enumerated() {
          values[row * padded + place] = full[row * count + channel]
        }
      }
    }
    guard let weights else { return nil }
    return Part(weights: weights, density: density, basis: nil)
  }

  private func table(
    channels: Int,
    _ evaluate: (_ radii: View<Double>, _ values: View<Double>) throws(HoneError) -> Void
  ) throws(HoneError) -> RadialTable<T>? {
    try RadialTable<T>.make(
      channels: channels, from: Self.shortestDistance, to: functions.basis.reach,
      breakpoints: functions.breakpoints + Self.segmentEnds, tolerance: tolerance,
      maximumBytes: min(
        mostBytes, Self.mostRows * T.Lanes.blocks(for: channels) * MemoryLayout<T.Lanes>.stride),
      evaluate: evaluate)
  }

  /// The few functions that all of a factorised layer's are combinations of; `nil` when they are not
  /// finite.
  private func basis(
    _ count: Int, _ exact: (View<Double>, View<Double>) throws(HoneError) -> Void
  ) throws(HoneError) -> RowSpaceBasis? {
    let sampleCount = 192
    let radii = try Buffer<Double>(count: sampleCount)
    let samples = try Buffer<Double>(count: sampleCount * count)
    let length = functions.basis.reach - Self.shortestDistance
    for index in 0..<sampleCount {
      radii[index] =
        Self.shortestDistance + length * (Double(index) + 0.5) / Double(sampleCount)
    }
    try exact(radii.view, samples.view)
    guard (0..<samples.count).allSatisfy({ samples[$0].isFinite }) else { return nil }
    // As the error of tables, relative to what the functions are at that distance or beyond.
    var norms = (0..<sampleCount).map { sample in
      (0..<count).reduce(0) { max($0, samples[sample * count + $1].magnitude) }
    }
    let floor = 1e-3 * norms.reduce(0, max)
    for sample in norms.indices.dropLast().reversed() {
      norms[sample] = max(norms[sample], norms[sample + 1])
    }
    if floor > 0 {
      for sample in 0..<sampleCount {
        let scale = 1 / max(norms[sample], floor)
        for channel in 0..<count { samples[sample * count + channel] *= scale }
      }
    }
    // What is left out has slopes too, steeper than its values: a tenth of what tables may err.
    return try RowSpaceBasis(
      samples: samples.view, sampleCount: sampleCount, channels: count,
      tolerance: 0.1 * tolerance, maximumRank: sampleCount)
  }

  /// The matrices of a factorised layer for senders of one species.
  ///
  /// Row k of all of them is what the linear map makes of the message of an edge whose radial weights
  /// are the k-th vector of the basis. One component per block says it: the map mixes channels alone.
  ///
  /// - Parameter center: The species whose map follows the linear map; `nil` for none.
  private func mixing(_ layer: CompiledLayer<T>, _ part: Part, sender: Int, center: Int?)
    throws(HoneError) -> [PairTables<T>.Mixing]
  {
    guard let basis = part.basis, let features = layer.speciesSenders?[sender] else { return [] }
    let width = T.Lanes.width
    let map = layer.layer.update.messageMap
    let inputs = map.inputLayout
    let outputs = map.outputLayout
    let message = try Buffer<T.Lanes>(repeating: .zero, count: inputs.rowLanes)
    let between = try Buffer<T.Lanes>(count: outputs.rowLanes)
    let mixed = try Buffer<T.Lanes>(
      repeating: .zero, count: max(basis.rank, 1) * outputs.rowLanes)
    for k in 0..<basis.rank {
      var channel = k * basis.channels
      for (index, route) in layer.routes.enumerated() {
        let target = message.view.dropping(inputs.blocks[index].offset)
        for u in 0..<inputs.blocks[index].multiplicity {
          let feature = features[route.inputOffset + u / width][u % width].value
          target.setChannel(
            u, to: T(basis.vectors[channel] * feature * layer.pathScales[index]))
          channel += 1
        }
      }
      let row = mixed.view(from: k * outputs.rowLanes, count: outputs.rowLanes)
      if let center, let next = layer.layer.update.speciesMap {
        between.view.fill(.zero)
        map.apply(message.view, into: between.view, rows: 1, biases: false)
        next.maps[center].apply(between.view, into: row, rows: 1)
      } else {
        map.apply(message.view, into: row, rows: 1, biases: false)
      }
    }
    var result: [PairTables<T>.Mixing] = []
    let reached = Set(inputs.blocks.map(\.irrep))
    for (index, output) in outputs.blocks.enumerated() where reached.contains(output.irrep) {
      func entry(_ k: Int, _ w: Int) -> T {
        mixed.view.dropping(k * outputs.rowLanes + output.offset).channel(w)
      }
      result.append(
        .init(
          block: index,
          forward: try PackedMatrix(
            rowCount: basis.rank, columnCount: output.multiplicity, element: entry),
          reverse: try PackedMatrix(
            rowCount: output.multiplicity, columnCount: basis.rank, element: { entry($1, $0) })))
    }
    return result
  }
}
