internal import HoneNumerics

/// One thread's working memory for a run of edges of one layer.
///
/// Everything about an edge that a layer can compute again is not kept but computed again, so
/// memory does not grow with edges beyond their vectors.
final class EdgeScratch<T: HoneScalar>: @unchecked Sendable {
  /// The most edges taken together.
  let capacity: Int
  let distances: Buffer<T>
  /// The centre of each edge.
  let centers: Buffer<Int32>
  /// Unit vectors, or raw vectors for harmonics that are not normalised; `[edges][3]`.
  let directions: Buffer<T>
  let factors: Buffer<T>
  let factorSlopes: Buffer<T>
  let harmonics: Buffer<T.Lanes>
  let harmonicGradient: Buffer<T.Lanes>
  let basis: Buffer<T.Lanes>
  let basisSlopes: Buffer<T.Lanes>
  let basisGradient: Buffer<T.Lanes>
  let couplings: Buffer<T.Lanes>
  let couplingGradient: Buffer<T.Lanes>
  let weights: Buffer<T.Lanes>
  /// The weights without the cutoff function, where it multiplies them and not the basis.
  let bareWeights: Buffer<T.Lanes>
  let weightGradient: Buffer<T.Lanes>
  let networkScratch: Buffer<T.Lanes>
  let networkWork: Buffer<T.Lanes>
  let densities: Buffer<T.Lanes>
  let densityGradient: Buffer<T.Lanes>
  let densityScratch: Buffer<T.Lanes>
  let densityBasisGradient: Buffer<T.Lanes>
  let convolutionWork: Buffer<T.Lanes>
  /// What entered a link of a radial network, for gradients of its weights.
  let weightWork: Buffer<T.Lanes>
  /// One sender row.
  let senderRow: Buffer<T.Lanes>

  /// Memory for any of a model's layers.
  ///
  /// - Throws: `.outOfMemory`.
  init(for model: MessagePassingModel<T>, derivatives: Bool, trains: Bool) throws(HoneError) {
    func most(_ value: (InteractionLayer<T>) -> Int) -> Int { model.layers.map(value).max() ?? 0 }
    // About a quarter of a megabyte of weights: they are written, read once and forgotten.
    let bytes = max(most { $0.convolution.weightLanes }, 1) * MemoryLayout<T.Lanes>.stride
    let n = min(max((1 << 18) / bytes, 16), 256)
    let reverse = derivatives ? n : 0
    capacity = n
    distances = try Buffer(count: n)
    centers = try Buffer(count: n)
    directions = try Buffer(count: 3 * n)
    factors = try Buffer(count: n)
    factorSlopes = try Buffer(count: n)
    harmonics = try Buffer(count: n * model.harmonics.lanes)
    harmonicGradient = try Buffer(count: reverse * model.harmonics.lanes)
    basis = try Buffer(count: n * model.basis.lanes)
    basisSlopes = try Buffer(count: n * model.basis.lanes)
    basisGradient = try Buffer(count: reverse * model.basis.lanes)
    let couplingLanes = most { $0.convolution.coupling.blockCount }
    couplings = try Buffer(count: n * couplingLanes)
    couplingGradient = try Buffer(repeating: .zero, count: reverse * couplingLanes)
    weights = try Buffer(count: n * most { $0.convolution.weightLanes })
    bareWeights = try Buffer(
      count: model.basis.scalesWeights ? n * most { $0.convolution.weightLanes } : 0)
    weightGradient = try Buffer(count: reverse * most { $0.convolution.weightLanes })
    networkScratch = try Buffer(
      count: n * most { max($0.network.scratchLanes, $0.densityNetwork?.scratchLanes ?? 0) })
    networkWork = try Buffer(
      count: most {
        max($0.network.workLanes(edges: n), $0.densityNetwork?.workLanes(edges: n) ?? 0)
      })
    let hasDensity = model.layers.contains { $0.densityNetwork != nil }
    densities = try Buffer(count: hasDensity ? n : 0)
    densityGradient = try Buffer(repeating: .zero, count: hasDensity ? reverse : 0)
    densityScratch = try Buffer(count: n * most { $0.densityNetwork?.scratchLanes ?? 0 })
    densityBasisGradient = try Buffer(count: hasDensity ? reverse * model.basis.lanes : 0)
    convolutionWork = try Buffer(
      count: most { (2 * $0.convolution.maximumInputDegree + 1) * $0.convolution.widestBlock })
    weightWork = try Buffer(
      count: trains ? n * most { max($0.network.widest, $0.densityNetwork?.widest ?? 0) } : 0)
    senderRow = try Buffer(count: most { $0.up.outputLayout.rowLanes })
  }
}
