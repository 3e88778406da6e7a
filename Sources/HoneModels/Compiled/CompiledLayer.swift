internal import HoneNumerics
internal import HoneO3

/// One round of message passing as the compiled evaluator runs it.
///
/// The node update is the reference evaluator's; the convolution is turned into routes with tables.
struct CompiledLayer<T: CompiledScalar>: Sendable {
  /// The layer it was made from.
  let layer: InteractionLayer<T>
  /// The paths of the convolution.
  let routes: [Route]
  /// The paths in the order they are run: those that read the same block of senders together, while it is
  /// in the second cache.
  let schedule: [Route]
  /// From harmonics to couplings, sorted by coupling.
  let couplings: [SparseTerm<T>]
  /// The number of couplings.
  let couplingCount: Int
  /// The place in a table's row of each radial function, in the order of the network's output.
  let channels: [Int]
  /// The factor of each radial function: of a harmonic of degree zero, which is constant.
  let channelScales: [Double]
  /// The channels of a table's row.
  let tableChannels: Int
  /// What neighbours see of an atom of each species, for a first layer that can be factorised: its
  /// senders carry nothing but scalars that depend on the species.
  let speciesSenders: [[T.Lanes]]?
  /// The factor between a path's couplings and the harmonics of its degree, for a factorised layer.
  let pathScales: [Double]

  /// Whether the layer sums over neighbours before it mixes channels.
  var isFactorised: Bool { speciesSenders != nil }

  /// The rows of what is summed over neighbours: messages, or for a factorised layer what the update's
  /// first linear map makes of them, which is part of its matrices.
  var messageLayout: FeatureLayout {
    isFactorised
      ? layer.update.messageMap.outputLayout : layer.convolution.messageLayout
  }

  /// Makes the routes of a layer.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - embedding: The features of each species for a first layer, else `nil`.
  /// - Returns: `nil` for paths that no kernel covers.
  init?(_ layer: InteractionLayer<T>, embedding: [WeightRow<T>]?) throws(HoneError) {
    let convolution = layer.convolution
    var routes: [Route] = []
    var terms: [SparseTerm<T>] = []
    var channels: [Int] = []
    var scales: [Double] = []
    var pathScales: [Double] = []
    var couplingCount = 0
    for (index, path) in convolution.paths.enumerated() {
      let input = convolution.senderLayout.blocks[path.input]
      let output = convolution.messageLayout.blocks[index]
      let constant = path.degree == 0 ? Self.diagonal(path, input.componentCount) : nil
      let route = Route(
        inputs: input.componentCount, outputs: output.componentCount, lanes: input.lanes,
        inputOffset: input.offset, outputOffset: output.offset,
        tableOffset: convolution.weightOffsets[index], couplingOffset: couplingCount,
        isDiagonal: constant != nil)
      guard route.isCovered, path.degree > 0 || constant != nil else { return nil }
      routes.append(route)
      for u in 0..<input.multiplicity {
        channels.append(convolution.weightOffsets[index] * T.Lanes.width + u)
        scales.append(constant ?? 1)
      }
      pathScales.append(constant != nil ? 1 : Self.diagonal(path, 1) ?? .nan)
      guard constant == nil else { continue }
      let harmonics = 2 * path.degree + 1
      for a in 0..<route.inputs {
        for c in 0..<route.outputs {
          let output = couplingCount + a * route.outputs + c
          let known = terms.count
          for b in 0..<harmonics {
            let value = path.coefficients[(a * harmonics + b) * route.outputs + c]
            guard value != 0 else { continue }
            terms.append(
              SparseTerm(
                output: output, input: path.degree * path.degree + b, coefficient: T(value)))
          }
          // Kernels read every coupling. One that is always zero, as a component's with itself in a
          // cross product, must be set all the same: its place holds what another layer left there.
          if terms.count == known {
            terms.append(
              SparseTerm(
                output: output, input: path.degree * path.degree, coefficient: .zero))
          }
        }
      }
      couplingCount += route.inputs * route.outputs
    }
    self.layer = layer
    self.routes = routes
    schedule = routes.sorted { ($0.inputOffset, $0.tableOffset) < ($1.inputOffset, $1.tableOffset) }
    couplings = terms
    self.couplingCount = couplingCount
    self.channels = channels
    channelScales = scales
    tableChannels = convolution.weightLanes * T.Lanes.width
    self.pathScales = pathScales
    let canFactorise = pathScales.allSatisfy(\.isFinite) && routes.allSatisfy { $0.inputs == 1 }
    speciesSenders =
      if let embedding, canFactorise { try Self.senders(layer, embedding) } else { nil }
  }

  /// The factor of a path that couples one component to another as δ, if it does: the harmonic of
  /// degree zero, or a scalar sender.
  private static func diagonal(_ path: Convolution<T>.Path, _ inputs: Int) -> Double? {
    let outputs = path.irrep.dim
    let harmonics = 2 * path.degree + 1
    guard path.coefficients.count == inputs * harmonics * outputs,
      inputs == 1 || harmonics == 1, inputs * harmonics == outputs
    else { return nil }
    let factor = path.coefficients[0]
    for row in 0..<outputs {
      for column in 0..<outputs {
        let expected = row == column ? factor : 0
        let deviation = (path.coefficients[row * outputs + column] - expected).magnitude
        guard deviation <= 1e-12 * factor.magnitude else { return nil }
      }
    }
    return factor
  }

  private static func senders(_ layer: InteractionLayer<T>, _ embedding: [WeightRow<T>])
    throws(HoneError) -> [[T.Lanes]]
  {
    let lanes = layer.up.outputLayout.rowLanes
    let row = try Buffer<T.Lanes>(count: lanes)
    var result: [[T.Lanes]] = []
    for features in embedding {
      layer.up.evaluate(features.numbers.view, into: row.view, rows: 1)
      result.append((0..<lanes).map { row[$0] })
    }
    return result
  }
}
