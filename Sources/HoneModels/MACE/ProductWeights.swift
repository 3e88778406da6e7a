internal import HoneNumerics
internal import HoneO3

/// Makes product bases from couplings and the weights of a file.
enum ProductWeights {
  /// The polynomials of one output block for one number of factors, with their weights.
  struct Part {
    /// Polynomials: one per component and path.
    var basis: SymmetricContractionBasis
    /// `[species or 1][paths][channels]`.
    var weights: ParameterTensor
  }

  /// Makes the product basis.
  ///
  /// - Parameters:
  ///   - parts: Per output block its parts, one per number of factors.
  ///   - speciesCount: The number of species.
  ///   - shared: Whether the weights have one row that all species share.
  ///   - ledger: Who is told what the coefficients are made from, for training.
  static func make<T: HoneScalar>(
    from inputLayout: FeatureLayout, to outputLayout: FeatureLayout, parts: [[Part]],
    speciesCount: Int, shared: Bool, ledger: WeightLedger<T>?
  ) throws(HoneError) -> SymmetricProduct<T> {
    let channels = inputLayout.blocks.first?.multiplicity ?? 0
    let lanes = inputLayout.blocks.first?.lanes ?? 0
    var trees: [MonomialTree] = []
    // Per tree the terms of each node: part, path and coefficient.
    var terms: [[[(part: Int, path: Int, coefficient: Double)]]] = []
    var blockOfTree: [Int] = []
    var nodeCount = 0
    for (block, blockParts) in parts.enumerated() {
      for component in 0..<outputLayout.blocks[block].componentCount {
        let (tree, nodeTerms) = tree(
          blockParts, component: component, coefficientOffset: nodeCount)
        nodeCount += tree.count
        trees.append(tree)
        terms.append(nodeTerms)
        blockOfTree.append(block)
      }
    }
    var coefficients: [Buffer<T.Lanes.Weight>] = []
    for species in 0..<(shared ? 1 : speciesCount) {
      let table = try Buffer<T.Lanes.Weight>(repeating: .zero, count: nodeCount * lanes)
      var sums = [Double](repeating: 0, count: channels)
      for (index, tree) in trees.enumerated() {
        let blockParts = parts[blockOfTree[index]]
        for node in 0..<tree.count {
          for channel in sums.indices { sums[channel] = 0 }
          for term in terms[index][node] {
            let part = blockParts[term.part]
            let row = (species * part.basis.pathCount + term.path) * channels
            for channel in 0..<channels {
              sums[channel] += term.coefficient * part.weights.values[row + channel]
            }
          }
          for channel in 0..<channels {
            let position = SymmetricProduct<T>.position(
              node: tree.coefficientOffset + node, block: channel / T.Lanes.width,
              nodeCount: nodeCount, lanes: lanes)
            table.base[position][channel % T.Lanes.width] = T.Weight(sums[channel])
          }
        }
      }
      coefficients.append(table)
    }
    var slots: [Int] = []
    if let ledger {
      var starts: [Int32] = [0]
      var all: [ProductRecord<T>.Term] = []
      for (index, tree) in trees.enumerated() {
        let blockParts = parts[blockOfTree[index]]
        for node in 0..<tree.count {
          for term in terms[index][node] {
            let part = blockParts[term.part]
            all.append(
              .init(
                parameter: part.weights.start + term.path * channels,
                speciesStride: part.basis.pathCount * channels, coefficient: term.coefficient))
          }
          starts.append(Int32(truncatingIfNeeded: all.count))
        }
      }
      slots = ledger.record(
        ProductRecord(
          tables: coefficients, starts: try Buffer(starts), terms: try Buffer(all),
          channels: channels))
    }
    if shared, let only = coefficients.first {
      coefficients = [Buffer<T.Lanes.Weight>](repeating: only, count: speciesCount)
      slots = slots.flatMap { [Int](repeating: $0, count: speciesCount) }
    }
    return try SymmetricProduct(
      inputLayout: inputLayout, outputLayout: outputLayout, trees: trees,
      coefficients: coefficients, slots: slots)
  }

  /// The tree of one output component: all sorted tuples that occur, and their beginnings.
  private static func tree(
    _ parts: [Part], component: Int, coefficientOffset: Int
  ) -> (MonomialTree, [[(part: Int, path: Int, coefficient: Double)]]) {
    var terms: [[Int32]: [(part: Int, path: Int, coefficient: Double)]] = [[]: []]
    for (index, part) in parts.enumerated() {
      let basis = part.basis
      for path in 0..<basis.pathCount {
        let row = component * basis.pathCount + path
        for term in basis.offsets[row]..<basis.offsets[row + 1] {
          let tuple = Array(basis.factors[term * basis.order..<(term + 1) * basis.order])
          terms[tuple, default: []].append((index, path, basis.coefficients[term]))
          for length in 0..<tuple.count { terms[Array(tuple[..<length]), default: []] += [] }
        }
      }
    }
    let tuples = terms.keys.sorted { $0.lexicographicallyPrecedes($1) }
    let position = Dictionary(
      uniqueKeysWithValues: tuples.enumerated().map { ($0.element, Int32($0.offset)) })
    return (
      MonomialTree(
        parents: tuples.map { position[Array($0.dropLast())] ?? 0 },
        variables: tuples.map { $0.last ?? 0 }, coefficientOffset: coefficientOffset),
      tuples.map { terms[$0] ?? [] }
    )
  }
}
